"""An address that one record withholds is held back at every other, in this list and all others.

The shelter's street stands in the words and places of other records; nobody but staff reads it.
"""

import re
import shutil
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner
from flask import url_for
from sqlalchemy import select
from sqlalchemy.engine import make_url

from referral.app import create_app
from referral.capacity.capacity_links import make_capacity_link
from referral.cli import main
from referral.directory.instance import opened_instance
from referral.directory.listings import read_service
from referral.guides.editing import add_guide, publish_guide
from referral.guides.records import GuideContent, GuideSection
from referral.imports.prepare import prepare_import
from referral.imports.seed_lists import load_base
from referral.open_data.ledger.ledger_updates import update_ledger
from referral.records.visibility import Audience
from referral.slips.records import SlipItem
from referral.slips.slips import make_slip
from referral.store.rows import (
    AddressRow,
    LocationRow,
    OrganizationRow,
    ServiceAtLocationRow,
    ServiceRow,
    TaxonomyRow,
    TaxonomyTermRow,
)
from referral.store.rows_texts import WithheldGroupRow, WithheldKeyRow
from referral.verification.provider_links import make_provider_link
from referral.web.staff.access import PUBLIC_BLUEPRINTS
from tests.conftest import settings_for
from tests.support.editing import PAT
from tests.support.imported import import_list
from tests.support.provider_lists import write_hsds, zipped
from tests.support.staff import post
from tests.test_traces import found_in, found_on_disk

STREET = ("Quillfeather",)
SPELLINGS = (
    "7319 Quillfeather Lane", "7319 QUILLFEATHER LN", "7319 Quillfeather Ln., Suite 4",
    "7315-7319 Quillfeather La", "07319 N. Quillfeather Lane NW", "7319-B Quillfeather",
    "YWCA 7319 Quillfeather Lane", "Building A 7319 Quillfeather Lane",
    "Calle Quillfeather número 7319",
)  # fmt: skip
PRIVATE_PHONE = "202-555-0165"


def place(number, *, street="", **more):
    return {
        "id": f"a{number}", "location_id": f"l{number}", "address_1": street, "city": "Washington",
        "state_province": "DC", "postal_code": "20011", "country": "US",
        "address_type": "physical", "confidential": "", **more,
    }  # fmt: skip


def location(number, name, **more):
    return {"id": f"l{number}", "organization_id": "o1", "name": name, "description": "",
            "location_type": "physical", "latitude": "38.937651", "longitude": "-77.023457",
            "transportation": "", **more}  # fmt: skip


def shelter_list(folder):
    """Write a list with a shelter at a confidential place, and a private number."""
    return zipped(write_hsds(
        folder,
        organizations=[{"id": "o1", "name": "Alder Group", "description": "Help for all."}],
        services=[{"id": "s1", "organization_id": "o1", "name": "Alder House", "status": "active",
                   "description": "Beds for a night."}],
        locations=[location(1, "Cottage")],
        addresses=[place(1, street="7319 Quillfeather Lane", confidential="yes")],
        service_at_locations=[{"id": "x1", "service_id": "s1", "location_id": "l1"}],
        phones=[
            {"id": "p0", "service_id": "s1", "number": "202-555-0111", "confidential": ""},
            {"id": "p1", "service_id": "s1", "number": PRIVATE_PHONE, "confidential": "yes"},
        ],
    ))  # fmt: skip


