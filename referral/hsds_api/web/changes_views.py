"""What changed since a cursor, and the whole as one file, for programs that keep a copy."""

from __future__ import annotations

from flask import Response, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.hsds_api.web.blueprint import address_of, hsds
from referral.hsds_api.web.parameters import no_parameters, one_text
from referral.publishing.atom_feed import atom_feed
from referral.publishing.changes_feed import NotPublishedError, UnknownCursorError, read_changes
from referral.publishing.ledger_runs import queue_whole_file
from referral.publishing.whole_file import WHOLE_FILE, is_old, whole_file
from referral.web.current import current_directory, path_below, public_address
from referral.web.open_data.data_responses import (
    charge_for_records,
    problem_response,
    response_for_later,
)


@hsds.get("/changes", endpoint="changes")
def list_changes() -> ResponseReturnValue:
    """Give a page of what changed after a cursor, as lines of JSON."""
    try:
        page = read_changes(current_directory(), one_text("after"))
    except UnknownCursorError:
        return _read_anew()
    except NotPublishedError:
        return response_for_later()
    charge_for_records(page.lines.count(b"\n"), are_whole=False)
    response = Response(page.lines, mimetype="application/x-ndjson")
    if page.has_more:
        response.headers["Link"] = f'<{address_of(".changes", after=page.cursor)}>; rel="next"'
    return response


@hsds.get(f"/{WHOLE_FILE}", endpoint="whole")
def send_whole() -> ResponseReturnValue:
    """Hand the whole out as one file; have it made where there is none, or an old one."""
    no_parameters()
    directory = current_directory()
    found = whole_file(directory)
    if found is None or is_old(directory, found):
        queue_whole_file(directory)
    if found is None:
        return response_for_later()
    return send_file(
        found.path,
        mimetype="application/gzip",
        as_attachment=True,
        download_name=WHOLE_FILE,
        etag=found.digest,
        last_modified=found.made_at,
        conditional=True,
        max_age=0,
    )


@hsds.get("/changes.atom", endpoint="atom_feed")
def show_atom_feed() -> ResponseReturnValue:
    """Give the names of what changed last, for feed readers."""
    no_parameters()
    feed = atom_feed(
        current_directory(),
        here=address_of(".atom_feed"),
        site=f"{public_address()}/",
        page_of=lambda key: (
            public_address() + path_below(url_for("patron.service", service_id=key))
        ),
    )
    return Response(feed, mimetype="application/atom+xml")


def _read_anew() -> Response:
    whole = address_of(".whole")
    text = gettext(
        "We cannot tell all that changed since then. Take everything again from %(address)s",
        address=whole,
    )
    response = problem_response(410, text, parameter="after", whole=whole)
    response.headers["Link"] = f'<{whole}>; rel="alternate"'
    return response
