"""Permissions of views, and the account that is signed in (``StaffSessions``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, cast

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from referral.directory.context import Directory
from referral.records.accounts import Account, Permission
from referral.web.current import cookie_path, current_directory, current_settings
from referral.web.display_preferences import display_preferences

P = ParamSpec("P")
COOKIE = "referral_staff"
_SESSIONS = "referral_staff_sessions"
# Blueprints that anybody may use. Every view of another must say what it needs, by ``requires``.
PUBLIC_BLUEPRINTS = frozenset({
    "entrance", "feedback", "gallery", "guides", "health", "hsds", "leave", "map_tiles", "metrics",
    "my_list", "open_data", "open_web", "patron", "propose", "provider", "public_needs",
    "room", "site_files", "slips", "take_along", "terminal", "theme",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class StaffSessions:
    """How the site looks up and ends sessions, by the token in the cookie.

    ``account_if_reached``, ``end`` and ``note_refused_request`` must not fail when the database is
    down. ``ask_again`` is a page that asks who it is, None where the person has shown it lately.
    """

    account_of: Callable[[Directory, str], Account | None]
    account_if_reached: Callable[[Directory, str], Account | None]
    end: Callable[[Directory, str], None]
    ask_again: Callable[[], ResponseReturnValue | None]
    note_refused_request: Callable[[Directory, Account, str, str], None]


def use_sessions(app: Flask, sessions: StaffSessions) -> None:
    """Set where accounts come from; the feature that keeps them calls this."""
    app.extensions[_SESSIONS] = sessions


def requires(
    permission: Permission, *, adds_second_factor: bool = False, confirmed: bool = False
) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Let nobody into a view who does not have this permission.

    Stands directly above the function, below the route. Who is not signed in is sent to sign in
    and, for a page that was only read, back; who may not see the page gets a 403. Who must first
    add a second factor is led there.

    Args:
        adds_second_factor: whether the view is a part of that way, and open before it is gone.
        confirmed: whether the person must have shown lately who it is.
    """

    def mark(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            account = account_or_none()
            if account is None:
                return redirect(_way_in())
            if not (account.must_add_second_factor or account.may(permission)):
                abort(403)
            if confirmed and (page := _sessions().ask_again()) is not None:
                return page
            return view(*args, **kwargs)

        guarded.needed_permission = permission  # type: ignore[attr-defined]  # read by permission_of
        guarded.adds_second_factor = adds_second_factor  # type: ignore[attr-defined]  # the same
        guarded.needs_confirmation = confirmed  # type: ignore[attr-defined]  # read by a test
        return guarded

    return mark


def permission_of(view: object) -> Permission | None:
    """What a view function was marked with."""
    return getattr(view, "needed_permission", None)


def account_or_none() -> Account | None:
    """Who is signed in by this request, if anybody.

    Whoever must first add a second factor counts only on the pages for that; whoever looks at the
    site as a patron counts on no page for everybody, but for those that sign in and out.
    """
    if sees_as_patron():
        return None
    account = _account_of_session()
    if account is not None and account.must_add_second_factor:
        view = current_app.view_functions.get(request.endpoint or "")
        return account if getattr(view, "adds_second_factor", False) else None
    return account


def sees_as_patron() -> bool:
    """Whether somebody of staff looks at this page as a patron does."""
    wants_it = display_preferences().as_patron and bool(request.cookies.get(COOKIE))
    return wants_it and is_for_everybody() and request.blueprint != "entrance"


def _account_of_session() -> Account | None:
    """Whose session the cookie of this request is for, looked up once.

    A page for everybody is nobody's where the database is away.
    """
    if "staff_account" not in g:
        token = request.cookies.get(COOKIE, "")
        look_up = _sessions().account_if_reached if is_for_everybody() else _sessions().account_of
        g.staff_account = look_up(current_directory(), token) if token else None
    return cast("Account | None", g.staff_account)


def is_for_everybody() -> bool:
    """Whether this request asks for a page that anybody may see."""
    return request.blueprint is None or request.blueprint in PUBLIC_BLUEPRINTS


def look_up_if_reached() -> None:
    """Look up who is signed in for a page that must go on where the database is down."""
    token = request.cookies.get(COOKIE, "")
    if token and "staff_account" not in g:
        g.staff_account = _sessions().account_if_reached(current_directory(), token)


def note_refused_request(reason: str) -> None:
    """Record that this request was refused, if it is for a staff page and somebody is signed in."""
    look_up_if_reached()
    account: Account | None = g.get("staff_account")
    if account is not None and not is_for_everybody():
        page = request.endpoint or ""
        _sessions().note_refused_request(current_directory(), account, page, reason)


def current_account() -> Account:
    """Who is signed in, in a view that has a ``requires``."""
    account = account_or_none()
    if account is None:
        abort(403)
    return account


def end_staff_session(response: Response) -> None:
    """End the session of staff, if there is one, by a way out that works with the database down."""
    if token := request.cookies.get(COOKIE):
        end_session_of(token)
        response.delete_cookie(COOKIE, **staff_cookie_options())


def end_session_of(token: str) -> None:
    """End the session of staff that this token is for, also with the database down."""
    _sessions().end(current_directory(), token)


def _sessions() -> StaffSessions:
    return cast("StaffSessions", current_app.extensions[_SESSIONS])


def safe_redirect_path(text: str) -> str:
    """The path, if it leads to a page of ours; else the start page of staff."""
    start = url_for("staff.start")
    if not text.startswith("/") or text.startswith("//") or not text.isprintable() or "\\" in text:
        return start
    path = text.partition("?")[0].partition("#")[0]
    try:
        endpoint, _ = current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return start
    return start if endpoint.startswith("entrance.") else text


def _way_in() -> str:
    if _account_of_session() is not None:
        return url_for("staff.second_factor")
    if request.method == "GET":
        return url_for("entrance.sign_in", next=request.full_path.rstrip("?"))
    return url_for("entrance.sign_in", ended=1)


def staff_cookie_options() -> dict[str, Any]:
    """Flags of the session cookie, as arguments of ``set_cookie``."""
    secure = current_settings().secure_cookies
    return {"httponly": True, "samesite": "Strict", "secure": secure, "path": cookie_path()}