def other_list(folder, prefix="b"):
    """Write a list that prints the same street on everything, in other spellings."""
    said = (
        "Our door is at 7319 Quillfeather Ln, Apt 2, near the park."
        " It is Quillfeather Lane 7319, or Calle Quillfeather número 7319."
        f" Call {PRIVATE_PHONE}, 555-0165, 202·555·0165 or 202-555-0122."
    )
    count = range(1, len(SPELLINGS) + 1)
    return zipped(write_hsds(
        folder,
        organizations=[{"id": "o1", "name": f"{prefix} Circle, 7319 Quillfeather Ln",
                        "alternate_name": said,
                        "description": said, "website": "https://x.org/?q=7319+Quillfeather+Ln"}],
        services=[
            {"id": f"s{n}", "organization_id": "o1", "name": f"{prefix} program {n} at 7319 Quillfeather Ln",
             "alternate_name": said, "description": said, "application_process": said,
             "eligibility_description": said, "fees_description": said, "status": "active",
             "url": "https://maps.org/7319-Quillfeather-Lane"} for n in (*count, 99)],
        locations=[
            *(location(n, f"Office {n}", description=said, transportation=said) for n in count),
            location(90, "7319 Quillfeather Lane"),
            location(91, "Hall", description=said, transportation=said,
                     latitude="38.9", longitude="-77.1"),
        ],
        addresses=[
            *(place(n, street=street) for n, street in enumerate(SPELLINGS, 1)),
            place(91, street="12 Elm Street"),
        ],
        service_at_locations=[
            *({"id": f"x{n}", "service_id": f"s{n}", "location_id": f"l{n}", "description": ""}
              for n in count),
            {"id": "x90", "service_id": "s1", "location_id": "l90"},
            {"id": "x91", "service_id": "s1", "location_id": "l91",
             "description": f"Ring twice. {said}"},
            {"id": "x99", "service_id": "s99", "location_id": "l91"},
        ],
        phones=[
            {"id": "p1", "service_id": "s1", "location_id": "", "number": PRIVATE_PHONE,
             "description": said},
            {"id": "p2", "service_id": "s1", "location_id": "", "number": "202-555-0122",
             "description": said},
            {"id": "p3", "service_id": "", "location_id": "l1", "number": "202-555-0133",
             "description": ""},
            {"id": "p4", "service_id": "", "location_id": "l2", "number": "202-555-0144",
             "description": said},
        ],
        contacts=[{"id": "c1", "service_id": "s1", "name": "Kim", "title": said}],
        schedules=[{"id": "h1", "service_id": "s1", "location_id": "l1", "freq": "WEEKLY",
                    "byday": "MO", "opens_at": "09:00", "closes_at": "17:00",
                    "description": said, "notes": said}],
        languages=[{"id": "g1", "service_id": "s1", "name": "Spanish", "code": "es", "note": said}],
        required_documents=[{"id": "r1", "service_id": "s1", "document": said}],
        cost_options=[{"id": "k1", "service_id": "s1", "option": said, "amount_description": said}],
        service_areas=[{"id": "v1", "service_id": "s1", "name": said, "description": said}],
        taxonomies=[{"id": "t1", "name": "Categories", "description": "Of this list."}],
        taxonomy_terms=[{"id": "u1", "code": "", "name": "Circles", "taxonomy_id": "t1"}],
        attributes=[{"id": "w1", "link_id": "s1", "link_entity": "service",
                     "taxonomy_term_id": "u1"}],
    ))  # fmt: skip


def take_in(instance, path, source):
    report = import_list(instance, path, source=source)
    instance.index.sync()
    instance.index.tidy()  # as the background does, so that what is withheld leaves the files
    return report


@pytest.fixture
def opened(sqlite_databases, tmp_path):
    """Give a directory with the base alone."""
    folder = tmp_path / "instance"
    folder.mkdir()
    database = folder / "referral.sqlite3"
    shutil.copy(make_url(sqlite_databases.filled(load_base)).database, database)
    with opened_instance(settings_for(folder, f"sqlite:///{database.as_posix()}")) as instance:
        instance.index.sync()
        yield instance


def ids_of(instance, row, source):
    with instance.store.read() as session:
        return session.scalars(select(row.id).where(row.source == source)).all()


# Asked of each public route that has these arguments; a route with another one fails the test.
# What has no value here is a secret of somebody else, or no page about records.
NOT_OF_RECORDS = (
    "entrance.", "health.", "leave.", "map_tiles.", "metrics.", "static", "terminal.", "theme.",
    "hsds.nothing", "hsds.patch", "hsds.profile", "hsds.refuse_removed_file", "hsds.schema",
)  # fmt: skip
# Answers nothing without a setting that this site does not have.
SWITCHED_OFF = {"open_web.embed", "public_needs.show", "site_files.security"}
QUESTIONS = {
    "patron.search": ("q=program&near=20011", "q=circle", "q=quillfeathr", "q=program&open=now"),
    "patron.suggest": ("q=quill", "q=program"),
    "patron.organizations": ("letter=B",),
    "my_list.show": ("print=1",),
}


def arguments_of_records(instance):
    """Return values for the arguments of routes, by their names: of records that name the street."""
    services = ids_of(instance, ServiceRow, "b")
    groups = ids_of(instance, OrganizationRow, "b")
    section = GuideSection(title="Places", service_ids=tuple(services[:2]))
    content = GuideContent(title="Ways", text="To go.", sections=(section,))
    guide = add_guide(instance, PAT, str(uuid4()), content)
    publish_guide(instance, PAT, guide.id)
    links = [make_provider_link(instance, PAT, group).token for group in groups]
    shown = [
        each
        for each in services
        if not read_service(instance, each, Audience.PUBLIC).place_withheld
    ]
    rooms = [make_capacity_link(instance, PAT, each, "Beds").token for each in shown]
    return {
        "service_id": services,
        "organization_id": groups,
        "record_id": [*services, *groups, *ids_of(instance, ServiceAtLocationRow, "b"),
                      *ids_of(instance, TaxonomyTermRow, "b"), *ids_of(instance, TaxonomyRow, "b")],
        "slug": ["basic-needs", guide.content.slug],
        "code": [*ids_of(instance, TaxonomyTermRow, "b"), make_slip(instance, [SlipItem(service_id=services[0])])],
        "token": [*links, *rooms],
        "language": ["en", "es"],
        "kind": ["services", "organizations"],
        "number": [1],
    }  # fmt: skip


