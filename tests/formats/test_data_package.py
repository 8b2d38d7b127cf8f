"""Data packages: the descriptor says where tables are and how they are written."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referral.errors import RefusedError
from referral.formats.provider_list import open_list
from tests.formats.conftest import SOURCE, is_read_or_refused, outcome_of

ORGANIZATIONS = "id;name;website\no1;'Hope; the agency';\n"
SERVICES = "s1\to1\tFood\tactive\n"
PLACES = "id,location_type,name\nl1,physical,Peña\n".encode("cp1252")


def descriptor(**changes):
    resources = [
        {
            "name": "organization",
            "path": "data/agencies-2026.csv",
            "dialect": {"delimiter": ";", "quoteChar": "'"},
        },
        {
            "name": "service",
            "path": "data/s.tsv",
            "dialect": {"delimiter": "\t", "header": False},
            "schema": {
                "fields": [{"name": n} for n in ("id", "organization_id", "name", "status")]
            },
        },
        {"name": "places", "path": ["data/locations.csv"], "encoding": "cp1252"},
        {"name": "funding", "path": "data/funding.csv"},
    ]
    resources[0].update(changes)
    return json.dumps({"name": "list", "resources": resources}).encode()


def package(zipped, content=None, **more):
    return zipped(
        {
            "hsds/datapackage.json": descriptor() if content is None else content,
            "hsds/data/agencies-2026.csv": ORGANIZATIONS.encode(),
            "hsds/data/s.tsv": SERVICES.encode(),
            "hsds/data/locations.csv": PLACES,
            **more,
        }
    )


def test_paths_dialect_encoding_and_header_are_honoured(zipped):
    opened = open_list(package(zipped))
    assert opened.format == "open-referral"
    outcome = outcome_of(opened.read(SOURCE))
    assert (outcome.refused, opened.notices) == ([], ())
    assert outcome.one("organization").name == "Hope; the agency"
    assert outcome.one("service").name == "Food"
    assert outcome.one("location").name == "Peña"
    (service,) = outcome.sourced("service")
    assert (service.origin.file, service.origin.line) == ("s.tsv", 1)


MOVED = (
    # Where the descriptor is, and where the tables are that it calls data/….
    ("datapackage.json", "export/"),
    ("datapackage.json", ""),
    ("hsds/datapackage.json", "hsds/"),
    ("hsds/datapackage.json", "Data/"),
)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(("place", "folder_of_tables"), MOVED)
def test_tables_that_lie_in_another_folder_are_found_by_name(
    zipped, tmp_path, place, folder_of_tables, packed
):
    files = {
        place: descriptor(),
        f"{folder_of_tables}agencies-2026.csv": ORGANIZATIONS.encode(),
        f"{folder_of_tables}s.tsv": SERVICES.encode(),
        f"{folder_of_tables}locations.csv": PLACES,
    }
    path = zipped(files) if packed else tmp_path / "list"
    for name, content in {} if packed else files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    opened = open_list(path)
    assert opened.notices == ()
    assert outcome_of(opened.read(SOURCE)).counts == {
        "organization": 1, "service": 1, "location": 1,
    }  # fmt: skip


def test_two_tables_of_one_name_elsewhere_are_refused_by_name(zipped):
    files = {f"{year}/s.tsv": SERVICES.encode() for year in (2025, 2026)}
    with pytest.raises(RefusedError, match=r"data/s.tsv .* several .* 2025/s.tsv, 2026/s.tsv"):
        open_list(zipped({"datapackage.json": descriptor(), **files}))


def test_a_table_has_its_old_name_in_a_package_too(zipped):
    resources = [
        {"name": stem, "path": f"{stem}.csv"}
        for stem in ("organizations", "services", "locations", "services_at_location")
    ]
    path = zipped(
        {
            "datapackage.json": json.dumps({"resources": resources}).encode(),
            "organizations.csv": b"id,name,url\no1,Hope,\n",
            "services.csv": b"id,organization_id,name\ns1,o1,Food\n",
            "locations.csv": b"id,organization_id,name\nl1,o1,Hall\n",
            "services_at_location.csv": b"id,service_id,location_id\n1,s1,l1\n",
        }
    )
    assert outcome_of(open_list(path).read(SOURCE)).counts["service_at_location"] == 1


def test_files_that_the_descriptor_does_not_name_are_said(zipped):
    opened = open_list(package(zipped, **{"hsds/data/phones.csv": b"id,number\n1,211\n"}))
    assert [(n.code, n.file) for n in opened.notices] == [("file-not-read", "hsds/data/phones.csv")]


@pytest.mark.parametrize(
    "path",
    ["../secret.csv", "/etc/passwd", "data/../../x.csv", "C:\\x.csv", "..\\x.csv",
     "http://example.org/x.csv", "~/x.csv"],
)  # fmt: skip
def test_paths_that_lead_out_are_refused(zipped, path):
    with pytest.raises(RefusedError, match="outside its own folder"):
        open_list(package(zipped, descriptor(path=path)))


def test_a_folder_does_not_lead_out_by_a_link(folder, tmp_path):
    (tmp_path / "secret.csv").write_text("id,name\no1,Secret\n")
    place = folder({"datapackage.json": descriptor(path="organizations.csv").decode()})
    (place / "organizations.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(RefusedError, match="none of them"):
        open_list(place)


def test_a_descriptor_that_cannot_be_read_is_passed_over(folder):
    files = {
        "datapackage.json": "../datapackage.json",
        "organizations.csv": "id,name,website\n1,Hope,\n",
    }
    opened = open_list(folder(files))
    assert opened.format == "open-referral"
    assert [n.code for n in opened.notices] == ["file-not-read"]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.dictionaries(
        st.sampled_from(["name", "path", "dialect", "encoding", "schema"]),
        st.recursive(
            st.none() | st.booleans() | st.text(max_size=4) | st.integers(),
            lambda inner: st.lists(inner, max_size=2)
            | st.dictionaries(
                st.sampled_from(["delimiter", "quoteChar", "escapeChar", "header", "fields", "name",
                                 "doubleQuote", "skipInitialSpace"]), inner),
            max_leaves=8,
        ),
    )
)  # fmt: skip
def test_any_descriptor_is_read_or_refused(zipped, changes):
    assert is_read_or_refused(package(zipped, descriptor(**changes)))


def test_the_official_package(shared_data, folder):
    examples = shared_data / "hsds-3.1"
    files = {file.name: file.read_text() for file in (examples / "examples/csv").glob("*.csv")}
    files["datapackage.json"] = (examples / "datapackage.json").read_text()
    outcome = outcome_of(open_list(folder(files)).read(SOURCE))
    assert len(outcome.counts) == 18
    assert [row.kind for row in outcome.refused] == [
        "service_capacity", "url", "attribute", "metadata",
    ]  # fmt: skip
