"""What changed since a cursor, for programs that keep a copy."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.hsds_api.web.blueprint import address_of
from referral.hsds_api.web.parameters import one_text
from referral.publishing.changes_feed import NotPublishedError, UnknownCursorError, read_changes
from referral.web.current import current_directory
from referral.web.open_data.data_responses import problem_response, response_for_later


def list_changes() -> ResponseReturnValue:
    """Give a page of what changed after a cursor, as lines of JSON."""
    try:
        page = read_changes(current_directory(), one_text("after"))
    except UnknownCursorError:
        return _read_anew()
    except NotPublishedError:
        return response_for_later()
    response = Response(page.lines, mimetype="application/x-ndjson")
    if page.has_more:
        response.headers["Link"] = f'<{address_of(".changes", after=page.cursor)}>; rel="next"'
    return response


def _read_anew() -> Response:
    whole = address_of(".changes")
    text = gettext(
        "We cannot tell all that changed since then. Take everything anew from %(address)s",
        address=whole,
    )
    response = problem_response(410, text, parameter="after", whole=whole)
    response.headers["Link"] = f'<{whole}>; rel="alternate"'
    return response


def add_changes(api: Blueprint) -> None:
    """Add this view."""
    api.add_url_rule("/changes", "changes", list_changes)
