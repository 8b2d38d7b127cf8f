"""Links by which one person sets a password, once: an invitation or a way back in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.accounts.links import (
    OF_ACCOUNTS,
    LinkPurpose,
    add_link,
    links_deleted,
    usable_link,
)
from referral.accounts.passwords import check_new_password, hash_password
from referral.accounts.rate_limits import account_key, clear_tries
from referral.accounts.rows import AccountRow, LinkRow, account_from
from referral.directory.context import Directory
from referral.records.accounts import Account, AccountRefusedError, Actor, Refusal


@dataclass(frozen=True, slots=True)
class OneTimeLink:
    """A link as it is handed over, once; ``token`` is kept nowhere.

    Attributes:
        expires_at: UTC instant.
    """

    token: str
    account: Account
    purpose: LinkPurpose
    expires_at: datetime


def make_link(
    directory: Directory,
    session: Session,
    row: AccountRow,
    purpose: LinkPurpose,
    *,
    keep_earlier: bool = False,
) -> OneTimeLink:
    """Make a link in this transaction; earlier ones of the account stop working, unless kept."""
    ended = links_deleted(OF_ACCOUNTS, row.id)
    if keep_earlier:
        ended = ended.where(LinkRow.expires_at <= directory.now())
    session.execute(ended)
    token, expires_at = add_link(session, purpose, directory.now(), subject_id=row.id)
    return OneTimeLink(token, account_from(row), purpose, expires_at)


def read_link(directory: Directory, token: str) -> Account:
    """Whose link this is. Reading does not use it up: mail programs open links too.

    Raises:
        AccountRefusedError: it was used, is too old, or never was one.
    """
    with directory.store.read() as session:
        _, row = _usable(directory, session, token)
        return account_from(row)


def take_link(directory: Directory, token: str, password: str) -> Account:
    """Set the password by this link, which is used up; all sessions of the account end.

    Raises:
        AccountRefusedError: the link is gone, or the password may not be used.
    """
    check_new_password(directory.settings, password, read_link(directory, token).email)
    hashed = hash_password(password)
    with directory.store.write() as session:
        link, row = _usable(directory, session, token)
        link.used_at = directory.now()
        session.flush()  # this one is kept, as used
        session.execute(links_deleted(OF_ACCOUNTS, row.id).where(LinkRow.used_at.is_(None)))
        row.password_hash = hashed
        row.session_stamp += 1
        clear_tries(session, account_key(directory, row.email_key))
        account = account_from(row)
        record_audit(session, account.actor, "password-set", "account", row.id)
        return account


def make_reset_link(
    directory: Directory, actor: Actor, account_id: str, *, keep_earlier: bool = False
) -> OneTimeLink:
    """A link by which this person sets a new password; before the first time, an invitation.

    Args:
        keep_earlier: whether earlier ones go on working; where a stranger may have asked for this
            one, who must not take away the link of an admin.

    Raises:
        AccountRefusedError: there is no such account, or it is disabled.
    """
    with directory.store.write() as session:
        row = session.get(AccountRow, account_id)
        if row is None:
            raise AccountRefusedError(Refusal.NOT_FOUND)
        if row.disabled_at:
            raise AccountRefusedError(Refusal.DISABLED)
        purpose = LinkPurpose.RESET if row.password_hash else LinkPurpose.INVITE
        record_audit(session, actor, f"{purpose.value}-link-made", "account", row.id)
        return make_link(directory, session, row, purpose, keep_earlier=keep_earlier)


def _usable(directory: Directory, session: Session, token: str) -> tuple[LinkRow, AccountRow]:
    link = usable_link(session, token, OF_ACCOUNTS, directory.now(), for_update=True)
    if link is None:
        raise AccountRefusedError(Refusal.LINK_GONE)
    row = session.get_one(AccountRow, link.subject_id, with_for_update=True)
    if row.disabled_at:
        raise AccountRefusedError(Refusal.LINK_GONE)
    return link, row
