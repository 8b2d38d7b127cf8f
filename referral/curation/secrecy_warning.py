"""Warnings about a location that becomes public, although an import would withhold it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.curation.drafts import Draft
from referral.curation.form_parser import FormProblem, ParsedForm
from referral.directory.instance import Instance
from referral.formats.checks.secret_places import secret_places
from referral.message import Message, message
from referral.records.hsds import Address, Location, Record, Service
from referral.records.kinds import Origin, SourcedRecord
from referral.records.problems import Problem, Severity
from referral.records.record_ids import HAND_SOURCE
from referral.records.shelter_detection import looks_like_survivor_shelter
from referral.records.visibility import Visibility
from referral.store.conversion import record_from
from referral.store.rows import (
    AddressRow,
    AttributeRow,
    LocationRow,
    ServiceAtLocationRow,
    ServiceRow,
)
from referral.store.terms import TermTree

_PUBLIC = Visibility.PUBLIC
_BY_HAND = Origin(source=HAND_SOURCE, key="")
_SERVICE_IS_SHELTER = message(
    "This looks like a shelter for survivors of violence. The public would see "
    "where it is. Withhold its place, or be sure that the address is no secret."
)
_PLACE_OF_SHELTER = message(
    "A service here looks like a shelter for survivors of violence. The public "
    "would see where it is. Withhold the address, or be sure that it is no secret."
)

_CALLED_SECRET = message(
    "Words here say that where it is must not be given out. The public would see it. "
    "Withhold the place, or be sure that it is no secret."
)


def add_secrecy_warnings(instance: Instance, parsed: ParsedForm) -> ParsedForm:
    """Add warnings to a record form about locations that an import would withhold."""
    with instance.store.read() as session:
        terms = instance.listings.terms(session)
        problems = tuple(secrecy_problems(session, terms, parsed.draft))
    return ParsedForm(draft=parsed.draft, problems=(*parsed.problems, *problems))


def secrecy_problems(session: Session, tree: TermTree, draft: Draft) -> Iterator[FormProblem]:
    """Yield warnings about public locations in a draft that may have to stay secret."""
    record = draft.record
    if _is_shown_and_called_secret(session, draft):
        is_place = isinstance(record, Location)
        yield _warning(
            "place-called-secret",
            "visibility" if is_place else "service_at_location/0/location_id",
            _CALLED_SECRET,
        )
    if isinstance(record, Service):
        terms = [attribute.taxonomy_term_id for attribute in draft.of_kind("attribute")]
        places = [link.location_id for link in draft.of_kind("service_at_location")]
        if _is_shelter(tree, record, terms) and any(
            _is_public_place(session, place) for place in places
        ):
            yield _warning(
                "survivor-shelter", "service_at_location/0/location_id", _SERVICE_IS_SHELTER
            )
    if (
        isinstance(record, Location)
        and _shows_place(record, draft.of_kind("address"))
        and any(
            _is_shelter(tree, service, term_ids)
            for service, term_ids in _iter_services_at(session, record.id)
        )
    ):
        yield _warning("survivor-shelter", "visibility", _PLACE_OF_SHELTER)


def _is_shown_and_called_secret(session: Session, draft: Draft) -> bool:
    """Return whether the text of a draft calls a public location secret."""
    records = (draft.record, *draft.children)
    places = secret_places(SourcedRecord(item, _BY_HAND) for item in records)
    if isinstance(draft.record, Location) and places:
        return _shows_place(draft.record, draft.of_kind("address"))
    return any(_is_public_place(session, place) for place in places)


def _is_shelter(tree: TermTree, service: Service, term_ids: Iterable[str]) -> bool:
    names = [term.name for term in map(tree.get, term_ids) if term]
    return looks_like_survivor_shelter(service.name, service.description, names)


def _is_public_place(session: Session, location_id: str) -> bool:
    """Return whether the public sees the address or position of a location as stored."""
    location = session.get(LocationRow, location_id)
    if location is None or location.retired_at is not None:
        return False
    addresses = session.scalars(
        select(AddressRow).where(
            AddressRow.location_id == location_id, AddressRow.retired_at.is_(None)
        )
    )
    found = [record_from(address, Address) for address in addresses]
    return _shows_place(record_from(location, Location), found)


def _shows_place(location: Location, addresses: Iterable[Record]) -> bool:
    addresses = tuple(addresses)
    is_shown = location.visibility is _PUBLIC and all(
        address.visibility is _PUBLIC for address in addresses
    )
    return is_shown and (bool(addresses) or location.latitude is not None)


def _iter_services_at(session: Session, location_id: str) -> Iterator[tuple[Service, list[str]]]:
    rows = session.scalars(
        select(ServiceRow)
        .join(ServiceAtLocationRow, ServiceAtLocationRow.service_id == ServiceRow.id)
        .where(
            ServiceAtLocationRow.location_id == location_id,
            ServiceAtLocationRow.retired_at.is_(None),
        )
        .where(ServiceRow.retired_at.is_(None))
    )
    for row in rows:
        terms = session.scalars(
            select(AttributeRow.taxonomy_term_id).where(
                AttributeRow.link_entity == "service", AttributeRow.link_id == row.id
            )
        )
        yield record_from(row, Service), [term_id for term_id in terms if term_id]


def _warning(code: str, place: str, detail: Message) -> FormProblem:
    column = place.rpartition("/")[2]
    problem = Problem(code=code, severity=Severity.WITHHELD, message=detail, column=column)
    return FormProblem(place=place, problem=problem)
