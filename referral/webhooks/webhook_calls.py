"""Calls of webhooks, as background jobs: signed, tried again with longer pauses, then given up.

A call says how far the feed of changes is, and where it is. It has nothing of any record: what is
withheld since can so never be in one. A webhook has one job at a time, however much changed.
"""

from __future__ import annotations

import logging
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPException
from time import monotonic
from uuid import uuid4

import msgspec
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.directory.context import Directory
from referral.errors import refused
from referral.formats.writing.hsds_values import utc_text
from referral.jobs.job_queue import Job, add_job, delete_jobs
from referral.outgoing_requests import MOVED, RefusedAddressError, require_safe, response_to
from referral.records.accounts import Actor
from referral.store.publication.ledger import last_cursor
from referral.store.publication.rows import PublicationRunRow
from referral.webhooks.records import CallOutcome, CallResult
from referral.webhooks.registered_webhooks import has_feed, network_of, webhook_row
from referral.webhooks.rows import WebhookRow
from referral.webhooks.signatures import secret_of, signed_headers

_log = logging.getLogger(__name__)

WEBHOOK_CALL = "call webhook"
FEED = "/hsds/3.1/changes"
PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
    *[timedelta(days=1)] * 4,
)
"""After each call that was not taken; after one more the webhook is turned off."""
_PAUSE_WHEN_TAKEN = timedelta(minutes=1)  # while people edit, calls come together
_NOBODY_AT_IT = timedelta(hours=1)  # a call that was queued and not heard of since
_EARLIER_SECRET_LASTS = timedelta(days=1)
_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class _Call:
    url: str
    webhook_id: str  # of the message, as Standard Webhooks calls it
    body: bytes
    keys: tuple[str, ...]


def queue_due_calls(directory: Directory) -> int:
    """Queue the calls that are due, each on one node only; how many."""
    if not has_feed(directory):
        return 0
    row, now = WebhookRow, directory.now()
    may_be_called = row.is_on & or_(row.next_at.is_(None), row.next_at <= now)
    with directory.store.read() as session:
        if session.scalar(select(row.id).where(may_be_called).limit(1)) is None:
            return 0
        cursor = last_cursor(session)
        due = select(row).where(may_be_called, row.told_cursor != str(cursor))
        if not cursor.sequence or session.scalar(due.limit(1)) is None:
            return 0
    with directory.store.write() as session:
        rows = session.scalars(due.with_for_update(skip_locked=True)).all()
        for each in rows:
            each.next_at = now + _NOBODY_AT_IT
            delete_jobs(session, each.id)
            add_job(session, WEBHOOK_CALL, each.id)
        return len(rows)


def call_webhook(directory: Directory, job: Job) -> None:
    """Call a webhook, and note how that ended."""
    with directory.store.read() as session:
        row = session.get(WebhookRow, job.subject_id)
        cursor = str(last_cursor(session))
        if row is None or not row.is_on or row.told_cursor == cursor:
            return
        call = _call_of(directory, session, row, cursor)
    result = _sent(directory, call)
    _note(directory, job.subject_id, cursor, result)
    _log.info("webhook %s: %s %s", job.subject_id, result.outcome.value, result.status)


def send_test_call(directory: Directory, actor: Actor, webhook_id: str) -> CallResult:
    """Call a webhook now, also one that is off, to see whether it works.

    Raises:
        NotFoundError: there is no such webhook.
        RefusedError: there is nothing that it could tell.
    """
    if not has_feed(directory):
        raise refused("Set REFERRAL_PUBLIC_URL on the server, and turn open data on, first.")
    with directory.store.write() as session:
        row = webhook_row(session, webhook_id)
        call = _call_of(directory, session, row, str(last_cursor(session)), is_test=True)
        record_audit(session, actor, "webhook-tested", "webhook", webhook_id)
    return _sent(directory, call)


def _call_of(
    directory: Directory, session: Session, row: WebhookRow, cursor: str, *, is_test: bool = False
) -> _Call:
    """The same bytes under the same id whenever the same is told."""
    changed_at = session.scalar(select(func.max(PublicationRunRow.made_at)))
    at = directory.now() if is_test or changed_at is None else changed_at
    told = {
        "type": "directory.test" if is_test else "directory.changed",
        "timestamp": utc_text(at),
        "data": {"cursor": cursor, "feed": directory.settings.public_url.rstrip("/") + FEED},
    }
    message = uuid4().hex if is_test else f"{row.id}_{cursor}"
    seeds = [row.seed]
    if row.renewed_at and directory.now() - row.renewed_at < _EARLIER_SECRET_LASTS:
        seeds.append(row.earlier_seed)
    keys = tuple(secret_of(directory.settings, each) for each in seeds)
    return _Call(row.url, f"msg_{message}", msgspec.json.encode(told), keys)


def _sent(directory: Directory, call: _Call) -> CallResult:
    network, site = network_of(directory), directory.settings.public_url
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"Referral (+{site})",
        **signed_headers(call.webhook_id, directory.now(), call.body, call.keys),
    }
    deadline = monotonic() + _SECONDS
    try:
        require_safe(call.url, network)
        with response_to("POST", call.url, network, deadline, headers, call.body) as response:
            status = response.status
    except RefusedAddressError:
        return CallResult(CallOutcome.REFUSED_ADDRESS)
    except ssl.SSLCertVerificationError:
        return CallResult(CallOutcome.BAD_CERTIFICATE)
    except (OSError, HTTPException, ValueError):
        return CallResult(CallOutcome.NO_ANSWER)
    return CallResult(_outcome_of(status), status)


def _outcome_of(status: int) -> CallOutcome:
    if 200 <= status < 300:
        return CallOutcome.TAKEN
    if status == 410:
        return CallOutcome.GONE
    return CallOutcome.MOVED if status in MOVED else CallOutcome.FAULT


def _note(directory: Directory, webhook_id: str, cursor: str, result: CallResult) -> None:
    now = directory.now()
    with directory.store.write() as session:
        row = session.get(WebhookRow, webhook_id, with_for_update=True)
        if row is None or not row.is_on:
            return  # an admin was faster
        row.outcome, row.status, row.tried_at = result.outcome.value, result.status, now
        if result.outcome is CallOutcome.TAKEN:
            row.told_cursor, row.told_at = cursor, now
            row.tries, row.failing_since, row.next_at = 0, None, now + _PAUSE_WHEN_TAKEN
            return
        row.tries += 1
        row.failing_since = row.failing_since or now
        is_over = result.outcome is CallOutcome.GONE or row.tries > len(PAUSES)
        row.next_at = None if is_over else _next_at(now, row.tries)
        if is_over:
            row.is_on, row.ended_at = False, now


def _next_at(now: datetime, tries: int) -> datetime:
    return now + PAUSES[tries - 1]
