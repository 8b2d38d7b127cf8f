"""Lists of the API: pages, filters, streams; each record as the export has it."""

import json
import re

import pytest
from sqlalchemy import event, select

from referral.open_data.api.operations import LISTS
from referral.open_data.records import ExportFormat
from referral.records.hsds import ServiceArea
from referral.store.conversion import row_from
from referral.store.rows import OrganizationRow, ServiceRow
from tests.open_data.api.conftest import ApiClient
from tests.open_data.files.random_lists import exported, take_in, without_times
from tests.support.editing import PANTRY, bring_in, of_list
from tests.support.provider_lists import write_hsds

PAGE = {"total_items", "total_pages", "page_number", "size", "first_page", "last_page", "empty"}


@pytest.fixture(scope="module")
def whole(sample_instance):
    """Give the export of the demo, without when services changed."""
    content = exported(sample_instance, ExportFormat.HSDS_JSON)
    return json.loads(without_times(ExportFormat.HSDS_JSON, content))


def without_time(found):
    """Give an object without when it changed."""
    return {name: value for name, value in found.items() if name != "last_modified"}


@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_paged(api, path):
    found = api.get(f"/{path}", per_page=2)
    assert found.keys() == PAGE | {"contents"}
    assert found["page_number"] == 1
    assert found["first_page"] is True
    assert found["size"] == len(found["contents"]) == min(2, found["total_items"])
    pages = found["total_pages"]
    last = api.get(f"/{path}", per_page=2, page=pages)
    assert last["last_page"] is True
    assert last["size"] == found["total_items"] - 2 * (pages - 1)
    beyond = api.get(f"/{path}", per_page=2, page=pages + 1)
    assert (beyond["empty"], beyond["contents"]) == (True, [])


@pytest.mark.parametrize("path", LISTS)
def test_pages_and_the_stream_have_the_same_records(api, path):
    first = api.get(f"/{path}", per_page=200)
    pages = [api.get(f"/{path}", per_page=200, page=1 + n) for n in range(first["total_pages"])]
    paged = [each for page in pages for each in page["contents"]]
    assert paged == api.lines(f"/{path}")
    assert len({each["id"] for each in paged}) == len(paged) == first["total_items"]


@pytest.mark.parametrize("path", ["services", "organizations", "service_at_locations"])
def test_lists_are_flat_unless_asked_in_full(api, path):
    for each in api.get(f"/{path}")["contents"]:
        assert not [name for name, value in each.items() if isinstance(value, list)]
    full = api.get(f"/{path}", full="true")["contents"]
    assert [each for each in full if any(isinstance(value, list) for value in each.values())]


@pytest.mark.slow
def test_services_are_those_of_the_export(api, whole):
    found = {each["id"]: without_time(each) for each in api.lines("/services", full="true")}
    exported_services = {each["id"]: without_time(each) for each in whole["services"]}
    assert found == exported_services
    one = next(iter(found))
    assert without_time(api.get(f"/services/{one}")) == found[one]


@pytest.mark.slow
def test_organizations_are_those_of_the_export_with_their_services(api, whole):
    services = whole["services"]
    found = {each["id"]: each for each in api.lines("/organizations", full_service="true")}
    assert found.keys() == {each["id"] for each in whole["organizations"]}
    for told in whole["organizations"]:
        told.pop("locations", None)
        assert told.items() <= found[told["id"]].items()
    theirs = {
        service["id"]: agency for agency in found.values() for service in agency.get("services", ())
    }
    assert {s["id"]: s["organization"]["id"] for s in services} == {
        service: agency["id"] for service, agency in theirs.items()
    }


@pytest.mark.slow
def test_terms_are_those_of_the_export(api, whole):
    for path in ("taxonomies", "taxonomy_terms"):
        ids = [each["id"] for each in api.lines(f"/{path}")]
        assert ids == [each["id"] for each in whole[path]]
    one = api.get("/taxonomy_terms", per_page=1)["contents"][0]
    assert (
        one["taxonomy_detail"]["id"]
        == api.get(f"/taxonomy_terms/{one['id']}")["taxonomy_detail"]["id"]
    )


