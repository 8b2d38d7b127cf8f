"""When records changed for the public, and what is gone, as the publication ledger knows it."""

from datetime import UTC, datetime, timedelta

import pytest

from referral.open_data.ledger.ledger_updates import update_ledger
from referral.records.hsds import Contact
from referral.store.conversion import row_from
from referral.store.rows import ServiceRow
from tests.open_data.api.conftest import ApiClient
from tests.support.databases import database_filled
from tests.support.editing import HALL, PANTRY, SAFE_HOUSE, SHELTER, the_county

LATER = "2031-01-01"

directory_url = database_filled(the_county)


@pytest.fixture
def api(instance, app):
    """Ask the API of the county, with the ledger filled."""
    update_ledger(instance)
    return ApiClient(app)


def edit(instance, record_id, **values):
    with instance.store.write() as session:
        row = session.get_one(ServiceRow, record_id)
        for name, value in values.items():
            setattr(row, name, value)
    update_ledger(instance)


def ids(found):
    return {each["id"] for each in found["contents"]}


def test_services_say_when_everybody_saw_them_change(instance, api):
    before = api.get(f"/services/{PANTRY}")["last_modified"]
    edit(instance, PANTRY, verified_by="Pat")  # no one outside sees that
    assert api.get(f"/services/{PANTRY}")["last_modified"] == before
    edit(instance, PANTRY, name="Food shelf")
    after = api.get(f"/services/{PANTRY}")["last_modified"]
    assert after >= before
    assert datetime.now(UTC) - datetime.fromisoformat(after) < timedelta(minutes=5)
    for parameters in ({}, {"full": "true"}, {"minimal": "true"}):
        found = {each["id"]: each for each in api.get("/services", **parameters)["contents"]}
        assert found[PANTRY]["last_modified"] == after
    assert found[PANTRY] == {"id": PANTRY, "modified_date": after, "last_modified": after}


@pytest.mark.slow
def test_lists_give_what_changed_since(instance, api):
    assert ids(api.get("/services", modified_after="2001-02-03")) == {PANTRY, SHELTER}
    assert ids(api.get("/services", modified_after=LATER)) == set()
    assert ids(api.get("/service_at_locations", modified_after=LATER)) == set()
    assert ids(api.get("/service_at_locations", modified_after="2001-02-03T04:05:06+01:00"))
    with instance.store.write() as session:
        session.add(row_from(Contact(id="c9", service_id=PANTRY, name="Ana")))
    update_ledger(instance)
    at = api.get(f"/services/{PANTRY}")["last_modified"]
    assert PANTRY in ids(api.get("/services", modified_after=at))
    assert PANTRY in {each["id"] for each in api.lines("/services", modified_after=at)}
    for odd in ("yesterday", "2026-13-01", "0001-01-01T00:00:00+23:00"):
        problem = api.problem("/services", query_string={"modified_after": odd})
        assert problem["parameter"] == "modified_after"


def test_what_is_gone_is_410_and_what_never_was_public_404(instance, api):
    edit(instance, PANTRY, visibility="withheld")
    edit(instance, SHELTER, retired_at=instance.now())
    withheld, deleted = (api.problem(f"/services/{key}", 410) for key in (PANTRY, SHELTER))
    assert withheld == deleted
    api.problem(f"/service_at_locations/{SAFE_HOUSE}", 404)
    api.problem(f"/services/{HALL}", 404)
    edit(instance, PANTRY, visibility="public")
    assert api.get(f"/services/{PANTRY}")["id"] == PANTRY


def test_before_the_ledger_is_filled_anything_may_have_changed(app):
    api = ApiClient(app)
    assert ids(api.get("/services", modified_after=LATER)) == {PANTRY, SHELTER}
    assert "last_modified" not in api.get(f"/services/{PANTRY}")