def public_addresses(app, values):
    """Return the addresses of each public route that can be fetched, by endpoint.

    The routes are those of the site, so that a new page is looked at without being named here.
    """
    found = {}
    for rule in app.url_map.iter_rules():
        name = rule.endpoint
        is_public = name.partition(".")[0] in PUBLIC_BLUEPRINTS
        if not is_public or "GET" not in rule.methods or name.startswith(NOT_OF_RECORDS):
            continue
        names = sorted(rule.arguments - (rule.defaults or {}).keys())
        unknown = set(names) - values.keys()
        assert not unknown, f"{rule.rule}: give values for {unknown} in arguments_of_records"
        with app.test_request_context():
            found.setdefault(name, []).extend(
                url_for(name, **dict(zip(names, each, strict=True)), **(rule.defaults or {}))
                for each in product(*(values[each] for each in names))
            )
    for name, queries in QUESTIONS.items():
        found[name] = [f"{found[name][0]}?{query}" for query in ("", *queries)]
    return found


def assert_nowhere(instance, folder):
    """Assert that nothing but the tables names the street or the private number."""
    hidden = (*STREET, "38.937651", PRIVATE_PHONE, "2025550165")
    app = create_app(instance.settings, instance)
    values = arguments_of_records(instance)
    update_ledger(instance, everything=True)
    client = app.test_client()
    client.post("/my-list/change", data={"add": values["service_id"][:6]})
    post(client, "/my-list/phone", "/my-list")
    for endpoint, addresses in public_addresses(app, values).items():
        codes = set()
        for address in addresses:
            with client.get(address) as answer:
                assert found_in(answer.data, hidden) == set(), address
                codes.add(answer.status_code)
        assert 200 in codes or endpoint in SWITCHED_OFF, (endpoint, codes)
    instance_path = Path(instance.settings.instance_path)
    assert found_on_disk(instance_path, hidden, without=["referral.sqlite3"]) == {}
    folder.mkdir()
    for name in ("hsds-csv", "hsds-json", "xlsx"):
        command = ["--instance", str(instance_path), "export", "--format", name, str(folder / name)]
        assert CliRunner().invoke(main, command).exit_code == 0
    assert found_on_disk(folder, hidden) == {}


@pytest.mark.slow
@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_a_street_held_back_in_one_list_is_held_back_in_all(opened, tmp_path, order):
    lists = {"a": shelter_list(tmp_path / "a"), "b": other_list(tmp_path / "b")}
    for source in order:
        take_in(opened, lists[source], source)
    assert_nowhere(opened, tmp_path / "out")
    client = create_app(opened.settings, opened).test_client()
    texts = [client.get(f"/services/{each}").text for each in ids_of(opened, ServiceRow, "b")]
    shown = "\n".join(texts)
    for said in ("b program 1", "555-0122", "555-0133", "555-0144", "(address not shown), near",
                 "Call (number not shown), (number not shown)", "12 Elm Street", "address is private",
                 "Ring twice. Our door is at (address not shown)"):  # fmt: skip
        assert said in shown, said
    assert "Kim" in shown


@pytest.mark.slow
def test_the_hashes_outlast_the_record(opened, tmp_path):
    take_in(opened, shelter_list(tmp_path / "a"), "a")
    with opened.store.write() as session:
        session.delete(session.scalars(select(AddressRow)).one())
        session.scalars(select(LocationRow)).one().retired_at = datetime.now(UTC)
    take_in(opened, other_list(tmp_path / "b"), "b")
    assert_nowhere(opened, tmp_path / "out")
    with opened.store.read() as session:
        assert len(session.scalars(select(WithheldGroupRow.id)).all()) == 2
        digests = session.scalars(select(WithheldKeyRow.digest)).all()
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in digests)


@pytest.mark.slow
def test_an_import_says_which_addresses_are_held_back(opened, tmp_path):
    take_in(opened, shelter_list(tmp_path / "a"), "a")
    report = prepare_import(opened, other_list(tmp_path / "b"), source="b").report
    held = [each for each in report.plan.problems if each.code == "address-held-back"]
    assert len(held) == len(SPELLINGS)
    assert not any(word in str(held) for word in STREET)
