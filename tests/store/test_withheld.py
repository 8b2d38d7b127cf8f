"""What is held back: the numbers and streets found in texts, and the places that are not shown."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from referral.fields.text import clean_text
from referral.records.classification import Translation
from referral.records.hsds import (
    Address,
    Location,
    Organization,
    Phone,
    Record,
    Schedule,
    Service,
    ServiceAtLocation,
    ServiceCapacity,
    Url,
)
from referral.records.listing import Listing, ListingSite
from referral.records.visibility import Audience, Visibility
from referral.store import Store
from referral.store.conversion import record_from, row_from
from referral.store.listings import load_listings
from referral.store.rows import AddressRow, LocationRow
from referral.store.rows_log import StoreStateRow
from referral.store.rows_texts import WithheldGroupRow, WithheldHashKeyRow, WithheldKeyRow
from referral.store.withheld_groups import update_withheld_groups
from referral.store.withheld_keys import (
    Hasher,
    Scope,
    WithheldKeys,
    digests_of_address,
    digests_of_phone,
    keys_of_address,
    point_key,
    read_withheld_keys,
)
from referral.store.withheld_locations import reveals_withheld_place, withheld_location_ids
from referral.store.withheld_texts import listing_without_streets, without_streets
from tests.support.rows import write_records

WITHHELD = Visibility.WITHHELD
STREET = Address(id="a", location_id="l", address_1="7319 Quillfeather Lane", city="Meadville")
SERVICE = Service(id="s", organization_id="o", name="Alder House")
SPANISH = Translation(
    id="t", link_entity="service", link_id="s", language="es", field="description", text=""
)
NUMBER = Phone(id="p", number="814-555-0165", tel="+18145550165")
HASHER = Hasher("00" * 32)


def keys_of(*records: Record, shown: frozenset[tuple[str, str]] = frozenset()) -> WithheldKeys:
    """Give the keys of addresses and phones; each is of the group that has its id.

    Of a phone for staff only, the number with its extension is held back alone.
    """
    groups: dict[Scope, dict[str, frozenset[str]]] = {}
    for record in records:
        if isinstance(record, Phone):
            is_whole = record.visibility is not Visibility.STAFF
            digests = digests_of_phone(HASHER, record, is_whole=is_whole)
        else:
            digests = digests_of_address(HASHER, record)
        for digest, scope in digests.items():
            of_scope = groups.setdefault(scope, {})
            of_scope[digest] = of_scope.get(digest, frozenset()) | {record.id}
    return WithheldKeys(HASHER, groups, shown)


@pytest.mark.parametrize(
    ("line", "city", "is_held"),
    [
        ("7319 Quillfeather Ln", "Meadville", True),
        ("YWCA 7319 Quillfeather Lane", "Meadville", True),
        ("Rear 7319 Quillfeather Lane", "Meadville", True),
        ("#7319 Quillfeather Lane", "Meadville", True),
        ("Building A 7319 Quillfeather Lane", "Meadville", True),
        ("7317-7321 Quillfeather Lane", "Meadville", True),
        ("7317-21 Quillfeather Lane", "Meadville", True),
        ("Quillfeather Lane 7319", "Meadville", True),
        ("Quillfeather Lane #7319", "Meadville", True),
        ("Calle Quillfeather número 7319", "Meadville", True),
        ("YWCA 7319 Quillfeather Lane", "Pittsburgh", False),
        ("YWCA 7321 Quillfeather Lane", "Meadville", False),
        ("7321-7325 Quillfeather Lane", "Meadville", False),
        ("YWCA 7319 Elm Street", "Meadville", False),
    ],
)
def test_an_address_held_back_is_found_however_it_is_written(line, city, is_held):
    address = replace(STREET, id="b", location_id="m", address_1=line, city=city)
    assert keys_of(STREET).withholds_address(address) is is_held


@pytest.mark.parametrize(
    ("changed", "is_held"),
    [
        ({"city": "", "postal_code": "16335"}, True),
        ({"city": "", "postal_code": "15201"}, False),
        ({"address_1": "Rear house", "address_2": "7319 Quillfeather Lane"}, True),
        ({"address_1": "Rear house", "address_2": "YWCA 7319 Quillfeather Lane"}, True),
    ],
)
def test_an_address_held_back_is_found_by_zip_code_and_in_its_second_line(changed, is_held):
    street, other = replace(STREET, postal_code="16335"), {"id": "b", "location_id": "m"}
    assert keys_of(street).withholds_address(replace(STREET, **other, **changed)) is is_held
    assert (
        keys_of(replace(street, **changed)).withholds_address(replace(street, **other)) is is_held
    )


def test_an_address_held_back_is_found_in_a_sentence_of_its_second_line():
    told = {"address_1": "Alder House", "address_2": "Knock at 7319, the house on Quillfeather"}
    assert keys_of(STREET).withholds_address(replace(STREET, id="b", location_id="m", **told))


def test_an_address_without_a_number_is_held_back_too():
    house = replace(STREET, address_1="Alder House")
    assert keys_of(house).withholds_address(replace(house, id="b", location_id="m"))


@pytest.mark.parametrize("line", ["1905 26", "1903-1905 26"])
def test_an_address_without_the_type_of_its_street_is_held_back_too(line):
    house = replace(STREET, address_1="1905 26")
    assert keys_of(house).withholds_address(replace(house, id="b", location_id="m", address_1=line))


def test_half_a_point_is_none():
    assert point_key(Location(id="l", latitude=None, longitude=-80.1)) == ""
    assert point_key(Location(id="l", latitude=41.7, longitude=None)) == ""


def test_a_street_held_back_is_found_in_a_text_with_its_number_behind():
    keys = keys_of(STREET)
    for text in (
        "Quillfeather Lane 7319",
        "Calle Quillfeather número 7319",
        "7317–7321 Quillfeather",
    ):
        assert keys.names_street(f"Come to {text}, at the park."), text
    assert not keys.names_street("Quillfeather Lane, Suite 7319")


_SPELLINGS = Path(__file__).with_name("street_spellings.jsonl").read_text(encoding="utf-8")
SPELLINGS = [json.loads(line) for line in _SPELLINGS.splitlines()]


@pytest.mark.parametrize("case", SPELLINGS, ids=lambda case: case["text"][:40])
def test_a_street_is_found_in_the_spellings_of_people_and_its_look_alikes_are_not(case):
    """60 spellings and 30 look-alikes, by somebody who had not read the code."""
    held = replace(
        STREET, address_1=case["street"], city=case["city"], postal_code=case["postal_code"]
    )
    assert keys_of(held).names_street(clean_text(case["text"])) is case["is_same"]


@pytest.mark.parametrize(
    ("street", "text", "found"),
    [
        ("4127 Larkspur Ave", "Come to number 4127 on Larkspur Avenue.", "4127 on Larkspur Avenue"),
        ("4127 Larkspur Ave", "41 27 Larkspur", "41 27 Larkspur"),
        ("4127 Larkspur Ave", "forty-one twenty-seven Larkspur", "forty-one twenty-seven Larkspur"),
        ("4127 Larkspur Ave", "cuatro mil ciento veintisiete de Larkspur",
         "cuatro mil ciento veintisiete de Larkspur"),
        ("4127 Larkspur Ave", "4127, at the corner where Larkspur meets 5th",
         "4127, at the corner where Larkspur"),
        ("4127 Larkspur Ave", "on Larkspur Avenue, look for the door marked 4127",
         "Larkspur Avenue, look for the door marked 4127"),
        ("4127 Larkspur Ave", "4127 and 4129 Larkspur", "4127 and 4129 Larkspur"),
        ("4127 Larkspur Ave", "Larkspur Avenue 4127, or Calle Larkspur", "Larkspur Avenue 4127"),
        ("4127 Larkspur Ave", "(Larkspur Ave. (house 4127))", "Larkspur Ave. (house 4127)"),
        ("4127 Larkspur Ave", "We served 4127 families on Larkspur Avenue.", None),
        ("4127 Larkspur Ave", "4127 Harlan Drive, off Larkspur Avenue", None),
        ("4127 Larkspur Ave", "4127 Larkspur Hill Road, 4127 Old Larkspur Road", None),
        ("4127 Larkspur Ave", "Call 937-555-4127, Larkspur Avenue office", None),
        ("4127 Larkspur Ave", "Suite 4127, 12 Larkspur Avenue", None),
        ("4127 Larkspur Ave", "Larkspur raised $4127", None),
        ("1905 W 26th St", "1905 West Twenty-Sixth Street", "1905 West Twenty-Sixth Street"),
        ("1905 W 26th St", "1905 W26th", "1905 W26th"),
        ("1905 W 26th St", "1905 26th Street", "1905 26th Street"),
        ("1905 W 26th St", "Calle 26 Oeste 1905", "Calle 26 Oeste 1905"),
        ("1905 W 26th St", "1905 E 26th", None),
        ("1905 W 26th St", "Calle 26 Este 1905", None),
        ("1905 W 26th St", "in 1905. 26 staff", None),
        ("1905 W 26th St", "Since 1905, the clinic on West 26th Street is free.", None),
        ("318 St. Clair Ave NE", "318 SaintClair", "318 SaintClair"),
        ("318 St. Clair Ave NE", "318 saintclair", "318 saintclair"),
        ("318 St. Clair Ave NE", "318 St. Clair Ave NW", None),
        ("PO Box 1177", "P.O. Box 1177", "P.O. Box 1177"),
        ("26th and Folsom", "At 26th and Folsom", "26th and Folsom"),
        ("N88W16621 Main St", "N88 W16621 Main Street", "88 W16621 Main Street"),
        ("YWCA 12 Park Ave", "12 Park Avenue", "12 Park Avenue"),
        ("12 Park Ave", "Lunch at 12 p.m., Park Avenue. Open 12:30, Park Avenue", None),
        ("12 Park Ave", "Ages 12 and up meet in the church on Park Avenue", None),
        ("1 Main St", "Of two offices, the one on Main Street is closed.", None),
    ],
)  # fmt: skip
def test_number_and_name_are_found_a_few_words_apart(street, text, found):
    keys = keys_of(replace(STREET, address_1=street, city="Erie", postal_code="16508"))
    places = [text[start:end] for start, end in keys.streets_in(text)]
    assert places == ([found] if found else [])


def test_the_same_number_and_name_in_another_direction_is_another_place():
    keys = keys_of(replace(STREET, address_1="1905 W 26th St", city="Erie", postal_code="16508"))
    other = replace(STREET, id="b", location_id="m", city="Erie", postal_code="16508")
    held = [
        line
        for line in ("1905 W 26th", "1905 26th St", "1905 E 26th St", "1905 NW 26th", "1905 W26th")
        if keys.withholds_address(replace(other, address_1=line))
    ]
    assert held == ["1905 W 26th", "1905 26th St", "1905 NW 26th", "1905 W26th"]
    both = {"address_1": "1905 E 26th St", "address_2": "1905 W 26th St"}
    assert keys.withholds_address(replace(other, **both)), "it is at the street held back too"


def test_a_listing_at_another_direction_does_not_show_the_street():
    keys = keys_of(replace(STREET, address_1="1905 W 26th St", city="Erie"))
    east = keys_of_address(
        replace(STREET, address_1="1905 E 26th St", city="Erie")
    ).directed_streets
    assert keys.streets_in("1905 W 26th St", east)
    west = keys_of_address(
        replace(STREET, address_1="1905 West 26th", city="Erie")
    ).directed_streets
    assert not keys.streets_in("1905 W 26th St", west)


@pytest.fixture
def two_at_a_point(sqlite_databases):
    """Give a store with a withheld place, and three public ones, one of them at the same point."""
    store = Store(sqlite_databases.migrated())
    organization = Organization(id="o", name="Shelf", description="We help.")
    point = {"latitude": 41.64321, "longitude": -80.15432, "position_source": "file"}
    hall = Location(id="l1", organization_id="o", name="Hall", location_type="physical", **point)
    with store.write() as session:
        for record in (
            organization,
            replace(hall, visibility=WITHHELD),
            replace(hall, id="l2", name="Office"),
            replace(hall, id="l3", name="Shop", latitude=41.65),
            replace(hall, id="l4", name="Barn", longitude=-80.16),
        ):
            session.add(row_from(record))
    yield store
    store.close()


def held_places(store):
    with store.read() as session:
        keys = read_withheld_keys(session, Audience.PUBLIC)
        places = session.scalars(select(LocationRow).where(LocationRow.id.in_(["l2", "l3", "l4"])))
        return {each.id for each in places if reveals_withheld_place(each, keys)}


def test_the_point_of_a_withheld_place_is_held_back_at_others(two_at_a_point):
    assert held_places(two_at_a_point) == {"l2"}


@pytest.mark.parametrize("change", [{"position_source": "zip"}, "crowd"])
def test_a_point_of_a_zip_code_or_of_many_places_tells_nothing(two_at_a_point, change):
    with two_at_a_point.write() as session:
        places = list(session.scalars(select(LocationRow).where(LocationRow.id.in_(["l1", "l2"]))))
        if change == "crowd":
            office = record_from(places[1], Location)
            session.add_all(row_from(replace(office, id=f"c{n}")) for n in range(4))
        else:
            for place in places:
                place.position_source = change["position_source"]
    with two_at_a_point.write() as session:
        for table in (WithheldKeyRow, WithheldGroupRow):
            session.execute(delete(table))
        update_withheld_groups(session)
    assert held_places(two_at_a_point) == set()


@pytest.mark.parametrize(
    ("extension", "text", "is_found"),
    [
        ("", "Call 814-555-0165.", True),
        ("", "Call +1 (814) 555-0165 ext. 12.", True),
        ("12", "Call 814.555.0165 x12.", True),
        ("12", "Call 814-555-0165, extension 13.", True),
        ("12", "Call 814-555-0165.", True),
        ("", "Call 814·555·0165.", True),
        ("", "Call 555-0165.", True),
        ("", "Call 412-555-0165.", False),
        ("", "Call 555-0166.", False),
        ("", "Call 814-555-0166.", False),
        ("", "Account 99814-555-0165 or 814-555-01650.", False),
    ],
)
def test_a_number_held_back_is_found_however_it_is_written(extension, text, is_found):
    keys = keys_of(replace(NUMBER, extension=extension))
    assert bool(keys.phones_in(text)) is is_found


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Call 814-555-0165 x12.", "Call (number not shown)."),
        ("Call (814) 555-0165, extension 12, ask for Kim.", "Call (number not shown), ask for Kim."),
        ("Call 814.555.0165 (ext. 12) or 814-555-0166.", "Call (number not shown) or 814-555-0166."),
        ("Call 814-555-0165 and press 12 for staff.", "Call (number not shown) for staff."),
        ("814-555-0165 ext. 11, 12 or 13", "(number not shown)"),
        ("814-555-0165 ext. 11, Kim; ext. 12", "(number not shown)"),
        ("Llame al 814-555-0165, extensión 12.", "Llame al (number not shown)."),
        ("814-555-0165-12, +1 814 555 0165/12", "(number not shown), (number not shown)"),
        ("814-555-0165 (12)", "(number not shown)"),
        ("814-555-0165 (12, Kim)", "(number not shown), Kim)"),
        ("8145550165,,12#", "(number not shown)#"),
        ("Ask (Kim: 814-555-0165 x12) at night.", "Ask (Kim: (number not shown)) at night."),
        ("555-0165 x12", "(number not shown)"),
        ("Ext. 12 of 814-555-0165", "(number not shown)"),
        ("814-555-0166 x12 or 814-555-0165", None),
        ("814-555-0165 or 814-555-0166 x12", None),
        ("Call 814-555-0165.", None),
        ("Call 555-0165.", None),
        ("Call 814-555-0165 x13, Apt 12", None),
        ("Call 814-555-0165 x121", None),
        ("Call 412-555-0165 x12", None),
        ("814-555-0165 at 12 Elm Street", None),
        ("814-555-0165, in the red house (12)", None),
        ("814-555-0165. Ask for Kim or for whoever sits at the front desk that day. Ext. 12", None),
    ],
)  # fmt: skip
def test_of_an_extension_for_staff_a_text_loses_number_and_extension_together(text, cleaned):
    held = keys_of(replace(NUMBER, extension="12", visibility=Visibility.STAFF))
    found = without_streets(replace(SERVICE, description=text), held).description
    assert found == (text if cleaned is None else cleaned)


def test_a_phone_number_is_no_street():
    keys = keys_of(replace(STREET, address_1="1905 W 26th St"))
    assert not keys.streets_in("814 555 1905 x 26")


@pytest.mark.parametrize(("visibility", "groups"), [(WITHHELD, {"p"}), (Visibility.STAFF, set())])
def test_an_extension_for_staff_holds_no_number_back_whole(visibility, groups):
    desk = replace(NUMBER, extension="12", visibility=visibility)
    keys = keys_of(desk)
    assert keys.groups_of_phone(desk) == {"p"}
    assert keys.groups_of_number(desk) == groups


def test_digests_stay_as_earlier_versions_kept_them():
    """Those of records that are gone cannot be made again."""
    digest = "5e3c340679d68340db4951ebd6aa07e5465cd3b6a5612b719265e56f8107c26e"
    assert Hasher("00" * 32).digest(Scope.NUMBER, "7319") == digest


def test_who_reads_on_while_a_restore_brings_another_key_asks_with_that(store):
    write_records(store, Location(id="house", organization_id="o", visibility=WITHHELD))
    write_records(store, replace(STREET, id="of-house", location_id="house"))
    with store.read() as session:
        assert read_withheld_keys(session, Audience.PUBLIC).names_street("7319 Quillfeather")
    digests = digests_of_address(Hasher("ab" * 32), STREET)
    with store.write() as session:
        (group,) = session.scalars(select(WithheldGroupRow.id))
        session.execute(delete(WithheldKeyRow))
        session.add_all(
            WithheldKeyRow(digest=digest, group_id=group, scope=scope.value)
            for digest, scope in digests.items()
        )
        session.scalars(select(WithheldHashKeyRow)).one().secret = "ab" * 32
        session.get_one(StoreStateRow, 1).store_id = "restored"
    with store.read() as session:
        assert read_withheld_keys(session, Audience.PUBLIC).names_street("7319 Quillfeather")


@pytest.mark.parametrize(("groups", "is_found"), [(["p"], False), (["p", "q"], True)])
def test_a_number_that_is_shown_at_a_record_is_no_secret_in_texts(groups, is_found):
    keys = keys_of(
        *(replace(NUMBER, id=each) for each in groups), shown=frozenset({("p", "office")})
    )
    assert bool(keys.phones_in("Call 814-555-0165.")) is is_found


@pytest.mark.parametrize(
    ("record", "field", "cleaned"),
    [
        (replace(SERVICE, description="Ask. Come to 7319 Quillfeather Ln."), "description",
         "Ask. Come to (address not shown)."),
        (replace(SERVICE, fees_description="814-555-0165, 814-555-0122"), "fees_description",
         "(number not shown), 814-555-0122"),
        (replace(SERVICE, url="https://maps.example.org/?q=7319+Quillfeather%20Lane"), "url", ""),
        (replace(SERVICE, url="https://maps.example.org/7319-Quillfeather-Lane"), "url", ""),
        (replace(SERVICE, url="https://example.org/7318"), "url", "https://example.org/7318"),
        (Url(id="u", url="https://example.org/7319_Quillfeather"), "url", ""),
        (Organization(id="o", name="Alder", website="https://example.org/7319_Quillfeather"), "website", ""),
        (Schedule(id="h", schedule_link="https://example.org/7319_Quillfeather"),
         "schedule_link", ""),
        (replace(STREET, attention="7319 Quillfeather Lane"), "attention", "(address not shown)"),
        (STREET, "address_1", STREET.address_1),  # whether it is shown is decided of the place
        (replace(SPANISH, language="es-MX", text="Venga a 7319 Quillfeather."), "text",
         "Venga a (dirección no publicada)."),
        (replace(SPANISH, text="Llame al 814 555 0165"), "text",
         "Llame al (número no publicado)"),
        (replace(SPANISH, language="fr", text="7319 Quillfeather"), "text",
         "(address not shown)"),
    ],
)  # fmt: skip
def test_texts_lose_the_streets_and_numbers_held_back(record, field, cleaned):
    found = without_streets(record, keys_of(STREET, NUMBER))
    assert found == replace(record, **{field: cleaned})


def test_a_listing_loses_them_but_for_the_street_of_its_own_place():
    text = "Come to 7319 Quillfeather."
    elm = ListingSite(location=Location(id="n"), address=replace(STREET, address_1="12 Elm St"))
    listing = Listing(
        service=SERVICE, sites=(elm,), local_note=text, local_note_in={"es": text},
        translations={"es": {"description": text}},
    )  # fmt: skip
    cleaned = listing_without_streets(listing, keys_of(STREET))
    assert cleaned.local_note == "Come to (address not shown)."
    spanish = "Come to (dirección no publicada)."
    assert cleaned.local_note_in == {"es": spanish}
    assert cleaned.translations == {"es": {"description": spanish}}
    assert cleaned.text_withheld
    at_hall = ListingSite(location=Location(id="l"), address=STREET)
    without_address = ListingSite(location=Location(id="m"))
    shown = replace(listing, sites=(at_hall, without_address))
    assert listing_without_streets(shown, keys_of(STREET)) is shown
    assert listing_without_streets(listing, keys_of()) is listing


def test_a_street_with_its_number_in_words_is_held_back_too():
    held = keys_of(replace(STREET, address_1="7 Quillfeather Lane"))
    service = replace(SERVICE, description="Come to Seven Quillfeather.")
    assert without_streets(service, held).description == "Come to (address not shown)."


@pytest.fixture
def store(store):
    """Give a store with a service at a place, with a phone and hours of its own and there."""
    write_records(
        store,
        Organization(id="o", name="Alder Group"),
        SERVICE,
        Phone(id="of-service", service_id="s", number="814-555-0101"),
        *place(""),
    )
    return store


def place(number, street="12 Elm St", **more):
    """Give a place of the service, with what hangs on it, on the link, and on both by ids."""
    at = {"location_id": f"l{number}"}
    link = {"service_at_location_id": f"x{number}"}
    return [
        Location(id=f"l{number}", organization_id="o", name="Hall", **more),
        ServiceAtLocation(id=f"x{number}", service_id="s", **at),
        Address(id=f"a{number}", **at, address_1=street, city="Meadville"),
        Phone(id=f"p{number}", **at, number="814-555-0102"),
        Phone(id=f"q{number}", **link, number="814-555-0103"),
        Phone(id=f"r{number}", service_id="s", **at, number="814-555-0104"),
        Phone(id=f"t{number}", service_id="s", **link, number="814-555-0105"),
        Schedule(id=f"h{number}", **link, opens_at="09:00"),
    ]


def listing_of(store, audience=Audience.PUBLIC):
    with store.read() as session:
        (listing,) = load_listings(session, ["s"], audience)
    return listing


def shown_parts(store, audience=Audience.PUBLIC):
    """Give the ids of the places, phones and hours that the listing has, in order."""
    listing = listing_of(store, audience)
    sites = [site.location.id for site in listing.sites]
    phones = {each.id for each in listing.phones}
    phones |= {each.id for site in listing.sites for each in site.phones}
    hours = [each.id for each in listing.schedules]
    hours += [each.id for site in listing.sites for each in site.schedules]
    return sites, sorted(phones), hours


WHOLE = (["l"], ["of-service", "p", "q", "r", "t"], ["h"])
NOTHING_THERE = ([], ["of-service"], [])
POSTAL = Address(id="b", location_id="l", address_1="PO Box 7", address_type="postal")


@pytest.mark.parametrize("how", [Visibility.WITHHELD, Visibility.STAFF])
def test_a_place_is_withheld_whole_where_its_postal_address_is(store, how):
    assert shown_parts(store) == WHOLE
    write_records(store, replace(POSTAL, visibility=how))
    assert shown_parts(store) == NOTHING_THERE
    assert shown_parts(store, Audience.STAFF) == (
        WHOLE if how is Visibility.STAFF else NOTHING_THERE
    )
    assert shown_parts(store, Audience.CURATION) == WHOLE


def test_of_a_service_with_a_withheld_place_nobody_learns_of_room(store):
    write_records(store, ServiceCapacity(id="c", service_id="s", unit="Bed", available=3.0))
    assert listing_of(store).capacities
    link = ServiceAtLocation(id="x", service_id="s", location_id="l")
    write_records(store, replace(link, visibility=WITHHELD))
    assert listing_of(store).place_withheld
    assert not listing_of(store).capacities, "free beds would say that it is used"


def test_a_postal_address_is_not_where_a_place_is(store):
    assert listing_of(store).sites[0].address.address_1 == "12 Elm St"
    for visibility in (Visibility.PUBLIC, Visibility.STAFF):
        write_records(store, replace(POSTAL, id="a", visibility=visibility))
        assert listing_of(store, Audience.STAFF).sites[0].address is None


def test_an_address_that_its_list_dropped_withholds_no_place(store):
    lone = Address(id="z", location_id="", address_1="PO Box 8", visibility=WITHHELD)
    write_records(store, replace(POSTAL, visibility=WITHHELD), lone)
    with store.write() as session:
        session.get_one(AddressRow, "b").retired_at = datetime(2026, 11, 1, tzinfo=UTC)
    assert shown_parts(store) == WHOLE
    with store.read() as session:
        assert session.scalars(withheld_location_ids(Audience.PUBLIC)).all() == []


@pytest.mark.parametrize(
    "here",
    [
        Address(id="a", location_id="l", address_1="7319 Quillfeather Ln", city="Meadville"),
        Location(id="l", organization_id="o", name="7319 Quillfeather"),
        Location(id="l", organization_id="o", name="", alternate_name="7319 Quillfeather"),
    ],
)
def test_a_place_at_a_street_withheld_elsewhere_keeps_its_phones_and_hours(store, here):
    write_records(store, here, Location(id="house", organization_id="o", visibility=WITHHELD))
    write_records(store, replace(STREET, id="of-house", location_id="house"))
    assert shown_parts(store) == ([], *WHOLE[1:])
    assert listing_of(store).place_withheld
    write_records(store, Schedule(id="own", service_id="s", opens_at="10:00"))
    assert shown_parts(store)[2] == ["own"], "hours of the service stand for those at its places"


def test_only_the_postal_address_of_a_withheld_location_is_no_secret_elsewhere(store):
    house = Location(id="house", organization_id="o", visibility=WITHHELD)
    postal = Address(id="of-house", location_id="house", address_1="12 Elm St", city="Meadville")
    write_records(store, house, replace(postal, address_type="postal"))
    assert shown_parts(store) == WHOLE
    write_records(store, replace(postal, address_type="postal", visibility=WITHHELD))
    assert shown_parts(store) == ([], *WHOLE[1:])
