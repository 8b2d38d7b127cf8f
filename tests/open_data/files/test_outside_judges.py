"""What leaves passes the judges of others: HSDS's own schemas and data package, with formats.

Judged are the sample county, and all real lists in one directory.
"""

import csv
import io
import json
import zipfile
from collections import Counter

import pytest

from referral.formats.writing.hsds_values import REQUIRED, TABLES
from referral.open_data.records import ExportFormat
from tests.open_data.files.random_lists import exported, take_in, take_in_rows
from tests.support.hsds_judges import own_package_faults, package_faults, schema_faults
from tests.support.provider_lists import write_hsds

FORMS = (ExportFormat.HSDS_CSV, ExportFormat.HSDS_JSON)


def judged(shared_data, instance, folder):
    """Give all that the judges find in the JSON and the tables of a directory."""
    document = json.loads(exported(instance, ExportFormat.HSDS_JSON))
    package = folder / "package.zip"
    package.write_bytes(exported(instance, ExportFormat.HSDS_CSV))
    tables = folder / "tables"
    found = [*schema_faults(shared_data, document), *package_faults(shared_data, package, tables)]
    return document, found + own_package_faults(tables)


@pytest.mark.slow
def test_the_sample_county_passes(shared_data, sample_instance, tmp_path):
    document, found = judged(shared_data, sample_instance, tmp_path)
    assert len(document["services"]) > 380
    assert len(document["organizations"]) > 100
    assert found == []


@pytest.mark.release
@pytest.mark.slow
def test_the_real_lists_pass(shared_data, real_lists, tmp_path):
    document, found = judged(shared_data, real_lists, tmp_path)
    assert len(document["services"]) > 1800
    assert found == []


@pytest.mark.release
def test_the_judges_find_faults(shared_data, sample_instance, tmp_path):
    document = json.loads(exported(sample_instance, ExportFormat.HSDS_JSON))
    first, second = document["services"][:2]
    first |= {"id": "1", "url": "Age 60 or older", "email": "nobody", "last_modified": "2026"}
    second["organization"]["website"] = "see the office"
    del second["status"]
    document["taxonomy_terms"][0].pop("description")
    found = [(section, path) for section, path, _ in schema_faults(shared_data, document)]
    assert sorted(found) == [
        ("services", "$"), ("services", "$.email"), ("services", "$.id"),
        ("services", "$.last_modified"), ("services", "$.organization.website"),
        ("services", "$.url"), ("taxonomy_terms", "$"),
    ]  # fmt: skip
    package = tmp_path / "package.zip"
    spoil(exported(sample_instance, ExportFormat.HSDS_CSV), package)
    found = package_faults(shared_data, package, tmp_path / "tables")
    assert sorted((table, field) for table, field, _ in found) == [
        ("schedule", "opens_at"), ("service", ""), ("service", "last_modified"),
        ("service", "organization_id"), ("service", "url"),
    ]  # fmt: skip


def spoil(content, path):
    """Write a package with a fault of each kind in it."""
    faults = {
        "services.csv": [{"url": "Age 60", "organization_id": ""},
                         {"organization_id": "00000000-0000-0000-0000-000000000000",
                          "last_modified": "2026"}],
        "schedules.csv": [{"opens_at": "09:00-05:00"}],
    }  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(path, "w") as spoilt:
        for name in given.namelist():
            text = given.read(name).decode()
            if name in faults:
                rows = list(csv.DictReader(io.StringIO(text, newline="")))
                for row, cells in zip(rows, faults[name], strict=False):
                    row.update(cells)
                out = io.StringIO(newline="")
                writer = csv.DictWriter(out, rows[0])
                writer.writeheader()
                writer.writerows(rows)
                text = out.getvalue()
            spoilt.writestr(name, text)


# ---------------------------------------------------------------- what passes, and says nothing
LISTS = {name: kind for kind, name in TABLES.items()} | {
    "service_at_locations": "service_at_location", "capacities": "service_capacity",
    "additional_urls": "url", "additional_websites": "url",
}  # fmt: skip


def objects(value, kind=""):
    """Give every object in a document, with what kind it is."""
    if isinstance(value, list):
        for each in value:
            yield from objects(each, kind)
    elif isinstance(value, dict):
        if kind:
            yield kind, value
        for name, part in value.items():
            yield from objects(part, LISTS.get(name, name if name in TABLES else ""))


@pytest.mark.release
@pytest.mark.slow
def test_nothing_that_hsds_requires_is_empty(real_lists):
    document = json.loads(exported(real_lists, ExportFormat.HSDS_JSON))
    seen = Counter()
    for kind, each in objects(document):
        seen[kind] += 1
        for name in REQUIRED.get(kind, ()):
            assert each[name] not in {"", None}, (kind, name)
        assert kind != "service_area" or bool(each.get("extent_type")) <= bool(each.get("extent"))
        assert kind != "service" or ("last_modified" in each and "keywords" not in each)
    assert seen["partial_address"] > 100
    assert seen["organization_identifier"] >= 2
    assert seen["service_heading"] == 0


