"""One rule of who may see what: pages, warm caches, API and ledger, with each parent hidden in turn.

A part (a phone, a contact, hours) is placed under each parent and each pair of parents that its
kind can name. Then each record of this small directory is hidden in each way. A part may be seen
if it may be seen by itself, and everything that it names; nothing else is lost.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, date, datetime
from itertools import combinations, pairwise, product
from uuid import uuid4

import pytest
from sqlalchemy import select

from referral.app import create_app
from referral.directory.listings import read_organization
from referral.errors import NotFoundError
from referral.following.followed_sources import save_credit
from referral.following.rows import FollowedSourceRow
from referral.local_notes.overlays import save_local_notes
from referral.local_notes.records import TypedNotes
from referral.open_data.hsds_objects import HsdsObjects
from referral.open_data.ledger.entries import PUBLISHED_KINDS
from referral.open_data.ledger.ledger_updates import LedgerUpdate, update_ledger
from referral.records.accounts import COMMAND_LINE
from referral.records.hsds import (
    Address,
    Contact,
    Location,
    Organization,
    Phone,
    Program,
    Record,
    Service,
    ServiceAtLocation,
)
from referral.records.kinds import KINDS, kind_of, parent_names, parents_of
from referral.records.visibility import Audience
from referral.store.bulk import add_rows, retire_rows
from referral.store.conversion import ROWS, columns_of
from referral.store.listing_day import move_to_day
from referral.store.rows import LocationRow, ServiceAtLocationRow, ServiceRow
from referral.store.visibility import shown_services
from referral.store.withheld_locations import withheld_location_ids
from tests.support.databases import database_filled
from tests.support.rows import change_row, write_records

# Two organizations, each with a service; both are at one place.
OWNERS: list[Record] = [
    Organization(id="o", name="Table"),
    Organization(id="other", name="Shelf"),
    Program(id="g", organization_id="o", name="Meals"),
    Service(id="s", organization_id="o", program_id="g", name="Pantry", status="active"),
    Service(id="t", organization_id="other", name="Clinic", status="active"),
    Location(id="l", organization_id="o", name="Hall"),
    Address(
        id="a", location_id="l", address_1="12 Elm St", city="Meadville", state_province="PA",
        postal_code="16335", country="US", address_type="physical",
    ),
    ServiceAtLocation(id="x", service_id="s", location_id="l"),
    ServiceAtLocation(id="y", service_id="t", location_id="l"),
    Contact(id="c", service_id="s", name="Maria"),
    Contact(id="d", organization_id="o", name="Rosa"),
    Phone(id="p", service_id="s", number="814-555-0101", tel="+18145550101"),
]  # fmt: skip
PARENTS = {
    "organization_id": "o", "service_id": "st", "location_id": "l",
    "service_at_location_id": "xy", "contact_id": "cd", "phone_id": "p",
}  # fmt: skip
PARTS = ("contact", "phone", "schedule", "service_area", "language", "accessibility", "url",
         "cost_option", "required_document")  # fmt: skip
FIELDS = {
    "phone": {"number": "814-555-0177", "tel": "+18145550177"},
    "url": {"url": "https://example.org/"},
    "language": {"name": "Spanish"},
    "schedule": {"opens_at": "09:00", "freq": "WEEKLY"},
    "required_document": {"document": "ID"},
    "contact": {"name": "Ana"},
}
SERVICES, ORGANIZATIONS = ("s", "t"), ("o", "other")
# Pages that reach other records by this one: they lose those with it.
LEADS_TO = {"s": {"o"}, "t": {"other"}, "x": {"s", "o"}, "y": {"t", "other"}}


def parts() -> Iterator[Record]:
    """Give a part of each kind under each parent and each two parents that it can name."""
    for kind in PARTS:
        names = [name for name in parent_names(kind) if name in PARENTS]
        for some in (*combinations(names, 1), *combinations(names, 2)):
            for ids in product(*(PARENTS[name] for name in some)):
                named = dict(zip(some, ids, strict=True))
                key = "-".join((kind, *ids))
                yield KINDS[kind](id=key, **{**named, **FIELDS.get(kind, {})})


ALL: dict[str, Record] = {each.id: each for each in (*OWNERS, *parts())}
PUBLIC, STAFF = {Audience.PUBLIC}, {Audience.PUBLIC, Audience.STAFF}
# How a record is hidden, and from whom.
WAYS: dict[str, tuple[dict[str, object], set[Audience]]] = {
    "staff": ({"visibility": "staff"}, PUBLIC),
    "withheld": ({"visibility": "withheld"}, STAFF),
    "retired": ({"retired_at": datetime(2026, 11, 1, tzinfo=UTC)}, set(Audience)),
    "inactive": ({"status": "inactive"}, PUBLIC),
    "ended": ({"listed_until": date(2020, 1, 1)}, PUBLIC),
}
CASES = [
    (each.id, way)
    for each in OWNERS
    for way in WAYS
    if isinstance(each, Service) or way in {"staff", "withheld", "retired"}
]


def visible(hidden: str, way: str) -> set[str]:
    """Give the ids that the rule shows to those from whom one record is hidden."""
    withheld_place = "l" if hidden == "a" and way != "retired" else ""

    def is_seen(key: str) -> bool:
        record = ALL[key]
        if key in {hidden, withheld_place}:
            return False
        if isinstance(record, Service):
            return is_seen(record.organization_id)
        if isinstance(record, Location):
            links = [link for link in OWNERS if isinstance(link, ServiceAtLocation)]
            used = any(link.id != hidden and is_seen(link.service_id) for link in links)
            return used or is_seen(record.organization_id)
        return all(is_seen(parent) for _, _, parent in parents_of(record))

    return {key for key in ALL if is_seen(key)}


def one_rule(instance) -> None:
    write_records(instance.store, *ALL.values())
    update_ledger(instance)


directory_url = database_filled(one_rule)


def on_pages(instance, audience) -> dict[str, set[str]]:
    """Give the ids of all records in each listing and on each page of an organization.

    They are read through the cache, as pages are.
    """
    found: dict[str, object] = {}
    with instance.store.read() as session:
        for listing in instance.listings.read(session, SERVICES, audience):
            found[listing.service.id] = listing
    for each in ORGANIZATIONS:
        with suppress(NotFoundError):
            found[each] = read_organization(instance, each, audience)
    return {key: set(ids_in(asdict(page))) & ALL.keys() for key, page in found.items()}


def in_api(instance) -> set[str]:
    """Give the ids of all records that the API shows, wherever they are."""
    with instance.store.read() as session:
        objects = HsdsObjects(instance, session)
        found = [
            each
            for kind in PUBLISHED_KINDS
            for each in objects.full(kind, sorted(ALL), full_service=True)
        ]
    return set(ids_in(found)) & ALL.keys()


def ids_in(value) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("id"), str):
            yield value["id"]
        value = list(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            yield from ids_in(each)


def seen_by(instance, audience) -> dict[str, set[str]]:
    """Give the ids that each page shows, and the API."""
    found = on_pages(instance, audience)
    return {**found, "api": in_api(instance)} if audience is Audience.PUBLIC else found


@pytest.mark.parametrize(("hidden", "way"), CASES)
def test_a_part_is_seen_with_all_that_it_names(instance, hidden, way):
    before = {audience: seen_by(instance, audience) for audience in Audience}
    assert len(before[Audience.PUBLIC]["api"]) == len(ALL)
    columns, audiences = WAYS[way]
    change_row(instance.store, ROWS[kind_of(ALL[hidden])], hidden, **columns)
    for audience in Audience:
        shown = visible(hidden, way) if audience in audiences else set(ALL)
        now = seen_by(instance, audience)
        assert now.keys() == {key for key in before[audience] if key == "api" or key in shown}
        for page, found in now.items():
            assert found - shown == set(), (audience, page)
            if page not in LEADS_TO.get(hidden, ()):
                assert (before[audience][page] & shown) - found == set(), (audience, page)


@pytest.mark.parametrize("hidden", [each.id for each in OWNERS])
def test_the_ledger_hears_of_all_that_is_hidden_with_a_record(instance, hidden):
    change_row(instance.store, ROWS[kind_of(ALL[hidden])], hidden, visibility="staff")
    update_ledger(instance)
    assert update_ledger(instance, everything=True) == LedgerUpdate()


def drop_from_list(instance) -> None:
    with instance.store.write() as session:
        retire_rows(session, "service", ["s"])


def end_by_day(instance) -> None:
    change_row(instance.store, ServiceRow, "s", listed_until=date(2030, 1, 1))
    assert "phone-s-l" in on_pages(instance, Audience.PUBLIC)["t"]
    move_to_day(instance.store, date(2030, 1, 2))


def hide_here(instance) -> None:
    save_local_notes(instance, COMMAND_LINE, "s", TypedNotes(is_hidden=True))


def withhold_in_bulk(instance) -> None:
    with instance.store.write() as session:
        add_rows(session, [("address", {**columns_of(ALL["a"]), "id": "z", "visibility": "staff"})])


@pytest.mark.parametrize(
    ("hide", "part", "page"),
    [
        (drop_from_list, "phone-s-l", "t"),
        (end_by_day, "phone-s-l", "t"),
        (hide_here, "phone-s-l", "t"),
        (withhold_in_bulk, "phone-s-l", "s"),
    ],
)
def test_neighbors_hear_of_it_however_a_record_is_hidden(instance, hide, part, page):
    assert part in on_pages(instance, Audience.PUBLIC)[page]
    hide(instance)
    assert part not in on_pages(instance, Audience.PUBLIC)[page]
    update_ledger(instance)
    assert update_ledger(instance, everything=True) == LedgerUpdate()


def source_row(*, is_handed_on) -> FollowedSourceRow:
    return FollowedSourceRow(
        name="partner", publisher="P", licence="", contact="", is_handed_on=is_handed_on
    )


def test_neighbors_hear_that_a_source_is_not_handed_on(instance):
    change_row(instance.store, LocationRow, "l", source="partner")
    with instance.store.write() as session:
        save_credit(session, source_row(is_handed_on=True))
    update_ledger(instance)
    with instance.store.write() as session:
        save_credit(session, source_row(is_handed_on=False))
    assert "phone-s-l" not in in_api(instance)
    update_ledger(instance)
    assert update_ledger(instance, everything=True) == LedgerUpdate()


SECRETS = ("0188", "0189", "Ursula Quill")


def add_shared_parts(instance) -> tuple[dict[str, str], str, str]:
    """Add parts of two services at one place to the demo.

    Gives what is to be hidden (kind → id), the neighbor of it, and their organization.
    """
    link, service = ServiceAtLocationRow, ServiceRow
    with instance.store.read() as session:
        at = (
            select(link.location_id, service.id, service.organization_id)
            .join(service, service.id == link.service_id)
            .where(shown_services(Audience.PUBLIC), link.location_id.not_in(
                withheld_location_ids(Audience.PUBLIC)))
            .order_by(link.location_id, service.id)
        )  # fmt: skip
        rows = session.execute(at).all()
    (place, one, agency), (_, other, _) = next(
        (a, b) for a, b in pairwise(rows) if a[0] == b[0] and a[1] != b[1] and a[2] == b[2]
    )
    contact, number = str(uuid4()), {"number": "814-555-0188", "tel": "+18145550188"}
    write_records(
        instance.store,
        Phone(id=str(uuid4()), service_id=one, location_id=place, **number),
        Contact(id=contact, service_id=other, name="Zelda"),
        Phone(id=str(uuid4()), service_id=other, contact_id=contact, number="814-555-0189"),
        Contact(id=str(uuid4()), organization_id=agency, service_id=one, name="Ursula Quill"),
    )
    return {"service": one, "contact": contact}, other, agency


def test_pages_and_answers_lose_parts_with_what_they_name(demo):
    hidden, neighbor, agency = add_shared_parts(demo)
    client = create_app(demo.settings, demo).test_client()

    def said() -> str:
        addresses = (
            f"/services/{neighbor}", f"/services/{neighbor}/print", f"/organizations/{agency}",
            f"/hsds/3.1/services/{neighbor}", f"/hsds/3.1/organizations/{agency}",
        )  # fmt: skip
        return "".join(client.get(each).get_data(as_text=True) for each in addresses)

    assert [each for each in SECRETS if each in said()] == list(SECRETS)
    for kind, key in hidden.items():
        change_row(demo.store, ROWS[kind], key, visibility="staff")
    assert [each for each in SECRETS if each in said()] == []
