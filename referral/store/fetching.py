"""One row by its key, one page of the rows that a statement selects, or how many wait."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from referral.errors import NotFoundError
from referral.records.page import Page
from referral.records.waiting import Waiting

T = TypeVar("T")


def fetch_row(
    session: Session, row_class: type[T], key: object, what: str, *, locked: bool = False
) -> T:
    """The row with this key; ``locked`` until the transaction ends.

    Raises:
        NotFoundError: there is none; its text calls the row ``what``.
    """
    row = session.get(row_class, key, with_for_update=locked)
    if row is None:
        raise NotFoundError(f"There is no such {what}.")
    return row


def fetch_page(session: Session, statement: Select[T], number: int, size: int) -> Page[T]:
    """The page with this number; past the last page it is the last one.

    Args:
        statement: selects one entity or column without grouping, in a complete order.
    """
    counting = statement.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
    page = Page.at(number, size, session.scalar(counting) or 0)
    return page.with_items(session.scalars(statement.offset(page.offset).limit(size)))


def fetch_waiting(
    session: Session,
    counted: InstrumentedAttribute[str],
    since: InstrumentedAttribute[Any],
    *wanted: ColumnElement[bool],
) -> Waiting:
    """How many different values there are in the wanted rows, and the oldest of their times."""
    found = select(func.count(counted.distinct()), func.min(since)).where(*wanted)
    count, oldest = session.execute(found).one()
    return Waiting(count, oldest)
