"""Sessions of staff in the browser: the cookie that carries one, and its end."""

from __future__ import annotations

from flask import Flask, Response, request, session

from referral.accounts.known_browsers import with_account
from referral.accounts.sessions import (
    SignedIn,
    end_with_visit,
    read_session,
    read_session_if_reached,
    sign_out,
    sign_out_if_reached,
)
from referral.accounts.web.confirm_page import ask_again
from referral.records.accounts import Account, email_key
from referral.web.current import current_directory, current_settings
from referral.web.staff.permissions import COOKIE, StaffSessions, staff_cookie_options, use_sessions
from referral.web.terminal_device import is_terminal

KNOWN_COOKIE = "referral_known"
_KNOWN_FOR = 180 * 24 * 60 * 60  # seconds after the last time


def init_app(app: Flask) -> None:
    """Let every staff page know accounts by their sessions."""
    use_sessions(
        app,
        StaffSessions(
            account_of=read_session,
            account_if_reached=read_session_if_reached,
            end=sign_out_if_reached,
            ask_again=ask_again,
        ),
    )


def hand_over_session(response: Response, signed_in: SignedIn) -> Response:
    """Give this browser a new session; an earlier one of it is ended."""
    _end_kept_session()
    if is_terminal():
        end_with_visit(current_directory(), signed_in.token)
    # Lax would do for pages; nothing elsewhere has a reason to lead into a session of staff.
    response.set_cookie(COOKIE, signed_in.token, **staff_cookie_options())
    if not signed_in.waits_for_code:
        make_known(response, signed_in.account)
    return response


def known_cookie() -> str:
    """What this browser has of earlier times, to be believed when its signature is right."""
    return request.cookies.get(KNOWN_COOKIE, "")


def make_known(response: Response, account: Account) -> None:
    """Let wrong tries of others not stop this browser, unless many people share it."""
    if is_terminal():
        return
    cookie = with_account(current_settings(), known_cookie(), email_key(account.email))
    options = staff_cookie_options() | {"path": f"{request.root_path}/staff"}
    response.set_cookie(KNOWN_COOKIE, cookie, max_age=_KNOWN_FOR, **options)


def end_session(response: Response) -> Response:
    """End the session of this browser, on both sides."""
    _end_kept_session()
    session.clear()  # the form tokens of one person are not the next one's
    response.delete_cookie(COOKIE, **staff_cookie_options())
    return response


def _end_kept_session() -> None:
    if token := request.cookies.get(COOKIE):
        sign_out(current_directory(), token)
