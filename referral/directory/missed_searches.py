"""Zero-result searches: words counted by month and county, reviewed before they are reported.

Nothing here says who searched or when in a month. Words that could name somebody (digits, an @,
a long sentence) are not kept at all, and what nobody reviewed goes after three months.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import timedelta
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from referral.directory.context import Directory, local_month, local_today
from referral.store.rows_log import MissedSearchRow

_MOST_WORDS = 6
_NOT_A_NEED = re.compile(r"[\d@]|https?:|www\.")
_UNREVIEWED_DAYS = 92


class Review(StrEnum):
    """Whether somebody has read the words."""

    PENDING = "pending"
    KEPT = "kept"


def count_missed_search(directory: Directory, words: str, county: str = "") -> None:
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


def drop_unreviewed_searches(directory: Directory) -> int:
    """The daily job: drop words of past months that nobody reviewed; gives how many."""
    oldest = (local_today(directory) - timedelta(days=_UNREVIEWED_DAYS)).strftime("%Y-%m")
    statement = delete(MissedSearchRow).where(
        MissedSearchRow.status == Review.PENDING, MissedSearchRow.month < oldest
    )
    with directory.store.write() as session:
        return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]  # a delete gives a CursorResult
