"""Searches that found nothing, as they are stored: written in the background, reviewed, dropped."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from referral.directory.context import Directory, local_month, local_today
from referral.directory.heading_placement import first_heading
from referral.directory.missed_searches import CountedAs, MissedPart
from referral.directory.unknown_words import (
    DAYS_UNTIL_READABLE,
    WordState,
    change_key,
    count_typed,
    is_key_due,
)
from referral.errors import NotFoundError
from referral.store.connections.availability import log_failure
from referral.store.rows_log import MissedSearchRow, UnknownWordKeyRow, UnknownWordRow

_log = logging.getLogger("referral.counts")
_UNREVIEWED_DAYS = 92


class Review(StrEnum):
    """Whether somebody has read a word. A topic needs no reading."""

    PENDING = "pending"
    KEPT = "kept"
    DROPPED = "dropped"  # a word of our own that is no need, so that it does not come again


def write_missed_searches(directory: Directory) -> None:
    """Write what this process has gathered, and read the key of the month again.

    What the database cannot take now is kept in memory for the next time. When the month is over,
    the key and all hashes go, and their bytes with them.
    """
    missed, today = directory.missed_searches, local_today(directory)
    gathered = missed.gathered.take()
    try:
        with directory.store.read() as session:
            is_due = is_key_due(session, today)
        if is_due or gathered:
            _write_again(directory, gathered, today)
    except SQLAlchemyError as error:
        log_failure(_log, "Counts of searches wait: %s", error)
        missed.gathered.put_back(gathered)
        return
    if is_due:
        directory.store.erase_traces(UnknownWordKeyRow, UnknownWordRow)
    read_words(directory)


def read_words(directory: Directory) -> None:
    """Read the key of the month, and which words may be stored as they are typed."""
    row = MissedSearchRow
    with directory.store.read() as session:
        decided = select(row.word).where(row.word != "", row.status == Review.KEPT).distinct()
        kept = frozenset(session.scalars(decided))
        directory.missed_searches.unknown_words.read(
            session, directory.settings, local_today(directory), kept
        )


def drop_unreviewed_searches(directory: Directory) -> int:
    """The daily job: drop words of past months that nobody reviewed; gives how many."""
    oldest = (local_today(directory) - timedelta(days=_UNREVIEWED_DAYS)).strftime("%Y-%m")
    statement = delete(MissedSearchRow).where(
        MissedSearchRow.status == Review.PENDING, MissedSearchRow.month < oldest
    )
    with directory.store.write() as session:
        return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]  # a delete gives a CursorResult


def rows_of_word(session: Session, row_id: str) -> Sequence[MissedSearchRow]:
    """What waits of the word of this row, of every county and month.

    Raises:
        NotFoundError: the row is gone.
    """
    row = session.get(MissedSearchRow, row_id)
    if row is None:
        raise NotFoundError("This word is gone.")
    of_word = select(MissedSearchRow).where(
        MissedSearchRow.word == row.word, MissedSearchRow.status == Review.PENDING
    )
    return session.scalars(of_word).all()


def drop_word(directory: Directory, session: Session, rows: Iterable[MissedSearchRow]) -> None:
    """Drop a word for good where it is one of our own, else with all that is stored of it."""
    unknown = directory.missed_searches.unknown_words
    for row in rows:
        if directory.index.own_word(row.word):
            row.status, row.count = Review.DROPPED, 0
            continue
        digest = unknown.digest(row.word, local_month(directory))
        typed = session.get(UnknownWordRow, digest) if digest else None
        if typed is not None:
            typed.state = WordState.DROPPED
        session.delete(row)


def _write_again(directory: Directory, gathered: Counter[MissedPart], today: date) -> None:
    """Another process may make the same rows at the same moment: then once more."""
    try:
        _write(directory, gathered, today)
    except IntegrityError:
        _write(directory, gathered, today)


def _write(directory: Directory, gathered: Counter[MissedPart], today: date) -> None:
    with directory.store.write() as session:
        if is_key_due(session, today):
            change_key(session, today)
        for part, number in sorted(gathered.items()):
            match part.counted_as:
                case CountedAs.TOPIC:
                    _count_topic(directory, session, part, number, today)
                case CountedAs.WORD:
                    _count_word(session, part, number, today)
                case _ if directory.missed_searches.unknown_words.month == f"{today:%Y-%m}":
                    _count_unknown(directory, session, part, number, today)


def _count_topic(
    directory: Directory, session: Session, part: MissedPart, number: int, today: date
) -> None:
    try:
        heading = first_heading(session, directory.listings.terms(session), part.value)
    except NotFoundError:
        return  # the topic went meanwhile
    row = MissedSearchRow
    statement = select(row).where(row.word == "", row.heading == heading)
    found = session.scalars(
        statement.where(
            row.term_code == part.value, row.month == f"{today:%Y-%m}", row.county == part.county
        )
    ).one_or_none()
    if found is None:
        found = _new_row(part.county, today)
        found.status, found.heading, found.term_code = Review.KEPT, heading, part.value
        session.add(found)
    found.count += number
    session.flush()


def _count_word(session: Session, part: MissedPart, number: int, today: date) -> None:
    """Count a word; what a curator once said of it holds for later months and other counties."""
    row = MissedSearchRow
    of_word = select(row).where(row.word == part.value)
    decided = session.scalars(
        of_word.where(row.status != Review.PENDING).order_by(row.month.desc()).limit(1)
    ).first()
    if decided is not None and decided.status == Review.DROPPED:
        return
    found = session.scalars(
        of_word.where(row.month == f"{today:%Y-%m}", row.county == part.county).limit(1)
    ).first()
    if found is None:
        found = _new_row(part.county, today)
        found.word = part.value
        if decided is not None:
            found.status, found.heading = decided.status, decided.heading
            found.term_code = decided.term_code
        session.add(found)
    found.count += number
    session.flush()


def _count_unknown(
    directory: Directory, session: Session, part: MissedPart, number: int, today: date
) -> None:
    """Count a hash; on the fifth day its word, and how often it was typed before."""
    unknown, is_readable = directory.missed_searches.unknown_words, False
    digest: str | None = part.value
    if part.counted_as is CountedAs.READABLE:
        digest = unknown.digest(part.value, f"{today:%Y-%m}")
        is_readable = True
    if digest is None:
        return
    row = count_typed(session, digest, number, today)
    if is_readable and row.state != WordState.DROPPED and row.days >= DAYS_UNTIL_READABLE:
        row.state, typed, row.count = WordState.READABLE, row.count, 0
        _count_word(session, part, typed, today)
    session.flush()


def _new_row(county: str, today: date) -> MissedSearchRow:
    return MissedSearchRow(
        id=str(uuid4()),
        word="",
        month=f"{today:%Y-%m}",
        county=county,
        count=0,
        status=Review.PENDING,
        heading="",
        term_code="",
    )
