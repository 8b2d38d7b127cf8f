"""Public pages to sign in, enter a code, use a one-time link, and request a link."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    abort,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from referral.accounts.account_admin import has_accounts
from referral.accounts.links import read_link, take_link
from referral.accounts.passkey_challenges import options_to_use, passkey_origin
from referral.accounts.passkeys import ask_for_passkey, has_passkeys
from referral.accounts.sample_accounts import is_sample, sample_names, sign_in_as_sample
from referral.accounts.sessions import (
    SIGN_IN_PURPOSE,
    SignedIn,
    finish_sign_in,
    finish_sign_in_by_passkey,
    read_session,
    second_step_purpose,
    sign_in_by_passkey,
)
from referral.accounts.sessions import sign_in as begin_session
from referral.accounts.web.forms import (
    AskForLinkForm,
    CodeForm,
    NewPasswordForm,
    SignInForm,
    show_refusal,
)
from referral.accounts.web.mails import (
    PASSWORD,
    mail_change,
    mail_new_browser,
    mail_reset_link,
)
from referral.accounts.web.passkey_views import json_response
from referral.accounts.web.session_cookie import (
    is_known,
    known_cookie,
    mark_as_known,
    set_session,
)
from referral.records.accounts import AccountRefusedError, Refusal
from referral.web.client_address import client_address
from referral.web.current import current_instance, current_settings
from referral.web.staff.access import COOKIE, account_or_none, safe_redirect_path
from referral.web.staff.labels import refusal_text

entrance = Blueprint("entrance", __name__, url_prefix="/staff")


@entrance.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Show the sign-in page, or how to create the first account if there is none."""
    if account_or_none():
        return redirect(safe_redirect_path(request.args.get("next", "")))
    form = SignInForm(data={"next": request.args.get("next", "")})
    return _sign_in_page(form)


@entrance.post("/sign-in")
def take_sign_in() -> ResponseReturnValue:
    """Sign a user in by email and password."""
    form = SignInForm()
    if not form.validate_on_submit():
        return _sign_in_page(form, 400)
    try:
        signed_in = begin_session(
            current_instance(),
            form.email.data,
            form.password.data,
            client_address(),
            known_cookie(),
        )
    except AccountRefusedError as error:
        show_refusal(form, error, "password")
        return _sign_in_page(form, 429 if error.wait_seconds else 400)
    return _enter(signed_in, form.next.data or "")


@entrance.post("/try/<string:name>")
def take_sample(name: str) -> ResponseReturnValue:
    """Sign a visitor in to a sample account of the demo, without a password."""
    return _enter(sign_in_as_sample(current_instance(), name), "")


@entrance.post("/passkey")
def take_passkey() -> ResponseReturnValue:
    """Sign a user in by a passkey alone."""
    answer, next_path = request.form.get("credential", ""), request.form.get("next", "")
    try:
        signed_in = sign_in_by_passkey(current_instance(), answer)
    except AccountRefusedError as error:
        form = SignInForm(formdata=None, data={"next": next_path})
        return _sign_in_page(form, 400, refusal_text(error))
    return _enter(signed_in, next_path)


@entrance.get("/passkey/options/<any('sign-in', 'second-step'):purpose>")
def passkey_options(purpose: str) -> ResponseReturnValue:
    """Return WebAuthn options to sign in with a passkey, as JSON.

    They are for a passkey alone or after the password.
    """
    instance, token = current_instance(), request.cookies.get(COOKIE, "")
    if purpose == "sign-in":
        return json_response(options_to_use(instance, (), SIGN_IN_PURPOSE, is_only_step=True))
    account = read_session(instance, token, waits_for_code=True)
    if account is None:
        abort(403)
    return json_response(ask_for_passkey(instance, account, second_step_purpose(token)))


@entrance.get("/code")
def code() -> ResponseReturnValue:
    """Show the page that asks for the second factor of a sign-in."""
    return _code_page(CodeForm(data={"next": request.args.get("next", "")}))


@entrance.post("/code/passkey")
def take_second_passkey() -> ResponseReturnValue:
    """Finish a sign-in by a passkey after the password."""
    answer, next_path = request.form.get("credential", ""), request.form.get("next", "")
    token = request.cookies.get(COOKIE, "")
    try:
        signed_in = finish_sign_in_by_passkey(current_instance(), token, answer, known_cookie())
    except AccountRefusedError as error:
        if error.refusal is Refusal.SIGNED_OUT:
            return redirect(url_for("entrance.sign_in", ended=1))
        form = CodeForm(formdata=None, data={"next": next_path})
        return _code_page(form, 429 if error.wait_seconds else 400, refusal_text(error))
    return _enter(signed_in, next_path)


