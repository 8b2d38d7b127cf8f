"""Searches that a desk saves under a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import delete, select

from referral.desk.rows import SavedSearchRow
from referral.directory.instance import Instance
from referral.errors import refused
from referral.records.accounts import printable_line

LONGEST_NAME = 60
Address = Mapping[str, str | list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSearch:
    """A search that a desk saved under a name. ``address`` has its URL parameters."""

    id: str
    name: str
    address: Address


def save_search(instance: Instance, desk: str, name: str, address: Address) -> None:
    """Save a search of a desk under a name, replacing the search of that name.

    Raises:
        RefusedError: the name is missing or too long.
    """
    name = _check_name(name)
    with instance.store.write() as session:
        statement = select(SavedSearchRow).where(
            SavedSearchRow.desk == desk, SavedSearchRow.name == name
        )
        row = session.scalars(statement).one_or_none()
        if row is None:
            row = SavedSearchRow(id=str(uuid4()), desk=desk, name=name)
            session.add(row)
        row.address = dict(address)


def list_saved_searches(instance: Instance, desk: str) -> tuple[SavedSearch, ...]:
    """Return the saved searches of a desk, sorted by name."""
    statement = (
        select(SavedSearchRow).where(SavedSearchRow.desk == desk).order_by(SavedSearchRow.name)
    )
    with instance.store.read() as session:
        return tuple(
            SavedSearch(id=row.id, name=row.name, address=row.address)
            for row in session.scalars(statement)
        )


def delete_saved_search(instance: Instance, search_id: str) -> None:
    """Delete a saved search of a desk, with its traces in the database file."""
    with instance.store.write() as session:
        session.execute(delete(SavedSearchRow).where(SavedSearchRow.id == search_id))
    instance.store.erase_traces(SavedSearchRow)


def _check_name(name: str) -> str:
    name = printable_line(name)
    if not name or len(name) > LONGEST_NAME:
        raise refused("Give it a name of %(most)s letters at most.", most=LONGEST_NAME)
    return name
