"""Error pages, which use neither database nor index, and redirects of merged records."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden, HTTPException

from referral.directory.redirects import public_surviving_id
from referral.errors import (
    DatabaseDamagedError,
    DatabaseUnavailableError,
    DiskFullError,
    IndexUnavailableError,
    NotFoundError,
)
from referral.records.accounts import AccountRefusedError
from referral.web.current import NO_DATABASE, current_instance
from referral.web.staff.access import (
    is_public_page,
    look_up_account_if_available,
    note_refused_request,
)

_WAIT_SECONDS = "60"  # "in a minute"
_ENTRANCE = "entrance"  # where staff sign in: a public blueprint, but not for patrons
_KINDS = ("service", "organization")


@dataclass(frozen=True, slots=True)
class ErrorText:
    """Texts of an error page, as lazy strings so that they are in the language of the page."""

    title: str
    happened: str
    do_now: str
    for_operator: str = ""


_TEXTS = {
    400: ErrorText(
        lazy_gettext("We could not read that"),
        lazy_gettext("Something in the address or the form was not as we need it."),
        lazy_gettext("Go back and try again, or start a new search."),
    ),
    403: ErrorText(
        lazy_gettext("Your account does not open this page"),
        lazy_gettext("It is for staff with another role."),
        lazy_gettext("Go back, or ask an admin for the role you need."),
    ),
    404: ErrorText(
        lazy_gettext("We could not find that page"),
        lazy_gettext("It may have moved, or the listing may be gone."),
        lazy_gettext("Check the address, or search for what you need."),
    ),
    405: ErrorText(
        lazy_gettext("That page does not work this way"),
        lazy_gettext("The page cannot take what was sent to it."),
        lazy_gettext("Go back and try the link or the button again."),
    ),
    413: ErrorText(
        lazy_gettext("That is too large for us"),
        lazy_gettext("What you sent is larger than we can take."),
        lazy_gettext("Send a smaller file or less text."),
    ),
    429: ErrorText(
        lazy_gettext("Please wait a moment"),
        lazy_gettext("Too many requests came from here in a short time."),
        lazy_gettext("Wait one minute. Then try again."),
    ),
    500: ErrorText(
        lazy_gettext("Something went wrong on our side"),
        lazy_gettext("It is not your fault. We wrote down that it happened, not what you typed."),
        lazy_gettext("Try again in a minute."),
    ),
    503: ErrorText(
        lazy_gettext("We are not ready yet"),
        lazy_gettext("The list is being made ready for searching."),
        lazy_gettext("Try again in a minute."),
    ),
}
_NO_DATABASE_TEXT = ErrorText(
    lazy_gettext("We cannot show this page right now"),
    lazy_gettext("We cannot reach our list of places."),
    lazy_gettext("Try again in a minute, or call. The help lines work."),
)
_NO_DATABASE_TEXT_FOR_STAFF = ErrorText(
    lazy_gettext("The database does not answer"),
    lazy_gettext("It is not your fault. What you just sent may not be saved."),
    lazy_gettext("Try again in a minute. Then look whether it is there."),
)
_NOT_STORED_TEXT = ErrorText(
    lazy_gettext("We could not keep what you sent"),
    lazy_gettext("It is not your fault. We have no room left to store it."),
    lazy_gettext("Please tell us at the desk or by phone. The help lines work."),
)
_DAMAGED_TEXT = ErrorText(
    lazy_gettext("We cannot show this page right now"),
    lazy_gettext("The file with our list of places is damaged. It is not your fault."),
    lazy_gettext("Call, or ask at the desk. The help lines work."),
    lazy_gettext(
        "To whoever keeps the server: restore the last backup with referral restore FILE --replace."
    ),
)
_DISK_FULL_TEXT_FOR_STAFF = ErrorText(
    lazy_gettext("The disk is full"),
    lazy_gettext("It is not your fault. What you just sent may not be saved."),
    lazy_gettext("Tell whoever keeps the server. Help lines and pages to read still work."),
)


def init_app(app: Flask) -> None:
    """Register error handlers that show each HTTP error as a page with the help lines."""
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(NotFoundError, lambda _: error_page(404))
    app.register_error_handler(  # if a view does not handle it
        AccountRefusedError, lambda error: error_page(429 if error.wait_seconds else 400)
    )
    app.register_error_handler(IndexUnavailableError, _answer_index_error)
    app.register_error_handler(DatabaseUnavailableError, _answer_database_error)


def error_page(code: int, text: ErrorText | None = None) -> Response:
    """Return the error page for an HTTP status code; ``text`` overrides its usual text."""
    text = text or _TEXTS.get(code) or _TEXTS[500 if code >= 500 else 400]
    if code < 500:
        look_up_account_if_available()
    else:
        g.setdefault("staff_account", None)  # not looked up: the database may be down
    setattr(g, NO_DATABASE, True)
    return make_response(render_template("errors/error.html", text=text), code)


def _answer_http_error(error: HTTPException) -> Response | HTTPException:
    code = error.code or 500
    if code < 400:
        return error  # a redirect
    if isinstance(error, Forbidden | CSRFError):
        note_refused_request("form" if isinstance(error, CSRFError) else "role")
    page = error_page(code)
    for name, value in error.get_headers():  # such as Allow on 405
        if name.lower() not in {"content-type", "content-length"}:
            page.headers[name] = value
    return page


def _answer_database_error(error: DatabaseUnavailableError) -> Response:
    is_for_patrons = is_public_page() and request.blueprint != _ENTRANCE
    if isinstance(error, DatabaseDamagedError):
        text = _DAMAGED_TEXT
    elif isinstance(error, DiskFullError) and not is_for_patrons:
        text = _DISK_FULL_TEXT_FOR_STAFF
    elif isinstance(error, DiskFullError) and request.method == "POST":
        text = _NOT_STORED_TEXT
    else:
        text = _NO_DATABASE_TEXT if is_for_patrons else _NO_DATABASE_TEXT_FOR_STAFF
    page = error_page(503, text)
    page.headers["Retry-After"] = _WAIT_SECONDS
    return page


def _answer_index_error(_: IndexUnavailableError) -> Response:
    page = error_page(503)
    page.headers["Retry-After"] = _WAIT_SECONDS
    return page


def redirect_to_survivor(_: NotFoundError) -> ResponseReturnValue:
    """Redirect from a merged record to the record it was merged into, or return a 404 page.

    The redirect is temporary (302), since a merge can be undone.
    """
    for kind in _KINDS:
        old_id = (request.view_args or {}).get(f"{kind}_id")
        survivor_id = public_surviving_id(current_instance(), kind, str(old_id)) if old_id else ""
        if survivor_id and request.endpoint:
            return redirect(url_for(request.endpoint, **{f"{kind}_id": survivor_id}))  # type: ignore[arg-type]
    return error_page(404)
