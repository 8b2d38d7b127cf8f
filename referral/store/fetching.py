"""Fetch one row by its key, one page of a statement's rows, or the number of waiting rows."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from referral.errors import NotFoundError
from referral.records.page import Page
from referral.records.waiting import Waiting

T = TypeVar("T")


def fetch_row(
    session: Session, row_class: type[T], key: object, noun: str, *, locked: bool = False
) -> T:
    """Return the row with a primary key.

    Args:
        noun: name of the row in the text of the error.
        locked: whether the row is locked until the transaction ends.

    Raises:
        NotFoundError: there is no such row.
    """
    row = session.get(row_class, key, with_for_update=locked)
    if row is None:
        raise NotFoundError(f"There is no such {noun}.")
    return row


def fetch_page(session: Session, statement: Select[T], number: int, size: int) -> Page[T]:
    """Return one page of the rows of a statement, the last one if the number is too high.

    Args:
        statement: selects one entity or column, without grouping and in a total order.
    """
    counting = statement.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
    page = Page.at(number, size, session.scalar(counting) or 0)
    return page.with_items(session.scalars(statement.offset(page.offset).limit(size)))


def fetch_waiting(
    session: Session,
    column: InstrumentedAttribute[str],
    since: InstrumentedAttribute[Any],
    *conditions: ColumnElement[bool],
) -> Waiting:
    """Return the number of distinct values in rows that meet conditions, and their oldest time."""
    statement = select(func.count(column.distinct()), func.min(since)).where(*conditions)
    count, oldest = session.execute(statement).one()
    return Waiting(count, oldest)
