"""Webhooks as admins add, turn on, turn off and remove them."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.directory.context import Directory
from referral.errors import refused
from referral.outgoing_requests import Network, RefusedAddressError, require_safe
from referral.records.accounts import Actor
from referral.records.waiting import Waiting
from referral.store.fetching import fetch_row, fetch_waiting
from referral.webhooks.records import CallOutcome, CallResult, Webhook
from referral.webhooks.rows import WebhookRow
from referral.webhooks.signatures import new_seed, secret_of

LONGEST_NAME = 200
LONGEST_ADDRESS = 500
_MOST = 20
_ODD = frozenset(" #@\\")


def list_webhooks(directory: Directory) -> tuple[Webhook, ...]:
    """All webhooks, in the order in which they were added."""
    row = WebhookRow
    with directory.store.read() as session:
        return tuple(map(webhook_in, session.scalars(select(row).order_by(row.added_at, row.id))))


def read_webhook(directory: Directory, webhook_id: str) -> Webhook:
    """One of them.

    Raises:
        NotFoundError: there is none.
    """
    with directory.store.read() as session:
        return webhook_in(webhook_row(session, webhook_id))


def add_webhook(directory: Directory, actor: Actor, name: str, url: str) -> tuple[str, str]:
    """Add a webhook, turned off; its id, and the secret that its calls are signed with.

    Raises:
        RefusedError: the address cannot be called.
    """
    name, url = name.strip(), url.strip()
    if not name or len(name) > LONGEST_NAME:
        raise refused("Say in a few words whose program this is.")
    _refuse_unusable(directory, url)
    row = WebhookRow(id=str(uuid4()), name=name, url=url, seed=new_seed(), added_at=directory.now())
    with directory.store.write() as session:
        known = session.scalars(select(WebhookRow.url)).all()
        if url in known:
            raise refused("This address is called already.")
        if len(known) >= _MOST:
            raise refused("There are %(number)s webhooks. Remove one first.", number=_MOST)
        session.add(row)
        record_audit(session, actor, "webhook-added", "webhook", row.id)
        return row.id, secret_of(directory.settings, row.seed)


def renew_secret(directory: Directory, actor: Actor, webhook_id: str) -> str:
    """Sign with another secret from now on, and for a while with the earlier one too; the secret.

    Raises:
        NotFoundError: there is no such webhook.
    """
    with directory.store.write() as session:
        row = webhook_row(session, webhook_id, locked=True)
        row.earlier_seed, row.seed, row.renewed_at = row.seed, new_seed(), directory.now()
        record_audit(session, actor, "webhook-renewed", "webhook", webhook_id)
        return secret_of(directory.settings, row.seed)


def turn_webhook(directory: Directory, actor: Actor, webhook_id: str, *, on: bool) -> None:
    """Turn a webhook on or off. One that is turned on is called at once.

    Raises:
        NotFoundError: there is no such webhook.
        RefusedError: there is nothing that it could tell.
    """
    if on and not has_feed(directory):
        raise refused("Set REFERRAL_PUBLIC_URL on the server, and turn open data on, first.")
    with directory.store.write() as session:
        row = webhook_row(session, webhook_id, locked=True)
        row.is_on, row.tries = on, 0
        row.ended_at = row.failing_since = row.next_at = None
        if on:
            row.told_cursor = ""
        action = "webhook-turned-on" if on else "webhook-turned-off"
        record_audit(session, actor, action, "webhook", webhook_id)


def remove_webhook(directory: Directory, actor: Actor, webhook_id: str) -> None:
    """Forget a webhook.

    Raises:
        NotFoundError: there is no such webhook.
    """
    with directory.store.write() as session:
        session.delete(webhook_row(session, webhook_id, locked=True))
        record_audit(session, actor, "webhook-removed", "webhook", webhook_id)


def failing_webhooks(directory: Directory, lasting: timedelta) -> int:
    """How many were turned off by themselves, or have failed for so long."""
    row = WebhookRow
    failing = and_(row.is_on, row.failing_since <= directory.now() - lasting)
    with directory.store.read() as session:
        return len(session.scalars(select(row.id).where(or_(_ended(), failing))).all())


def waiting_webhooks(directory: Directory) -> Waiting:
    """How many were turned off by themselves, and since when."""
    with directory.store.read() as session:
        return fetch_waiting(session, WebhookRow.id, WebhookRow.ended_at, _ended())


def has_feed(directory: Directory) -> bool:
    """Whether there is a feed of changes that partners can be told of, under a known address."""
    settings = directory.settings
    return settings.open_web.open_data and bool(settings.public_url)


def network_of(directory: Directory) -> Network:
    """How partners are reached."""
    return Network(partner_hosts=frozenset(directory.settings.partner_hosts))


def webhook_row(session: Session, webhook_id: str, *, locked: bool = False) -> WebhookRow:
    """The row of a webhook.

    Raises:
        NotFoundError: there is none.
    """
    return fetch_row(session, WebhookRow, webhook_id, "webhook", locked=locked)


def webhook_in(row: WebhookRow) -> Webhook:
    """What a row says."""
    return Webhook(
        id=row.id,
        name=row.name,
        url=row.url,
        is_on=row.is_on,
        last=CallResult(CallOutcome(row.outcome), row.status),
        tried_at=row.tried_at,
        told_at=row.told_at,
        failing_since=row.failing_since,
        next_at=row.next_at,
        ended_at=row.ended_at,
    )


def _ended() -> ColumnElement[bool]:
    return WebhookRow.ended_at.is_not(None)


def _refuse_unusable(directory: Directory, url: str) -> None:
    is_plain = url.isascii() and url.isprintable() and not _ODD & set(url)
    if not (is_plain and len(url) <= LONGEST_ADDRESS and _may_be_called(directory, url)):
        raise refused("The address must begin with https. Whoever runs the server can allow http.")


def _may_be_called(directory: Directory, url: str) -> bool:
    try:
        require_safe(url, network_of(directory))
    except RefusedAddressError:
        return False
    return True
