"""Review of addresses that are held back: hold all, show the office, take it back."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from referral.app import create_app
from referral.curation.withheld_review import (
    decide_withheld_group,
    list_withheld_groups,
    undo_withheld_decision,
    waiting_groups,
)
from referral.directory.listings import read_service
from referral.errors import NotFoundError, RefusedError
from referral.records.accounts import COMMAND_LINE, Role
from referral.records.edits import Author, MadeBy
from referral.records.hsds import (
    Address,
    Contact,
    Location,
    Organization,
    Phone,
    Service,
    ServiceAtLocation,
)
from referral.records.record_ids import HAND_SOURCE
from referral.records.visibility import Audience, Visibility
from referral.records.withheld import WithheldState
from referral.store.conversion import row_from
from referral.store.rows import AddressRow, LocationRow, PhoneRow
from referral.store.rows_log import ChangeRow
from referral.store.rows_texts import WithheldGroupRow
from referral.store.undo import undo
from tests.support.inspector import soup_of
from tests.support.staff import add_account, post, signed_in_client

STREET = "7319 Quillfeather Lane"
PAGE = "/curation/held-back"


def records(name, *, street=STREET, text="", city="Meadville", **visibility):
    """A service with a place and a phone at the door."""
    at = {"service_id": f"s-{name}", "location_id": f"l-{name}"}
    return [
        Service(id=f"s-{name}", organization_id="o", name=name, description=text),
        Location(id=f"l-{name}", organization_id="o", name="Door", latitude=41.6, longitude=-80.1),
        ServiceAtLocation(id=f"x-{name}", **at),
        Address(id=f"a-{name}", location_id=f"l-{name}", address_1=street, city=city, **visibility),
        Phone(id=f"p-{name}", service_id=f"s-{name}", number="814-555-0101", tel="+18145550101"),
    ]


def add(instance, *found, author=None):
    with instance.store.write(author) as session:
        session.add_all(map(row_from, found))
    instance.index.sync()


@pytest.fixture
def house(instance):
    """Give a directory with a private house, an office at its door, and a hotline that names it."""
    add(instance, Organization(id="o", name="Alder Group"))
    add(instance, *records("House", visibility=Visibility.WITHHELD))
    add(instance, *records("Office", street="7319 QUILLFEATHER LN #2"))
    add(instance, *records("Hotline", street="1 Elm St", text=f"Come to {STREET}. Ask for Kim."))
    return instance


def seen(instance, name, audience=Audience.PUBLIC):
    """The streets that a service shows, and its description."""
    page = read_service(instance, f"s-{name}", audience)
    return [site.address.address_1 for site in page.sites if site.address], page.service.description


def waiting(instance):
    (group,) = list_withheld_groups(instance, decided=False)
    return group


def test_a_group_waits_with_all_that_have_the_address(house):
    group = waiting(house)
    assert waiting_groups(house).count == 1
    assert [(each.id, each.is_withheld) for each in group.records] == [
        ("l-House", True), ("l-Office", False),
    ]  # fmt: skip
    assert seen(house, "House") == seen(house, "Office") == ([], "")
    assert seen(house, "Hotline") == (["1 Elm St"], "Come to (address not shown). Ask for Kim.")
    assert seen(house, "Hotline", Audience.CURATION)[1] == f"Come to {STREET}. Ask for Kim."
    assert read_service(house, "s-Office", Audience.PUBLIC).phone


def test_a_page_in_memory_loses_a_street_that_is_withheld_elsewhere(instance):
    add(instance, Organization(id="o", name="Alder Group"), *records("Office"))
    assert seen(instance, "Office")[0] == [STREET]
    add(instance, *records("House", visibility=Visibility.WITHHELD))
    assert seen(instance, "Office")[0] == []


def test_an_address_that_no_other_record_has_does_not_wait(instance):
    add(instance, Organization(id="o", name="Alder Group"))
    add(instance, *records("House", visibility=Visibility.WITHHELD))
    add(instance, *records("Far", city="Titusville"))
    assert list_withheld_groups(instance, decided=False) == ()
    assert seen(instance, "Far") == ([STREET], "")


@pytest.mark.slow
def test_the_office_is_shown_and_the_house_is_not(house):
    decide_withheld_group(house, waiting(house).id, ["l-Office"], COMMAND_LINE)
    assert seen(house, "Office")[0] == ["7319 QUILLFEATHER LN #2"]
    assert seen(house, "House")[0] == []
    assert "(address not shown)" in seen(house, "Hotline")[1]
    assert waiting_groups(house).count == 0
    add(house, *records("Later"))
    assert seen(house, "Later")[0] == []
    assert waiting_groups(house).count == 1, "what comes later is decided of again"


@pytest.mark.slow
def test_what_is_held_back_everywhere_stays_so(house):
    decide_withheld_group(house, waiting(house).id, [], COMMAND_LINE)
    add(house, *records("Later"))
    assert seen(house, "Later")[0] == []
    assert waiting_groups(house).count == 0
    (decided,) = list_withheld_groups(house, decided=True)
    assert decided.state is WithheldState.WITHHELD
    assert {each.id for each in decided.records} == {"l-House", "l-Office", "l-Later"}


@pytest.mark.slow
def test_the_private_record_itself_can_be_shown_and_all_be_taken_back(house):
    group = waiting(house)
    decide_withheld_group(house, group.id, ["l-House", "l-Office"], COMMAND_LINE)
    assert seen(house, "House")[0] == [STREET]
    undo_withheld_decision(house, group.id, COMMAND_LINE)
    assert seen(house, "House")[0] == seen(house, "Office")[0] == []
    by_hand = replace(group, asked_by=(HAND_SOURCE,))  # a person made it private again
    assert waiting(house) == by_hand
    undo_withheld_decision(house, group.id, COMMAND_LINE)
    assert waiting(house) == by_hand


def test_a_decision_on_what_changed_meanwhile_is_refused(house):
    with pytest.raises(RefusedError):
        decide_withheld_group(house, waiting(house).id, ["l-Hotline"], COMMAND_LINE)
    with pytest.raises(NotFoundError):
        decide_withheld_group(house, "nobody", [], COMMAND_LINE)
    assert seen(house, "Hotline")[0] == ["1 Elm St"]


def test_an_undone_import_holds_nothing_back(instance):
    add(instance, Organization(id="o", name="Alder Group"), *records("Office"))
    author = Author(made_by=MadeBy.IMPORT, group_id="batch")
    add(instance, *records("House", visibility=Visibility.WITHHELD), author=author)
    assert seen(instance, "Office")[0] == []
    with instance.store.write(Author(made_by=MadeBy.UNDO)) as session:
        undo(session, "batch", lambda *_: None)
    assert seen(instance, "Office")[0] == [STREET]


@pytest.mark.slow
def test_a_number_private_at_one_record_is_private_at_all(house):
    add(house, Phone(id="q", service_id="s-House", number="(814) 555-0101", tel="+18145550101",
                     visibility=Visibility.STAFF))  # fmt: skip
    add(house, Service(id="s-Text", organization_id="o", name="Text", description="814-555-0101"))
    assert seen(house, "Text")[1] == "(number not shown)"
    assert read_service(house, "s-Office", Audience.PUBLIC).phones == ()
    assert read_service(house, "s-Office", Audience.STAFF).phones
    group = next(g for g in list_withheld_groups(house, decided=False) if g.kind == "phone")
    decide_withheld_group(house, group.id, ["p-Office"], COMMAND_LINE)
    assert [phone.id for phone in read_service(house, "s-Office", Audience.PUBLIC).phones] == [
        "p-Office"
    ]
    assert read_service(house, "s-Hotline", Audience.PUBLIC).phones == ()
    assert seen(house, "Text")[1] == "814-555-0101", "what is shown somewhere is no secret in texts"


@pytest.mark.slow
def test_every_way_of_writing_holds_back(house):
    """A record edited by hand, retired, brought back, and published again."""
    decide_withheld_group(house, waiting(house).id, [], COMMAND_LINE)
    with house.store.write() as session:
        session.get_one(AddressRow, "a-Hotline").address_1 = "7319 Quillfeather"
    assert seen(house, "Hotline")[0] == []
    with house.store.write() as session:
        session.get_one(AddressRow, "a-House").visibility = "public"
        session.get_one(LocationRow, "l-House").visibility = "public"
    assert seen(house, "House")[0] == []
    with house.store.write() as session:
        session.get_one(PhoneRow, "p-Hotline").description = f"Bell at {STREET}"
    assert read_service(house, "s-Hotline", Audience.PUBLIC).phone.description == (
        "Bell at (address not shown)"
    )


def test_what_a_person_publishes_is_shown_and_the_others_wait(house):
    with house.store.write(Author(made_by=MadeBy.HAND)) as session:
        session.get_one(AddressRow, "a-House").visibility = "public"
    assert seen(house, "House")[0] == [STREET]
    assert seen(house, "Office")[0] == []
    assert [each.is_shown for each in waiting(house).records if each.id == "l-House"] == [True]


def test_the_page_says_which_records_are_hidden_and_why(house):
    """Of an extension for staff only those that have it; a withheld number, whoever has it."""
    first, second = ({"number": f"814-555-012{n}", "tel": f"+1814555012{n}"} for n in (1, 2))
    at_door = {"service_at_location_id": "x-Office"}
    add(
        house,
        Contact(id="c", service_id="s-Office", name="Kim"),
        Phone(id="staff", service_id="s-Hotline", extension="9", visibility=Visibility.STAFF, **first),
        Phone(id="main", service_id="s-Office", **first),
        Phone(id="desk", service_id="s-Office", extension="8", **first),
        Phone(id="night", contact_id="c", extension="9", **first),
        Phone(id="withheld", service_id="s-House", extension="9",
              visibility=Visibility.WITHHELD, **second),
        Phone(id="door", extension="7", **at_door, **second),
    )  # fmt: skip
    add_account(house, [Role.ADMIN, Role.CURATION])
    page = soup_of(signed_in_client(create_app(house.settings, house)).get(PAGE))
    lines = {line.input["value"]: line for line in page.select("main li")}
    assert lines.keys() == {"l-House", "l-Office", "staff", "night", "withheld", "door"}
    for key, reason in {
        "l-Office": "Street hidden: this address is private.",
        "night": "Phone hidden: this number with this extension is private.",
        "door": "Phone hidden: this number is private.",
    }.items():
        assert reason in lines[key].get_text()
        owner = "location/l-Office" if key == "l-Office" else "service/s-Office"
        assert lines[key].a["href"].endswith(owner)
    assert not any("hidden" in lines[key].get_text() for key in ("l-House", "staff", "withheld"))
    shown = {phone.id for phone in read_service(house, "s-Office", Audience.PUBLIC).phones}
    assert shown == {"main", "desk", "p-Office"}


@pytest.mark.slow
def test_the_whole_work_on_the_page(house, caplog):
    add_account(house, [Role.ADMIN, Role.CURATION])
    staff = signed_in_client(create_app(house.settings, house))
    answer = staff.get(PAGE)
    assert answer.status_code == 200, answer.text[:3000]
    soup = soup_of(answer)
    assert "7319" in soup.select_one("main h2").get_text()
    address = soup.select_one("main form")["action"]
    assert "ick the records" in staff.get(post(staff, address, PAGE, do="show").location).text
    answer = post(staff, address, PAGE, do="show", shown="l-Office")
    assert "Saved" in staff.get(answer.location).text
    assert seen(house, "Office")[0]
    decided = soup_of(staff.get(f"{PAGE}/decided"))
    assert [mark.get_text(strip=True) for mark in decided.select("main .mark")] == [
        "private",
        "shown",
    ]
    post(staff, decided.select_one("main form")["action"], f"{PAGE}/decided")
    assert seen(house, "Office")[0] == []
    assert "took back a decision" in staff.get("/admin/audit-log").text
    assert "uillfeather" not in caplog.text
    with house.store.read() as session:
        group = session.scalars(select(WithheldGroupRow.id)).all()
        assert {each.record_id for each in session.scalars(select(ChangeRow))} >= set(group)
