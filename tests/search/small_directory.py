"""A small directory with some of everything, made of unique words, so that a leak has a name."""

from __future__ import annotations

from collections.abc import Iterator

from referral.records.classification import Attribute, ServiceHeading, TaxonomyTerm, Translation
from referral.records.hsds import (
    Address,
    CostOption,
    Language,
    Location,
    Organization,
    Phone,
    Program,
    Record,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
)
from referral.records.visibility import Visibility
from referral.store import Store
from referral.store.conversion import row_from
from referral.store.rows import HeadingRow

ORGANIZATIONS, PROGRAMS, SERVICES, LOCATIONS, TERMS = 4, 2, 8, 6, 6
HEADINGS = ("basic-needs", "health", "legal")


def small_instance() -> Iterator[Record]:
    """Yield every record of it."""
    for number in range(ORGANIZATIONS):
        yield Organization(id=f"organization-{number}", name=f"orgword{number} agency")
    for number in range(PROGRAMS):
        yield Program(
            id=f"program-{number}",
            organization_id=f"organization-{number}",
            name=f"progword{number} program",
        )
    for number in range(TERMS):  # a binary tree
        yield TaxonomyTerm(
            id=f"term-{number}",
            code=f"code-{number}",
            name=f"termword{number}",
            parent_id=f"term-{(number - 1) // 2}" if number else "",
            use_references=f"useword{number}|lay useword{number}",
        )
        yield translation("taxonomy_term", f"term-{number}", "name", f"palabra{number}")
    for number in range(LOCATIONS):
        yield from place(number)
    for number in range(SERVICES):
        yield from service(number, number % ORGANIZATIONS, number % TERMS, number % LOCATIONS)


def place(number: int) -> Iterator[Record]:
    """Yield a location and what hangs on it; the last one is withheld, one has such an address."""
    location_id = f"location-{number}"
    yield Location(
        id=location_id,
        name=f"locword{number}",
        latitude=41.5 + number / 64,
        longitude=-80.25 - number / 64,
        position_source="file",
        visibility=Visibility.WITHHELD if number == LOCATIONS - 1 else Visibility.PUBLIC,
    )
    yield Address(
        id=f"address-{number}",
        location_id=location_id,
        address_1=f"{number} Street",
        city=f"cityword{number}",
        state_province="PA",
        postal_code="16335",
        visibility=Visibility.WITHHELD if number == LOCATIONS - 2 else Visibility.PUBLIC,
    )
    yield hours(f"location-hours-{number}", number, location_id=location_id)


def service(number: int, organization: int, term: int, location: int) -> Iterator[Record]:
    """Yield a service and what hangs on it."""
    service_id = f"service-{number}"
    yield Service(
        id=service_id,
        organization_id=f"organization-{organization}",
        program_id=f"program-{number % PROGRAMS}",
        name=f"serviceword{number} help",
        description=f"describes{number} what people get",
        keywords=f"keyword{number}|other",
    )
    yield ServiceAtLocation(
        id=f"at-{number}", service_id=service_id, location_id=f"location-{location}"
    )
    yield hours(f"hours-{number}", number, service_at_location_id=f"at-{number}")
    yield Phone(id=f"phone-{number}", service_at_location_id=f"at-{number}", number="555-0100")
    yield Attribute(
        id=f"attribute-{number}",
        link_entity="service",
        link_id=service_id,
        taxonomy_term_id=f"term-{term}",
    )
    yield ServiceHeading(
        id=f"heading-{number}",
        service_id=service_id,
        heading=HEADINGS[number % len(HEADINGS)],
        set_by="staff",
    )
    yield Language(id=f"language-{number}", service_id=service_id, code=("en", "es")[number % 2])
    yield ServiceArea(
        id=f"area-{number}", service_id=service_id, area_kind="zip", area_codes=f"1633{number % 10}"
    )
    yield CostOption(id=f"cost-{number}", service_id=service_id, amount=float(number % 2))
    yield translation("service", service_id, "description", f"descripcion{number}")


def hours(schedule_id: str, number: int, **parents: str) -> Schedule:
    """Return weekly hours that differ by number."""
    return Schedule(
        id=schedule_id,
        freq="WEEKLY",
        byday="MO,TU",
        opens_at=f"{6 + number % 6:02}:00",
        closes_at="17:00",
        **parents,
    )


def translation(kind: str, record_id: str, field: str, text: str) -> Translation:
    """Return a Spanish text of a record."""
    return Translation(
        id=f"{kind}-{record_id}-{field}",
        link_entity=kind,
        link_id=record_id,
        language="es",
        field=field,
        text=text,
    )


def fill(store: Store, *records: Record) -> None:
    """Store these records, in one transaction; without any the small directory."""
    with store.write() as session:
        for slug in HEADINGS:
            session.merge(HeadingRow(slug=slug, name=slug))
        session.flush()
        session.add_all([row_from(record) for record in records or small_instance()])
