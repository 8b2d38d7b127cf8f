"""Keys of partners who ask the API often: admins make them, see when each was used, end them.

Nobody needs one. With a key the limit is that of the key, not of the network address.
"""

from __future__ import annotations

import secrets
from uuid import uuid4

from sqlalchemy import select

from referral.accounts.audit import record_audit
from referral.accounts.one_time_links import token_hash
from referral.directory.context import Directory, local_today
from referral.directory.seen_days import SeenDays, end_row
from referral.hsds_api.records import ApiKey
from referral.hsds_api.rows import ApiKeyRow
from referral.records.accounts import Actor

LONGEST_KEY_NAME = 100
MOST_PER_MINUTE = 1_000_000
USUAL_PER_MINUTE = 6_000
_KIND = "api_key"


def make_key(directory: Directory, actor: Actor, name: str, per_minute: int) -> str:
    """A new key, which is not kept: only its digest is."""
    key = secrets.token_urlsafe(32)
    row = ApiKeyRow(
        id=str(uuid4()),
        token_hash=token_hash(key),
        name=name[:LONGEST_KEY_NAME],
        per_minute=per_minute,
        made_on=local_today(directory),
    )
    with directory.store.write() as session:
        session.add(row)
        record_audit(session, actor, "api-key-made", _KIND, row.id)
    return key


def list_keys(directory: Directory) -> tuple[ApiKey, ...]:
    """Those that work by name, then those that were ended."""
    row = ApiKeyRow
    with directory.store.read() as session:
        rows = session.scalars(select(row).order_by(row.ended_on.is_not(None), row.name, row.id))
        return tuple(
            ApiKey(
                id=each.id,
                name=each.name,
                per_minute=each.per_minute,
                made_on=each.made_on,
                seen_on=each.seen_on,
                ended_on=each.ended_on,
            )
            for each in rows
        )


def end_key(directory: Directory, actor: Actor, key_id: str) -> None:
    """Let a key not work any more, from its next request on.

    Raises:
        NotFoundError: no such key works.
    """
    with directory.store.write() as session:
        end_row(session, ApiKeyRow, key_id, local_today(directory))
        record_audit(session, actor, "api-key-ended", _KIND, key_id)


class KeysInUse:
    """The keys of a site, as each request that brings one asks about it."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._days = SeenDays(directory, ApiKeyRow)

    def limit_of(self, key: str) -> tuple[str, int] | None:
        """The id of a key and its requests in a minute; None where no such key works."""
        row = ApiKeyRow
        with self._directory.store.read() as session:
            found = session.execute(
                select(row.id, row.per_minute, row.seen_on).where(
                    row.token_hash == token_hash(key), row.ended_on.is_(None)
                )
            ).one_or_none()
        if found is None:
            return None
        key_id, per_minute, seen_on = found
        self._days.note(key_id, seen_on)
        return key_id, per_minute
