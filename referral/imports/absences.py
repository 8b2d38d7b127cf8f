"""Absences from the lists of a followed source: records that are gone, or may only be missing.

A record is gone if its source reports so, or if several whole lists over several days lack it. A
part, such as a phone, is gone as soon as the list has its listing without it. Undoing, dropping or
reading a list again counts no absence twice.
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
"""Number of whole lists in a row that must lack a record until it is gone."""
DAYS = timedelta(days=7)
"""Age of the first of these lists at which the record is gone."""
SHORT_SHARE = 0.8
"""Share of the stored records below which a list is taken to be truncated."""
SHORT = "list-short"
"""The code of the doubt about a truncated list."""
_FEWEST_RECORDS = 10  # of fewer records a share is no evidence
_COUNTED = ("organization", "service", "location")

_IDS_IN_A_QUERY = 500


class ListScope(msgspec.Struct, frozen=True, kw_only=True):
    """Scope of a followed source's list: whole or only changes, and the records reported gone.

    Attributes:
        is_whole: whether it has all records of the source; else only changed ones.
        documents: of a list of changes, the records that it has with all their parts.
        gone: the records that the source reports as gone.
        is_shrunk: whether a person confirmed that the source has fewer records now.
    """

    is_whole: bool = True
    documents: list[Key] = msgspec.field(default_factory=list)
    gone: list[Key] = msgspec.field(default_factory=list)
    is_shrunk: bool = False

    @property
    def has_records(self) -> bool:
        """Return whether a followed source's list has records to read besides those gone."""
        return self.is_whole or bool(self.documents)


@dataclass(slots=True)
class AbsenceRules:
    """Rules by which stored records that a followed source's list lacks are gone.

    Attributes:
        overdue: records that enough whole lists lack, this one included.
        absent: records that this list lacks, if it is whole and not truncated.
        is_short: whether the list is truncated, so that its absences do not count.
    """

    scope: ListScope
    overdue: frozenset[Key] = frozenset()
    absent: list[Key] = field(default_factory=list)
    is_short: bool = False
    _complete: set[Key] = field(default_factory=set)
    _gone: set[Key] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Note the records that a followed source's list reports as complete or gone."""
        self._gone.update(self.scope.gone)
        self._complete.update(self.scope.documents)

    def note_listed(self, record: Record) -> None:
        """Note a record that a followed source's list has; parents come before their parts."""
        key = (kind_of(record), record.id)
        if self.scope.is_whole or owner_of(record) in self._complete:
            self._complete.add(key)

    def note_shares(self, found: Mapping[str, int], missing: Mapping[str, int]) -> None:
        """Decide whether a followed source's list is truncated, by counts of records per kind."""
        if not self.scope.is_whole or self.scope.is_shrunk:
            return
        for kind in _COUNTED:
            stored = found.get(kind, 0) + missing.get(kind, 0)
            if stored >= _FEWEST_RECORDS and found.get(kind, 0) < SHORT_SHARE * stored:
                self.is_short = True

    def is_gone(self, record: Record, *, is_part: bool) -> bool:
        """Return whether a stored record that a followed source's list lacks is gone.

        Call for parents first.
        """
        key = (kind_of(record), record.id)
        if is_part:
            is_missing_part = owner_of(record) in self._complete and not self.is_short
            is_gone = is_missing_part or not self._gone.isdisjoint((key, owner_of(record)))
        else:
            if self.scope.is_whole and not self.is_short:
                self.absent.append(key)
            is_gone = key in self._gone or (key in self.overdue and not self.is_short)
        if is_gone:
            self._gone.add(key)
        return is_gone

    def owners(self) -> dict[str, set[str]]:
        """Return the ids, by kind, of records whose parts may be gone from a followed source.

        They are complete in the list, or gone.
        """
        found: dict[str, set[str]] = defaultdict(set)
        for kind, record_id in self._complete | self._gone:
            found[kind].add(record_id)
        return found

    def gone_of(self, kind: str) -> set[str]:
        """Return the ids of the records of a kind that are gone from a followed source."""
        return {record_id for of_kind, record_id in self._gone if of_kind == kind}

    def problems(self) -> Iterable[Problem]:
        """Yield a doubt if the list of a followed source looks truncated."""
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
    """Return the rules by which records that a followed source's list lacks are retired."""
    old_absences = select(ImportAbsenceRow).where(
        ImportAbsenceRow.source == source, ImportAbsenceRow.first_missed_at <= now - DAYS
    )
    overdue = frozenset(
        (absence.kind, absence.record_id)
        for absence in session.scalars(old_absences)
        if absence.lists + (absence.batch_id != batch_id) >= WHOLE_LISTS
    )
    return AbsenceRules(scope, overdue if scope.is_whole else frozenset())


def count_absences(
    session: Session, source: str, batch_id: str, absent: Collection[Key], now: datetime
) -> None:
    """Count in how many whole lists of a followed source each record is absent.

    The counts of records that the list has again are deleted.
    """
    stored_absences = {
        (row.kind, row.record_id): row
        for row in session.scalars(
            select(ImportAbsenceRow).where(ImportAbsenceRow.source == source)
        )
    }
    absent = set(absent)
    for kind in {kind for kind, _ in stored_absences.keys() - absent}:
        ids = [
            record_id for of_kind, record_id in stored_absences.keys() - absent if of_kind == kind
        ]
        for batch in in_batches(ids, _IDS_IN_A_QUERY):
            session.execute(
                delete(ImportAbsenceRow).where(
                    ImportAbsenceRow.source == source,
                    ImportAbsenceRow.kind == kind,
                    ImportAbsenceRow.record_id.in_(batch),
                )
            )
    for key in absent & stored_absences.keys():
        if stored_absences[key].batch_id != batch_id:
            stored_absences[key].lists, stored_absences[key].batch_id = (
                stored_absences[key].lists + 1,
                batch_id,
            )
    insert_rows(
        session,
        ImportAbsenceRow,
        [{"kind": kind, "record_id": key} for kind, key in sorted(absent - stored_absences.keys())],
        source=source,
        batch_id=batch_id,
        lists=1,
        first_missed_at=now,
    )


def count_anew(session: Session, source: str, now: datetime) -> None:
    """Restart the counts of how many lists of a source lack a record.

    Records that an undo restored are not overdue.
    """
    session.execute(
        update(ImportAbsenceRow)
        .where(ImportAbsenceRow.source == source)
        .values(lists=0, first_missed_at=now)
    )


def has_absences(session: Session, source: str) -> bool:
    """Return whether the last complete list of a source lacked a record that is still shown."""
    found = session.scalar(
        select(ImportAbsenceRow.record_id).where(ImportAbsenceRow.source == source).limit(1)
    )
    return found is not None
