"""The headings as they are stored."""

from __future__ import annotations

from dataclasses import fields

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.records.headings import Heading
from referral.store.rows_classification import HeadingRow

HEADING = "heading"  # the kind of a change of one in the log
_HEADINGS = select(*(getattr(HeadingRow, field.name) for field in fields(Heading))).order_by(
    HeadingRow.sort
)


def read_headings(session: Session) -> tuple[Heading, ...]:
    """The headings in their order."""
    rows = session.execute(_HEADINGS)
    return tuple(Heading(**row._mapping) for row in rows)  # noqa: SLF001  # its public name
