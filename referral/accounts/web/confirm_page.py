"""The page that asks again who a person is, and then goes on with what was sent."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm

from referral.accounts.confirmation import (
    confirm_by_code,
    confirm_by_passkey,
    confirm_by_password,
    is_confirmed,
)
from referral.accounts.passkey_site import passkey_origin
from referral.accounts.web.forms import code_field, password_field, show_refusal
from referral.records.accounts import Account, AccountRefusedError
from referral.web.current import current_directory, current_settings
from referral.web.staff.permissions import COOKIE, current_account


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
    """A page that asks for password or code; None once they were given, or were lately.

    What was sent stays in the page and is sent again, with the answer, to where it was going: the
    server keeps none of it. A page that was only read is opened afterwards.
    """
    if is_confirmed(current_directory(), request.cookies.get(COOKIE, "")):
        return None
    account, status = current_account(), 403
    by_passkey = request.form.get("again_passkey", "")
    is_answered = not _ANSWERS.isdisjoint(request.form)
    form = _form(account, is_answered=is_answered and not by_passkey)
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


def _form(account: Account, *, is_answered: bool) -> _AnswerForm:
    kind: type[_AnswerForm] = (
        ConfirmByPasswordForm if account.has_password else ConfirmElsewhereForm
    )
    if account.has_code_app:
        kind = ConfirmByCodeForm
    return kind() if is_answered else kind(formdata=None)


def _confirm(account: Account, form: _AnswerForm, by_passkey: str) -> None:
    directory, token = current_directory(), request.cookies.get(COOKIE, "")
    if by_passkey:
        confirm_by_passkey(directory, account, token, by_passkey)
    elif isinstance(form, ConfirmByCodeForm):
        confirm_by_code(directory, account, token, form.again_code.data)
    elif isinstance(form, ConfirmByPasswordForm):
        confirm_by_password(directory, account, token, form.again_password.data)


def _what_goes_on() -> dict[str, object]:
    """Where the form of the page is sent, and what it carries."""
    if request.method == "GET":
        wanted = request.full_path.rstrip("?")
        return {"action": url_for("staff.confirm"), "kept": [("next", wanted)], "was_sent": False}
    ours = {"csrf_token", *_ANSWERS}
    kept = [each for each in request.form.items(multi=True) if each[0] not in ours]
    return {"action": request.full_path.rstrip("?"), "kept": kept, "was_sent": bool(kept)}
