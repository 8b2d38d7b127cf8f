"""Permissions of views, and the account that is signed in (``StaffSessions``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, cast

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from referral.directory.instance import Instance
from referral.records.accounts import Account, Permission
from referral.web.current import cookie_path, current_instance, current_settings
from referral.web.display_preferences import display_preferences

P = ParamSpec("P")
COOKIE = "referral_staff"
_SESSIONS = "referral_staff_sessions"
# Public blueprints. All views of other blueprints must be decorated with ``requires``.
PUBLIC_BLUEPRINTS = frozenset({
    "entrance", "feedback", "gallery", "guides", "health", "hsds", "leave", "map_tiles", "metrics",
    "my_list", "open_data", "open_web", "patron", "propose", "provider", "public_needs",
    "room", "site_files", "slips", "take_along", "terminal", "theme",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class StaffSessions:
    """The functions by which pages look up and end staff sessions, by the token in the cookie.

    ``account_if_available``, ``end`` and ``note_refused_request`` must not fail when the database
    is unavailable. ``ask_again`` returns a page that asks users to confirm their identity, or None
    if they did so recently.
    """

    account_of: Callable[[Instance, str], Account | None]
    account_if_available: Callable[[Instance, str], Account | None]
    end: Callable[[Instance, str], None]
    ask_again: Callable[[], ResponseReturnValue | None]
    note_refused_request: Callable[[Instance, Account, str, str], None]


def use_sessions(app: Flask, sessions: StaffSessions) -> None:
    """Register the functions that look up and end staff sessions.

    The feature that stores accounts calls this.
    """
    app.extensions[_SESSIONS] = sessions


def requires(
    permission: Permission, *, adds_second_factor: bool = False, confirmed: bool = False
) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Decorate a view so that only signed-in users with a permission may open it.

    Place it directly above the function, below the route. Users who are not signed in are
    redirected to sign in and, after a GET, back. Users without the permission get a 403. Users who
    must first add a second factor are redirected to do so.

    Args:
        adds_second_factor: whether the view is part of adding a second factor, so open to those
            users.
        confirmed: whether the user must have confirmed their identity recently.
    """

    def decorate(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            account = account_or_none()
            if account is None:
                return redirect(_redirect_url())
            if not (account.must_add_second_factor or account.may(permission)):
                abort(403)
            if confirmed and (page := _sessions().ask_again()) is not None:
                return page
            return view(*args, **kwargs)

        guarded.needed_permission = permission  # type: ignore[attr-defined]  # read by permission_of
        guarded.adds_second_factor = adds_second_factor  # type: ignore[attr-defined]  # the same
        guarded.needs_confirmation = confirmed  # type: ignore[attr-defined]  # read by a test
        return guarded

    return decorate


def permission_of(view: object) -> Permission | None:
    """Return the staff permission that a view requires; None if the view is public."""
    return getattr(view, "needed_permission", None)


def account_or_none() -> Account | None:
    """Return the staff account that is signed in; None if there is none.

    An account that must first add a second factor is returned only on the pages for that. None is
    returned on public pages that staff view as a patron, except those to sign in and out.
    """
    if sees_as_patron():
        return None
    account = _account_of_session()
    if account is not None and account.must_add_second_factor:
        view = current_app.view_functions.get(request.endpoint or "")
        return account if getattr(view, "adds_second_factor", False) else None
    return account


def sees_as_patron() -> bool:
    """Return whether a signed-in user views this public page as a patron would.

    The session is not looked up.
    """
    is_chosen = display_preferences().as_patron and bool(request.cookies.get(COOKIE))
    return is_chosen and is_public_page() and request.blueprint != "entrance"


def _account_of_session() -> Account | None:
    """Return the staff account of the session cookie, looked up once for each request.

    On public pages the result is None if the database is unavailable.
    """
    if "staff_account" not in g:
        token = request.cookies.get(COOKIE, "")
        look_up = _sessions().account_if_available if is_public_page() else _sessions().account_of
        g.staff_account = look_up(current_instance(), token) if token else None
    return cast("Account | None", g.staff_account)


def is_public_page() -> bool:
    """Return whether this request is for a public page."""
    return request.blueprint is None or request.blueprint in PUBLIC_BLUEPRINTS


def look_up_account_if_available() -> None:
    """Look up the signed-in account, without an error if the database is unavailable."""
    token = request.cookies.get(COOKIE, "")
    if token and "staff_account" not in g:
        g.staff_account = _sessions().account_if_available(current_instance(), token)


def note_refused_request(reason: str) -> None:
    """Log that a request for a staff page was refused, if a user is signed in."""
    look_up_account_if_available()
    account: Account | None = g.get("staff_account")
    if account is not None and not is_public_page():
        page = request.endpoint or ""
        _sessions().note_refused_request(current_instance(), account, page, reason)


def current_account() -> Account:
    """Return the signed-in account in a view of staff; 403 if no user is signed in."""
    account = account_or_none()
    if account is None:
        abort(403)
    return account


def end_staff_session(response: Response) -> None:
    """End the session of staff and delete its cookie, also if the database is unavailable."""
    if token := request.cookies.get(COOKIE):
        end_session_of(token)
        response.delete_cookie(COOKIE, **staff_cookie_options())


def end_session_of(token: str) -> None:
    """End the staff session with a token, also if the database is unavailable."""
    _sessions().end(current_instance(), token)


def _sessions() -> StaffSessions:
    return cast("StaffSessions", current_app.extensions[_SESSIONS])


def safe_redirect_path(text: str) -> str:
    """Return a path to redirect to if it is on this site, else the start page of staff."""
    start = url_for("staff.start")
    if not text.startswith("/") or text.startswith("//") or not text.isprintable() or "\\" in text:
        return start
    path = text.partition("?")[0].partition("#")[0]
    try:
        endpoint, _ = current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return start
    return start if endpoint.startswith("entrance.") else text


def _redirect_url() -> str:
    if _account_of_session() is not None:
        return url_for("staff.second_factor")
    if request.method == "GET":
        return url_for("entrance.sign_in", next=request.full_path.rstrip("?"))
    return url_for("entrance.sign_in", ended=1)


def staff_cookie_options() -> dict[str, Any]:
    """Return the security flags of the staff session cookie, as arguments of ``set_cookie``."""
    secure = current_settings().secure_cookies
    return {"httponly": True, "samesite": "Strict", "secure": secure, "path": cookie_path()}
