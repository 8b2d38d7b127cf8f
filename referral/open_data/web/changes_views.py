"""What changed since a cursor, for programs that keep a copy."""

from __future__ import annotations

from flask import Response
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.open_data.ledger.changes_feed import (
    NotPublishedError,
    UnknownCursorError,
    read_changes,
)
from referral.open_data.web.data_responses import (
    DataProblem,
    address_of,
    charge_for_records,
    hsds,
    problem_response,
    response_for_later,
)
from referral.open_data.web.parameters import one_text
from referral.web.current import current_directory


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


@hsds.get("/all.ndjson.gz")
@hsds.get("/changes.atom")
def refuse_removed_file() -> ResponseReturnValue:
    """Answer 410 for what earlier releases had here, and name the pages to read instead."""
    raise DataProblem(
        410,
        gettext(
            "This is no longer here. Read all services page by page from %(services)s and follow "
            "“next” in the header Link. What changed is at %(changes)s",
            services=address_of(".list_services", full="true"),
            changes=address_of(".changes"),
        ),
    )


def _read_anew() -> Response:
    everything = address_of(".changes")
    text = gettext(
        "We cannot tell all that changed since then. Take everything again from %(address)s",
        address=everything,
    )
    response = problem_response(410, text, parameter="after", changes=everything)
    response.headers["Link"] = f'<{everything}>; rel="alternate"'
    return response
