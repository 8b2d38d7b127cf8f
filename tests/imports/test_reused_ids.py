"""A list that comes again with other ids keeps what people here did, or waits for a person."""

import csv

import pytest
from sqlalchemy import select

from referral.directory.listings import read_service
from referral.errors import RefusedError
from referral.imports.apply import apply_import
from referral.imports.prepare import prepare_import
from referral.imports.reused_ids import take_stored_ids
from referral.imports.seed_lists import load_base
from referral.records.edits import Author, MadeBy
from referral.records.headings import OWN_TAXONOMY
from referral.records.hsds import Service
from referral.records.kinds import KINDS, Origin, SourcedRecord
from referral.records.record_ids import HAND_SOURCE
from referral.records.visibility import Audience
from referral.store.conversion import ROWS
from referral.store.rows import (
    AddressRow,
    AttributeRow,
    LocationRow,
    OrganizationRow,
    PhoneRow,
    ServiceRow,
    TaxonomyTermRow,
)
from referral.store.topic_suggestions import TopicSuggestionRow
from referral.topic_suggestions.topic_links import link_topics
from tests.imports.test_pages import press_and_work, send
from tests.support.databases import database_filled
from tests.support.imported import import_list
from tests.support.inspector import inspecting
from tests.support.provider_lists import write_csv, write_hsds, zipped
from tests.support.staff import add_account, signed_in_client
from tests.support.walk import walk

directory_url = database_filled(load_base)
HAND = {"made_by": MadeBy.HAND, "account_id": "a1"}
# organization, service, what it does, phone, street
PANTRY = ("Hope", "Food pantry", "Bags of food.", "814-555-0101", "1 Elm St")
CLINIC = ("Care", "Free clinic", "A doctor sees you.", "814-555-0102", "22 Hidden Ln")
NORTH = ("Shelf", "Soup kitchen", "Hot soup at noon.", "814-555-0103", "3 North St")
SOUTH = ("Shelf", "Soup kitchen", "Hot soup at noon.", "814-555-0103", "4 South St")
DESK = ("Desk", "Legal help", "Advice on rent.", "814-555-0105", "5 Main St")
LISTED = (SOUTH, PANTRY, CLINIC, NORTH, DESK)


def hsds(path, rows, mark=""):
    """Write an HSDS list; ``mark`` gives all records other ids."""
    agencies = {row[0]: f"{mark}o-{row[0]}" for row in rows}
    numbered = [(f"{mark}{number}", *row) for number, row in enumerate(rows)]
    write_hsds(
        path,
        organizations=[
            {"id": key, "name": name, "description": "We help.", "website": ""}
            for name, key in agencies.items()
        ],
        services=[
            {"id": f"s{n}", "organization_id": agencies[org], "name": name, "description": text}
            for n, org, name, text, *_ in numbered
        ],
        locations=[
            {"id": f"l{n}", "organization_id": agencies[org], "name": street, "location_type": ""}
            for n, org, *_, street in numbered
        ],
        service_at_location=[
            {"id": f"a{n}", "service_id": f"s{n}", "location_id": f"l{n}"} for n, *_ in numbered
        ],
        addresses=[
            {
                "id": f"d{n}", "location_id": f"l{n}", "address_1": street, "city": "Meadville",
                "state_province": "PA", "postal_code": "16335", "country": "US",
                "address_type": "physical",
            }
            for n, *_, street in numbered
        ],
        phones=[
            {"id": f"p{n}", "service_id": f"s{n}", "number": phone, "type": "voice"}
            for n, *_, phone, _ in numbered
        ],
    )  # fmt: skip
    return path


def sheet(path, rows):
    """Write a spreadsheet with columns of its own and no ids."""
    path.mkdir(exist_ok=True)
    cells = [
        {
            "Agency": org, "Program": name, "About": text, "Telephone": phone,
            "Street address": street, "Town": "Meadville", "ZIP": "16335",
        }
        for org, name, text, phone, street in reversed(rows)
    ]  # fmt: skip
    write_csv(path / "list.csv", *cells)
    return path / "list.csv"


