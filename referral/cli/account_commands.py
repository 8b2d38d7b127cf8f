"""``referral account``: staff accounts, and new passwords for staff who are locked out."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click

from referral.accounts import account_admin
from referral.accounts.links import OneTimeLink, make_reset_link
from referral.directory.instance import opened_instance
from referral.errors import InstanceError
from referral.records.accounts import COMMAND_LINE, AccountRefusedError, Role
from referral.settings import Settings
from referral.web.staff.labels import ROLE_LABELS, refusal_text

_LOCAL_ADDRESS = "http://127.0.0.1:8211"
_roles_option = click.option(
    "--role",
    "roles",
    type=click.Choice([role.value for role in Role]),
    multiple=True,
    required=True,
    help="May be given several times.",
)


class _AccountGroup(click.Group):
    """Group of account commands, which prints refusals with the texts of the pages."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except AccountRefusedError as error:
            raise InstanceError(refusal_text(error)) from error


@click.group("account", cls=_AccountGroup)
def account_group() -> None:
    """Add and change accounts of staff, and help staff who cannot sign in."""


@account_group.command("add")
@click.argument("email")
@click.option("--name", default="", help="As colleagues know this person.")
@_roles_option
@click.pass_obj
def add_command(
    settings: Callable[..., Settings], email: str, name: str, roles: Iterable[str]
) -> None:
    """Add an account for EMAIL and print the link by which the person sets a password."""
    with opened_instance(settings()) as instance:
        held = [Role(role) for role in roles]
        link = account_admin.invite(instance, COMMAND_LINE, email, name, held)
    _print_link(link, instance.settings)


@account_group.command("list")
@click.pass_obj
def list_command(settings: Callable[..., Settings]) -> None:
    """List the accounts with e-mail address, roles and state."""
    with opened_instance(settings()) as instance:
        for account in account_admin.list_accounts(instance):
            roles = ", ".join(role.value for role in ROLE_LABELS if role in account.roles)
            state = "in use" if account.has_password or account.by_openid else "invited"
            click.echo(f"{account.email}  {roles}  {'off' if account.is_disabled else state}")


@account_group.command("roles")
@click.argument("email")
@_roles_option
@click.pass_obj
def roles_command(settings: Callable[..., Settings], email: str, roles: Iterable[str]) -> None:
    """Set the roles of EMAIL to exactly these; the person is signed out."""
    with opened_instance(settings()) as instance:
        account = account_admin.find_account(instance, email)
        held = [Role(role) for role in roles]
        account_admin.change_account(instance, COMMAND_LINE, account.id, account.name, held)
    click.echo("The roles are set.")


@account_group.command("reset")
@click.argument("email")
@click.option("--drop-second-factor", is_flag=True, help="Also turn the second step off.")
@click.pass_obj
def reset_command(
    settings: Callable[..., Settings], email: str, *, drop_second_factor: bool
) -> None:
    """Print a link by which EMAIL sets a new password."""
    with opened_instance(settings()) as instance:
        account = account_admin.find_account(instance, email)
        if drop_second_factor:
            account_admin.drop_second_factor(instance, COMMAND_LINE, account.id)
        link = make_reset_link(instance, COMMAND_LINE, account.id)
    _print_link(link, instance.settings)


@account_group.command("disable")
@click.argument("email")
@click.pass_obj
def disable_command(settings: Callable[..., Settings], email: str) -> None:
    """Turn the account of EMAIL off; the person is signed out at once."""
    with opened_instance(settings()) as instance:
        account = account_admin.find_account(instance, email)
        account_admin.disable_account(instance, COMMAND_LINE, account.id)
    click.echo("The account is off.")


@account_group.command("enable")
@click.argument("email")
@click.pass_obj
def enable_command(settings: Callable[..., Settings], email: str) -> None:
    """Turn the account of EMAIL on again."""
    with opened_instance(settings()) as instance:
        account = account_admin.find_account(instance, email)
        account_admin.enable_account(instance, COMMAND_LINE, account.id)
    click.echo("The account is on.")


def _print_link(link: OneTimeLink, settings: Settings) -> None:
    click.echo(
        f"Open this link to choose a password. It works once, until {link.expires_at:%c} UTC."
    )
    click.echo(f"{settings.public_url or _LOCAL_ADDRESS}/staff/link/{link.token}")
    if not settings.public_url:
        click.echo(
            f"(Replace {_LOCAL_ADDRESS} by the address of your site, or set REFERRAL_PUBLIC_URL.)"
        )
