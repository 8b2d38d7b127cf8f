"""The ids of the public records that match a list request of the API, in order.

Without search words, lists are ordered by id, so that pages stay stable while records change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session

from referral.directory.instance import Instance
from referral.directory.search import services_to_leave_out
from referral.errors import NotFoundError
from referral.fields.places.lookup import Place, find_zip, miles_between
from referral.formats.open_referral.own_terms import (
    HEADINGS_TAXONOMY,
    KEYWORD_TERM,
    KEYWORDS_TAXONOMY,
    SOURCES_TAXONOMY,
    heading_term,
    source_term,
)
from referral.open_data.hsds_records import stand_ins
from referral.open_data.ledger.entries import is_filled, modified_since
from referral.open_data.records import ListQuery
from referral.open_data.terms import terms_in_use
from referral.records.classification import TaxonomyTerm
from referral.records.coverage import area_keys, place_keys
from referral.records.visibility import Audience
from referral.search.analysis import all_words_of
from referral.search.query import SearchQuery
from referral.store.conversion import ROWS
from referral.store.rows import (
    AttributeRow,
    LocationRow,
    OrganizationRow,
    ServiceAreaRow,
    ServiceAtLocationRow,
    ServiceHeadingRow,
    ServiceRow,
    TaxonomyTermRow,
)
from referral.store.rows_texts import SourceCreditRow
from referral.store.source_credits import read_credits
from referral.store.terms import read_headings
from referral.store.visibility import shown
from referral.store.visible import Visible

_PUBLIC = Audience.PUBLIC
Condition = ColumnElement[bool]
BY_ID = frozenset({"service", "organization", "service_at_location"})  # unless words are given
Ids = Sequence[str]


class Link(NamedTuple):
    """A service at a location."""

    id: str
    service_id: str
    location_id: str


@dataclass(frozen=True, slots=True)
class CodedAreas:
    """Service areas that are coded: maps area keys to ids of services and services at locations.

    The keys are those of ``records.coverage``; ``coded`` contains all ids that have such a key.
    """

    by_key: Mapping[str, frozenset[str]]
    coded: frozenset[str]


def read_coded_areas(session: Session) -> CodedAreas:
    """Read all public service areas that have area codes."""
    columns = select(
        ServiceAreaRow.service_id,
        ServiceAreaRow.service_at_location_id,
        ServiceAreaRow.area_kind,
        ServiceAreaRow.area_codes,
    )
    by_key: dict[str, set[str]] = defaultdict(set)
    for service, link, kind, codes in session.execute(
        columns.where(ServiceAreaRow.area_codes != "", shown(ServiceAreaRow, _PUBLIC))
    ):
        for key in area_keys(kind, codes):
            by_key[key].add(link or service or "")
    return CodedAreas(
        {key: frozenset(found) for key, found in by_key.items()},
        frozenset().union(*by_key.values()),
    )


def links_serving(areas: CodedAreas, links: Iterable[Link], zip_code: str) -> list[Link]:
    """Return the links that serve a ZIP code, or whose service area is not coded.

    Raises:
        NotFoundError: there is no such ZIP code.
    """
    keys = place_keys(place_of_zip(zip_code))
    serving = frozenset().union(*(areas.by_key.get(key, frozenset()) for key in keys))

    def serves(link: Link) -> bool:
        owners = (link.id, link.service_id)
        coded = next((owner for owner in owners if owner in areas.coded), "")
        return not coded or coded in serving

    return [link for link in links if serves(link)]


def links_near(session: Session, links: Iterable[Link], zip_code: str, miles: float) -> list[Link]:
    """Return the links whose location is within a distance from the center of a ZIP code.

    Raises:
        NotFoundError: there is no such ZIP code.
    """
    center = place_of_zip(zip_code)
    positions = select(LocationRow.id, LocationRow.latitude, LocationRow.longitude).where(
        shown(LocationRow, _PUBLIC)
    )
    close_ids = {
        location_id
        for location_id, latitude, longitude in session.execute(positions)
        if latitude is not None
        and longitude is not None
        and miles_between(center.latitude, center.longitude, latitude, longitude) <= miles
    }
    return [link for link in links if link.location_id in close_ids]


def place_of_zip(zip_code: str) -> Place:
    """Return the place that a ZIP code names.

    Raises:
        NotFoundError: there is none.
    """
    place = find_zip(zip_code)
    if place is None:
        raise NotFoundError("There is no such ZIP code.")
    return place


class IdLists:
    """Finds the ids of the public records of each kind that match a list query.

    Args:
        session: reads one consistent snapshot.
        public: made from the same session.
    """

    def __init__(self, instance: Instance, session: Session, public: Visible) -> None:
        self._instance, self._session, self._public = instance, session, public
        self._readers: Mapping[str, Callable[[ListQuery], Ids]] = {
            "service": self._service_ids,
            "organization": self._organization_ids,
            "service_at_location": self._link_ids,
            "taxonomy": self._taxonomy_ids,
            "taxonomy_term": lambda query: [
                term.id for term in terms_in_use(self._public).terms if _matches(term, query)
            ],
        }

    def of(self, kind: str, query: ListQuery) -> Ids:
        """Return the ids of a kind's public records that match a query.

        Raises:
            IndexUnavailableError: the query has search words, and there is no search index.
        """
        return self._readers[kind](query)

    # ------------------------------------------------------------ services
    def _service_ids(self, query: ListQuery) -> Ids:
        conditions = [
            *self._service_conditions(query),
            *self._changed_since(query, "service", ServiceRow),
        ]
        if not query.search:
            return self._read_ids("service", conditions)
        found = self._search_services(query.search)
        if not conditions:
            return found
        matching = set(self._session.scalars(self._ids_query("service").where(*conditions)))
        return [service_id for service_id in found if service_id in matching]

    def _service_conditions(self, query: ListQuery) -> list[Condition]:
        found = TermFilters(self._session, self._public, query).service_conditions()
        if query.organization_id:
            service_id = stand_ins(self._public).get(query.organization_id)
            found.append(
                ServiceRow.id == service_id
                if service_id
                else ServiceRow.organization_id == query.organization_id
            )
        return found

    def _changed_since(self, query: ListQuery, kind: str, row_class: Any) -> list[Condition]:
        """Return conditions on the time of change; none while the ledger is empty."""
        if query.modified_after is None or not is_filled(self._session):
            return []
        return [row_class.id.in_(modified_since(kind, query.modified_after))]

    def _search_services(self, words: str) -> tuple[str, ...]:
        """Return the services that a search finds and that may be published.

        Pages for patrons show more than may be handed on.
        """
        without = services_to_leave_out(self._instance, self._session)
        found = self._instance.index.all_ids(SearchQuery(words=words), without)
        published = self._public.ids("service")
        return tuple(service_id for service_id in found if service_id in published)

    # ------------------------------------------------------------ organizations
    def _organization_ids(self, query: ListQuery) -> Ids:
        filters = TermFilters(self._session, self._public, query)
        conditions = filters.record_conditions("organization", OrganizationRow)
        every = self._read_ids("organization", [])
        stand_in_ids = stand_ins(self._public)
        if not conditions and not query.search:
            return sorted((*every, *stand_in_ids))
        agencies = self._organization_by_service()
        if conditions:
            of_services = self._ids_query("service").where(*filters.service_conditions())
            matching = set(
                self._session.scalars(self._ids_query("organization").where(*conditions))
            )
            services = set(self._session.scalars(of_services))
            matching |= {agency for service, agency in agencies.items() if service in services}
        else:
            matching = {*every, *stand_in_ids}
        if not query.search:
            return sorted(matching.intersection((*every, *stand_in_ids)))
        found = dict.fromkeys(
            agencies[service]
            for service in self._search_services(query.search)
            if service in agencies
        )
        return [agency for agency in found if agency in matching]

    def _organization_by_service(self) -> Mapping[str, str]:
        pairs = select(ServiceRow.id, ServiceRow.organization_id).where(
            ServiceRow.organization_id.is_not(None), *self._public.conditions("service")
        )
        found = {key: agency or "" for key, agency in self._session.execute(pairs)}
        return found | {service: agency for agency, service in stand_ins(self._public).items()}

    # ------------------------------------------------------------ services at locations
    def _link_ids(self, query: ListQuery) -> Ids:
        conditions = [
            *self._service_conditions(query),
            *self._changed_since(query, "service_at_location", ServiceAtLocationRow),
        ]
        links: Sequence[Link] = (
            self._public_links(self._session, conditions)
            if conditions
            else self._public.read_once("links", self._public_links)
        )
        if query.postcode:
            areas = self._public.read_once("coded areas", read_coded_areas)
            links = links_serving(areas, links, query.postcode)
            if query.proximity_miles is not None:
                links = links_near(self._session, links, query.postcode, query.proximity_miles)
        if query.search:
            found = self._search_services(query.search)
            ranks = {service_id: rank for rank, service_id in enumerate(found)}
            links = [link for link in links if link.service_id in ranks]
            links = sorted(links, key=lambda link: ranks[link.service_id])
        return [link.id for link in links]

    def _public_links(self, _: Session, conditions: Iterable[Condition] = ()) -> list[Link]:
        links = [
            Link(link_id, service or "", place or "")
            for link_id, service, place in self._session.execute(
                select(
                    ServiceAtLocationRow.id,
                    ServiceAtLocationRow.service_id,
                    ServiceAtLocationRow.location_id,
                )
                .join(ServiceRow, ServiceRow.id == ServiceAtLocationRow.service_id)
                .where(*self._public.conditions("service_at_location"))
                .where(*self._public.conditions("service"), *conditions)
                .order_by(ServiceAtLocationRow.id)
            )
        ]
        places = self._public.filter_ids("location", {link.location_id for link in links})
        return [link for link in links if link.location_id in places]

    # ------------------------------------------------------------ taxonomies and terms
    def _taxonomy_ids(self, query: ListQuery) -> Ids:
        taxonomies = terms_in_use(self._public).taxonomies
        return [
            taxonomy.id
            for taxonomy in taxonomies
            if _has_words(query.search, (taxonomy.name, taxonomy.description))
        ]

    def _read_ids(self, kind: str, conditions: Sequence[Condition]) -> Ids:
        """Return the ids of a kind. Lists without conditions are cached until a change."""
        statement = self._ids_query(kind)
        if conditions:
            return self._session.scalars(statement.where(*conditions)).all()
        return self._public.read_once(
            f"list of {kind}", lambda session: session.scalars(statement).all()
        )

    def _ids_query(self, kind: str) -> Select[str]:
        """Return a query for the services or organizations that may be published."""
        row_class = ROWS[kind]
        conditions = self._public.conditions(kind)
        return select(row_class.id).where(*conditions).order_by(row_class.id)


def _matches(term: TaxonomyTerm, query: ListQuery) -> bool:
    if query.taxonomy_id and term.taxonomy_id != query.taxonomy_id:
        return False
    if query.parent_id and term.parent_id != query.parent_id:
        return False
    if query.top_only and term.parent_id:
        return False
    return _has_words(query.search, (term.name, term.code, term.description, term.use_references))


def _has_words(words: str, texts: Iterable[str]) -> bool:
    """Return whether each search word is the beginning of a word in the texts."""
    text_words = [word for text in texts for word in all_words_of(text)]
    return all(
        any(text_word.startswith(word) for text_word in text_words) for word in all_words_of(words)
    )


class TermFilters:
    """SQL conditions for the terms in a query; headings, keywords and sources are terms too."""

    def __init__(self, session: Session, public: Visible, query: ListQuery) -> None:
        self._slugs = {
            heading_term(heading.slug, "").id: heading.slug for heading in read_headings(session)
        }
        self._session, self._public, self._query = session, public, query

    def service_conditions(self) -> list[Condition]:
        """Return conditions for services that have the term and the taxonomy of the query."""
        found = []
        if term := self._query.taxonomy_term_id:
            found.append(self._has_term(term))
        if taxonomy := self._query.taxonomy_id:
            found.append(self._has_taxonomy(taxonomy))
        return found

    def record_conditions(self, kind: str, row_class: Any) -> list[Condition]:
        """Return conditions for records whose own attributes have the queried term and taxonomy."""
        found = []
        if term := self._query.taxonomy_term_id:
            found.append(
                self._has_attribute(kind, row_class, AttributeRow.taxonomy_term_id == term)
            )
        if taxonomy := self._query.taxonomy_id:
            found.append(self._has_attribute(kind, row_class, self._of_taxonomy(taxonomy)))
        return found

    def _has_term(self, term: str) -> Condition:
        if term == KEYWORD_TERM.id:
            return ServiceRow.keywords != ""
        if term in self._slugs:
            return self._has_heading(ServiceHeadingRow.heading == self._slugs[term])
        for credit in read_credits(self._session):
            if source_term(credit.publisher).id == term:
                return _has_credit(SourceCreditRow.publisher == credit.publisher)
        return self._has_attribute("service", ServiceRow, AttributeRow.taxonomy_term_id == term)

    def _has_taxonomy(self, taxonomy: str) -> Condition:
        if taxonomy == KEYWORDS_TAXONOMY.id:
            return ServiceRow.keywords != ""
        if taxonomy == HEADINGS_TAXONOMY.id:
            return self._has_heading()
        if taxonomy == SOURCES_TAXONOMY.id:
            return _has_credit()
        return self._has_attribute("service", ServiceRow, self._of_taxonomy(taxonomy))

    def _has_heading(self, *conditions: Condition) -> Condition:
        shown = self._public.conditions("service_heading")
        return exists().where(ServiceHeadingRow.service_id == ServiceRow.id, *shown, *conditions)

    def _of_taxonomy(self, taxonomy: str) -> Condition:
        terms: Select[str] = select(TaxonomyTermRow.id).where(
            TaxonomyTermRow.taxonomy_id == taxonomy, *self._public.conditions("taxonomy_term")
        )
        return AttributeRow.taxonomy_term_id.in_(terms)

    def _has_attribute(self, kind: str, row_class: Any, condition: Condition) -> Condition:
        return exists().where(
            AttributeRow.link_entity == kind,
            AttributeRow.link_id == row_class.id,
            *self._public.conditions("attribute"),
            condition,
        )


def _has_credit(*conditions: Condition) -> Condition:
    return exists().where(SourceCreditRow.source == ServiceRow.source, *conditions)
