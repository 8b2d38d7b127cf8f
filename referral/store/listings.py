"""Loading of listings in a fixed number of queries, as an audience may see them.

A location with a withheld street address is withheld as a whole. A location whose street is
withheld because of another location shows only its phones and hours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from referral.records.classification import Translation
from referral.records.headings import OWN_TAXONOMY
from referral.records.hsds import (
    Location,
    Phone,
    Record,
    Schedule,
    ServiceAtLocation,
)
from referral.records.kinds import parent_names
from referral.records.listing import NATIONAL_SOURCE, Listing, ListingSite
from referral.records.local_notes import (
    LANGUAGE,
    TRANSLATIONS,
    LocalField,
    typed_schedules,
    with_local_hours,
    with_local_translation,
)
from referral.records.record_ids import category_link_id
from referral.records.schedules.hours_in_effect import HoursLevel, level_of, states_hours
from referral.records.visibility import Audience, Visibility, may_see
from referral.store.base import RecordRow
from referral.store.conversion import field_columns, record_from, record_of_kind
from referral.store.listed_services import ListedService, read_services
from referral.store.rows import (
    AccessibilityRow,
    AttributeRow,
    ContactRow,
    CostOptionRow,
    LanguageRow,
    LocationRow,
    PhoneRow,
    RequiredDocumentRow,
    ScheduleRow,
    ServiceAreaRow,
    ServiceAtLocationRow,
    ServiceCapacityRow,
    ServiceHeadingRow,
    TranslationRow,
    UrlRow,
)
from referral.store.rows_texts import LocalNoteRow
from referral.store.source_credits import handed_on
from referral.store.terms import TermTree, load_terms
from referral.store.topic_suggestions import ServiceSuggestions, load_suggested_topics
from referral.store.visibility import shown
from referral.store.visible import Viewer, Visible
from referral.store.withheld_keys import WithheldKeys
from referral.store.withheld_locations import read_addresses, reveals_withheld_place
from referral.store.withheld_texts import listing_without_streets

Groups = Mapping[str, tuple[Any, ...]]
_SHOWN_NOTES = (
    LocalField.NOTE.value,
    LocalField.SPANISH_NOTE.value,
    LocalField.HOURS.value,
    *TRANSLATIONS,
)


@dataclass(frozen=True, slots=True)
class ChildReader:
    """Reader of the visible parts of records, by record id and in the order of the source list.

    Each method executes one statement. If a part names further records, ``Visible`` reads those
    that it has not read yet.
    """

    visible: Visible

    @classmethod
    def of(cls, session: Session, audience: Audience) -> ChildReader:
        """Return a reader for pages of an audience."""
        return cls(Visible(session, Viewer(audience)))

    @property
    def session(self) -> Session:
        """Return the session that is read from."""
        return self.visible.session

    @property
    def audience(self) -> Audience:
        """Return the audience that the parts are for."""
        return self.visible.viewer.audience

    @property
    def keys(self) -> WithheldKeys:
        """Return the keys of streets and phone numbers that are withheld from the audience."""
        return self.visible.keys

    def parts_by(self, row_class: Any, field: str, ids: Iterable[str]) -> Groups:
        """Return the parts that name one of these visible records in ``field``."""
        return self._read_by_parent(row_class, field, getattr(row_class, field).in_(list(ids)))

    def parts_linked_to(self, row_class: Any, kind: str, ids: Sequence[str]) -> Groups:
        """Return the attributes or translations that describe visible records of this kind."""
        return self._read_by_parent(
            row_class, "link_id", (row_class.link_entity == kind) & row_class.link_id.in_(ids)
        )

    def organization_phones(self, ids: Iterable[str]) -> Groups:
        """Return the phones of visible organizations that belong to no service and no location."""
        condition = and_(
            PhoneRow.organization_id.in_(list(ids)),
            PhoneRow.service_id.is_(None),
            PhoneRow.location_id.is_(None),
        )
        return self._read_by_parent(PhoneRow, "organization_id", condition)

    def _read_by_parent(self, row_class: Any, field: str, condition: ColumnElement[bool]) -> Groups:
        kind = row_class.__tablename__
        children = self.session.execute(
            select(*field_columns(kind))
            .where(condition, shown(row_class, self.audience))
            .order_by(row_class.origin_line, row_class.id)
        ).all()
        names = parent_names(kind)
        shared = [
            child for child in children if sum(1 for name in names if getattr(child, name)) > 1
        ]
        hidden = {child.id for child in shared} - self.visible.filter_rows(kind, shared)
        records_by_parent: dict[str, list[Record]] = defaultdict(list)
        for child in children:
            record = record_of_kind(kind, child)
            if child.id in hidden or (
                isinstance(record, Phone)
                and (not record.number or self.keys.withholds_phone(record))
            ):
                continue
            records_by_parent[getattr(child, field)].append(record)
        self.visible.remember(
            kind, {child.id: True for siblings in records_by_parent.values() for child in siblings}
        )
        return {parent: tuple(siblings) for parent, siblings in records_by_parent.items()}


@dataclass(frozen=True, slots=True)
class ServiceSites:
    """The shown sites of services, and what else is shown of sites with a withheld street.

    Attributes:
        by_service: shown sites by service id.
        withheld: ids of services with a site that is not shown.
        phones: by service id, those at sites whose street is withheld because of another location.
        schedules: by service id, those at the same sites.
        street_withheld: ids of the locations of these sites.
    """

    by_service: Mapping[str, tuple[ListingSite, ...]]
    withheld: frozenset[str]
    phones: Groups
    schedules: Groups
    street_withheld: frozenset[str]


def read_sites(reader: ChildReader, service_ids: Sequence[str]) -> ServiceSites:
    """Return the sites of services: the locations where each is, with phones, hours and areas."""
    links = reader.session.execute(
        select(ServiceAtLocationRow, LocationRow, handed_on(LocationRow))
        .join(LocationRow, ServiceAtLocationRow.location_id == LocationRow.id)
        .where(
            ServiceAtLocationRow.service_id.in_(service_ids),
            ServiceAtLocationRow.retired_at.is_(None),
        )
        .where(LocationRow.retired_at.is_(None))
        .order_by(ServiceAtLocationRow.origin_line, ServiceAtLocationRow.id)
    ).all()
    visible_links = [row for row in links if _may_see(reader, row.ServiceAtLocationRow)]
    location_rows = {
        location.id: (location, is_handed_on) for _, location, is_handed_on in visible_links
    }
    places = _read_places(reader, location_rows.values())
    readable_ids = places.sites.keys() | places.street_withheld.keys()
    is_link_shown = {link.id: location.id in readable_ids for link, location, _ in visible_links}
    reader.visible.remember("service_at_location", is_link_shown)
    link_ids = [link_id for link_id in is_link_shown if is_link_shown[link_id]]
    phones = reader.parts_by(PhoneRow, "service_at_location_id", link_ids)
    schedules = reader.parts_by(ScheduleRow, "service_at_location_id", link_ids)
    areas = reader.parts_by(ServiceAreaRow, "service_at_location_id", link_ids)
    sites: dict[str, dict[str, ListingSite]] = defaultdict(dict)
    withheld: set[str] = set()
    sites_without_street: dict[str, list[ListingSite]] = defaultdict(list)
    for link, location, _ in links:
        site = places.sites.get(location.id) or places.street_withheld.get(location.id)
        if not is_link_shown.get(link.id) or site is None:
            withheld.add(link.service_id or "")
            continue
        site = replace(
            site, link=record_from(link, ServiceAtLocation),
            phones=phones.get(link.id, ()) + site.phones, schedules=schedules.get(link.id, ()),
            areas=areas.get(link.id, ()),
        )  # fmt: skip
        if location.id in places.street_withheld:
            sites_without_street[link.service_id or ""].append(site)
        else:
            sites[link.service_id or ""][location.id] = site
    return ServiceSites(
        by_service={service_id: tuple(by_place.values()) for service_id, by_place in sites.items()},
        withheld=frozenset(withheld | sites_without_street.keys()),
        phones={
            service_id: tuple(phone for site in its_sites for phone in site.phones)
            for service_id, its_sites in sites_without_street.items()
        },
        schedules={
            service_id: tuple(schedule for site in its_sites for schedule in _site_schedules(site))
            for service_id, its_sites in sites_without_street.items()
        },
        street_withheld=frozenset(places.street_withheld),
    )


def _site_schedules(site: ListingSite) -> tuple[Schedule, ...]:
    """Return the schedules of a service at a site; those of the location too if it has no hours."""
    if states_hours(site.schedules):
        return site.schedules
    return site.schedules + site.location_schedules


@dataclass(frozen=True, slots=True)
class _Places:
    """Sites by location id: those that are shown, and those with a withheld street."""

    sites: Mapping[str, ListingSite]
    street_withheld: Mapping[str, ListingSite]


def read_organization_sites(
    session: Session, organization_id: str, audience: Audience
) -> tuple[tuple[ListingSite, ...], tuple[Phone, ...]]:
    """Return the shown sites of an organization, and the phones at sites with a withheld street."""
    rows = session.execute(
        select(LocationRow, handed_on(LocationRow))
        .where(LocationRow.organization_id == organization_id, LocationRow.retired_at.is_(None))
        .order_by(LocationRow.origin_line, LocationRow.id)
    )
    reader = ChildReader.of(session, audience)
    reader.visible.remember("organization", {organization_id: True})
    places = _read_places(reader, ((row, is_handed_on) for row, is_handed_on in rows))
    phones = tuple(phone for site in places.street_withheld.values() for phone in site.phones)
    return tuple(places.sites.values()), phones


def _read_places(reader: ChildReader, rows: Iterable[tuple[LocationRow, bool]]) -> _Places:
    """Return the sites at locations that an audience may see, with phones, hours and languages.

    Args:
        rows: locations, each with whether it may be published outside.
    """
    visible_locations = {
        row.id: (row, is_handed_on) for row, is_handed_on in rows if _may_see(reader, row)
    }
    addresses = read_addresses(
        reader.session, list(visible_locations), reader.audience, reader.keys
    )
    ids = [
        location_id for location_id in visible_locations if location_id not in addresses.withheld
    ]
    reader.visible.remember("location", dict.fromkeys(ids, True))
    phones = reader.parts_by(PhoneRow, "location_id", ids)
    schedules = reader.parts_by(ScheduleRow, "location_id", ids)
    languages = reader.parts_by(LanguageRow, "location_id", ids)
    accessibility = reader.parts_by(AccessibilityRow, "location_id", ids)
    sites = {
        location_id: ListingSite(
            location=record_from(row, Location),
            address=addresses.by_location.get(location_id),
            phones=phones.get(location_id, ()),
            location_schedules=_schedules_of_level(
                schedules.get(location_id, ()), HoursLevel.LOCATION
            ),
            languages=languages.get(location_id, ()),
            accessibility=accessibility.get(location_id, ()),
            is_handed_on=is_handed_on,
        )
        for location_id, (row, is_handed_on) in visible_locations.items()
        if location_id not in addresses.withheld
    }
    street_withheld = {
        location_id
        for location_id, site in sites.items()
        if location_id in addresses.street_withheld
        or reveals_withheld_place(site.location, reader.keys)
    }
    return _Places(
        sites={key: site for key, site in sites.items() if key not in street_withheld},
        street_withheld={key: sites[key] for key in sites if key in street_withheld},
    )


def _may_see(reader: ChildReader, row: RecordRow) -> bool:
    return may_see(reader.audience, Visibility(row.visibility))


def load_listings(
    session: Session,
    service_ids: Sequence[str],
    audience: Audience,
    terms: TermTree | None = None,
    *,
    as_listed: bool = False,
) -> list[Listing]:
    """Return the listings of the services that an audience may see, in the order of the ids.

    Args:
        terms: the taxonomy terms, if the caller has loaded them already.
        as_listed: whether the library's own notes, hours and translations are left out.
    """
    services = read_services(session, service_ids, audience)
    shown_ids = [service_id for service_id in dict.fromkeys(service_ids) if service_id in services]
    reader = ChildReader.of(session, audience)
    reader.visible.remember("service", dict.fromkeys(shown_ids, True))
    organizations = {
        service.organization.id for service in services.values() if service.organization
    }
    reader.visible.remember("organization", dict.fromkeys(organizations, True))
    parts = _read_parts(reader, shown_ids, organizations, terms or load_terms(session))
    listings = [_build_listing(services[service_id], parts) for service_id in shown_ids]
    if not as_listed:
        listings = with_local_notes(session, listings)
    return [listing_without_streets(listing, reader.keys) for listing in listings]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """Parts of services by the id of the service; phones of organizations by organization id."""

    terms: TermTree
    sites: ServiceSites
    contacts: Groups
    phones: Groups
    organization_phones: Groups
    schedules: Groups
    languages: Groups
    areas: Groups
    costs: Groups
    documents: Groups
    capacities: Groups
    urls: Groups
    headings: Groups
    attributes: Groups
    translations: Groups
    suggested: ServiceSuggestions


def _read_parts(
    reader: ChildReader,
    service_ids: Sequence[str],
    organization_ids: Iterable[str],
    terms: TermTree,
) -> _Parts:
    return _Parts(  # sites and contacts are read before the phones and hours that name them
        terms=terms,
        sites=read_sites(reader, service_ids),
        contacts=reader.parts_by(ContactRow, "service_id", service_ids),
        phones=reader.parts_by(PhoneRow, "service_id", service_ids),
        organization_phones=reader.organization_phones(organization_ids),
        schedules=reader.parts_by(ScheduleRow, "service_id", service_ids),
        languages=reader.parts_by(LanguageRow, "service_id", service_ids),
        areas=reader.parts_by(ServiceAreaRow, "service_id", service_ids),
        costs=reader.parts_by(CostOptionRow, "service_id", service_ids),
        documents=reader.parts_by(RequiredDocumentRow, "service_id", service_ids),
        capacities=reader.parts_by(ServiceCapacityRow, "service_id", service_ids),
        urls=reader.parts_by(UrlRow, "service_id", service_ids),
        headings=reader.parts_by(ServiceHeadingRow, "service_id", service_ids),
        attributes=reader.parts_linked_to(AttributeRow, "service", service_ids),
        translations=reader.parts_linked_to(TranslationRow, "service", service_ids),
        suggested=load_suggested_topics(reader.session, service_ids, terms),
    )


def _build_listing(listed: ListedService, parts: _Parts) -> Listing:
    service = listed.service
    service_id = service.id
    term_ids = dict.fromkeys(
        term.id
        for attribute in parts.attributes.get(service_id, ())
        if (term := parts.terms.get(attribute.taxonomy_term_id))
    )
    paths = tuple(parts.terms.path(term_id) for term_id in term_ids)
    return Listing(
        service=service,
        organization=listed.organization,
        program=listed.program,
        headings=tuple(sorted({row.heading for row in parts.headings.get(service_id, ())})),
        terms=tuple(parts.terms.terms[term_id] for term_id in term_ids),
        term_paths=paths,
        term_words={term.id: parts.terms.words(term.id) for path in paths for term in path},
        phones=parts.phones.get(service_id, ()) + parts.sites.phones.get(service_id, ()),
        organization_phones=parts.organization_phones.get(service.organization_id, ()),
        contacts=parts.contacts.get(service_id, ()),
        schedules=_service_schedules(service_id, parts),
        languages=parts.languages.get(service_id, ()),
        areas=parts.areas.get(service_id, ()),
        costs=parts.costs.get(service_id, ()),
        documents=parts.documents.get(service_id, ()),
        capacities=()
        if service_id in parts.sites.withheld
        else parts.capacities.get(service_id, ()),
        urls=parts.urls.get(service_id, ()),
        translations=_translations_by_language(parts.translations.get(service_id, ()), "text"),
        translation_states=_translations_by_language(
            parts.translations.get(service_id, ()), "status"
        ),
        sites=_sites_with_hours(service_id, parts),
        suggested_topics=parts.suggested.topics.get(service_id, ()),
        category_topics=_category_topics(service_id, parts),
        is_national=listed.source == NATIONAL_SOURCE,
        place_withheld=service_id in parts.sites.withheld,
        credit=listed.credit,
    )


def _service_schedules(service_id: str, parts: _Parts) -> tuple[Schedule, ...]:
    """Return the hours of a service itself, else those at its sites with a withheld street."""
    all_schedules = parts.schedules.get(service_id, ())
    at_withheld_streets = tuple(
        schedule
        for schedule in all_schedules
        if schedule.location_id in parts.sites.street_withheld
    )
    own_schedules = _schedules_of_level(all_schedules, HoursLevel.SERVICE)
    if states_hours(own_schedules):
        return own_schedules
    return own_schedules + at_withheld_streets + parts.sites.schedules.get(service_id, ())


def _category_topics(service_id: str, parts: _Parts) -> dict[str, float]:
    """Return the topics that a service has only by an accepted category, with their evidence."""
    links: dict[str, list[str]] = defaultdict(list)
    for attribute in parts.attributes.get(service_id, ()):
        term = parts.terms.get(attribute.taxonomy_term_id)
        if term and term.taxonomy == OWN_TAXONOMY:
            links[term.id].append(attribute.id)
    evidence = parts.suggested.evidence.get(service_id, {})
    return {
        term_id: evidence.get(term_id, 0.0)
        for term_id, ids in links.items()
        if len(ids) == 1 and ids[0] == category_link_id(service_id, term_id)
    }


def _schedules_of_level(schedules: Iterable[Schedule], level: HoursLevel) -> tuple[Schedule, ...]:
    return tuple(schedule for schedule in schedules if level_of(schedule) is level)


def _sites_with_hours(service_id: str, parts: _Parts) -> tuple[ListingSite, ...]:
    service_schedules = parts.schedules.get(service_id, ())
    sites = parts.sites.by_service.get(service_id, ())
    return tuple(_with_service_hours(site, service_schedules) for site in sites)


def _with_service_hours(site: ListingSite, service_schedules: Iterable[Schedule]) -> ListingSite:
    """Add the schedules of a service that name the location of a site, not the link to it."""
    site_schedules = tuple(
        schedule
        for schedule in service_schedules
        if schedule.location_id == site.location.id and not schedule.service_at_location_id
    )
    return replace(site, schedules=site.schedules + site_schedules) if site_schedules else site


def _translations_by_language(
    translations: Iterable[Translation], attribute: str
) -> dict[str, dict[str, str]]:
    by_language: dict[str, dict[str, str]] = defaultdict(dict)
    for translation in translations:
        by_language[translation.language][translation.field] = getattr(translation, attribute)
    return dict(by_language)


def with_local_notes(session: Session, listings: Sequence[Listing]) -> list[Listing]:
    """Return listings with the library's own hours, notes and translations, read by one query."""
    listing_by_service = {listing.service.id: listing for listing in listings}
    statement = select(LocalNoteRow).where(
        LocalNoteRow.service_id.in_(list(listing_by_service)), LocalNoteRow.field.in_(_SHOWN_NOTES)
    )
    for note in session.scalars(statement) if listing_by_service else ():
        listing_by_service[note.service_id] = _with_local_note(
            listing_by_service[note.service_id], note
        )
    return list(listing_by_service.values())


def _with_local_note(listing: Listing, note: LocalNoteRow) -> Listing:
    if note.field == LocalField.NOTE.value:
        return replace(listing, local_note=note.value)
    if note.field == LocalField.SPANISH_NOTE.value:
        return replace(listing, local_note_in={LANGUAGE: note.value})
    if note.field in TRANSLATIONS:
        return with_local_translation(listing, note.field, note.value)
    # A season without a year refers to the day when it was typed.
    schedules = typed_schedules(note.value, note.service_id, note.changed_at.date())
    return with_local_hours(listing, schedules) if schedules else listing
