"""One row by its key, or one page of the rows that a statement selects."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import Select, func
from sqlalchemy.orm import Session

from referral.errors import NotFoundError
from referral.records.page import Page

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
