"""The start page of staff, and the pages of users' own accounts."""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from referral.accounts.digests import DigestPace, read_digest_pace, set_digest_pace
from referral.accounts.own_account import (
    change_password,
    confirm_second_factor,
    read_second_factor_start,
    start_second_factor,
    stop_second_factor,
)
from referral.accounts.sessions import end_all_own_sessions, end_own_session, list_own_sessions
from referral.accounts.web.forms import (
    ChangePasswordForm,
    ConfirmForm,
    DigestForm,
    PresentPasswordForm,
    sample_words,
    show_refusal,
)
from referral.accounts.web.mails import PASSWORD, STEP_OFF, STEP_ON, mail_change
from referral.accounts.web.session_cookie import end_session, set_session
from referral.directory.health import count_checked
from referral.records.accounts import AccountRefusedError, Permission, Refusal
from referral.web.current import current_instance, current_settings
from referral.web.forms import PressForm
from referral.web.i18n.page_language import page_language
from referral.web.qr import bare_qr_code
from referral.web.staff.access import COOKIE, current_account, requires, safe_redirect_path
from referral.web.staff.navigation import staff_menu, work_queue

staff = Blueprint("staff", __name__, url_prefix="/staff")
OWN = Permission.OWN_ACCOUNT


@staff.get("")
@requires(OWN)
def start() -> ResponseReturnValue:
    """Show the start page of staff: the user's staff pages and the queue of waiting work."""
    may_import = current_account().may(Permission.IMPORT_LISTS)
    listed = count_checked(current_instance()) if may_import else None
    return render_template(
        "staff/start.html",
        queue=work_queue(current_account()),
        parts=staff_menu(),
        is_empty=listed is not None and not listed.listings,
    )


@staff.post("/sign-out")
@requires(OWN, adds_second_factor=True)
def sign_out() -> ResponseReturnValue:
    """End the user's staff session, and redirect to the sign-in page."""
    return end_session(make_response(redirect(url_for("entrance.sign_in"))))


@staff.post("/confirm")
@requires(OWN, adds_second_factor=True, confirmed=True)
def confirm() -> ResponseReturnValue:
    """Redirect to the requested page after the user has confirmed their identity."""
    return redirect(safe_redirect_path(request.form.get("next", "")))


@staff.get("/account")
@requires(OWN)
def account() -> ResponseReturnValue:
    """Show the page of the user's own account."""
    form = DigestForm(pace=read_digest_pace(current_instance(), current_account()).value)
    return render_template(
        "accounts/own_account.html",
        done=request.args.get("done", ""),
        form=form,
        sends_mail=current_settings().sends_mail,
        sessions=list_own_sessions(
            current_instance(), current_account(), request.cookies.get(COOKIE, "")
        ),
        press=PressForm(),
    )


@staff.post("/account/sessions/end")
@requires(OWN)
def end_one_session() -> ResponseReturnValue:
    """Sign out another browser of the user's own account."""
    if PressForm().validate_on_submit():
        end_own_session(current_instance(), current_account(), request.form.get("session", ""))
    return redirect(url_for("staff.account", done="session"))


@staff.post("/account/sessions/end-all")
@requires(OWN)
def end_all_sessions() -> ResponseReturnValue:
    """Sign out all browsers of the user's own account, including this one."""
    end_all_own_sessions(current_instance(), current_account())
    return end_session(make_response(redirect(url_for("entrance.sign_in", everywhere=1))))


@staff.post("/account/digest")
@requires(OWN)
def take_digest() -> ResponseReturnValue:
    """Store how often the user gets the digest of waiting work by mail."""
    form = DigestForm()
    if form.validate_on_submit():
        pace = DigestPace(form.pace.data)
        set_digest_pace(current_instance(), current_account(), pace, page_language())
        return redirect(url_for("staff.account", done="digest"))
    return redirect(url_for("staff.account"))


@staff.get("/account/password")
@requires(OWN)
def password() -> ResponseReturnValue:
    """Show the form to change the user's own password."""
    return render_template("accounts/password.html", form=ChangePasswordForm())


@staff.post("/account/password")
@requires(OWN)
def take_password() -> ResponseReturnValue:
    """Change the user's own password; other browsers are signed out."""
    form = ChangePasswordForm()
    if form.validate_on_submit():
        try:
            signed_in = change_password(
                current_instance(), current_account(), form.present.data, form.password.data
            )
        except AccountRefusedError as error:
            show_refusal(form, error, "present")
        else:
            mail_change(current_account(), PASSWORD)
            target = redirect(url_for("staff.account", done="password"))
            return set_session(make_response(target), signed_in)
    return render_template("accounts/password.html", form=form), 400


@staff.get("/account/second-factor")
@requires(OWN, adds_second_factor=True)
def second_factor() -> ResponseReturnValue:
    """Show the page to turn the user's second factor on or off."""
    return _second_factor_page()


@staff.post("/account/second-factor/start")
@requires(OWN, adds_second_factor=True, confirmed=True)
def begin_second_factor() -> ResponseReturnValue:
    """Start setting up the user's authenticator app with a new secret."""
    if PressForm().validate_on_submit():
        with suppress(AccountRefusedError):  # a sample account, which the page explains
            start_second_factor(current_instance(), current_account())
    return redirect(url_for("staff.second_factor"))


@staff.post("/account/second-factor")
@requires(OWN, adds_second_factor=True)
def take_second_factor() -> ResponseReturnValue:
    """Turn the user's second factor on, and show the recovery codes once."""
    form = ConfirmForm()
    if not form.validate_on_submit():
        return _second_factor_page(confirm=form), 400
    try:
        codes, signed_in = confirm_second_factor(
            current_instance(), current_account(), form.code.data
        )
    except AccountRefusedError as error:
        if error.refusal in {Refusal.NOTHING_STARTED, Refusal.SAMPLE}:
            return redirect(url_for("staff.second_factor"))
        show_refusal(form, error, "code")
        return _second_factor_page(confirm=form), 400
    mail_change(current_account(), STEP_ON)
    page = make_response(render_template("accounts/recovery_codes.html", codes=codes))
    return set_session(page, signed_in)


@staff.post("/account/second-factor/stop")
@requires(OWN)
def end_second_factor() -> ResponseReturnValue:
    """Turn the user's own second factor off."""
    form = PresentPasswordForm()
    if form.validate_on_submit():
        try:
            signed_in = stop_second_factor(current_instance(), current_account(), form.present.data)
        except AccountRefusedError as error:
            show_refusal(form, error, "present")
        else:
            mail_change(current_account(), STEP_OFF)
            target = redirect(url_for("staff.account", done="second-factor"))
            return set_session(make_response(target), signed_in)
    return _second_factor_page(stop=form), 400


def _second_factor_page(
    confirm: ConfirmForm | None = None, stop: PresentPasswordForm | None = None
) -> str:
    started = read_second_factor_start(current_instance(), current_account())
    return render_template(
        "accounts/second_factor.html",
        started=started,
        sample_words=sample_words(current_instance(), current_account()),
        is_required=not current_account().roles.isdisjoint(current_settings().second_factor_roles),
        code_picture=bare_qr_code(started.address) if started else "",
        press=PressForm(),
        confirm=confirm or ConfirmForm(),
        stop=stop or PresentPasswordForm(),
    )