def test_services_at_locations_are_those_of_the_export(api, whole):
    links = {
        link["id"]: (service["id"], link["location"]["id"])
        for service in whole["services"]
        for link in service.get("service_at_locations", ())
    }
    found = api.lines("/service_at_locations")
    assert {e["id"]: (e["service"]["id"], e["location"]["id"]) for e in found} == links
    one = api.get(f"/service_at_locations/{found[0]['id']}")
    assert one["service"]["organization"]
    assert one["location"]["id"] == found[0]["location"]["id"]


@pytest.mark.slow
def test_filters_are_all_meant(api, whole):
    def has(service, term):
        return any(a["taxonomy_term"]["id"] == term for a in service.get("attributes", ()))

    services = whole["services"]
    agency = max(
        (s["organization"]["id"] for s in services),
        key=lambda a: sum(s["organization"]["id"] == a for s in services),
    )
    terms = {a["taxonomy_term"]["id"] for s in services if s["organization"]["id"] == agency
             for a in s.get("attributes", ())}  # fmt: skip
    some = min(terms)
    wanted = {s["id"] for s in services if s["organization"]["id"] == agency and has(s, some)}
    found = api.lines("/services", organization_id=agency, taxonomy_term_id=some)
    assert {each["id"] for each in found} == wanted
    assert wanted
    for term in sorted(terms)[:8]:
        ids = {each["id"] for each in api.lines("/services", taxonomy_term_id=term)}
        assert ids == {s["id"] for s in services if has(s, term)}
        agencies = {each["id"] for each in api.lines("/organizations", taxonomy_term_id=term)}
        assert agencies >= {s["organization"]["id"] for s in services if s["id"] in ids}


@pytest.mark.slow
def test_a_taxonomy_has_its_services_and_terms(api, whole):
    for taxonomy in whole["taxonomies"]:
        key = taxonomy["id"]
        wanted = {
            s["id"]
            for s in whole["services"]
            if any(a["taxonomy_term"].get("taxonomy_id") == key for a in s.get("attributes", ()))
        }
        assert {each["id"] for each in api.lines("/services", taxonomy_id=key)} == wanted
        terms = {t["id"] for t in whole["taxonomy_terms"] if t.get("taxonomy_id") == key}
        assert {each["id"] for each in api.lines("/taxonomy_terms", taxonomy_id=key)} == terms


def test_terms_below_and_at_the_top(api, whole):
    terms = whole["taxonomy_terms"]
    parent = next(each["parent_id"] for each in terms if each.get("parent_id"))
    below = {each["id"] for each in api.lines("/taxonomy_terms", parent_id=parent)}
    assert below == {each["id"] for each in terms if each.get("parent_id") == parent}
    top = {each["id"] for each in api.lines("/taxonomy_terms", top_only="true")}
    assert top == {each["id"] for each in terms if not each.get("parent_id")}


def test_words_are_understood_as_on_the_pages(api, sample_client):
    found = api.get("/services", search="i need help paying rent", per_page=3)
    page = sample_client.get("/search?q=i+need+help+paying+rent").text
    assert found["total_items"] > 3
    for each in found["contents"]:
        assert f"/services/{each['id']}" in page
    agencies = api.get("/organizations", search="i need help paying rent")["contents"]
    assert agencies[0]["id"] == found["contents"][0]["organization"]["id"]
    links = api.get("/service_at_locations", search="i need help paying rent")["contents"]
    assert links[0]["service"]["id"] in {each["id"] for each in found["contents"]}


@pytest.mark.slow
def test_places_that_serve_or_are_near_a_zip_code(api):
    everything = {each["id"] for each in api.lines("/service_at_locations")}
    serving = {each["id"] for each in api.lines("/service_at_locations", postcode="16335")}
    near = {
        each["id"]
        for each in api.lines("/service_at_locations", postcode="16335", proximity="8000")
    }
    assert near < serving < everything
    assert near


def test_the_area_at_a_location_counts_before_that_of_its_service(instance, app, tmp_path):
    bring_in(instance, tmp_path)
    link = of_list("service_at_location", "a1")
    areas = [
        ServiceArea(id="1", service_id=PANTRY, area_kind="zip", area_codes="16335"),
        ServiceArea(id="2", service_at_location_id=link, area_kind="zip", area_codes="16354"),
    ]
    with instance.store.write() as session:
        session.add_all(map(row_from, areas))
    api = ApiClient(app)
    found = {code: api.lines("/service_at_locations", postcode=code) for code in ("16335", "16354")}
    assert {code: [each["id"] for each in links] for code, links in found.items()} == {
        "16335": [],
        "16354": [link],
    }


