"""The pin of a place: typed, kept when the list comes again, undone, refused for a secret place."""

import pytest
from sqlalchemy import select

from referral.curation.drafts import read_draft
from referral.curation.edit_history import read_history, restore_edit
from referral.curation.form_text import format_draft
from referral.curation.save import save_draft
from referral.records.accounts import Role
from referral.store.rows import AddressRow, LocationRow
from tests.support.databases import database_filled
from tests.support.editing import HALL, PAT, SAFE_HOUSE, SOURCE, the_county, typed
from tests.support.imported import import_list
from tests.support.provider_lists import pantry_list
from tests.support.staff import add_account, signed_in_client

PIN = {"latitude": "41.641234", "longitude": "-80.151234"}

directory_url = database_filled(the_county)


def position(instance):
    with instance.store.read() as session:
        row = session.get_one(LocationRow, HALL)
        return row.latitude, row.longitude, row.position_source


def test_a_pin_stays_when_the_list_comes_again_and_can_be_undone(searchable, tmp_path):
    before = position(searchable)
    assert before[2] == "zip"
    save_draft(searchable, typed(searchable, "location", HALL, **PIN).draft, PAT)
    assert position(searchable) == (41.641234, -80.151234, "file")
    import_list(searchable, pantry_list(tmp_path / "list"), source=SOURCE)
    assert position(searchable) == (41.641234, -80.151234, "file")
    group = read_history(searchable, "location", HALL).entries[0].group_id
    restore_edit(searchable, "location", HALL, group, PAT)
    assert position(searchable) == before


@pytest.mark.parametrize(
    ("address", "stays"),
    [
        ({"address_1": "1 Elm Street"}, True),
        ({"address_1": "1 Elm St NW"}, True),
        ({"address_1": "14 Oak St"}, False),
        ({"address_1": "1 Elm St", "postal_code": "16354", "city": "Titusville"}, False),
    ],
)
def test_a_pin_goes_with_the_address_that_it_was_set_for(address, stays, searchable):
    save_draft(searchable, typed(searchable, "location", HALL, **PIN).draft, PAT)
    row = format_draft(read_draft(searchable, "location", HALL)).rows["address"][0]
    save_draft(
        searchable,
        typed(searchable, "location", HALL, {"address": [{**row, **address}]}).draft,
        PAT,
    )
    assert position(searchable)[2] == ("file" if stays else "zip")


def test_a_secret_place_gets_no_pin(searchable):
    assert not typed(searchable, "location", HALL, **PIN).is_refused
    now = typed(searchable, "location", HALL, **PIN, visibility="withheld")
    already = typed(searchable, "location", SAFE_HOUSE, **PIN)
    row = format_draft(read_draft(searchable, "location", HALL)).rows["address"][0]
    address = {"address": [{**row, "visibility": "withheld"}]}
    for parsed in (now, already, typed(searchable, "location", HALL, address, **PIN)):
        assert parsed.is_refused
        codes = {each.problem.code for each in parsed.problems if each.place == "latitude"}
        assert codes == {"position-of-secret-place"}
    assert not typed(searchable, "location", SAFE_HOUSE, description="Call first.").is_refused


@pytest.mark.slow
def test_the_form_of_a_secret_place_has_no_map(searchable, app):
    add_account(searchable, [Role.ADMIN, Role.CURATION])
    client = signed_in_client(app)
    shown = client.get(f"/curation/records/location/{HALL}/edit").text
    assert "data-pin-map" in shown
    secret = client.get(f"/curation/records/location/{SAFE_HOUSE}/edit").text
    assert "data-pin-map" not in secret
    assert "it gets no pin" in secret
    with searchable.store.write() as session:
        session.scalars(
            select(AddressRow).filter_by(location_id=HALL)
        ).one().visibility = "withheld"
    assert "data-pin-map" not in client.get(f"/curation/records/location/{HALL}/edit").text
