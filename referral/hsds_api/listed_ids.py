"""The ids of a list: what the public may see and what was asked for, in order.

Without words the order is that of the ids, so that pages stay as they are while records change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.exports.hsds_objects import HsdsObjects
from referral.hsds_api.filters import Condition, TermFilters
from referral.hsds_api.records import ListQuery
from referral.hsds_api.served_places import CodedAreas, Link, covered, near, read_coded_areas
from referral.records.classification import TaxonomyTerm
from referral.records.visibility import Audience
from referral.search.analysis import all_words_of
from referral.search.query import SearchQuery
from referral.store.public.source_credits import handed_on
from referral.store.publication.ledger import is_filled, modified_since
from referral.store.rows import (
    LocationRow,
    OrganizationRow,
    ServiceAtLocationRow,
    ServiceRow,
)
from referral.store.visibility import shown, shown_services
from referral.store.withheld_locations import held_record_ids, withheld_location_ids

_PUBLIC = Audience.PUBLIC
BY_ID = frozenset({"service", "organization", "service_at_location"})  # unless words are given
Ids = Sequence[str]


class IdLists:
    """Finds the ids of lists of each kind.

    Args:
        session: sees one moment.
        objects: of the same session.
    """

    def __init__(self, directory: Directory, session: Session, objects: HsdsObjects) -> None:
        self._directory, self._session, self._objects = directory, session, objects
        self._of_kind: Mapping[str, Callable[[ListQuery], Ids]] = {
            "service": self._services,
            "organization": self._organizations,
            "service_at_location": self._links,
            "taxonomy": self._taxonomies,
            "taxonomy_term": self._terms,
        }

    def of(self, kind: str, query: ListQuery) -> Ids:
        """The ids of a kind that fit.

        Raises:
            IndexUnavailableError: words are asked for, and there is no index to look them up in.
        """
        return self._of_kind[kind](query)

    # ------------------------------------------------------------ services
    def _services(self, query: ListQuery) -> Ids:
        conditions = [
            *self._service_conditions(query),
            *self._changed_since(query, "service", ServiceRow),
        ]
        if not query.search:
            return self._kept("services", _service_ids(), conditions)
        found = self._found(query.search)
        if not conditions:
            return found
        fitting = set(self._session.scalars(_service_ids().where(*conditions)))
        return [each for each in found if each in fitting]

    def _service_conditions(self, query: ListQuery) -> list[Condition]:
        found = TermFilters(self._session, query).of_services()
        if query.organization_id:
            lone = self._objects.stand_ins().get(query.organization_id)
            found.append(
                ServiceRow.id == lone
                if lone
                else ServiceRow.organization_id == query.organization_id
            )
        return found

    def _changed_since(self, query: ListQuery, kind: str, row: Any) -> list[Condition]:
        """Before the ledger has looked at the directory, anything may have changed."""
        if query.modified_after is None or not is_filled(self._session):
            return []
        return [row.id.in_(modified_since(kind, query.modified_after))]

    def _found(self, words: str) -> tuple[str, ...]:
        """The services that a search finds; one that ended since is left out when it is read."""
        found = self._directory.index.all_ids(SearchQuery(words=words))
        kept = self._objects.kept("services kept here", _read_kept_here)
        return tuple(each for each in found if each not in kept) if kept else found

    # ------------------------------------------------------------ organizations
    def _organizations(self, query: ListQuery) -> Ids:
        filters = TermFilters(self._session, query)
        own = filters.of("organization", OrganizationRow)
        every = self._kept("organizations", _organization_ids(), [])
        lone = self._objects.stand_ins()
        if not own and not query.search:
            return sorted((*every, *lone))
        if own:
            of_services = _service_ids().where(*filters.of_services())
            fitting = set(self._session.scalars(_organization_ids().where(*own)))
            fitting |= self._agencies_of(set(self._session.scalars(of_services)))
        else:
            fitting = {*every, *lone}
        if not query.search:
            return sorted(fitting.intersection((*every, *lone)))
        agencies = self._agency_by_service()
        found = dict.fromkeys(
            agencies[each] for each in self._found(query.search) if each in agencies
        )
        return [each for each in found if each in fitting]

    def _agencies_of(self, services: set[str]) -> set[str]:
        return {
            agency for service, agency in self._agency_by_service().items() if service in services
        }

    def _agency_by_service(self) -> Mapping[str, str]:
        row = ServiceRow
        pairs = select(row.id, row.organization_id).where(
            row.organization_id.is_not(None), shown_services(_PUBLIC), handed_on(row)
        )
        found = {key: agency or "" for key, agency in self._session.execute(pairs)}
        return found | {service: agency for agency, service in self._objects.stand_ins().items()}

    # ------------------------------------------------------------ services at locations
    def _links(self, query: ListQuery) -> Ids:
        conditions = [
            *self._service_conditions(query),
            *self._changed_since(query, "service_at_location", ServiceAtLocationRow),
        ]
        links: Sequence[Link] = (
            self._public_links(self._session, conditions)
            if conditions
            else self._objects.kept("links", self._public_links)
        )
        if query.postcode:
            links = covered(self._coded_areas(), links, query.postcode)
            if query.proximity_miles is not None:
                links = near(self._session, links, query.postcode, query.proximity_miles)
        if query.search:
            place = {each: number for number, each in enumerate(self._found(query.search))}
            links = [each for each in links if each.service_id in place]
            links = sorted(links, key=lambda each: place[each.service_id])
        return [each.id for each in links]

    def _public_links(self, session: Session, conditions: Iterable[Condition] = ()) -> list[Link]:
        statement = _links().where(*conditions).order_by(ServiceAtLocationRow.id)
        links = (
            Link(each, service or "", place or "")
            for each, service, place in session.execute(statement)
        )
        held = self._held()
        return [each for each in links if each.location_id not in held]

    def _coded_areas(self) -> CodedAreas:
        return self._objects.kept("coded areas", read_coded_areas)

    def _held(self) -> set[str]:
        """The places whose street is held back, of all."""
        return self._objects.kept("held records", held_record_ids)

    # ------------------------------------------------------------ taxonomies and terms
    def _taxonomies(self, query: ListQuery) -> Ids:
        taxonomies = self._objects.terms_in_use().taxonomies
        return [
            each.id
            for each in taxonomies
            if _has_words(query.search, (each.name, each.description))
        ]

    def _terms(self, query: ListQuery) -> Ids:
        return [each.id for each in self._objects.terms_in_use().terms if _fits(each, query)]

    def _kept(self, name: str, statement: Select[str], conditions: Iterable[Condition]) -> Ids:
        """The ids that a statement selects; those without a condition are kept until a change."""
        wanted = list(conditions)
        if wanted:
            return self._session.scalars(statement.where(*wanted)).all()
        return self._objects.kept(name, lambda session: session.scalars(statement).all())


def _read_kept_here(session: Session) -> frozenset[str]:
    """The services that pages show and that we may not hand on."""
    kept = select(ServiceRow.id).where(shown_services(_PUBLIC), ~handed_on(ServiceRow))
    return frozenset(session.scalars(kept))


def _service_ids() -> Select[str]:
    leaving = (shown_services(_PUBLIC), handed_on(ServiceRow))
    return select(ServiceRow.id).where(*leaving).order_by(ServiceRow.id)


def _organization_ids() -> Select[str]:
    row = OrganizationRow
    return select(row.id).where(shown(row, _PUBLIC), handed_on(row)).order_by(row.id)


def _links() -> Select[str, str | None, str | None]:
    row = ServiceAtLocationRow
    return (
        select(row.id, row.service_id, row.location_id)
        .join(ServiceRow, ServiceRow.id == row.service_id)
        .join(LocationRow, LocationRow.id == row.location_id)
        .where(shown(row, _PUBLIC), shown_services(_PUBLIC), shown(LocationRow, _PUBLIC))
        .where(LocationRow.id.not_in(withheld_location_ids(_PUBLIC)))
        .where(handed_on(ServiceRow), handed_on(LocationRow))
    )


def _fits(term: TaxonomyTerm, query: ListQuery) -> bool:
    if query.taxonomy_id and term.taxonomy_id != query.taxonomy_id:
        return False
    if query.parent_id and term.parent_id != query.parent_id:
        return False
    if query.top_only and term.parent_id:
        return False
    return _has_words(query.search, (term.name, term.code, term.description, term.use_references))


def _has_words(words: str, texts: Iterable[str]) -> bool:
    """Whether each word begins one of the texts' words; all do where none is asked for."""
    known = [known for text in texts for known in all_words_of(text)]
    return all(any(each.startswith(word) for each in known) for word in all_words_of(words))
