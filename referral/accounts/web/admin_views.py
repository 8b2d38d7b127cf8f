"""Pages for admins: accounts with their roles, and the audit log."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from referral.accounts import account_admin
from referral.accounts.audit import list_audit_entries, read_audit_log, read_audited_names
from referral.accounts.links import make_reset_link
from referral.accounts.web.forms import AccountForm, AuditForm, InviteForm, show_refusal
from referral.accounts.web.mails import STEP_OFF, deliver_link, mail_change
from referral.formats.writing.sheets import CSV_TYPE, csv_table
from referral.records.accounts import (
    Account,
    AccountRefusedError,
    Permission,
    Refusal,
    lacks_second_factor,
)
from referral.web.current import current_instance, current_settings, page_number
from referral.web.forms import PressForm
from referral.web.staff.access import current_account, requires
from referral.web.staff.file_response import file_response
from referral.web.staff.labels import refusal_text

admin = Blueprint("admin", __name__, url_prefix="/admin")
MANAGE = Permission.MANAGE_ACCOUNTS
_AUDIT_HEADER = (
    "id", "happened_at", "account_id", "actor_name", "action", "kind", "record_id", "detail",
)  # fmt: skip


@admin.context_processor
def _template_values() -> dict[str, object]:
    needing = current_settings().second_factor_roles
    return {"lacks_second_step": lambda account: lacks_second_factor(account, needing)}


@admin.get("/accounts")
@requires(MANAGE)
def list_accounts() -> ResponseReturnValue:
    """Show admins the list of all staff accounts."""
    return render_template(
        "accounts/accounts.html", accounts=account_admin.list_accounts(current_instance())
    )


@admin.get("/accounts/new")
@requires(MANAGE)
def new_account() -> ResponseReturnValue:
    """Show the form to invite a user to a new staff account."""
    return render_template("accounts/invite.html", form=InviteForm())


@admin.post("/accounts/new")
@requires(MANAGE, confirmed=True)
def invite() -> ResponseReturnValue:
    """Create a staff account, and mail or show its invitation."""
    form = InviteForm()
    if form.validate_on_submit():
        try:
            link = account_admin.invite(
                current_instance(),
                current_account().actor,
                form.email.data,
                form.name.data,
                form.chosen_roles,
            )
        except AccountRefusedError as error:
            show_refusal(form, error, "email")
        else:
            return render_template("accounts/link.html", handed=deliver_link(link))
    return render_template("accounts/invite.html", form=form), 400


@admin.get("/accounts/<uuid:account_id>")
@requires(MANAGE)
def account(account_id: UUID) -> ResponseReturnValue:
    """Show admins a staff account with its form and buttons."""
    target = _account_or_404(account_id)
    form = AccountForm(data={"name": target.name, "roles": [role.value for role in target.roles]})
    return _account_page(target, form)


@admin.post("/accounts/<uuid:account_id>")
@requires(MANAGE, confirmed=True)
def change_account(account_id: UUID) -> ResponseReturnValue:
    """Change the name and roles of a staff account, as an admin entered them."""
    target = _account_or_404(account_id)
    form = AccountForm()
    own = current_account()
    if form.validate_on_submit():
        try:
            account_admin.change_account(
                current_instance(),
                current_account().actor,
                target.id,
                form.name.data,
                form.chosen_roles,
            )
        except AccountRefusedError as error:
            show_refusal(form, error, "roles")
        else:
            if target.id == own.id and set(form.chosen_roles) != set(own.roles):
                return redirect(url_for("entrance.sign_in", roles=1))
            return redirect(url_for("admin.account", account_id=target.id, done="changed"))
    return _account_page(target, form), 400


@admin.post("/accounts/<uuid:account_id>/link")
@requires(MANAGE, confirmed=True)
def make_link(account_id: UUID) -> ResponseReturnValue:
    """Create a one-time link for a user who cannot sign in, at an admin's request."""
    target = _account_or_404(account_id)
    try:
        link = make_reset_link(current_instance(), current_account().actor, target.id)
    except AccountRefusedError as error:
        return _refused_page(target, error)
    return render_template("accounts/link.html", handed=deliver_link(link))


@admin.post("/accounts/<uuid:account_id>/disable")
@requires(MANAGE, confirmed=True)
def disable(account_id: UUID) -> ResponseReturnValue:
    """Disable a staff account at an admin's request."""
    target = _account_or_404(account_id)
    try:
        account_admin.disable_account(current_instance(), current_account().actor, target.id)
    except AccountRefusedError as error:
        return _refused_page(target, error)
    return redirect(url_for("admin.account", account_id=target.id, done="off"))


@admin.post("/accounts/<uuid:account_id>/enable")
@requires(MANAGE, confirmed=True)
def enable(account_id: UUID) -> ResponseReturnValue:
    """Enable a disabled staff account at an admin's request."""
    account_admin.enable_account(
        current_instance(), current_account().actor, _account_or_404(account_id).id
    )
    return redirect(url_for("admin.account", account_id=account_id, done="on"))


@admin.post("/accounts/<uuid:account_id>/second-factor")
@requires(MANAGE, confirmed=True)
def drop_second_factor(account_id: UUID) -> ResponseReturnValue:
    """Turn the second factor off for a user who lost it, at an admin's request."""
    target = _account_or_404(account_id)
    account_admin.drop_second_factor(current_instance(), current_account().actor, target.id)
    mail_change(target, STEP_OFF)
    return redirect(url_for("admin.account", account_id=account_id, done="second-factor"))


@admin.get("/audit-log")
@requires(Permission.READ_AUDIT_LOG)
def audit_log() -> ResponseReturnValue:
    """Show a page of the audit log with its filters."""
    instance = current_instance()
    form = AuditForm(request.args)
    users = account_admin.list_accounts(instance)
    page = read_audit_log(instance, form.filters(), page_number())
    form.offer(page, users)
    names = {
        **read_audited_names(instance, current_account(), page.entries),
        **{user.id: user.name or user.email for user in users},
    }
    return render_template(
        "accounts/audit_log.html",
        form=form,
        log=page,
        names=names,
        may_change=current_account().may(MANAGE),  # auditors cannot open pages of records
    )


@admin.get("/audit-log.csv")
@requires(Permission.READ_AUDIT_LOG)
def audit_log_csv() -> ResponseReturnValue:
    """Download the filtered audit log as CSV, with codes and ids as they are stored."""
    filters = AuditForm(request.args).filters()
    rows = (
        (
            str(entry.id), entry.happened_at.isoformat(), entry.account_id, entry.actor_name,
            entry.action, entry.kind, entry.record_id,
            "; ".join(f"{name}={value}" for name, value in sorted(entry.detail.items())),
        )
        for entry in list_audit_entries(current_instance(), filters)
    )  # fmt: skip
    return file_response(csv_table(_AUDIT_HEADER, rows), CSV_TYPE, "audit-log.csv")


def _account_or_404(account_id: UUID) -> Account:
    try:
        return account_admin.read_account(current_instance(), str(account_id))
    except AccountRefusedError as error:
        if error.refusal is Refusal.NOT_FOUND:
            abort(404)
        raise


def _refused_page(target: Account, error: AccountRefusedError) -> ResponseReturnValue:
    form = AccountForm(
        None, data={"name": target.name, "roles": [role.value for role in target.roles]}
    )
    return _account_page(target, form, refused=refusal_text(error)), 409


def _account_page(target: Account, form: AccountForm, refused: str = "") -> str:
    return render_template(
        "accounts/account.html",
        account=target,
        form=form,
        press=PressForm(),
        refused=refused,
        done=request.args.get("done", ""),
    )
