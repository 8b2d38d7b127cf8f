"""Cookies of staff sessions, and the page on which users confirm their identity again.

Some views require this confirmation; the request is then repeated.
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
    add_known_account,
    end_session_with_visit,
    known_browser,
    note_refused_request,
    read_session,
    read_session_if_reached,
    sign_out,
    sign_out_if_reached,
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
_ANSWER_FIELDS = frozenset({"again_password", "again_code", "again_passkey"})


def init_app(app: Flask) -> None:
    """Register the functions by which staff pages look up and end sessions."""
    use_sessions(
        app,
        StaffSessions(
            account_of=read_session,
            account_if_available=read_session_if_reached,
            end=sign_out_if_reached,
            ask_again=ask_again,
            note_refused_request=note_refused_request,
        ),
    )


def set_session(response: Response, signed_in: SignedIn) -> Response:
    """Set the cookie of a new staff session, and end the browser's earlier session."""
    _end_current_session()
    if is_terminal():
        end_session_with_visit(current_instance(), signed_in.token)
    # Lax would be enough for pages, but no other site has a reason to link into a staff session.
    response.set_cookie(COOKIE, signed_in.token, **staff_cookie_options())
    if not signed_in.waits_for_code:
        mark_as_known(response, signed_in.account)
    return response


def known_cookie() -> str:
    """Return the signed cookie that lists the accounts used in this browser."""
    return request.cookies.get(KNOWN_COOKIE, "")


def is_known(account: Account) -> bool:
    """Return whether the current browser signed in to an account before."""
    return bool(known_browser(current_settings(), known_cookie(), email_key(account.email)))


def mark_as_known(response: Response, account: Account) -> None:
    """Mark this browser as known to an account, so that tries of other browsers do not limit it.

    Shared computers are not marked.
    """
    if is_terminal():
        return
    cookie = add_known_account(current_settings(), known_cookie(), email_key(account.email))
    options = staff_cookie_options() | {"path": f"{request.root_path}/staff"}
    response.set_cookie(KNOWN_COOKIE, cookie, max_age=_KNOWN_FOR, **options)


def end_session(response: Response) -> Response:
    """End the staff session of this browser in the database, and delete its cookie."""
    _end_current_session()
    session.clear()  # form tokens of one user must not be valid for the next
    response.delete_cookie(COOKIE, **staff_cookie_options())
    return response


def _end_current_session() -> None:
    if token := request.cookies.get(COOKIE):
        sign_out(current_instance(), token)


class ConfirmByPasswordForm(FlaskForm):
    """Form in which signed-in users confirm their identity by their password."""

    again_password = password_field(lazy_gettext("Your password"), "current-password")


class ConfirmByCodeForm(FlaskForm):
    """Form in which signed-in users confirm their identity by a second-factor code."""

    again_code = code_field(
        lazy_gettext("Code"),
        lazy_gettext("Six digits from your app, or one of your recovery codes."),
    )


class ConfirmElsewhereForm(FlaskForm):
    """Form with only a button, for users who confirm at the OpenID provider."""


_AnswerForm = ConfirmByPasswordForm | ConfirmByCodeForm | ConfirmElsewhereForm


def ask_again() -> ResponseReturnValue | None:
    """Return a page that asks for a confirmation of identity; None if there was one recently.

    The sent fields stay in the page and are sent again to the same address with the answer, so the
    server does not store them. After a GET, the requested page is opened.
    """
    if is_confirmed(current_instance(), request.cookies.get(COOKIE, "")):
        return None
    account, status = current_account(), 403
    passkey_answer = request.form.get("again_passkey", "")
    is_answered = not _ANSWER_FIELDS.isdisjoint(request.form)
    form = _confirmation_form(account, is_answered=is_answered and not passkey_answer)
    if passkey_answer or (is_answered and form.validate()):
        try:
            _confirm(account, form, passkey_answer)
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
        **_request_to_repeat(),
    ), status


def _confirmation_form(account: Account, *, is_answered: bool) -> _AnswerForm:
    form_class: type[_AnswerForm] = (
        ConfirmByPasswordForm if account.has_password else ConfirmElsewhereForm
    )
    if account.has_code_app:
        form_class = ConfirmByCodeForm
    return form_class() if is_answered else form_class(formdata=None)


def _confirm(account: Account, form: _AnswerForm, passkey_answer: str) -> None:
    instance, token = current_instance(), request.cookies.get(COOKIE, "")
    if passkey_answer:
        confirm_by_passkey(instance, account, token, passkey_answer)
    elif isinstance(form, ConfirmByCodeForm):
        confirm_by_code(instance, account, token, form.again_code.data)
    elif isinstance(form, ConfirmByPasswordForm):
        confirm_by_password(instance, account, token, form.again_password.data)


def _request_to_repeat() -> dict[str, object]:
    """Return target and hidden fields of the identity confirmation form.

    They repeat the interrupted request.
    """
    if request.method == "GET":
        next_path = request.full_path.rstrip("?")
        return {
            "action": url_for("staff.confirm"),
            "kept": [("next", next_path)],
            "was_sent": False,
        }
    own_fields = {"csrf_token", *_ANSWER_FIELDS}
    sent_fields = [
        (name, value) for name, value in request.form.items(multi=True) if name not in own_fields
    ]
    return {
        "action": request.full_path.rstrip("?"),
        "kept": sent_fields,
        "was_sent": bool(sent_fields),
    }
