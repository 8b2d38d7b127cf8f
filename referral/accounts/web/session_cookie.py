"""Sessions of staff in the browser: the cookie that carries one, its end, and asking again.

Before some steps a page asks again who a person is, and then goes on with what was sent.
"""

from __future__ import annotations

from flask import Flask, Response, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm

from referral.accounts.confirmation import (
    confirm_by_code,
    confirm_by_passkey,
    confirm_by_password,
    is_confirmed,
)
from referral.accounts.passkey_challenges import passkey_origin
from referral.accounts.sessions import (
    SignedIn,
    end_with_visit,
    known_browser,
    note_refused_request,
    read_session,
    read_session_if_reached,
    sign_out,
    sign_out_if_reached,
    with_account,
)
from referral.accounts.web.forms import code_field, password_field, show_refusal
from referral.records.accounts import Account, AccountRefusedError, email_key
from referral.web.current import current_instance, current_settings
from referral.web.staff.access import (
    COOKIE,
    StaffSessions,
    current_account,
    staff_cookie_options,
    use_sessions,
)
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
            note_refused_request=note_refused_request,
        ),
    )


def hand_over_session(response: Response, signed_in: SignedIn) -> Response:
    """Give this browser a new session; an earlier one of it is ended."""
    _end_kept_session()
    if is_terminal():
        end_with_visit(current_instance(), signed_in.token)
    # Lax would do for pages; nothing elsewhere has a reason to lead into a session of staff.
    response.set_cookie(COOKIE, signed_in.token, **staff_cookie_options())
    if not signed_in.waits_for_code:
        make_known(response, signed_in.account)
    return response


def known_cookie() -> str:
    """Return the signed cookie that lists the accounts used in this browser."""
    return request.cookies.get(KNOWN_COOKIE, "")


def is_known(account: Account) -> bool:
    """Return whether this browser signed in to the account before."""
    return bool(known_browser(current_settings(), known_cookie(), email_key(account.email)))


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
        sign_out(current_instance(), token)


class ConfirmByPasswordForm(FlaskForm):
    """The password again."""

    again_password = password_field(lazy_gettext("Your password"), "current-password")


class ConfirmByCodeForm(FlaskForm):
    """A code of the second factor."""

    again_code = code_field(
        lazy_gettext("Code"),
        lazy_gettext("Six digits from your app, or one of your recovery codes."),
    )


class ConfirmElsewhereForm(FlaskForm):
    """A button alone, for who shows it to the county's service."""


_AnswerForm = ConfirmByPasswordForm | ConfirmByCodeForm | ConfirmElsewhereForm
_ANSWERS = frozenset({"again_password", "again_code", "again_passkey"})


def ask_again() -> ResponseReturnValue | None:
    """Return a page that asks for the password again; None if it was confirmed recently.

    What was sent stays in the page and is sent again, with the answer, to where it was going: the
    server keeps none of it. A page that was only read is opened afterwards.
    """
    if is_confirmed(current_instance(), request.cookies.get(COOKIE, "")):
        return None
    account, status = current_account(), 403
    by_passkey = request.form.get("again_passkey", "")
    is_answered = not _ANSWERS.isdisjoint(request.form)
    form = _confirmation_form(account, is_answered=is_answered and not by_passkey)
    if by_passkey or (is_answered and form.validate()):
        try:
            _confirm(account, form, by_passkey)
        except AccountRefusedError as error:
            show_refusal(form, error, next(iter(form)).name)
            status = 429 if error.wait_seconds else 403
        else:
            return None
    origin = passkey_origin(current_settings()) if account.passkeys else ""
    openid_name = current_settings().openid_name if account.by_openid else ""
    return render_template(
        "accounts/confirm.html",
        form=form,
        origin=origin,
        openid_name=openid_name,
        **_what_goes_on(),
    ), status


def _confirmation_form(account: Account, *, is_answered: bool) -> _AnswerForm:
    kind: type[_AnswerForm] = (
        ConfirmByPasswordForm if account.has_password else ConfirmElsewhereForm
    )
    if account.has_code_app:
        kind = ConfirmByCodeForm
    return kind() if is_answered else kind(formdata=None)


def _confirm(account: Account, form: _AnswerForm, by_passkey: str) -> None:
    instance, token = current_instance(), request.cookies.get(COOKIE, "")
    if by_passkey:
        confirm_by_passkey(instance, account, token, by_passkey)
    elif isinstance(form, ConfirmByCodeForm):
        confirm_by_code(instance, account, token, form.again_code.data)
    elif isinstance(form, ConfirmByPasswordForm):
        confirm_by_password(instance, account, token, form.again_password.data)


def _what_goes_on() -> dict[str, object]:
    """Return the target and hidden fields of the confirmation form: the request goes on."""
    if request.method == "GET":
        wanted = request.full_path.rstrip("?")
        return {"action": url_for("staff.confirm"), "kept": [("next", wanted)], "was_sent": False}
    ours = {"csrf_token", *_ANSWERS}
    kept = [each for each in request.form.items(multi=True) if each[0] not in ours]
    return {"action": request.full_path.rstrip("?"), "kept": kept, "was_sent": bool(kept)}