def icarol(path, rows):
    """Write an iCarol export."""
    lines = []
    for number, (org, name, text, phone, street) in enumerate(rows):
        place = {
            "PhysicalAddress1": street, "PhysicalCity": "Meadville",
            "PhysicalStateProvince": "PA", "PhysicalPostalCode": "16335",
            "PhysicalAddressIsPrivate": "No",
        }  # fmt: skip
        agency = str(100 + [row[0] for row in rows].index(org))
        level = {"AgencyStatus": "Active", "ParentAgencyNum": agency}
        if agency == str(100 + number):
            lines.append(
                {"ResourceAgencyNum": agency, "TaxonomyLevelName": "Agency", "PublicName": org,
                 **level, "ParentAgencyNum": "0"}
            )  # fmt: skip
        lines.append(
            {"ResourceAgencyNum": str(200 + number), "TaxonomyLevelName": "Program",
             "PublicName": name, "AgencyDescription": text, "Phone1Number": phone,
             "Phone1Name": "Main", **level, **place}
        )  # fmt: skip
    path.mkdir(exist_ok=True)
    headers = list(dict.fromkeys(header for line in lines for header in line))
    with (path / "icarol.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, headers, restval="")
        writer.writeheader()
        writer.writerows(lines)
    return path / "icarol.csv"


def one(session, row, **wanted):
    conditions = [getattr(row, name) == value for name, value in wanted.items()]
    return session.scalars(select(row).where(row.source == "list", *conditions)).one()


def present(instance, *kinds):
    """The ids of what the list has, by kind."""
    with instance.store.read() as session:
        return {
            kind: set(
                session.scalars(
                    select(ROWS[kind].id).where(
                        ROWS[kind].source == "list", ROWS[kind].retired_at.is_(None)
                    )
                )
            )
            for kind in kinds or ("organization", "service", "location", "phone", "address")
        }


@pytest.fixture
def bring(instance, tmp_path):
    """Import a list that a function writes; no doubt is confirmed but those given."""
    count = 0

    def bring(write, rows=LISTED, *more, confirmed=()):
        nonlocal count
        count += 1
        path = write(tmp_path / f"list{count}", rows, *more)
        return import_list(instance, path, "list", confirmed=confirmed)

    return bring


@pytest.fixture
def edited(instance, bring):
    """Import the list and edit it as staff do; the ids of the clinic and of a topic of ours."""

    def edited(write):
        bring(write, LISTED[1:])
        with instance.store.write(Author(**HAND)) as session:
            pantry = one(session, ServiceRow, name="Food pantry")
            pantry.name, pantry.description = "Hope Food Pantry", "Two bags each week."
            one(session, PhoneRow, number="814-555-0101").number = "814-555-0199"
            hidden = one(session, AddressRow, address_1="22 Hidden Ln").location_id
            session.get_one(LocationRow, hidden).visibility = "withheld"
            one(session, PhoneRow, number="814-555-0105").visibility = "withheld"
            one(session, OrganizationRow, name="Desk").website = "https://desk.example.org"
            clinic = one(session, ServiceRow, name="Free clinic").id
            topics = select(TaxonomyTermRow.id).where(TaxonomyTermRow.taxonomy == OWN_TAXONOMY)
            topic, refused = session.scalars(topics.order_by(TaxonomyTermRow.id).limit(2))
            session.add(
                TopicSuggestionRow(
                    service_id=pantry.id, source="list", source_key=pantry.source_key,
                    term_id=refused, score=1, confidence=1, place="name", made_by="1",
                    state="refused",
                )
            )  # fmt: skip
            link_topics(session, [(clinic, topic)], HAND_SOURCE)
        instance.index.sync()
        return clinic, topic

    return edited


def fresh(path, rows):
    return hsds(path, tuple(reversed(rows)), "new-")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "then"),
    [(hsds, fresh), (hsds, sheet), (icarol, sheet), (sheet, icarol), (icarol, fresh)],
)
def test_what_people_here_did_stays(app, instance, bring, edited, first, then):
    clinic, topic = edited(first)
    before = present(instance)
    report = bring(then, LISTED[1:])
    assert {kind: report.plan.counts[kind].gone for kind in ("service", "organization")} == {
        "service": 0, "organization": 0,
    }  # fmt: skip
    assert present(instance) == before
    with instance.store.read() as session:
        pantry = one(session, ServiceRow, name="Hope Food Pantry")
        assert pantry.description == "Two bags each week."
        assert one(session, PhoneRow, service_id=pantry.id).number == "814-555-0199"
        assert one(session, PhoneRow, number="814-555-0105").visibility == "withheld"
        assert one(session, OrganizationRow, name="Desk").website == "https://desk.example.org"
        place = one(session, AddressRow, address_1="22 Hidden Ln").location_id
        assert session.get_one(LocationRow, place).visibility == "withheld"
        given = select(AttributeRow.taxonomy_term_id).where(AttributeRow.link_id == clinic)
        assert topic in session.scalars(given).all()
        refused = session.scalars(select(TopicSuggestionRow)).one()
        assert refused.source_key == pantry.source_key
    client = inspecting(app, "22 Hidden", "Hidden Ln", "555-0105")
    found = [walk(client, path).pages for path in ("/search?q=clinic", f"/services/{clinic}")]
    assert min(map(len, found)) > 5
    assert read_service(instance, clinic, Audience.PUBLIC).place_withheld


