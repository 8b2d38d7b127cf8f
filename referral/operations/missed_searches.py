"""Searches that found nothing: words and counts by month, reviewed before they count.

Nothing here says who searched or when in a month. Words that could name somebody (digits, an @,
a long sentence) are not kept at all, and what nobody reviewed goes after three months.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from referral.operations.audit import note_audit
from referral.operations.directory import Directory
from referral.operations.inquiries import heading_of_term
from referral.operations.local_dates import local_month, local_today
from referral.records.accounts import Actor
from referral.records.errors import NotFoundError, refused
from referral.store.follow_up_rows import MissedSearchRow
from referral.store.headings import read_headings

_MOST_WORDS = 6
_NOT_A_NEED = re.compile(r"[\d@]|https?:|www\.")
_UNREVIEWED_DAYS = 92
_KIND = "missed_search"


class Review(StrEnum):
    """Whether somebody has read the words."""

    PENDING = "pending"
    KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedSearch:
    """Words that found nothing, and how often in a month."""

    id: str
    words: str
    month: str
    county: str
    count: int


def note_missed_search(directory: Directory, words: str, county: str = "") -> None:
    """Count a search that found nothing, if its words may be kept."""
    words = " ".join(words.casefold().split())
    if not words or len(words.split()) > _MOST_WORDS or _NOT_A_NEED.search(words):
        return
    for _ in range(2):  # another process may make the same row at the same moment
        with suppress(IntegrityError):
            _count_one(directory, words[:255], county)
            return


def _count_one(directory: Directory, words: str, county: str) -> None:
    month = local_month(directory)
    with directory.store.write() as session:
        statement = select(MissedSearchRow).where(
            MissedSearchRow.words == words,
            MissedSearchRow.month == month,
            MissedSearchRow.county == county,
        )
        row = session.scalars(statement).one_or_none()
        if row is None:
            row = MissedSearchRow(
                id=str(uuid4()),
                words=words,
                month=month,
                county=county,
                count=0,
                status=Review.PENDING,
            )
            session.add(row)
        row.count += 1


def list_missed_searches(
    directory: Directory, status: Review = Review.PENDING
) -> tuple[MissedSearch, ...]:
    """Words to read, the most frequent first."""
    statement = (
        select(MissedSearchRow)
        .where(MissedSearchRow.status == status)
        .order_by(MissedSearchRow.count.desc(), MissedSearchRow.words)
    )
    with directory.store.read() as session:
        return tuple(map(_missed_search, session.scalars(statement)))


def read_missed_search(directory: Directory, missed_id: str) -> MissedSearch:
    """Words that wait for somebody to read them.

    Raises:
        NotFoundError: they are gone, or were read.
    """
    with directory.store.read() as session:
        row = session.get(MissedSearchRow, missed_id)
        if row is None or row.status != Review.PENDING:
            raise NotFoundError("Somebody has read these words already.")
        return _missed_search(row)


def count_missed_searches(directory: Directory) -> int:
    """How many words wait for somebody to read them."""
    statement = select(func.count()).where(MissedSearchRow.status == Review.PENDING)
    with directory.store.read() as session:
        return session.scalar(statement) or 0


def keep_missed_search(
    directory: Directory,
    actor: Actor,
    missed_id: str,
    *,
    heading: str = "",
    term_code: str = "",
) -> None:
    """Say which need the words stand for, so that they count in the ledger.

    The heading of a term is the one that the crosswalk places it under.

    Raises:
        NotFoundError: they are gone, or there is no such term or heading.
        RefusedError: the need is neither a term nor a heading.
    """
    if not (heading or term_code):
        raise refused("Choose what the words stand for.")
    with directory.store.write() as session:
        if term_code:
            terms = directory.listings.terms(session)
            heading = heading_of_term(session, terms, term_code)
        elif heading not in {each.slug for each in read_headings(session)}:
            raise NotFoundError("There is no such heading.")
        row = session.get(MissedSearchRow, missed_id)
        if row is None:
            raise NotFoundError("These words are gone.")
        row.status, row.heading, row.term_code = Review.KEPT, heading, term_code
        note_audit(session, actor, "missed-search-kept", _KIND, missed_id, heading=heading)


def drop_missed_search(directory: Directory, actor: Actor, missed_id: str) -> None:
    """Drop words that are no need, or name somebody."""
    with directory.store.write() as session:
        row = session.get(MissedSearchRow, missed_id)
        if row is not None:
            session.delete(row)
            note_audit(session, actor, "missed-search-dropped", _KIND, missed_id)


def drop_unreviewed_searches(directory: Directory) -> int:
    """The daily job: drop words of past months that nobody reviewed; gives how many."""
    oldest = (local_today(directory) - timedelta(days=_UNREVIEWED_DAYS)).strftime("%Y-%m")
    statement = delete(MissedSearchRow).where(
        MissedSearchRow.status == Review.PENDING, MissedSearchRow.month < oldest
    )
    with directory.store.write() as session:
        return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]  # a delete gives a CursorResult


def _missed_search(row: MissedSearchRow) -> MissedSearch:
    return MissedSearch(
        id=row.id, words=row.words, month=row.month, county=row.county, count=row.count
    )
