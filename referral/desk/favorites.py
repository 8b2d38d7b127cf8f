"""Favorites of a desk: saved searches, and named lists of services."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import delete, select

from referral.desk.rows import FavoriteRow, SavedSearchRow
from referral.directory.context import Directory
from referral.directory.listings import read_services
from referral.directory.view_models import ServicePage
from referral.errors import refused
from referral.records.accounts import visible
from referral.records.visibility import Audience

LONGEST_NAME = 60
Address = Mapping[str, str | list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSearch:
    """A search with a name; ``address`` has the values of its address."""

    id: str
    name: str
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class FavoriteList:
    """A named list of services, by name; what has been withdrawn is left out."""

    name: str
    services: tuple[ServicePage, ...]


def save_search(directory: Directory, desk: str, name: str, address: Address) -> None:
    """Save a search under a name; the same name replaces it.

    Raises:
        RefusedError: it has no name, or a long one.
    """
    name = _name(name)
    with directory.store.write() as session:
        statement = select(SavedSearchRow).where(
            SavedSearchRow.desk == desk, SavedSearchRow.name == name
        )
        row = session.scalars(statement).one_or_none()
        if row is None:
            row = SavedSearchRow(id=str(uuid4()), desk=desk, name=name)
            session.add(row)
        row.address = dict(address)


def list_saved_searches(directory: Directory, desk: str) -> tuple[SavedSearch, ...]:
    """The searches of a desk, by name."""
    statement = (
        select(SavedSearchRow).where(SavedSearchRow.desk == desk).order_by(SavedSearchRow.name)
    )
    with directory.store.read() as session:
        return tuple(
            SavedSearch(id=row.id, name=row.name, address=row.address)
            for row in session.scalars(statement)
        )


def delete_saved_search(directory: Directory, search_id: str) -> None:
    """Delete a saved search."""
    with directory.store.write() as session:
        session.execute(delete(SavedSearchRow).where(SavedSearchRow.id == search_id))


def add_favorite(directory: Directory, desk: str, name: str, service_id: str) -> None:
    """Put a service on a list of a desk; it stands there once.

    Raises:
        RefusedError: the list has no name, or a long one.
    """
    name = _name(name)
    with directory.store.write() as session:
        statement = select(FavoriteRow).where(
            FavoriteRow.desk == desk,
            FavoriteRow.name == name,
            FavoriteRow.service_id == service_id,
        )
        if session.scalars(statement).first() is None:
            session.add(FavoriteRow(id=str(uuid4()), desk=desk, name=name, service_id=service_id))


def remove_favorite(directory: Directory, desk: str, name: str, service_id: str) -> None:
    """Take a service off a list; a list without services is gone."""
    with directory.store.write() as session:
        session.execute(
            delete(FavoriteRow).where(
                FavoriteRow.desk == desk,
                FavoriteRow.name == name,
                FavoriteRow.service_id == service_id,
            )
        )


def list_favorites(directory: Directory, desk: str) -> tuple[FavoriteList, ...]:
    """The lists of a desk, by name, each with its services by name."""
    statement = select(FavoriteRow).where(FavoriteRow.desk == desk).order_by(FavoriteRow.name)
    ids: dict[str, list[str]] = defaultdict(list)
    with directory.store.read() as session:
        for row in session.scalars(statement):
            ids[row.name].append(row.service_id)
    return tuple(
        FavoriteList(
            name=name,
            services=tuple(
                sorted(
                    read_services(directory, found, Audience.STAFF),
                    key=lambda listing: (listing.service.name.casefold(), listing.service.id),
                )
            ),
        )
        for name, found in ids.items()
    )


def _name(name: str) -> str:
    name = visible(name)
    if not name or len(name) > LONGEST_NAME:
        raise refused("Give it a name of %(most)s letters at most.", most=LONGEST_NAME)
    return name
