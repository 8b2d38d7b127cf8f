"""Shared computers by name: links that mark a device, the list of devices, revoking a mark.

A revoked mark stays in the browser: visits of the device still end, and its pages say that it is
not set up any more. Only a link that is opened at the device itself deletes the mark, since from
then on the browser stores what people look for.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from threading import Thread
from uuid import uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.exc import SQLAlchemyError

from referral.accounts.audit import record_audit
from referral.accounts.links import LIFETIMES, TERMINAL_PURPOSES, LinkPurpose, add_link, usable_link
from referral.directory.instance import Instance, local_today
from referral.errors import NotFoundError
from referral.records.accounts import Actor
from referral.terminal.rows import TerminalDeviceRow

LINK_HOURS = round(LIFETIMES[LinkPurpose.MARK].total_seconds() / 3600)
LONGEST_LABEL = 60
DEVICE_ACTOR = Actor("", "link at a shared computer")
_KIND = "terminal"
_WRITE_WAIT_SECONDS = 2


@dataclass(frozen=True, slots=True)
class TerminalLink:
    """The effect of a single-use link that makes a device a terminal.

    ``label`` is "" if it deletes the mark.
    """

    label: str
    ends_mark: bool


@dataclass(frozen=True, slots=True)
class TerminalDevice:
    """A browser that is marked as a terminal (shared computer)."""

    id: str
    label: str
    marked_on: date
    seen_on: date
    ended_on: date | None


def make_link(instance: Instance, actor: Actor, label: str = "", *, ends_mark: bool = False) -> str:
    """Return the token of a single-use link that makes a device a terminal, or ends that."""
    purpose = LinkPurpose.UNMARK if ends_mark else LinkPurpose.MARK
    with instance.store.write() as session:
        token, _ = add_link(session, purpose, instance.now(), detail=label[:LONGEST_LABEL])
        record_audit(
            session, actor, "terminal-end-link-made" if ends_mark else "terminal-link-made"
        )
    return token


def read_link(instance: Instance, token: str) -> TerminalLink | None:
    """Return the effect of a link that marks a terminal; None if used, too old or unknown."""
    with instance.store.read() as session:
        row = usable_link(session, token, TERMINAL_PURPOSES, instance.now())
        return TerminalLink(row.detail, row.purpose == LinkPurpose.UNMARK) if row else None


def use_link(instance: Instance, token: str, device_id: str) -> str | None:
    """Use up a link that makes a device a terminal or ends that.

    ``device_id`` is the device's current mark, "" for none.

    Returns:
        The id of the new mark, "" if the mark was ended; None if the link is not valid.
    """
    with instance.store.write() as session:
        link = usable_link(session, token, TERMINAL_PURPOSES, instance.now(), for_update=True)
        if link is None:
            return None
        session.delete(link)
        session.execute(delete(TerminalDeviceRow).where(TerminalDeviceRow.id == device_id))
        if link.purpose == LinkPurpose.UNMARK:
            record_audit(session, DEVICE_ACTOR, "terminal-ended", _KIND, device_id)
            return ""
        today = local_today(instance)
        new_id = str(uuid4())
        session.add(TerminalDeviceRow(id=new_id, label=link.detail, marked_on=today, seen_on=today))
        record_audit(session, DEVICE_ACTOR, "terminal-marked", _KIND, new_id)
        return new_id


def list_devices(instance: Instance) -> tuple[TerminalDevice, ...]:
    """Return the terminals in use by label, then those whose mark was revoked."""
    query = select(TerminalDeviceRow).order_by(
        TerminalDeviceRow.ended_on.is_not(None), TerminalDeviceRow.label, TerminalDeviceRow.id
    )
    with instance.store.read() as session:
        return tuple(
            TerminalDevice(row.id, row.label, row.marked_on, row.seen_on, row.ended_on)
            for row in session.scalars(query)
        )


def revoke_mark(instance: Instance, actor: Actor, device_id: str) -> None:
    """Revoke the terminal mark of a device. From its next page on, it is shown as not set up.

    Raises:
        NotFoundError: no such device is in use.
    """
    statement = (
        update(TerminalDeviceRow)
        .where(TerminalDeviceRow.id == device_id, TerminalDeviceRow.ended_on.is_(None))
        .values(ended_on=local_today(instance))
        .returning(TerminalDeviceRow.id)
    )
    with instance.store.write() as session:
        if session.execute(statement).first() is None:
            raise NotFoundError
        record_audit(session, actor, "terminal-taken-back", _KIND, device_id)


class Devices:
    """The terminals of a site: whether each is set up, and the day when it was last seen."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        # device id → last day that this process tried to store
        self._seen_days: dict[str, date] = {}

    def is_set_up(self, device_id: str) -> bool:
        """Return whether a terminal is listed and not revoked, and note the day when it was seen.

        A device without a mark ("") is set up: every client of this server is a terminal then.
        """
        if not device_id:
            return True
        try:
            with self._instance.store.read() as session:
                row = session.get(TerminalDeviceRow, device_id)
        except SQLAlchemyError:
            return True  # unknown, and the page of help lines must still be shown
        if row is None:
            return False
        self._note_seen(device_id, row.seen_on)
        return row.ended_on is None

    def _note_seen(self, device_id: str, seen_on: date) -> None:
        """Store that a terminal was seen today, at most once a day in each process."""
        today = local_today(self._instance)
        if today in {seen_on, self._seen_days.get(device_id)}:
            return
        self._seen_days[device_id] = today
        # A long import may block writes to SQLite, so the wait is limited.
        writer = Thread(target=self._write_seen, args=(device_id, today), daemon=True)
        writer.start()
        writer.join(_WRITE_WAIT_SECONDS)

    def _write_seen(self, device_id: str, today: date) -> None:
        statement = (
            update(TerminalDeviceRow).where(TerminalDeviceRow.id == device_id).values(seen_on=today)
        )
        with suppress(SQLAlchemyError), self._instance.store.write() as session:
            session.execute(statement)
