"""The pin of a place: typed, kept when the list comes again, undone, refused for a secret place."""

import pytest
from sqlalchemy import select

from referral.curation.drafts import read_draft
from referral.curation.edit_history import read_history, restore_edit
from referral.curation.form_text import format_draft
from referral.curation.save import save_draft
from referral.imports.apply import apply_import
from referral.imports.prepare import prepare_import
from referral.records.accounts import Role
from referral.store.rows import AddressRow, LocationRow
from tests.support.databases import database_filled
from tests.support.editing import HALL, PAT, SAFE_HOUSE, SOURCE, the_county, typed
from tests.support.provider_lists import pantry_list
from tests.support.staff import add_account, signed_in_client

PIN = {"latitude": "41.641234", "longitude": "-80.151234"}

directory_url = database_filled(the_county)


@pytest.fixture
def county(directory):
    directory.index.sync()
    return directory


def position(directory):
    with directory.store.read() as session:
        row = session.get_one(LocationRow, HALL)
        return row.latitude, row.longitude, row.position_source


def test_a_pin_stays_when_the_list_comes_again_and_can_be_undone(county, tmp_path):
    before = position(county)
    assert before[2] == "zip"
    save_draft(county, typed(county, "location", HALL, **PIN).draft, PAT)
    assert position(county) == (41.641234, -80.151234, "file")
    prepared = prepare_import(county, pantry_list(tmp_path / "list"), source=SOURCE)
    apply_import(county, prepared, confirmed=prepared.report.doubt_codes)
    assert position(county) == (41.641234, -80.151234, "file")
    group = read_history(county, "location", HALL).entries[0].group_id
    restore_edit(county, "location", HALL, group, PAT)
    assert position(county) == before


@pytest.mark.parametrize(
    ("address", "stays"),
    [
        ({"address_1": "1 Elm Street"}, True),
        ({"address_1": "1 Elm St NW"}, True),
        ({"address_1": "14 Oak St"}, False),
        ({"address_1": "1 Elm St", "postal_code": "16354", "city": "Titusville"}, False),
    ],
)
def test_a_pin_goes_with_the_address_that_it_was_set_for(address, stays, county):
    save_draft(county, typed(county, "location", HALL, **PIN).draft, PAT)
    row = format_draft(read_draft(county, "location", HALL)).rows["address"][0]
    save_draft(
        county, typed(county, "location", HALL, {"address": [{**row, **address}]}).draft, PAT
    )
    assert position(county)[2] == ("file" if stays else "zip")


def test_a_secret_place_gets_no_pin(county):
    assert not typed(county, "location", HALL, **PIN).is_refused
    now = typed(county, "location", HALL, **PIN, visibility="withheld")
    already = typed(county, "location", SAFE_HOUSE, **PIN)
    row = format_draft(read_draft(county, "location", HALL)).rows["address"][0]
    address = {"address": [{**row, "visibility": "withheld"}]}
    for parsed in (now, already, typed(county, "location", HALL, address, **PIN)):
        assert parsed.is_refused
        codes = {each.problem.code for each in parsed.problems if each.place == "latitude"}
        assert codes == {"position-of-secret-place"}
    assert not typed(county, "location", SAFE_HOUSE, description="Call first.").is_refused


@pytest.mark.slow
def test_the_form_of_a_secret_place_has_no_map(county, app):
    add_account(county, [Role.ADMIN, Role.CURATION])
    client = signed_in_client(app)
    shown = client.get(f"/curation/records/location/{HALL}/edit").text
    assert "data-pin-map" in shown
    secret = client.get(f"/curation/records/location/{SAFE_HOUSE}/edit").text
    assert "data-pin-map" not in secret
    assert "it gets no pin" in secret
    with county.store.write() as session:
        session.scalars(
            select(AddressRow).filter_by(location_id=HALL)
        ).one().visibility = "withheld"
    assert "data-pin-map" not in client.get(f"/curation/records/location/{HALL}/edit").text