def test_a_list_with_few_of_the_services_waits_for_a_person(instance, bring):
    bring(hsds)
    before = present(instance)
    others = tuple((f"Org {n}", f"Help {n}", "Else.", f"814-555-02{n:02}", f"{n} Oak St")
                   for n in range(1, 4))  # fmt: skip
    with pytest.raises(RefusedError, match="We found 2 of our 5 services again"):
        bring(hsds, (PANTRY, DESK, *others), "new-")
    assert present(instance) == before
    bring(hsds, (PANTRY, DESK, *others), "new-", confirmed=["other-ids"])
    after = present(instance)["service"]
    assert (len(after), len(after & before["service"])) == (5, 2)


def test_four_of_five_services_are_enough(instance, bring):
    bring(hsds)
    before = present(instance)["service"]
    report = bring(hsds, LISTED[:-1], "new-")
    assert report.doubt_codes == ()
    assert len(present(instance)["service"] & before) == 4


@pytest.mark.slow
def test_the_page_says_what_happened_and_what_to_do(app, instance, bring, tmp_path):
    bring(hsds)
    add_account(instance)
    admin = signed_in_client(app)
    few = zipped(hsds(tmp_path / "few", (PANTRY, NORTH, NORTH, SOUTH), "new-"))
    page = send(admin, instance, few, source="list")
    text = admin.get(page).text
    assert "We found 2 of our 5 services again." in text
    assert "Services in the list that may be one of several of ours count as new: 2." in text
    assert "Encontramos 2 de nuestros 5 servicios." in admin.get(f"{page}?lang=es").text
    assert "Applied. Searches" not in press_and_work(admin, instance, page, "apply")
    assert len(present(instance)["service"]) == 5
    press_and_work(admin, instance, page, "apply", confirmed="other-ids")
    assert len(present(instance)["service"]) == 4


def test_branches_with_one_name_and_phone_are_not_mixed_up(instance, bring):
    bring(hsds)
    with instance.store.read() as session:
        north = one(session, AddressRow, address_1="3 North St").location_id
    before = present(instance)["service"]
    west = (*SOUTH[:4], "9 West St")
    bring(hsds, (DESK, west, CLINIC, PANTRY, NORTH), "new-")
    with instance.store.read() as session:
        assert one(session, AddressRow, address_1="3 North St").location_id == north
        moved = session.get_one(
            LocationRow, one(session, AddressRow, address_1="9 West St").location_id
        )
        assert moved.id not in before
    assert len(present(instance)["service"] & before) == 4


