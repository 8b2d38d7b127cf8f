"""Who is signed in, and the mark on each view that says which permission it needs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, cast

from flask import Response, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from referral.operations.sign_in import SignedIn, read_session, sign_out, sign_out_if_reached
from referral.records.accounts import Account, Permission
from referral.web.site import current_directory, current_settings

P = ParamSpec("P")
COOKIE = "referral_staff"
# Blueprints that anybody may use. Every view of another must say what it needs, by ``needs``.
PUBLIC_BLUEPRINTS = frozenset({
    "bootstrap", "entrance", "feedback", "health", "leaflet", "leave", "my_list", "patron",
    "provider", "slips", "terminal", "theme",
})  # fmt: skip


def needs(
    permission: Permission,
) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Let nobody into a view who does not have this permission.

    Stands directly above the function, below the route. Who is not signed in is sent to sign in
    and, for a page that was only read, back; who may not see the page gets a 403.
    """

    def mark(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            account = account_or_none()
            if account is None:
                return redirect(_sign_in_address())
            if not account.may(permission):
                abort(403)
            return view(*args, **kwargs)

        guarded.needed_permission = permission  # type: ignore[attr-defined]  # read by permission_of
        return guarded

    return mark


def permission_of(view: object) -> Permission | None:
    """What a view function was marked with."""
    return getattr(view, "needed_permission", None)


def account_or_none() -> Account | None:
    """Who is signed in by this request, if anybody; looked up once."""
    if "staff_account" not in g:
        token = request.cookies.get(COOKIE, "")
        g.staff_account = read_session(current_directory(), token) if token else None
    return cast("Account | None", g.staff_account)


def current_account() -> Account:
    """Who is signed in, in a view that has a ``needs``."""
    account = account_or_none()
    if account is None:
        abort(403)
    return account


def hand_over_session(response: Response, signed_in: SignedIn) -> Response:
    """Give this browser a new session; an earlier one of it is ended."""
    _end_kept_session()
    # Lax would do for pages; nothing elsewhere has a reason to lead into a session of staff.
    response.set_cookie(COOKIE, signed_in.token, **_cookie_flags())
    return response


def end_session(response: Response) -> Response:
    """End the session of this browser, on both sides."""
    _end_kept_session()
    session.clear()  # the form tokens of one person are not the next one's
    response.delete_cookie(COOKIE, **_cookie_flags())
    return response


def leave_staff(response: Response) -> None:
    """End the session of staff, if there is one, by a way out that works with the database down."""
    if token := request.cookies.get(COOKIE):
        sign_out_if_reached(current_directory(), token)
        response.delete_cookie(COOKIE, **_cookie_flags())


def own_path(text: str) -> str:
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


def _sign_in_address() -> str:
    if request.method == "GET":
        return url_for("entrance.sign_in", next=request.full_path.rstrip("?"))
    return url_for("entrance.sign_in", ended=1)


def _end_kept_session() -> None:
    if token := request.cookies.get(COOKIE):
        sign_out(current_directory(), token)


def _cookie_flags() -> dict[str, Any]:
    secure = current_settings().secure_cookies
    return {"httponly": True, "samesite": "Strict", "secure": secure}
