"""Restrictions of the current data that a restore keeps: visibility, accounts, links, devices.

A restore keeps the stricter of the current state and that of the backup. Accounts keep their
current roles and credentials. Listings that are not shown now may come back with a backup, so they
are reported before.
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
_CREDENTIALS = (
    "roles", "password_hash", "disabled_at", "session_stamp", "second_factor_seed",
    "second_factor_at", "second_factor_step", "recovery_hashes",
)  # fmt: skip
Rows = Iterable[Mapping[str, Any]]


@dataclass(slots=True)
class PresentState:
    """The current data whose restrictions a restore keeps.

    Attributes:
        not_public: ids of the records that are not public, by table and visibility.
        retired: records that followed lists removed, by kind and id, with the time.
        hashes: rows of the withheld groups, their keys and the HMAC key, by table.
        requests: rows of withholding requests.
        accounts: rows of accounts.
        passkeys: ids of passkeys.
        links: time of use, or None, of all links that were not ended, by hash of the token.
        link_subjects: ids of the services and organizations that may have such links.
        ended_devices: day on which a shared computer was ended, by its id.
        listed: names of the services that the public sees, by id.
        is_known: whether all of this could be read, which a damaged file prevents.
    """

    not_public: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    retired: dict[str, Mapping[str, Any]] = field(default_factory=dict)
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
    """Read the restrictions of the current data, which a restore keeps.

    Args:
        partly: whether errors are ignored, for a damaged file or tables of another release.
    """
    present = PresentState()

    def rows(name: str) -> list[dict[str, Any]]:
        return rows_of(connection, tables[name])

    def read_hashes() -> None:
        present.hashes.update({name: rows(name) for name in (HASH_KEY, *HASHES)})

    def read_links() -> None:
        present.links.update((row["token_hash"], row["used_at"]) for row in rows("link"))
        for name in ("service", "organization"):  # last: without links nothing is known to be ended
            present.link_subjects.update(connection.scalars(select(tables[name].columns["id"])))

    readers: list[Callable[[], None]] = [
        *(partial(_read_not_public, present, connection, table) for table in tables.values()),
        lambda: present.retired.update(read_taken_away(connection, tables)),
        read_hashes,
        lambda: present.requests.extend(rows(REQUESTS)),
        lambda: present.accounts.extend(rows("account")),
        lambda: present.passkeys.update(row["id"] for row in rows("passkey")),
        read_links,
        lambda: present.ended_devices.update(
            (row["id"], row["ended_on"]) for row in rows("terminal_device") if row["ended_on"]
        ),
        lambda: present.listed.update(_listed_names(rows)),
    ]
    for read_part in readers:
        try:
            read_part()
        except (SQLAlchemyError, KeyError):
            if not partly:
                raise
            present.is_known = False
    return present


def find_returning(present: PresentState, lines: Callable[[str], Iterable[bytes]]) -> Returning:
    """Compare the current state with a backup, and return the accounts and listings to report.

    Args:
        lines: returns the lines of a table in the backup, in the schema of this release.
    """

    def restored(name: str) -> Iterator[dict[str, Any]]:
        return rows_from(Base.metadata.tables[name], lines(name))

    accounts = list(restored("account"))
    listed = _listed_names(restored, present)
    enabled = [row for row in accounts if row["disabled_at"] is None]
    existing_ids = {row["id"] for row in present.accounts}
    disabled = {
        row[key] for row in present.accounts if row["disabled_at"] for key in ("id", "email_key")
    }
    stay_disabled = [row for row in enabled if {row["id"], row["email_key"]} & disabled]
    return Returning(
        accounts=tuple(
            sorted(
                row["email"]
                for row in enabled
                if row["id"] not in existing_ids and row not in stay_disabled
            )
        ),
        disabled=tuple(sorted(row["email"] for row in stay_disabled)),
        listings=tuple(
            sorted(name for service_id, name in listed.items() if service_id not in present.listed)
        ),
    )


def keep_access_restrictions(
    connection: Connection, tables: Mapping[str, Table], present: PresentState
) -> None:
    """Apply the current restrictions of access to restored accounts, passkeys, links and devices.

    An account that exists now keeps password, second factor and roles, and stays disabled if it is.
    A passkey that was deleted since does not come back. Links that were ended or used since, and
    shared computers that were ended, stay so.
    """
    account, passkey = tables["account"], tables["passkey"]
    for row in present.accounts:
        credentials = {name: row[name] for name in _CREDENTIALS}
        credentials["session_stamp"] += 1
        connection.execute(update(account).where(account.c.id == row["id"]).values(credentials))
        if row["disabled_at"]:
            is_same_account = (account.c.email_key == row["email_key"]) & account.c.disabled_at.is_(
                None
            )
            connection.execute(
                update(account).where(is_same_account).values(disabled_at=row["disabled_at"])
            )
        is_deleted = passkey.c.account_id == row["id"], passkey.c.id.not_in(present.passkeys)
        connection.execute(delete(passkey).where(*is_deleted))
    _keep_links_ended(connection, tables["link"], present)
    device = tables["terminal_device"]
    for device_id, ended_on in present.ended_devices.items():
        connection.execute(update(device).where(device.c.id == device_id).values(ended_on=ended_on))


def _keep_links_ended(connection: Connection, link: Table, present: PresentState) -> None:
    """End restored links that were ended or used since the backup.

    Links of a service or organization that does not exist now work as in the backup: on a new
    machine they were not ended.
    """
    for row in connection.execute(select(link)).all():
        is_this_link = link.c.token_hash == row.token_hash
        if row.token_hash in present.links:
            used_at = row.used_at or present.links[row.token_hash]
            connection.execute(update(link).where(is_this_link).values(used_at=used_at))
        elif row.subject_id in present.link_subjects:
            connection.execute(delete(link).where(is_this_link))


def rows_of(connection: Connection, table: Table) -> list[dict[str, Any]]:
    """Return all rows of a table."""
    return [dict(row) for row in connection.execute(select(table)).mappings()]


def _read_not_public(present: PresentState, connection: Connection, table: Table) -> None:
    """Add the records of a table that are not public to the current state."""
    if {"id", "visibility"} <= set(table.columns.keys()):
        visibility = table.columns["visibility"]
        rows = connection.execute(
            select(table.columns["id"], visibility).where(visibility != Visibility.PUBLIC.value)
        )
        for record_id, value in rows:
            ids_by_visibility = present.not_public.setdefault(table.name, {})
            ids_by_visibility.setdefault(value, []).append(record_id)


def _listed_names(
    rows: Callable[[str], Rows], present: PresentState | None = None
) -> dict[str, str]:
    """Return the names of services that the public sees, by id, without those hidden now."""
    kept_hidden = {kind: _hidden_ids(present, kind) for kind in ("service", "organization")}

    def is_shown(kind: str, row: Mapping[str, Any]) -> bool:
        is_public = row["visibility"] == Visibility.PUBLIC.value and row["retired_at"] is None
        return is_public and row["id"] not in kept_hidden[kind]

    hidden_services = {
        row["service_id"] for row in rows("local_note") if row["field"] == LocalField.HIDDEN.value
    }
    organizations = {row["id"] for row in rows("organization") if is_shown("organization", row)}
    statuses = statuses_shown_to(Audience.PUBLIC)
    return {
        row["id"]: row["name"]
        for row in rows("service")
        if is_shown("service", row)
        and row["status"] in statuses
        and row["id"] not in hidden_services
        and (not row["organization_id"] or row["organization_id"] in organizations)
    }


def _hidden_ids(present: PresentState | None, kind: str) -> set[str]:
    """Return the ids of the records that a restore keeps hidden."""
    if present is None:
        return set()
    not_public = present.not_public.get(kind, {})
    return {*present.retired.get(kind, {}), *chain(*not_public.values())}
