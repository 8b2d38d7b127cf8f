"""One store, two replicas of its index, and everything that may happen to them, as plain data.

A step is a tuple, so that Hypothesis can make steps up and a test can replay fixed ones.
An edit is (name, number, number); the numbers pick rows, whichever there are.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.records.visibility import Visibility
from referral.search import Index
from referral.store import Store
from referral.store.base import RecordRow
from referral.store.change_log import prune_changes
from referral.store.conversion import row_from
from referral.store.rows import (
    AddressRow,
    AttributeRow,
    CostOptionRow,
    LanguageRow,
    LocationRow,
    OrganizationRow,
    PhoneRow,
    ProgramRow,
    ScheduleRow,
    ServiceAreaRow,
    ServiceAtLocationRow,
    ServiceHeadingRow,
    ServiceRow,
    TaxonomyTermRow,
    TranslationRow,
)
from tests.search.contents import contents_from_rows, contents_of, hidden_words, leaks
from tests.search.small_directory import fill, service

Edit = tuple[str, int, int]
SYNC_POINTS = ("changes-read", "documents-written", "committed", "marked")
REBUILD_POINTS = ("rebuild-written", "rebuild-committed", "before-switch", "switched")
POINTS = (*SYNC_POINTS, *REBUILD_POINTS)
REPLICAS = ("A", "B")

_MOVES: tuple[tuple[type[RecordRow], str, type[RecordRow]], ...] = (
    (ServiceRow, "organization_id", OrganizationRow),
    (ServiceRow, "program_id", ProgramRow),
    (ServiceAtLocationRow, "service_id", ServiceRow),
    (ServiceAtLocationRow, "location_id", LocationRow),
    (AddressRow, "location_id", LocationRow),
    (AttributeRow, "link_id", ServiceRow),
    (AttributeRow, "taxonomy_term_id", TaxonomyTermRow),
    (LanguageRow, "service_id", ServiceRow),
    (ServiceAreaRow, "service_id", ServiceRow),
    (CostOptionRow, "service_id", ServiceRow),
    (ServiceHeadingRow, "service_id", ServiceRow),
    (ScheduleRow, "service_at_location_id", ServiceAtLocationRow),
    (PhoneRow, "service_at_location_id", ServiceAtLocationRow),
    (TaxonomyTermRow, "parent_id", TaxonomyTermRow),
)
_RENAMED = (OrganizationRow, ProgramRow, ServiceRow, LocationRow, TaxonomyTermRow)
_SHOWN = (
    OrganizationRow, ProgramRow, ServiceRow, LocationRow, ServiceAtLocationRow, AddressRow,
    TaxonomyTermRow, AttributeRow, LanguageRow, ScheduleRow, TranslationRow, CostOptionRow,
)  # fmt: skip
_LEAVES = (
    ServiceAtLocationRow, AddressRow, AttributeRow, LanguageRow, ScheduleRow, TranslationRow,
    ServiceAreaRow, ServiceHeadingRow, CostOptionRow,
)  # fmt: skip


_DESCRIBED = ((ServiceRow, "description"), (AddressRow, "city"), (TranslationRow, "text"))


class Crash(BaseException):
    """The process ends here."""


class World:
    """A store with the small directory and two replicas that have synced it."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.store = Store(database_url)
        self._folder = folder
        self._made = 0
        fill(self.store)
        self.replicas = {name: self._open(name) for name in REPLICAS}
        for replica in self.replicas.values():
            replica.sync()

    def close(self) -> None:
        for replica in self.replicas.values():
            replica.close()
        self.store.close()

    def play(self, steps: Sequence[tuple]) -> None:
        """Take each step in turn."""
        for name, *arguments in steps:
            getattr(self, name)(*arguments)

    # ------------------------------------------------------------------ steps
    def edit(self, *edits: Edit) -> None:
        """Make these edits in one transaction."""
        with self.store.write() as session:
            self._make(session, edits)

    def roll_back(self, *edits: Edit) -> None:
        """Make these edits and think better of it."""
        with contextlib.suppress(Crash), self.store.write() as session:
            self._make(session, edits)
            raise Crash

    def sync(self, name: str) -> None:
        self.replicas[name].sync()

    def rebuild(self, name: str) -> None:
        self.replicas[name].rebuild()

    def tidy(self, name: str) -> None:
        self.replicas[name].tidy()

    def crash(self, name: str, point: str) -> None:
        """Sync, or rebuild for a point of that, until the point; then start anew."""
        self._stepping(name, point, self._die)
        self._reopen(name)

    def edit_meanwhile(self, name: str, point: str, *edits: Edit) -> None:
        """Make edits while the replica is between two steps."""
        done: list[bool] = []

        def once() -> None:
            if not done:
                done.append(True)
                self.edit(*edits)

        self._stepping(name, point, once)

    def prune(self) -> None:
        """Drop the whole log."""
        with self.store.write() as session:
            prune_changes(session, datetime(2200, 1, 1, tzinfo=UTC))

    def compare(self) -> None:
        """Sync both fully: both hold what the rows say, nothing twice, nothing hidden."""
        expected = contents_from_rows(self.store)
        hidden = hidden_words(self.store)
        for name, replica in self.replicas.items():
            replica.sync()
            assert replica.sync().applied == 0, f"{name} works on changes it has applied"
            status = replica.status()
            assert (status.lag, status.documents) == (0, len(expected)), f"{name} lags"
            held = contents_of(self._folder / name)
            assert not leaks(held, hidden), f"{name} holds what is withheld"
            assert held.keys() == expected.keys(), f"{name} has other services than the store"
            wrong = [key for key in held if held[key] != expected[key]]
            assert not wrong, f"{name} has an old document of {wrong}"

    # ------------------------------------------------------------------ how
    def _open(self, name: str) -> Index:
        return Index(self._folder / name, self.store)

    def _reopen(self, name: str) -> None:
        self.replicas[name].close()
        self.replicas[name] = self._open(name)

    def _stepping(self, name: str, point: str, act: Callable[[], None]) -> None:
        replica = self.replicas[name]

        def step(reached: str) -> None:
            if reached == point:
                act()

        replica._synchronizer.step = step
        with contextlib.suppress(Crash):
            if point in REBUILD_POINTS:
                replica.rebuild()
            else:
                replica.sync()
        replica._synchronizer.step = lambda _name: None

    @staticmethod
    def _die() -> None:
        raise Crash

    def _make(self, session: Session, edits: Sequence[Edit]) -> None:
        for name, first, second in edits:
            getattr(self, f"_{name}")(session, first, second)
            session.flush()

    # ------------------------------------------------------------------ edits
    def _add(self, session: Session, first: int, second: int) -> None:
        self._made += 1
        records = service(100 + self._made, first % 4, second % 6, (first + second) % 6)
        parents = {row.id for row in session.scalars(select(OrganizationRow))}
        rows = [row_from(record) for record in records]
        assert rows[0].organization_id in parents
        session.add_all(rows)

    def _rename(self, session: Session, first: int, second: int) -> None:
        self._made += 1
        row = _pick(session, _RENAMED[first % len(_RENAMED)], second)
        if row:
            row.name = f"renamed{self._made}word{row.id.replace('-', '')}"

    def _move(self, session: Session, first: int, second: int) -> None:
        table, field, parent = _MOVES[first % len(_MOVES)]
        row, other = _pick(session, table, second), _pick(session, parent, second // 7)
        if row and other:
            setattr(row, field, other.id)

    def _show(self, session: Session, first: int, second: int) -> None:
        row = _pick(session, _SHOWN[first % len(_SHOWN)], second)
        if row:
            row.visibility = list(Visibility)[second // 11 % 3].value

    def _retire(self, session: Session, first: int, second: int) -> None:
        row = _pick(session, (*_SHOWN, ServiceRow)[first % (len(_SHOWN) + 1)], second)
        if row:
            row.retired_at = None if row.retired_at else datetime(2026, 1, 1, tzinfo=UTC)

    def _end(self, session: Session, first: int, second: int) -> None:
        row = _pick(session, ServiceRow, first)
        if row:
            row.status = ("active", "inactive", "temporarily closed", "defunct")[second % 4]

    def _delete_leaf(self, session: Session, first: int, second: int) -> None:
        row = _pick(session, _LEAVES[first % len(_LEAVES)], second)
        if isinstance(row, ServiceAtLocationRow):
            _delete_children(session, "service_at_location_id", row.id)
        if row:
            session.delete(row)

    def _delete_service(self, session: Session, first: int, _second: int) -> None:
        row = _pick(session, ServiceRow, first)
        if row:
            links = session.scalars(
                select(ServiceAtLocationRow).where(ServiceAtLocationRow.service_id == row.id)
            ).all()
            for link in links:
                _delete_children(session, "service_at_location_id", link.id)
            _delete_children(session, "service_id", row.id)
            for linked in (AttributeRow, TranslationRow):
                for child in session.scalars(select(linked).where(linked.link_id == row.id)):
                    session.delete(child)
            session.delete(row)

    def _describe(self, session: Session, first: int, second: int) -> None:
        self._made += 1
        word = f"described{self._made}word"
        table, field = _DESCRIBED[first % len(_DESCRIBED)]
        row = _pick(session, table, second)
        if row:
            setattr(row, field, word)

    def _reschedule(self, session: Session, first: int, second: int) -> None:
        row = _pick(session, ScheduleRow, first)
        if row:
            row.opens_at = f"05:{second % 60:02}"


EDITS = (
    "add", "rename", "move", "show", "retire", "end", "delete_leaf", "delete_service", "describe",
    "reschedule",
)  # fmt: skip


def _pick(session: Session, table: type[RecordRow], number: int) -> RecordRow | None:
    rows = session.scalars(select(table).order_by(table.id)).all()
    return rows[number % len(rows)] if rows else None


def _delete_children(session: Session, field: str, parent_id: str) -> None:
    for table in (ServiceAtLocationRow, ScheduleRow, PhoneRow, LanguageRow, ServiceAreaRow,
                  CostOptionRow, ServiceHeadingRow):  # fmt: skip
        if hasattr(table, field):
            for row in session.scalars(select(table).where(getattr(table, field) == parent_id)):
                session.delete(row)
