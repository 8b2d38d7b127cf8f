"""AIRS XML out: valid by the standard's own schema, and what our own reader finds in it again."""

import itertools
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from referral.fields.urls_and_emails import is_email, to_uri
from referral.formats.reading.taxonomy_terms import CODE_TAXONOMIES, taxonomy_of_code
from referral.formats.writing.airs_xml import key_of
from referral.open_data.hsds_records import public_records
from referral.open_data.records import ExportFormat
from referral.open_data.trees import read_trees
from tests.open_data.files.random_lists import (
    empty_instance,
    exported,
    lists,
    make_template,
    take_in,
    take_in_rows,
)

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def schema(shared_data):
    """Give the schema of AIRS 3.1."""
    judge = pytest.importorskip("xmlschema", reason="xmlschema is in the test extra")
    return judge.XMLSchema10(str(shared_data / "airs/3.1/airs.xsd"))


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return make_template(tmp_path_factory.mktemp("template"))


def faults(schema, content):
    """Give what the schema finds in a file."""
    return [(error.path, error.reason) for error in schema.iter_errors(BytesIO(content))]


def facts_of(instance):
    """Give what is told of each public service: (organization, service, what, value)."""
    with instance.store.read() as session:
        public = public_records(session)
        names = {each.id: each.name for each in public.read("organization")}
        found = set()
        for service in read_trees(public, "service", public.read("service")):
            record = service.record
            # Without an agency that leaves, its own name is the agency's.
            owner = names.get(record.organization_id, record.name)
            told = (*own_facts(record), *part_facts(service), *place_facts(service))
            found |= {(owner, record.name, what, value) for what, value in told}
        return found


def own_facts(service):
    """Give what a service says itself; texts line by line."""
    yield "status", service.status
    yield "url", to_uri(service.url)
    yield "email", service.email if is_email(service.email) else ""
    for name in ("assured_date", "minimum_age", "maximum_age"):
        yield name, getattr(service, name)
    for name in (
        "description", "application_process", "fees_description", "eligibility_description",
    ):  # fmt: skip
        yield from ((name, line) for line in getattr(service, name).splitlines() if line.strip())


def part_facts(service):
    """Give what hangs on a service and its sites and places."""
    sites = parts(service, "service_at_location")
    for part in (service, *sites, *(place for site in sites for place in parts(site, "location"))):
        for phone in parts(part, "phone"):
            yield "phone", (phone.record.tel or phone.record.number, phone.record.extension)
        for schedule in parts(part, "schedule"):
            yield from (("open", each) for each in hours(schedule.record))
        yield from (("language", each.record.name) for each in parts(part, "language"))
        for area in parts(part, "service_area"):
            # A county without its state gets that of the place.
            codes = [] if area.record.area_kind == "text" else area.record.area_codes.split("|")
            yield from (("area", (area.record.area_kind, each.split(",")[0])) for each in codes)
    yield from (("document", each.record.document) for each in parts(service, "required_document"))
    yield from (("code", each) for each in codes_of(service))


def place_facts(service):
    """Give where a service is."""
    for site in parts(service, "service_at_location"):
        for place in parts(site, "location"):
            yield "place", place.record.name
            if place.record.position_source not in {"", "zip"}:
                position = (place.record.latitude, place.record.longitude)
                yield "position", tuple(round(degrees, 6) for degrees in position)
            for address in parts(place, "address"):
                each = address.record
                yield "address", (each.address_1, each.address_2, each.city, each.state_province,
                                  each.postal_code, each.country)  # fmt: skip


def codes_of(service):
    for attribute in parts(service, "attribute"):
        for term in parts(attribute, "taxonomy_term"):
            code, taxonomy = term.record.code, term.record.taxonomy
            if taxonomy in CODE_TAXONOMIES.values() or taxonomy_of_code(code):
                yield code


def hours(schedule):
    in_words = schedule.valid_from or schedule.closed or (schedule.interval or 1) > 1
    is_plain = schedule.freq == "WEEKLY" and not in_words
    if is_plain and schedule.opens_at and schedule.closes_at:
        for day in schedule.byday.split(","):
            yield day, schedule.opens_at, schedule.closes_at


def parts(node, kind):
    return node.parts.get(kind, ())


def lost_and_made(template, folder, instance):
    """Send a directory to an empty one; give the facts that are lost, and those that are new."""
    file = folder / "sent.xml"
    file.write_bytes(exported(instance, ExportFormat.AIRS_XML))
    with empty_instance(template, folder / "second") as second:
        take_in(second, file)
        back, had = facts_of(second), facts_of(instance)
    return had, sorted(had - back, key=str), sorted(back - had, key=str)


def test_the_sample_county_is_valid(schema, sample_instance):
    assert faults(schema, exported(sample_instance, ExportFormat.AIRS_XML)) == []


