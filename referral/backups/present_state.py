"""What is shut at present, and what a restore would open: a restore keeps the stricter of the two.

Accounts stay as they are now in all that lets somebody in. Listings that are off the list now come
back with a backup that has them, so they are named before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Table, delete, select, update
from sqlalchemy.exc import SQLAlchemyError

from referral.backups.records import Returning
from referral.backups.taken_away import read_taken_away
from referral.records.local_notes import LocalField
from referral.records.visibility import Audience, Visibility, statuses_shown_to
from referral.store.base import Base
from referral.store.table_copies import rows_from

HASH_KEY, HASHES = "withheld_hash_key", ("withheld_group", "withheld_key")
REQUESTS = "withholding_request"
_LOCK = (
    "roles", "password_hash", "disabled_at", "session_stamp", "second_factor_seed",
    "second_factor_at", "second_factor_step", "recovery_hashes",
)  # fmt: skip
Rows = Iterable[Mapping[str, Any]]


@dataclass(slots=True)
class PresentState:
    """What of the present data a restore goes by.

    Attributes:
        held: table → visibility → ids of the records that are not public.
        taken: what lists that are followed took away.
        hashes: table → rows, of what finds withheld addresses again.
        requests: rows of what lists ask to withhold.
        accounts: rows.
        passkeys: their ids.
        links: hash of the token → when the link was used, of all links that were not ended.
        link_subjects: ids of the services and organizations that may have such links.
        ended_devices: id → day on which the device was taken back.
        listed: id → name of the services that the public sees.
        is_known: whether all of this could be read; not where the file is damaged.
    """

    held: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    taken: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    hashes: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)
    accounts: list[dict[str, Any]] = field(default_factory=list)
    passkeys: set[str] = field(default_factory=set)
    links: dict[str, datetime | None] = field(default_factory=dict)
    link_subjects: set[str] = field(default_factory=set)
    ended_devices: dict[str, date] = field(default_factory=dict)
    listed: dict[str, str] = field(default_factory=dict)
    is_known: bool = True


def read_present(
    connection: Connection, tables: Mapping[str, Table], *, partly: bool = False
) -> PresentState:
    """Read it from the present tables.

    Args:
        partly: as much as can be read, of a damaged file or of tables of another version.
    """
    found = PresentState()

    def rows(name: str) -> list[dict[str, Any]]:
        return rows_of(connection, tables[name])

    def read_hashes() -> None:
        found.hashes.update({name: rows(name) for name in (HASH_KEY, *HASHES)})

    def read_links() -> None:
        found.links.update((row["token_hash"], row["used_at"]) for row in rows("link"))
        for name in ("service", "organization"):  # last: without links nothing is known to be ended
            found.link_subjects.update(connection.scalars(select(tables[name].columns["id"])))

    reads: list[Callable[[], None]] = [
        *(partial(_read_held, found, connection, table) for table in tables.values()),
        lambda: found.taken.update(read_taken_away(connection, tables)),
        read_hashes,
        lambda: found.requests.extend(rows(REQUESTS)),
        lambda: found.accounts.extend(rows("account")),
        lambda: found.passkeys.update(row["id"] for row in rows("passkey")),
        read_links,
        lambda: found.ended_devices.update(
            (row["id"], row["ended_on"]) for row in rows("terminal_device") if row["ended_on"]
        ),
        lambda: found.listed.update(_listed(rows)),
    ]
    for read in reads:
        try:
            read()
        except (SQLAlchemyError, KeyError):
            if not partly:
                raise
            found.is_known = False
    return found


def what_returns(present: PresentState, lines: Callable[[str], Iterable[bytes]]) -> Returning:
    """Compare the present with a backup.

    Args:
        lines: those of a table in the backup, by its name, as this version writes them.
    """

    def restored(name: str) -> Iterator[dict[str, Any]]:
        return rows_from(Base.metadata.tables[name], lines(name))

    accounts = list(restored("account"))
    listed = _listed(restored, present)
    enabled = [row for row in accounts if row["disabled_at"] is None]
    known = {row["id"] for row in present.accounts}
    disabled = {
        row[key] for row in present.accounts if row["disabled_at"] for key in ("id", "email_key")
    }
    stay = [row for row in enabled if {row["id"], row["email_key"]} & disabled]
    return Returning(
        accounts=tuple(
            sorted(row["email"] for row in enabled if row["id"] not in known and row not in stay)
        ),
        disabled=tuple(sorted(row["email"] for row in stay)),
        listings=tuple(sorted(name for each, name in listed.items() if each not in present.listed)),
    )


def keep_doors(connection: Connection, tables: Mapping[str, Table], present: PresentState) -> None:
    """Let nobody in whom the present accounts do not let in; for restored rows.

    An account that is there now keeps password, second factor and roles, and stays disabled. A
    passkey that was taken away since does not come back. A link that was ended or used since, and a
    shared computer that was taken back, stay so.
    """
    account, passkey = tables["account"], tables["passkey"]
    for row in present.accounts:
        lock = {name: row[name] for name in _LOCK}
        lock["session_stamp"] += 1
        connection.execute(update(account).where(account.c.id == row["id"]).values(lock))
        if row["disabled_at"]:
            same = (account.c.email_key == row["email_key"]) & account.c.disabled_at.is_(None)
            connection.execute(update(account).where(same).values(disabled_at=row["disabled_at"]))
        gone = passkey.c.account_id == row["id"], passkey.c.id.not_in(present.passkeys)
        connection.execute(delete(passkey).where(*gone))
    _keep_links_ended(connection, tables["link"], present)
    device = tables["terminal_device"]
    for device_id, ended_on in present.ended_devices.items():
        connection.execute(update(device).where(device.c.id == device_id).values(ended_on=ended_on))


def _keep_links_ended(connection: Connection, link: Table, present: PresentState) -> None:
    """End restored links that were ended or used since.

    Links of a service or organization that is not there now work as in the backup: on a new machine
    nobody ended them.
    """
    for row in connection.execute(select(link)).all():
        this = link.c.token_hash == row.token_hash
        if row.token_hash in present.links:
            used_at = row.used_at or present.links[row.token_hash]
            connection.execute(update(link).where(this).values(used_at=used_at))
        elif row.subject_id in present.link_subjects:
            connection.execute(delete(link).where(this))


def rows_of(connection: Connection, table: Table) -> list[dict[str, Any]]:
    """All rows of a table."""
    return [dict(row) for row in connection.execute(select(table)).mappings()]


def _read_held(found: PresentState, connection: Connection, table: Table) -> None:
    """Note the records of a table that are not public."""
    if {"id", "visibility"} <= set(table.columns.keys()):
        visibility = table.columns["visibility"]
        rows = connection.execute(
            select(table.columns["id"], visibility).where(visibility != Visibility.PUBLIC.value)
        )
        for record_id, value in rows:
            found.held.setdefault(table.name, {}).setdefault(value, []).append(record_id)


def _listed(rows: Callable[[str], Rows], present: PresentState | None = None) -> dict[str, str]:
    """Id → name of the services on the list, but for those that ``present`` keeps off it."""
    off = {kind: _off(present, kind) for kind in ("service", "organization")}

    def is_shown(kind: str, row: Mapping[str, Any]) -> bool:
        is_open = row["visibility"] == Visibility.PUBLIC.value and row["retired_at"] is None
        return is_open and row["id"] not in off[kind]

    hidden = {
        row["service_id"] for row in rows("local_note") if row["field"] == LocalField.HIDDEN.value
    }
    organizations = {row["id"] for row in rows("organization") if is_shown("organization", row)}
    statuses = statuses_shown_to(Audience.PUBLIC)
    return {
        row["id"]: row["name"]
        for row in rows("service")
        if is_shown("service", row)
        and row["status"] in statuses
        and row["id"] not in hidden
        and (not row["organization_id"] or row["organization_id"] in organizations)
    }


def _off(present: PresentState | None, kind: str) -> set[str]:
    """Ids of the records that a restore keeps off the list."""
    if present is None:
        return set()
    return {*present.taken.get(kind, {}), *chain(*present.held.get(kind, {}).values())}
