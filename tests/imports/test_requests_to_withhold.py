"""Every list can withhold: the strictest visibility of all lists holds, by id as by address."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from referral.app.job_kinds import do_work
from referral.curation.withheld_review import (
    list_withheld_groups,
    list_withholding_requests,
    waiting_groups,
)
from referral.directory.listings import read_service
from referral.imports.absences import ListScope
from referral.imports.batches import undo_batch
from referral.imports.hidden_for_others import (
    hidden_streets_of,
    take_unreported,
    waiting_hidden,
)
from referral.imports.plan import plan_import
from referral.imports.protection import protect_by_list
from referral.imports.records import ChangeAction, SourceRules
from referral.imports.stored_records import StoredRecords
from referral.records.accounts import Role
from referral.records.edits import Author, MadeBy
from referral.records.hsds import Address, Location, Organization, Phone, Service
from referral.records.hsds import ServiceAtLocation as Link
from referral.records.kinds import Origin, SourcedRecord
from referral.records.visibility import Audience, Visibility
from referral.store.rows import LocationRow, PhoneRow
from referral.store.rows_log import ImportBatchRow, RecordMergeRow
from referral.store.rows_texts import WithheldGroupRow
from tests.support.imported import import_list
from tests.support.provider_lists import write_hsds
from tests.support.rows import change_row, write_records
from tests.support.staff import add_account, post, signed_in_client

ORG, SERVICE, PLACE, LINK, STREET, PHONE = (
    f"00000000-0000-4000-8000-00000000000{n}" for n in range(1, 7)
)
FILES = {
    "organizations": [{"id": ORG, "name": "Table", "description": "Help.", "website": ""}],
    "services": [{"id": SERVICE, "organization_id": ORG, "name": "House", "status": "active"}],
    "locations": [{"id": PLACE, "organization_id": ORG, "name": "Hall", "visibility": "public"}],
    "service_at_location": [{"id": LINK, "service_id": SERVICE, "location_id": PLACE}],
    "addresses": [{"id": STREET, "location_id": PLACE, "address_1": "7319 Quillfeather Lane",
                   "city": "Meadville", "state_province": "PA", "postal_code": "16335",
                   "country": "US", "address_type": "physical"}],
    "phones": [{"id": PHONE, "service_id": SERVICE, "number": "814-555-0165", "type": "voice"}],
}  # fmt: skip
PRIVATE = {"locations": [{**FILES["locations"][0], "visibility": "withheld"}]}
WITHOUT_PHONE = {"phones": []}


def bring_in(instance, folder, source, **changes):
    files = {name: rows for name, rows in {**FILES, **changes}.items() if rows}
    return import_list(instance, write_hsds(folder, **files), source=source)


@pytest.fixture
def listed(instance, tmp_path):
    """Give a directory with the list of a county, all of which is public."""
    bring_in(instance, tmp_path / "county", "county")
    return instance


def streets(instance):
    page = read_service(instance, SERVICE, Audience.PUBLIC)
    return [view.address.address_1 for view in page.sites if view.address]


def asked(instance):
    return [(each.kind, each.leader, each.source, bool(each.ended_at))
            for each in list_withholding_requests(instance)]  # fmt: skip


@pytest.mark.both_databases
def test_a_list_withholds_what_another_publishes_under_the_same_id(listed, tmp_path):
    assert streets(listed) == ["7319 Quillfeather Lane"]
    bring_in(listed, tmp_path / "partner", "partner", **PRIVATE)
    assert streets(listed) == []
    assert asked(listed) == [("location", "county", "partner", False)]
    with listed.store.read() as session:
        place = session.get_one(LocationRow, PLACE)
        assert (place.visibility, place.source) == ("withheld", "county")
        (group,) = session.scalars(select(WithheldGroupRow))
        assert group.asked_by == "partner"


def test_the_list_that_leads_does_not_publish_it_again(listed, tmp_path):
    bring_in(listed, tmp_path / "partner", "partner", **PRIVATE)
    bring_in(listed, tmp_path / "again", "county")
    assert streets(listed) == []


def test_a_followed_list_is_obeyed_at_once(listed, tmp_path):
    listed.index.sync()
    folder = write_hsds(tmp_path / "partner", **{**FILES, **PRIVATE})
    protect_by_list(listed, folder, ListScope(), source="partner", format="hsds-3")
    assert streets(listed) == []
    assert listed.index.status().lag == 0, "nobody finds it by its street any more"
    assert asked(listed) == [("location", "county", "partner", False)]


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        (Organization(id="o", name="Table"), "organization"),
        (Service(id="s", organization_id="o", name="House"), "service"),
        (Location(id="l", organization_id="o", name="Hall"), "location"),
        (Address(id="a", location_id="l", address_1="12 Elm St"), "address"),
        (Link(id="x", service_id="s", location_id="l"), "service_at_location"),
        (Phone(id="p", service_id="s", number="814-555-0165"), "phone"),
    ],
)
@pytest.mark.parametrize("how", [Visibility.STAFF, Visibility.WITHHELD])
def test_records_of_each_kind_are_withheld(store, record, kind, how):
    write_records(store, Organization(id="o", name="Table"))
    write_records(store, Service(id="s", organization_id="o", name="House"))
    write_records(store, Location(id="l", organization_id="o", name="Hall"), record)
    item = SourcedRecord(replace(record, visibility=how), Origin(source="partner", key=""))
    with store.read() as session:
        stored = StoredRecords(session, "partner")
        (change,) = plan_import([item], stored, frozenset(), SourceRules(name="partner")).changes
    assert (change.action, change.asked_by) == (ChangeAction.CHANGED, "partner")
    assert change.fields == {"visibility": (Visibility.PUBLIC, how)}


def test_where_the_list_asks_no_more_a_person_decides(listed, app, tmp_path):
    bring_in(listed, tmp_path / "partner", "partner", **PRIVATE)
    before = waiting_groups(listed).count
    bring_in(listed, tmp_path / "public", "partner")
    assert asked(listed) == [("location", "county", "partner", True)]
    assert streets(listed) == []
    assert waiting_groups(listed).count == before + 1
    first = list_withholding_requests(listed)
    bring_in(listed, tmp_path / "again", "partner")
    assert list_withholding_requests(listed) == first, "it waits since the list first asked no more"
    add_account(listed, [Role.CURATION])
    curator = signed_in_client(app)
    page = curator.get("/curation/held-back").get_data(as_text=True)
    assert "That list does not ask for it any more." in page
    post(curator, f"/curation/held-back/location/{PLACE}", "/curation/held-back", do="show")
    assert asked(listed) == []
    assert streets(listed) == ["7319 Quillfeather Lane"]


def test_what_it_asks_again_is_asked(listed, tmp_path):
    for folder, changes in (("one", PRIVATE), ("two", {}), ("three", PRIVATE)):
        bring_in(listed, tmp_path / folder, "partner", **changes)
    assert asked(listed) == [("location", "county", "partner", False)]


def test_who_asked_is_kept_when_the_record_is_gone(listed, tmp_path):
    bring_in(listed, tmp_path / "partner", "partner", **PRIVATE)
    with listed.store.write() as session:
        session.get_one(LocationRow, PLACE).retired_at = listed.now()
    with listed.store.read() as session:
        (group,) = session.scalars(select(WithheldGroupRow))
        assert group.asked_by == "partner"


def test_undo_takes_it_back(listed, tmp_path):
    bring_in(listed, tmp_path / "partner", "partner", **PRIVATE)
    with listed.store.read() as session:
        batch_id = session.scalars(
            select(ImportBatchRow.id).where(ImportBatchRow.source == "partner")
        ).one()
    undo_batch(listed, batch_id)
    do_work(listed, "w")
    assert streets(listed) == ["7319 Quillfeather Lane"]
    assert asked(listed) == []


def test_a_merge_takes_the_request_along(listed, tmp_path):
    other = "00000000-0000-4000-8000-0000000000ff"
    survivor = Location(id=other, organization_id=ORG, name="Hall")
    write_records(listed.store, survivor, source="erie")
    with listed.store.write() as session:
        session.add(RecordMergeRow(group_id="m", kind="location", loser_id=PLACE,
                                   survivor_id=other, merged_at=listed.now()))  # fmt: skip
        session.get_one(LocationRow, PLACE).retired_at = listed.now()
    bring_in(listed, tmp_path / "partner", "partner", **PRIVATE)
    (request,) = list_withholding_requests(listed)
    assert (request.record_id, request.leader, request.source) == (other, "erie", "partner")


def at_same_street(listed, count):
    """Give places of another list at that street, each with a service."""
    for n in range(count):
        write_records(
            listed.store,
            Service(id=f"s{n}", organization_id=ORG, name=f"Office {n}", status="active"),
            Location(id=f"l{n}", organization_id=ORG, name="Office"),
            Address(id=f"a{n}", location_id=f"l{n}", address_1="7319 Quillfeather Ln",
                    city="Meadville", postal_code="16335", address_type="physical"),
            Link(id=f"x{n}", service_id=f"s{n}", location_id=f"l{n}"),
            source="erie",
        )  # fmt: skip


@pytest.mark.parametrize(("count", "told"), [(4, 0), (6, 7)])
def test_staff_learn_for_whom_a_street_is_hidden(listed, admin, tmp_path, count, told):
    at_same_street(listed, count)
    bring_in(listed, tmp_path / "partner", "partner", **PRIVATE)
    (street,) = hidden_streets_of(listed, "s0")
    assert street.asked_by == ("partner",)
    assert waiting_hidden(listed).count == count + 1, "and what it withholds itself"
    assert "hidden for another list" in admin.get("/staff").get_data(as_text=True)
    assert (take_unreported(listed), take_unreported(listed)) == (told, 0)


def test_the_desk_sees_on_a_listing_for_whom_its_street_is_hidden(listed, app, tmp_path):
    service, place, street, link = (f"00000000-0000-4000-8000-0000000000a{n}" for n in range(4))
    write_records(
        listed.store,
        Service(id=service, organization_id=ORG, name="Office", status="active"),
        Location(id=place, organization_id=ORG, name="Office"),
        Address(id=street, location_id=place, address_1="7319 Quillfeather Ln",
                city="Meadville", postal_code="16335", address_type="physical"),
        Link(id=link, service_id=service, location_id=place),
        source="erie",
    )  # fmt: skip
    bring_in(listed, tmp_path / "partner", "partner", **PRIVATE)
    add_account(listed, [Role.DESK])
    at_desk = signed_in_client(app).get(f"/services/{service}").get_data(as_text=True)
    assert "Its street is hidden since" in at_desk
    assert "Asked for by: partner" in " ".join(at_desk.split())
    assert "7319" not in at_desk
    patron = app.test_client().get(f"/services/{service}").get_data(as_text=True)
    assert "Its street is hidden since" not in patron


def test_what_a_person_withholds_is_said_to_be_theirs(listed):
    change_row(listed.store, PhoneRow, PHONE, Author(made_by=MadeBy.HAND), visibility="withheld")
    with listed.store.read() as session:
        (group,) = session.scalars(select(WithheldGroupRow))
        assert group.asked_by == "by hand"
    assert list_withheld_groups(listed, decided=False) == ()
