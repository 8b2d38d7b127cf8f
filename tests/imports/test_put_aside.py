"""Columns that no field took: found by staff, used later through a review, and never public."""

import pytest

from referral.app.job_kinds import do_work
from referral.errors import RefusedError
from referral.imports.batches import apply_batch, undo_batch
from referral.imports.put_aside import ColumnUse, list_put_aside, use_column
from referral.imports.records import BatchState
from referral.imports.review import read_batch
from referral.open_data.records import ExportFormat
from referral.records.accounts import COMMAND_LINE, Role
from referral.store.rows import OrganizationRow, PhoneRow, ServiceRow
from tests.open_data.files.random_lists import exported, take_in_rows
from tests.support.provider_lists import accepted_of
from tests.support.staff import add_account, post, signed_in_client

LIST = {
    "organizations": [{"id": "o1", "name": "Kitchen Trust", "website": "", "Door colour": "vermilion"}],
    "services": [
        {"id": "s1", "organization_id": "o1", "name": "Soup", "status": "active", "alert": "",
         "Bus": "Route 7, Ümlaut stop", "Confidential notes": "", "Least age": "sixty"},
        {"id": "s2", "organization_id": "o1", "name": "Bread", "status": "active",
         "alert": "Closed in May", "Bus": "Route 9", "Confidential notes": "", "Least age": "18"},
        {"id": "s3", "organization_id": "o1", "name": "Milk", "status": "active", "alert": "",
         "Bus": "", "Confidential notes": "", "Least age": ""},
    ],
    "phones": [{"id": "p1", "service_id": "s1", "number": "814-555-0101", "description": "",
                "Shift": "zorblaxian"}],
}  # fmt: skip
BUS = ColumnUse("service", "Bus", "alert")


@pytest.fixture
def listed(directory, tmp_path):
    take_in_rows(directory, tmp_path / "list", LIST, source="county")
    directory.index.sync()
    return directory


def alerts(directory):
    with directory.store.read() as session:
        rows = session.query(ServiceRow).order_by(ServiceRow.name)
        return {row.name: row.alert for row in rows if row.retired_at is None}


def test_the_columns_of_a_source_are_listed(listed):
    found = {(each.kind, each.header): each.cells for each in list_put_aside(listed, "county")}
    assert found == {
        ("service", "Bus"): 2, ("service", "Least age"): 2, ("organization", "Door colour"): 1,
        ("phone", "Shift"): 1,
    }  # fmt: skip
    assert list_put_aside(listed, "nobody") == ()


@pytest.mark.slow
def test_a_column_is_used_through_a_review_and_taken_back(listed):
    batch_id = use_column(listed, "county", BUS, COMMAND_LINE)
    do_work(listed, "w")
    page = read_batch(listed, batch_id)
    assert (page.state, accepted_of(page)) == (BatchState.READY, 1)
    assert alerts(listed)["Soup"] == ""
    (column,) = page.fidelity.columns
    assert (column.cells, column.kept, column.aside) == (2, 1, 1)
    apply_batch(listed, batch_id)
    do_work(listed, "w")
    assert alerts(listed) == {"Soup": "Route 7, Ümlaut stop", "Bread": "Closed in May", "Milk": ""}
    with listed.store.read() as session:
        for row in (OrganizationRow, PhoneRow):
            assert [each.retired_at for each in session.query(row)] == [None]
    undo_batch(listed, batch_id)
    do_work(listed, "w")
    assert alerts(listed) == {"Soup": "", "Bread": "Closed in May", "Milk": ""}
    assert ("service", "Bus") in {
        (each.kind, each.header) for each in list_put_aside(listed, "county")
    }


def test_cells_that_the_field_cannot_hold_stay_aside(listed):
    use = ColumnUse("service", "Least age", "minimum_age")
    batch_id = use_column(listed, "county", use, COMMAND_LINE)
    do_work(listed, "w")
    page = read_batch(listed, batch_id)
    assert (accepted_of(page), page.problems) == (1, {"warning": 1})


@pytest.mark.parametrize(
    "use",
    [
        ColumnUse("service", "Bus", "visibility"),
        ColumnUse("service", "Bus", "organization_id"),
        ColumnUse("service", "Tram", "alert"),
        ColumnUse("phone", "Shift", "number"),
    ],
)
def test_what_cannot_be_used_is_refused(listed, use):
    with pytest.raises(RefusedError):
        use_column(listed, "county", use, COMMAND_LINE)


def test_a_mark_that_protects_can_be_used_as_nothing(directory, tmp_path):
    rows = [LIST["services"][0] | {"confidential": "perhaps"}]
    take_in_rows(directory, tmp_path / "list", {**LIST, "services": rows}, source="county")
    marks = [each for each in list_put_aside(directory, "county") if each.header == "confidential"]
    assert [mark.fields for mark in marks] == [()]


@pytest.mark.slow
def test_nothing_put_aside_is_public(listed, app):
    client = app.test_client()
    for word in ("vermilion", "Ümlaut", "zorblaxian"):
        text = client.get("/search", query_string={"q": word}).text
        assert "Soup" not in text
        assert word not in client.get(f"/services/{service_id(listed)}").text
    for form in ExportFormat:
        content = exported(listed, form)
        assert b"vermilion" not in content
        assert "Ümlaut".encode() not in content
        assert b"zorblaxian" not in content


def service_id(directory, name="Soup"):
    with directory.store.read() as session:
        return session.query(ServiceRow.id).filter(ServiceRow.name == name).scalar()


@pytest.mark.slow
def test_the_pages_offer_it(listed, app):
    add_account(listed, [Role.ADMIN])
    admin = signed_in_client(app)
    source = "/admin/imports/source?name=county"
    assert "Door colour" in admin.get(source).text
    fields = {"kind": "service", "header": "Bus", "field": "alert"}
    answer = post(admin, "/admin/imports/source/use-column?name=county", source, **fields)
    assert answer.status_code == 302
    do_work(listed, "w")
    assert "A column that was put aside" in admin.get(answer.location).text
    refused = post(
        admin, "/admin/imports/source/use-column?name=county", source, **{**fields, "field": "id"}
    )
    assert "cannot be used this way" in admin.get(refused.location).text


@pytest.mark.slow
@pytest.mark.parametrize("words", ["ümlaut", "ÜMLAUT route", "vermilion", "zorblaxian"])
def test_curators_find_and_read_it(listed, app, words):
    add_account(listed, [Role.CURATION])
    pat = signed_in_client(app)
    records = "/curation/records"
    found = pat.get(records, query_string={"q": words, "aside": "1"}).text
    assert ("Kitchen Trust" if words == "vermilion" else "Soup") in found
    assert "1 record" in found
    assert "0 records" in pat.get(records, query_string={"q": words}).text
    for page in ("", "/edit"):
        text = pat.get(f"{records}/service/{service_id(listed)}{page}").text
        assert "Also in the list" in text
        assert "Route 7, Ümlaut stop" in text
        assert "zorblaxian" in text