@pytest.mark.parametrize("form", FORMS)
def test_what_hsds_has_no_room_for_stands_beside(instance, tmp_path, form):
    take_in_rows(instance, tmp_path / "list", LIST)
    content = exported(instance, form)
    if form is ExportFormat.HSDS_CSV:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            found = {
                kind: list(
                    csv.DictReader(io.StringIO(archive.read(f"{name}.csv").decode(), newline=""))
                )
                for kind, name in TABLES.items()
                if f"{name}.csv" in archive.namelist()
            }
        found = [
            (kind, {n: v for n, v in row.items() if v})
            for kind, rows in found.items()
            for row in rows
        ]
    else:
        found = list(objects(json.loads(content)))
    by_id = {(kind, each["id"]): each for kind, each in found}
    service, agency = by_id["service", ID % 3], by_id["organization", ID % 1]
    assert service["url"] == "https://example.org/caf%C3%A9"
    assert service["url_text"] == "https://example.org/café"
    assert service["email_text"] == "at the desk"
    assert "email" not in service
    assert agency["website_text"] == "see the office"
    assert "website" not in agency
    assert agency["description"] == "Kitchen Trust"
    assert "tax_id" not in agency
    (number,) = (each for kind, each in found if kind == "organization_identifier")
    assert (number["identifier_scheme"], number["identifier"]) == ("US-EIN", "25-1234567")
    (part,) = (each for kind, each in found if kind == "partial_address")
    assert part["postal_code"] == "16335"
    assert not [each for kind, each in found if kind == "address"]
    values = {each["value"] for kind, each in found if kind == "attribute"}
    assert {"bread", "milk", "file"} <= values
    names = {each["name"] for kind, each in found if kind == "taxonomy"}
    assert names == {"2-1-1 headings", "Keywords"}
    assert not [each for kind, each in found if kind == "phone" and not each.get("number")]


ID = "00000000-0000-0000-0000-%012d"
LIST = {
    "organizations": [
        {"id": ID % 1, "name": "Kitchen Trust", "description": "", "website": "see the office",
         "tax_id": "25-1234567"},
    ],
    "services": [
        {"id": ID % 3, "organization_id": ID % 1, "name": "Soup", "status": "active",
         "url": "https://example.org/café", "email": "at the desk", "keywords": "bread|milk",
         "headings": "basic-needs"},
    ],
    "locations": [{"id": ID % 4, "organization_id": ID % 1, "name": "Hall", "location_type": "physical"}],
    "service_at_location": [{"id": ID % 5, "service_id": ID % 3, "location_id": ID % 4}],
    "addresses": [
        {"id": ID % 6, "location_id": ID % 4, "address_1": "", "city": "", "state_province": "PA",
         "postal_code": "16335", "country": "US", "address_type": "physical"},
    ],
    "phones": [
        {"id": ID % 7, "service_id": ID % 3, "number": "", "description": "ask"},
        {"id": ID % 8, "service_id": ID % 3, "number": "814-555-0101", "description": ""},
    ],
}  # fmt: skip


# ---------------------------------------------------------------- the standard's own example
WHOLE = {
    "service_capacity": ("available", "maximum", "description", "updated"),
    "unit": ("name", "scheme", "identifier", "uri"),
    "funding": ("source",),
    "organization_identifier": ("identifier_scheme", "identifier_type", "identifier"),
    "url": ("label", "url"),
    "metadata": (
        "last_action_date", "last_action_type", "field_name", "previous_value",
        "replacement_value", "updated_by",
    ),
}  # fmt: skip
SERVICE = "ac148810-d857-441c-9679-408f346de14b"
MENDED = {  # links of the example that lead nowhere, as its next version mends them
    "service_capacity.csv": {"service_id": SERVICE, "unit_id": "8896b788-7b3e-11ef-8db9-7f3d040352b3"},
    "url.csv": {"service_id": SERVICE},
    "metadata.csv": {"resource_id": "3a19ff88-4620-4d17-9830-ac1d859eb5d5"},
}  # fmt: skip


def mended_example(source, folder):
    """Copy the example with the links that it lacks; give what its tables say."""
    folder.mkdir()
    told = {}
    for path in source.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = [row | MENDED.get(path.name, {}) for row in csv.DictReader(file)]
        write_hsds(folder, **{path.stem: rows})
        told[path.stem] = rows
    return told


@pytest.mark.slow
def test_the_example_package_comes_back_whole(shared_data, instance, tmp_path):
    told = mended_example(shared_data / "hsds-3.1/examples/csv", tmp_path / "example")
    take_in(instance, tmp_path / "example")
    _, found = judged(shared_data, instance, tmp_path)
    assert found == []
    with zipfile.ZipFile(tmp_path / "package.zip") as archive:
        for kind, names in WHOLE.items():
            text = archive.read(f"{TABLES[kind]}.csv").decode()
            rows = list(csv.DictReader(io.StringIO(text, newline="")))
            as_told = [tuple(row[n] for n in names) for row in told[TABLES[kind]]]
            back = [tuple(cell(row[n]) for n in names) for row in rows]
            assert [each for each in back if each in as_told] == as_told, kind


def cell(text):
    return text.removesuffix(".0")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["service_full", "organization_full"])
def test_the_example_object_comes_back_whole(shared_data, instance, tmp_path, name):
    path = shared_data / "hsds-3.1/examples" / f"{name}.json"
    take_in(instance, path)
    document, found = judged(shared_data, instance, tmp_path)
    assert found == []
    given = json.loads(path.read_text(encoding="utf-8"))
    told, back = said_in(given), said_in(document)
    assert ("url", "https://example.org") in told
    assert told - back == set()


def said_in(document):
    """Give what a document says in the parts that this test is about, as (kind, value) pairs."""
    return {
        (kind, each[name])
        for kind, each in objects(document)
        for name in WHOLE.get(kind, ())
        if name in each
    }