@entrance.post("/code")
def take_code() -> ResponseReturnValue:
    """Finish a sign-in by a code of the second factor."""
    form = CodeForm()
    if not form.validate_on_submit():
        return _code_page(form, 400)
    try:
        signed_in = finish_sign_in(
            current_instance(), request.cookies.get(COOKIE, ""), form.code.data, known_cookie()
        )
    except AccountRefusedError as error:
        if error.refusal is Refusal.SIGNED_OUT:
            return redirect(url_for("entrance.sign_in", ended=1))
        show_refusal(form, error, "code")
        return _code_page(form, 429 if error.wait_seconds else 400)
    return _enter(signed_in, form.next.data or "")


@entrance.get("/link/<string:token>")
def link(token: str) -> ResponseReturnValue:
    """Show the page of a one-time link, which asks for a new password. The link is not used up."""
    try:
        account = read_link(current_instance(), token)
    except AccountRefusedError as error:
        return _invalid_link_page(error)
    return render_template(
        "accounts/open_link.html", form=NewPasswordForm(), account=account, token=token
    )


@entrance.post("/link/<string:token>")
def take_link_password(token: str) -> ResponseReturnValue:
    """Set the password of a one-time link's account, which uses the link up."""
    form = NewPasswordForm()
    try:
        account = read_link(current_instance(), token)
        if form.validate_on_submit():
            take_link(current_instance(), token, form.password.data)
            if account.has_password:
                mail_change(account, PASSWORD)
            response = make_response(redirect(url_for("entrance.sign_in", ready=1)))
            mark_as_known(response, account)
            return response
    except AccountRefusedError as error:
        if error.refusal is Refusal.LINK_GONE:
            return _invalid_link_page(error)
        show_refusal(form, error, "password")
    return render_template("accounts/open_link.html", form=form, account=account, token=token), 400


@entrance.get("/forgot")
def forgot() -> ResponseReturnValue:
    """Show the page to request a password reset link; without mail, whom to ask for a link."""
    return _forgot_page(AskForLinkForm())


@entrance.post("/forgot")
def take_forgot() -> ResponseReturnValue:
    """Mail a password reset link if the account exists. The response is the same if it does not."""
    form = AskForLinkForm()
    if not current_settings().sends_mail or not form.validate_on_submit():
        return _forgot_page(form), 400
    mail_reset_link(form.email.data)
    return redirect(url_for("entrance.forgot", sent=1))


def _enter(signed_in: SignedIn, next_path: str) -> Response:
    """Set the session cookie after a sign-in, and redirect to the page or the second step."""
    target = safe_redirect_path(next_path)
    session.clear()  # form tokens from before the sign-in must not be valid after it
    if signed_in.waits_for_code:
        target = url_for("entrance.code", next=target)
    elif not is_known(signed_in.account) and not is_sample(current_instance(), signed_in.account):
        mail_new_browser(signed_in.account)
    return set_session(make_response(redirect(target)), signed_in)


def _code_page(form: CodeForm, status: int = 200, refused: str = "") -> ResponseReturnValue:
    token = request.cookies.get(COOKIE, "")
    waiting = read_session(current_instance(), token, waits_for_code=True)
    origin = passkey_origin(current_settings()) if waiting and waiting.passkeys else ""
    return render_template("accounts/code.html", form=form, origin=origin, refused=refused), status


def _sign_in_page(form: SignInForm, status: int = 200, reason: str = "") -> ResponseReturnValue:
    page = render_template(
        "accounts/sign_in.html",
        form=form,
        nobody_yet=not has_accounts(current_instance()),
        samples=sample_names(current_instance()),
        ended="ended" in request.args,
        ready="ready" in request.args,
        everywhere="everywhere" in request.args,
        has_other_roles="roles" in request.args,
        origin=passkey_origin(current_settings()) if has_passkeys(current_instance()) else "",
        refused=reason,
        openid_name=current_settings().openid_name,
        local_for_admins=current_settings().local_sign_in == "admins",
    )
    return page, status


def sign_in_refused(reason: str, status: int = 400) -> ResponseReturnValue:
    """Show the sign-in page with the reason why a sign-in was refused."""
    return _sign_in_page(SignInForm(formdata=None), status, reason)


def _forgot_page(form: AskForLinkForm) -> str:
    return render_template(
        "accounts/forgot.html",
        form=form,
        sends_mail=current_settings().sends_mail,
        sent="sent" in request.args,
    )


def _invalid_link_page(error: AccountRefusedError) -> ResponseReturnValue:
    return render_template("accounts/link_gone.html", words=refusal_text(error)), 410