def test_minimal_is_all_in_one_page(api, whole):
    found = api.get("/services", minimal="true")
    assert found["total_pages"] == 1
    assert found["size"] == len(whole["services"])
    assert {name for each in found["contents"] for name in each} <= {
        "id", "modified_date", "last_modified",
    }  # fmt: skip


@pytest.mark.parametrize("form", ["query_string", "data", "json"])
def test_a_post_asks_as_a_get_does(api, form):
    asked = {"search": "food", "per_page": "2" if form != "json" else 2}
    posted = api.send("/services", method="POST", **{form: asked}).get_json()
    assert posted == api.get("/services", search="food", per_page=2)


def statements_of(instance, ask):
    """Count the statements of what is asked."""
    seen = []

    def note(_connection, _cursor, statement, *_more):
        seen.append(statement)

    event.listen(instance.store.engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(instance.store.engine, "before_cursor_execute", note)
    return [each for each in seen if not each.startswith("BEGIN")]


def test_a_flat_page_needs_as_many_statements_whatever_its_size(api, sample_instance):
    api.get("/services")
    few, many = (
        statements_of(sample_instance, lambda: api.get("/services", per_page=size))  # noqa: B023
        for size in (50, 200)
    )
    assert len(few) == len(many) <= 9, many


@pytest.mark.parametrize("path", ["services", "organizations", "service_at_locations"])
def test_link_leads_through_a_list_by_the_last_id(instance, app, tmp_path, path):
    number = range(9)
    services = [{"id": f"s{n}", "name": f"Soup {n}", "status": "active",
                 "organization_id": f"o{n}" if n % 2 else ""} for n in number]  # fmt: skip
    take_in(instance, write_hsds(
        tmp_path / "list", services=services,
        organizations=[{"id": f"o{n}", "name": f"Kitchen {n}"} for n in number],
        locations=[{"id": f"l{n}", "name": f"Hall {n}", "location_type": "physical"}
                   for n in number],
        service_at_locations=[{"id": f"x{n}", "service_id": f"s{n}", "location_id": f"l{n}"}
                              for n in number],
    ))  # fmt: skip
    api = ApiClient(app)
    whole = [each["id"] for each in api.lines(f"/{path}")]
    assert whole == sorted(whole)
    page = api.send(f"/{path}", query_string={"per_page": 4, "full": "true"})
    seen = [each["id"] for each in page.get_json()["contents"]]
    with instance.store.write() as session:  # what was seen already, so that numbers shift
        for row in (ServiceRow, OrganizationRow):
            gone = session.scalars(select(row).order_by(row.id).limit(2))
            for each in gone:
                each.visibility = "withheld"
    while "Link" in page.headers:
        page = api.plain.get(re.search("<http://localhost(.+)>", page.headers["Link"])[1])
        seen += [each["id"] for each in page.get_json()["contents"]]
    assert page.get_json()["last_page"] is True
    left = {each["id"] for each in api.lines(f"/{path}")}
    assert left
    assert left <= set(seen)
    assert len(seen) == len(set(seen))


@pytest.mark.slow
def test_a_page_in_full_needs_statements_by_kind_and_not_by_record(api, sample_instance):
    """Of more services, more kinds of parts of parts are told: not one for each of 200."""
    api.get("/services", full="true")
    asked = statements_of(sample_instance, lambda: api.get("/services", per_page=200, full="true"))
    assert len(asked) <= 160, len(asked)


def test_an_organization_that_stands_for_none_has_its_service(instance, app, tmp_path):
    services = [
        {"id": f"s{number}", "name": f"Soup {number}", "status": "active", "organization_id": ""}
        for number in range(3)
    ]
    take_in(instance, write_hsds(tmp_path / "list", services=services))
    api = ApiClient(app)
    listed = api.get("/organizations", per_page=2)
    assert (listed["total_items"], listed["total_pages"]) == (3, 2)
    one = api.get(f"/organizations/{listed['contents'][0]['id']}")
    (service,) = one["services"]
    assert service["name"] == one["name"]
    found = api.get("/services", organization_id=one["id"])["contents"]
    assert [each["id"] for each in found] == [service["id"]]
    assert found[0]["organization"]["id"] == one["id"]
