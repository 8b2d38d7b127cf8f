"""The main job on real input: a live directory and a sample list go in, the right services come out."""

from collections.abc import Iterator

import pytest

from referral.app import create_app
from referral.directory.instance import Instance, opened_instance
from referral.directory.search import find_services
from referral.fields.places.lookup import find_zip
from referral.imports.plan import ImportPlan, ImportReport
from referral.imports.prepare import prepare_import
from referral.imports.seed_lists import load_base
from referral.records.hsds import Organization
from referral.records.visibility import Audience
from referral.search.query import SearchQuery
from tests.conftest import settings_for
from tests.support.imported import import_list
from tests.support.inspector import inspecting

pytestmark = pytest.mark.slow


LISTS = {"ohana": "ohana-sample/sample-csv", "dc": "dc-directory/2021-export"}
COUNTS = {"ohana": (8, 23), "dc": (400, 1667)}  # rows of organizations, of services
# Services that name no organization, or none of the list: each gets one of its own name, see
# docs/importing.md. 2023 has 14 of those of 2021.
PROPOSED = {"ohana": 0, "dc": 16}


@pytest.fixture(scope="module")
def imported(shared_data, tmp_path_factory) -> Iterator[tuple[Instance, dict[str, ImportReport]]]:
    """Give a directory with real lists in it, and the reports of their imports."""
    instance_path = tmp_path_factory.mktemp("real")
    url = f"sqlite:///{(instance_path / 'referral.sqlite3').as_posix()}"
    with opened_instance(settings_for(instance_path, url)) as instance:
        load_base(instance)
        reports = {}
        for source, path in LISTS.items():
            reports[source] = import_list(instance, shared_data / path, source=source)
        yield instance, reports


def proposed(plan: ImportPlan) -> list[str]:
    """Names of the organizations that no row of the list is about; each is said."""
    names = [
        change.record.name
        for change in plan.changes
        if isinstance(change.record, Organization)
        and change.origin.key == f"organization/{change.record.name}"
    ]
    assert sum(p.code == "organization-proposed" for p in plan.problems) == len(names)
    return names


def test_the_lists_import_whole(imported):
    _, reports = imported
    for source, (organizations, services) in COUNTS.items():
        if source in reports:
            plan = reports[source].plan
            found = plan.counts
            assert found["service"].new == services
            assert found["organization"].new == organizations + PROPOSED[source]
            assert len(proposed(plan)) == PROPOSED[source]
            for kind in ("organization", "service", "location"):
                assert found[kind].refused == 0
    assert "dc" not in reports or reports["dc"].plan.counts["location"].new == 1202


def test_a_second_import_changes_nothing(imported, shared_data):
    instance, _ = imported
    for source, path in LISTS.items():
        again = prepare_import(instance, shared_data / path, source=source)
        assert not again.report.plan.writes
        assert again.report.plan.counts["service"].unchanged == COUNTS[source][1]


@pytest.mark.parametrize(
    ("words", "near", "organization"),
    [
        ("food pantry", "20019", "Bread for the City"),
        ("diapers", None, "Bread for the City"),
        ("citizenship class", "20010", "Carlos Rosario International Public Charter School"),
        ("hospice at home", None, "Vitas Healthcare"),
        ("senior adult activity center", "94063", "Peninsula Family Service"),
    ],
)  # fmt: skip
def test_the_right_services_come_out(imported, words, near, organization):
    instance, _ = imported
    query = SearchQuery(words=words, near=find_zip(near) if near else None)
    page = find_services(instance, query, Audience.PUBLIC, limit=50)
    names = [card.organization.name for card in page.cards if card.organization]
    assert any(organization in name for name in names), names


def test_real_listings_are_good_pages(imported):
    """Listings from all over, with the inspecting client: real text breaks templates first."""
    instance, step = imported[0], 9
    client = inspecting(create_app(instance.settings, instance))
    client.parses_every_page = True
    seen = 0
    pages = 5
    for page in range(1, pages * step, step):
        found = find_services(instance, SearchQuery(), Audience.PUBLIC, page)
        for card in found.cards[:4]:
            client.get(f"/services/{card.service.id}")
            seen += 1
        assert client.get("/search", query_string={"page": str(page)}).status_code == 200
    assert seen >= 3 * pages
    phoned = [card for card in found.cards if card.phone and card.phone.tel]
    assert phoned, "no card of the last page has a number that can be dialled"


def test_the_next_export_updates_the_same_records(imported, shared_data):
    instance, _ = imported
    later = prepare_import(instance, shared_data / "dc-directory/2023-export", source="dc")
    counts = later.report.plan.counts["organization"]
    assert counts.changed + counts.unchanged == 242 + 14
    assert counts.new == (247 - 242) + (26 - 14)
    assert counts.gone == (400 - 242) + (16 - 14)
