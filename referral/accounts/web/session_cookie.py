"""Sessions of staff in the browser: the cookie that carries one, and its end."""

from __future__ import annotations

from flask import Flask, Response, request, session

from referral.accounts.sessions import (
    SignedIn,
    end_with_visit,
    read_session,
    read_session_if_reached,
    sign_out,
    sign_out_if_reached,
)
from referral.accounts.web.confirm_page import ask_again
from referral.web.current import current_directory
from referral.web.staff.permissions import COOKIE, StaffSessions, staff_cookie_options, use_sessions
from referral.web.terminal_device import is_terminal


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
    return response


def end_session(response: Response) -> Response:
    """End the session of this browser, on both sides."""
    _end_kept_session()
    session.clear()  # the form tokens of one person are not the next one's
    response.delete_cookie(COOKIE, **staff_cookie_options())
    return response


def _end_kept_session() -> None:
    if token := request.cookies.get(COOKIE):
        sign_out(current_directory(), token)