@pytest.mark.release
def test_the_sample_county_comes_back(template, tmp_path, sample_instance):
    had, lost, made = lost_and_made(template, tmp_path, sample_instance)
    assert len(had) > 13_000
    assert lost == []
    # What AIRS has no field for is a line of the nearest text, and one text is read as hours:
    # "Daily from 7 in the morning to 9 at night".
    opened = {name for _, name, what, _ in made if what == "open"}
    assert opened == {"Nursing Mothers' Phone Friend"}
    assert {what for _, _, what, _ in made} - {"open"} <= {
        "description", "fees_description", "application_process",
    }  # fmt: skip


@pytest.mark.release
@pytest.mark.slow
def test_the_real_lists_are_valid_and_come_back(schema, template, tmp_path, real_lists):
    assert faults(schema, exported(real_lists, ExportFormat.AIRS_XML)) == []
    had, lost, _ = lost_and_made(template, tmp_path, real_lists)
    assert len(had) > 20_000
    assert len(lost) <= 28
    assert {what for _, _, what, _ in lost} <= {"open", "fees_description", "position"}


def test_what_stands_where(instance, tmp_path):
    take_in_rows(instance, tmp_path / "list", LIST)
    text = exported(instance, ExportFormat.AIRS_XML).decode()
    source = ET.fromstring(text.replace(' xmlns="', ' about="', 1))
    (agency,) = source.findall("Agency")
    assert agency.findtext("Key") == key_of(ID % 1)
    assert len(agency.findtext("Key")) <= 18
    (inner,) = agency.findall("Agency")
    assert inner.findtext("Name") == "Kitchen"
    assert agency.get("FEIN") == "25-1234567"
    lone, hall = inner.findall("Site")
    assert [child.tag for child in lone] == ["Key", "AgencyKey", "NoPhysicalAddress", "SiteService"]
    assert hall.findtext("PhysicalAddress/Line1") == "5 Front Street"
    soup = hall.find("SiteService")
    assert soup.get("Status") == "inactive"
    assert soup.get("ServiceNotAlwaysAvailable") == "true"
    assert [each.findtext("URL") for each in soup.findall("InternetResource")] == [
        "https://example.org/caf%C3%A9", "mailto:soup@example.org",
    ]  # fmt: skip
    assert soup.findtext("TimeOpen/Monday/From") == "09:00:00"
    assert soup.findtext("TimeOpen/Notes") == "ring the bell"
    assert [code.text for code in soup.findall("Taxonomy/Code")] == ["BD-1800"]
    assert "Help\x01" not in text
    assert "9 Secret Way" not in text
    assert "Safe cottage" not in text


ID = "00000000-0000-0000-0000-%012d"
LIST = {
    "taxonomies": [{"id": ID % 20, "name": "211"}],
    "taxonomy_terms": [
        {"id": ID % 21, "code": "BD-1800", "name": "Food", "taxonomy_id": ID % 20},
        {"id": ID % 22, "code": "food", "name": "Food", "taxonomy_id": ID % 20},
    ],
    "organizations": [
        {"id": ID % 1, "name": "Trust", "tax_id": "25-1234567", "parent_organization_id": ""},
        {"id": ID % 2, "name": "Kitchen", "tax_id": "", "parent_organization_id": ID % 1},
    ],
    "services": [
        {"id": ID % 3, "organization_id": ID % 2, "name": "Soup", "status": "temporarily closed",
         "url": "https://example.org/café", "email": "soup@example.org"},
        {"id": ID % 4, "organization_id": ID % 2, "name": "Help\x01 line", "status": "active",
         "url": "", "email": ""},
    ],
    "locations": [
        {"id": ID % 5, "organization_id": ID % 2, "name": "Hall", "location_type": "physical",
         "visibility": "public"},
        {"id": ID % 6, "organization_id": ID % 2, "name": "Safe cottage",
         "location_type": "physical", "visibility": "withheld"},
    ],
    "service_at_location": [
        {"id": ID % 7, "service_id": ID % 3, "location_id": ID % 5},
        {"id": ID % 8, "service_id": ID % 4, "location_id": ID % 6},
    ],
    "addresses": [
        {"id": ID % (number + 4), "location_id": ID % number, "address_1": street,
         "city": "Meadville", "state_province": "PA", "postal_code": "16335", "country": "US",
         "address_type": "physical"}
        for number, street in ((5, "5 Front Street"), (6, "9 Secret Way"))
    ],
    "schedules": [
        {"id": ID % 11, "service_id": ID % 3, "freq": "WEEKLY", "byday": "MO", "opens_at": "09:00",
         "closes_at": "12:00", "notes": "ring the bell"},
    ],
    "attributes": [
        {"id": ID % number, "link_id": ID % 3, "link_entity": "service", "taxonomy_term_id": term}
        for number, term in ((12, ID % 21), (13, ID % 22))
    ],
}  # fmt: skip


@pytest.mark.slow
@settings(max_examples=5, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(files=lists())
def test_whatever_is_public_is_valid(schema, template, tmp_path, files):
    folder = tmp_path / str(next(NUMBERS))
    with empty_instance(template, folder / "first") as first:
        take_in_rows(first, folder / "list", files)
        sent = exported(first, ExportFormat.AIRS_XML)
        assert exported(first, ExportFormat.AIRS_XML) == sent
    if b"<Agency" in sent:
        assert faults(schema, sent) == []
