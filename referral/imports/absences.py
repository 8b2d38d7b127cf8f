"""Absences from the lists of a followed source: what is gone, and what may only be missing.

A record is gone when its source says so, or when several whole lists over several days lack it. A
part, such as a phone, is gone as soon as the list has its listing without it. Undoing, dropping or
reading a list again counts nothing twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from referral.imports.rows import ImportAbsenceRow
from referral.message import message
from referral.records.hsds import Record
from referral.records.kinds import kind_of
from referral.records.ownership import Key, owner_of
from referral.records.problems import Problem, Severity
from referral.store.base import in_batches
from referral.store.row_insertion import insert_rows

WHOLE_LISTS = 3
"""So many whole lists in a row have to lack a record until it is gone."""
DAYS = timedelta(days=7)
"""So long ago the first of them has to be."""
SHORT_SHARE = 0.8
"""A list with less of what its source had is taken to be cut short."""
SHORT = "list-short"
"""The code of the doubt about such a list."""
_FEWEST = 10  # of fewer records no share says anything
_COUNTED = ("organization", "service", "location")

_IDS_IN_A_QUERY = 500


class ListScope(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of a followed source tells of, kept beside it.

    Attributes:
        is_whole: whether it has all that the source has; else only what changed.
        documents: of a list of changes, the records that it has with all their parts.
        gone: the records of which the source says that they are gone.
        is_shrunk: whether a person found that the source has so much less now.
    """

    is_whole: bool = True
    documents: list[Key] = msgspec.field(default_factory=list)
    gone: list[Key] = msgspec.field(default_factory=list)
    is_shrunk: bool = False

    @property
    def has_records(self) -> bool:
        """Return whether the list has records to read, besides those that are gone."""
        return self.is_whole or bool(self.documents)


@dataclass(slots=True)
class AbsenceRules:
    """Decides of each stored record that a list lacks whether it is gone.

    Attributes:
        overdue: records that enough whole lists lacked already, with this one.
        absent: those that this list lacks, as far as it is whole and not cut short.
        is_short: whether it is cut short, so that nothing is gone by it.
    """

    scope: ListScope
    overdue: frozenset[Key] = frozenset()
    absent: list[Key] = field(default_factory=list)
    is_short: bool = False
    _told_whole: set[Key] = field(default_factory=set)
    _gone: set[Key] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Add the parts of records that the list reports as gone."""
        self._gone.update(self.scope.gone)
        self._told_whole.update(self.scope.documents)

    def note_listed(self, record: Record) -> None:
        """Note a record that the list has; parents come before their parts."""
        key = (kind_of(record), record.id)
        if self.scope.is_whole or owner_of(record) in self._told_whole:
            self._told_whole.add(key)

    def note_shares(self, found: Mapping[str, int], missing: Mapping[str, int]) -> None:
        """Note how many records of each kind the list has again, and how many it lacks."""
        if not self.scope.is_whole or self.scope.is_shrunk:
            return
        for kind in _COUNTED:
            stored = found.get(kind, 0) + missing.get(kind, 0)
            if stored >= _FEWEST and found.get(kind, 0) < SHORT_SHARE * stored:
                self.is_short = True

    def is_gone(self, record: Record, *, is_part: bool) -> bool:
        """Return whether a stored record that the list lacks is gone. Call for parents first."""
        key = (kind_of(record), record.id)
        if is_part:
            is_without = owner_of(record) in self._told_whole and not self.is_short
            is_gone = is_without or not self._gone.isdisjoint((key, owner_of(record)))
        else:
            if self.scope.is_whole and not self.is_short:
                self.absent.append(key)
            is_gone = key in self._gone or (key in self.overdue and not self.is_short)
        if is_gone:
            self._gone.add(key)
        return is_gone

    def owners(self) -> dict[str, set[str]]:
        """Return by kind the records whose parts may be gone: listed in full, or gone."""
        found: dict[str, set[str]] = defaultdict(set)
        for kind, record_id in self._told_whole | self._gone:
            found[kind].add(record_id)
        return found

    def gone_of(self, kind: str) -> set[str]:
        """Return the ids of the records of a kind that are gone."""
        return {record_id for of_kind, record_id in self._gone if of_kind == kind}

    def problems(self) -> Iterable[Problem]:
        """Yield a doubt if the list looks truncated."""
        if self.is_short:
            yield Problem(
                code=SHORT,
                severity=Severity.DOUBT,
                message=message(
                    "This list has less than %(share)s of every 100 records that its source had. "
                    "It may be cut short. So nothing that it lacks is taken off. If you confirm "
                    "it, the next lists may take it off.",
                    share=round(SHORT_SHARE * 100),
                ),
                file="",
                line=0,
            )


def absence_rules(
    session: Session, source: str, batch_id: str, scope: ListScope, now: datetime
) -> AbsenceRules:
    """Return the absence rules for a list: which records that it lacks may be retired."""
    row = ImportAbsenceRow
    long_ago = select(row).where(row.source == source, row.first_missed_at <= now - DAYS)
    overdue = frozenset(
        (each.kind, each.record_id)
        for each in session.scalars(long_ago)
        if each.lists + (each.batch_id != batch_id) >= WHOLE_LISTS
    )
    return AbsenceRules(scope, overdue if scope.is_whole else frozenset())


def count_absences(
    session: Session, source: str, batch_id: str, absent: Collection[Key], now: datetime
) -> None:
    """Count what a whole list lacks; what it has again is forgotten."""
    row = ImportAbsenceRow
    known = {
        (each.kind, each.record_id): each
        for each in session.scalars(select(row).where(row.source == source))
    }
    absent = set(absent)
    for kind in {kind for kind, _ in known.keys() - absent}:
        ids = [record_id for of_kind, record_id in known.keys() - absent if of_kind == kind]
        for some in in_batches(ids, _IDS_IN_A_QUERY):
            session.execute(
                delete(row).where(row.source == source, row.kind == kind, row.record_id.in_(some))
            )
    for key in absent & known.keys():
        if known[key].batch_id != batch_id:
            known[key].lists, known[key].batch_id = known[key].lists + 1, batch_id
    insert_rows(
        session,
        row,
        [{"kind": kind, "record_id": each} for kind, each in sorted(absent - known.keys())],
        source=source,
        batch_id=batch_id,
        lists=1,
        first_missed_at=now,
    )


def count_anew(session: Session, source: str, now: datetime) -> None:
    """Begin to count what a source lacks from now on: what an undo brought back is not overdue."""
    row = ImportAbsenceRow
    session.execute(update(row).where(row.source == source).values(lists=0, first_missed_at=now))


def has_absences(session: Session, source: str) -> bool:
    """Return whether the last complete list of a source lacked a record that is still shown."""
    row = ImportAbsenceRow
    found = session.scalar(select(row.record_id).where(row.source == source).limit(1))
    return found is not None
