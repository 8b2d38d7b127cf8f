"""Every answer about lists that we did not make, before the standard's schemas with formats."""

import pytest

from referral.directory.instance import opened_instance
from referral.directory.seed import load_headings
from referral.open_data.ledger.ledger_updates import update_ledger
from tests.conftest import settings_for
from tests.open_data.api.conftest import ApiClient
from tests.open_data.api.test_judges import SCHEMAS, judge_of, walk_over_lists
from tests.support.imported import import_list

# List below ``../shared/data`` → how many services and organizations everybody may see at least.
LISTS = {
    "airs/bc211/BC211_data_excerpt.xml": (39, 10),
    "florida-legal-aid": (135, 20),
    "dc-directory/2023-export": (1_000, 200),
    "sf-lists/icarol-sf.csv": (500, 500),
}
ASKED_BY_ID = 40
pytestmark = pytest.mark.release


@pytest.fixture(scope="module", params=LISTS)
def listed(request, shared_data, tmp_path_factory):
    """Give a directory with one list, and its name."""
    folder = tmp_path_factory.mktemp("listed")
    url = f"sqlite:///{(folder / 'referral.sqlite3').as_posix()}"
    with opened_instance(settings_for(folder, url)) as instance:
        load_headings(instance)
        import_list(instance, shared_data / request.param, source="list")
        instance.index.sync()
        update_ledger(instance)
        yield instance, request.param


@pytest.fixture(scope="module")
def listed_api(listed):
    """Ask the API of that directory."""
    from referral.app import create_app

    instance, _ = listed
    return ApiClient(create_app(instance.settings, instance))


def pages(api, path, **more):
    """Give all that pages have, and check what pages say of themselves."""
    found, number, last = [], 1, False
    while not last:
        page = api.get(path, per_page=200, page=number, **more)
        assert (page["page_number"], page["size"]) == (number, len(page["contents"]))
        assert (page["first_page"], page["empty"]) == (number == 1, not page["contents"])
        last = page["last_page"]
        assert last == (number == page["total_pages"])
        found += page["contents"]
        number += 1
    assert page["total_items"] == len(found)
    return found


@pytest.mark.parametrize("path", SCHEMAS)
def test_every_answer_is_as_the_standard_says(listed_api, shared_data, path):
    of_list, of_one = (judge_of(shared_data, name) for name in SCHEMAS[path])
    paged = pages(listed_api, f"/{path}")
    assert paged == listed_api.lines(f"/{path}")
    faults = [error.json_path for each in paged for error in of_list.iter_errors(each)]
    in_full = {} if path.startswith("taxonom") else {"full": "true"}
    for each in pages(listed_api, f"/{path}", **in_full):
        faults += [f"full {error.json_path}" for error in of_one.iter_errors(each)]
    for each in paged[:: len(paged) // ASKED_BY_ID + 1]:
        found = listed_api.get(f"/{path}/{each['id']}")
        assert found["id"] == each["id"]
        faults += [f"{{id}} {error.json_path}" for error in of_one.iter_errors(found)]
    assert faults == []


def test_all_of_the_list_is_there(listed, listed_api):
    services, agencies = LISTS[listed[1]]
    found = pages(listed_api, "/services", minimal="true")
    assert len(found) >= services
    assert all(each["last_modified"] for each in found)
    assert listed_api.get("/organizations")["total_items"] >= agencies


def test_a_walk_over_all_lists_finds_no_fault(listed_api):
    walk_over_lists(listed_api)