def test_a_service_that_could_be_two_is_new(instance, bring):
    bring(hsds, (PANTRY, CLINIC, DESK, NORTH, NORTH))
    before = present(instance)["service"]
    with pytest.raises(RefusedError, match="one of several of ours count as new: 2"):
        bring(hsds, (PANTRY, CLINIC, DESK, NORTH, NORTH), "new-")
    bring(hsds, (PANTRY, CLINIC, DESK, NORTH, NORTH), "new-", confirmed=["other-ids"])
    assert len(present(instance)["service"] & before) == 3


@pytest.mark.both_databases
def test_the_next_list_is_known_by_its_new_ids(instance, bring):
    bring(hsds)
    before = present(instance)
    bring(hsds, LISTED, "new-")
    moved = [
        (*row[:3], "814-555-0777", f"{number} Elsewhere Ave") for number, row in enumerate(LISTED)
    ]
    renamed = (*moved[:3], *((org, f"{name} II", *rest) for org, name, *rest in moved[3:]))
    report = bring(hsds, renamed, "new-")
    assert report.doubt_codes == ()
    assert report.plan.counts["service"].changed == 2
    assert present(instance) == before


@pytest.mark.parametrize("count", [5, 4])
def test_numbers_that_a_list_reuses_mix_nothing_up(instance, bring, count):
    bring(hsds)
    with instance.store.write(Author(**HAND)) as session:
        place = one(session, AddressRow, address_1="22 Hidden Ln").location_id
        session.get_one(LocationRow, place).visibility = "withheld"
    before = named(instance)
    bring(hsds, (DESK, *LISTED[: count - 1]))
    bank = ("Bank", "Rent help", "Money for rent.", "814-555-0109", "9 Bank St")
    bring(hsds, (bank, DESK, *LISTED[: count - 1]))
    after = named(instance)
    assert {name: key for name, key in after.items() if name in before and name != "Rent help"} == {
        name: key for name, key in before.items() if name in after
    }
    with instance.store.read() as session:
        hidden = select(LocationRow.id).where(LocationRow.visibility == "withheld")
        assert session.scalars(hidden).all() == [place]
        assert one(session, AddressRow, address_1="22 Hidden Ln").location_id == place
    again = bring(hsds, (bank, DESK, *LISTED[: count - 1]))
    assert not again.plan.changes
    assert named(instance) == after


def named(instance):
    """The ids of the services and streets of the list, by name."""
    with instance.store.read() as session:
        found = {}
        for row in (ServiceRow, AddressRow):
            present = select(row).where(row.source == "list", row.retired_at.is_(None))
            for each in session.scalars(present):
                name = each.address_1 if row is AddressRow else each.name
                if name != "Soup kitchen":
                    found[name] = each.id
        return found


def test_what_was_removed_here_stays_removed(instance, bring):
    bring(hsds)
    with instance.store.write(Author(**HAND)) as session:
        one(session, ServiceRow, name="Legal help").retired_at = instance.now()
    before = present(instance)["service"]
    bring(hsds, LISTED, "new-")
    assert present(instance)["service"] == before


def test_a_list_with_its_ids_is_taken_as_it_is(instance, bring, tmp_path):
    bring(hsds)
    items = [
        SourcedRecord(record, Origin(source="list", key="k"))
        for kind in KINDS
        for record in stored_records(instance, kind)
    ]
    new = Service(id="6c1c9ff2-34f5-4d4e-8f2e-2b7c0a0f3c11", organization_id="", name="Legal help")
    items.append(SourcedRecord(new, Origin(source="list", key="k")))
    before = list(items)
    with instance.store.read() as session:
        assert take_stored_ids(session, "list", items) is None
    assert items == before


def stored_records(instance, kind):
    from referral.store.conversion import record_of_kind

    with instance.store.read() as session:
        table = ROWS[kind].__table__
        rows = session.execute(select(table).where(table.c.source == "list")).all()
        return [record_of_kind(kind, row) for row in rows]


def test_lists_of_others_keep_their_ids(instance, bring, tmp_path):
    bring(hsds)
    other = hsds(tmp_path / "other", LISTED, "new-")
    prepared = prepare_import(instance, other, source="another list")
    assert prepared.report.plan.counts["service"].new == 5
    apply_import(instance, prepared)
