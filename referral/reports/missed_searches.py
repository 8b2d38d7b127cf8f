"""Review of searches without results: staff classify those that stand for a need."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from referral.accounts.audit import record_audit
from referral.desk.inquiries import first_heading
from referral.directory.context import Directory
from referral.directory.missed_searches import Review
from referral.errors import NotFoundError, refused
from referral.records.accounts import Actor
from referral.store.rows_log import MissedSearchRow
from referral.store.terms import read_headings

_KIND = "missed_search"


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedSearch:
    """Words that found nothing, and how often in a month."""

    id: str
    words: str
    month: str
    county: str
    count: int


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


def classify_missed_search(
    directory: Directory,
    actor: Actor,
    missed_id: str,
    *,
    heading: str = "",
    term_code: str = "",
) -> None:
    """Assign a need to a search, so that it counts among the unmet needs.

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
            heading = first_heading(session, terms, term_code)
        elif heading not in {each.slug for each in read_headings(session)}:
            raise NotFoundError("There is no such heading.")
        row = session.get(MissedSearchRow, missed_id)
        if row is None:
            raise NotFoundError("These words are gone.")
        row.status, row.heading, row.term_code = Review.KEPT, heading, term_code
        record_audit(session, actor, "missed-search-kept", _KIND, missed_id, heading=heading)


def discard_missed_search(directory: Directory, actor: Actor, missed_id: str) -> None:
    """Delete a search that is no need, or that names a person."""
    with directory.store.write() as session:
        row = session.get(MissedSearchRow, missed_id)
        if row is not None:
            session.delete(row)
            record_audit(session, actor, "missed-search-dropped", _KIND, missed_id)


def _missed_search(row: MissedSearchRow) -> MissedSearch:
    return MissedSearch(
        id=row.id, words=row.words, month=row.month, county=row.county, count=row.count
    )
