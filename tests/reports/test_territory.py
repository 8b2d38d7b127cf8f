"""The territory: set once, and everything outside it says so."""

import pytest

from referral.errors import RefusedError
from referral.records.accounts import COMMAND_LINE, Role
from referral.records.hsds import ServiceArea
from referral.records.visibility import Visibility
from referral.reports.needs_map import read_needs_map
from referral.reports.records import Dimension, Scope, period_of
from referral.reports.territory import (
    Area,
    ReportSettings,
    add_area,
    find_area,
    list_known_areas,
    read_report_settings,
    remove_area,
)
from referral.reports.web.needs_map import draw_needs_map
from referral.store.conversion import row_from
from tests.support.inquiries import add_unmet, closed_month
from tests.support.inspector import soup_of
from tests.support.staff import add_account, post, signed_in_client

CRAWFORD = Area("county", "Crawford County, PA")
COUNTY, ZIP = Dimension.COUNTY, Dimension.ZIP_CODE


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("16335", Area("zip", "16335")),
        (" meadville, pa ", Area("city", "Meadville, PA")),
        ("Crawford County, PA", CRAWFORD),
        ("crawford county, oh", Area("county", "Crawford County, OH")),
    ],
)
def test_a_place_is_found_as_people_write_it(text, area):
    assert find_area(text) == area


@pytest.mark.parametrize("text", ["00000", "Nowhere at all, PA", "Crawford County"])
def test_no_place_or_several_are_refused(text):
    with pytest.raises(RefusedError):
        find_area(text)


@pytest.mark.parametrize(
    ("territory", "inside", "outside"),
    [
        ((), [(COUNTY, "Erie County, PA"), (ZIP, "16501")], []),
        ((CRAWFORD,), [(COUNTY, CRAWFORD.name), (ZIP, "16335")], [(COUNTY, "Erie County, PA")]),
        ((CRAWFORD,), [(COUNTY, ""), (ZIP, "")], [(ZIP, "16501"), (ZIP, "99999")]),
        (
            (Area("city", "Meadville, PA"),),
            [(ZIP, "16335"), (COUNTY, CRAWFORD.name)],
            [(ZIP, "16354")],
        ),
        ((Area("zip", "16335"),), [(ZIP, "16335")], [(ZIP, "16316"), (COUNTY, "Erie County, PA")]),
    ],
)
def test_what_is_outside(territory, inside, outside):
    settings = ReportSettings(territory=territory)
    assert not [place for place in inside if settings.is_outside(*place)]
    assert [place for place in outside if settings.is_outside(*place)] == outside


def test_the_map_greys_what_is_outside(instance):
    add_unmet(instance, 9)
    add_unmet(instance, 9, zip_code="16501", county="Erie County, PA")
    add_area(instance, COMMAND_LINE, CRAWFORD.name)
    month = closed_month(instance)
    found = read_needs_map(instance, Scope(name=month, period=period_of(month), is_live=True))
    assert {area.name: area.is_outside for area in (*found.counties, *found.zip_codes)} == {
        CRAWFORD.name: False,
        "16335": False,
        "Erie County, PA": True,
        "16501": True,
    }
    drawn = draw_needs_map(found)
    assert {shape.look for shape in drawn.shapes} == {"cover-none", "cover-outside"}


def test_only_places_that_public_services_serve_are_known(instance, services):
    for key, area in enumerate((
        {"area_kind": "city", "area_codes": "Meadville, PA|Titusville, PA"},
        {"area_kind": "zip", "area_codes": "16335", "visibility": Visibility.STAFF},
        {"area_kind": "state", "area_codes": "PA"},
        {"area_kind": "county", "area_codes": "not known"},
    )):  # fmt: skip
        with instance.store.write() as session:
            session.add(row_from(ServiceArea(id=str(key), service_id=services[0], **area)))
    known = (Area("city", "Meadville, PA"), Area("city", "Titusville, PA"))
    assert list_known_areas(instance) == known


@pytest.mark.slow
def test_an_admin_sets_it_and_tables_say_it(app, instance):
    add_unmet(instance, 9)
    add_unmet(instance, 9, zip_code="16501", county="Erie County, PA")
    add_account(instance, [Role.ADMIN])
    client = signed_in_client(app)
    client.get("/desk/reports")
    assert CRAWFORD in list_known_areas(instance)
    page = soup_of(client.get("/admin/reports").text)
    assert CRAWFORD.name in [option["value"] for option in page.select("#known-areas option")]
    assert (
        post(client, "/admin/reports/area", "/admin/reports", place="Nowhere at all").status_code
        == 400
    )
    post(client, "/admin/reports/area", "/admin/reports", place=CRAWFORD.name)
    assert read_report_settings(instance).territory == (CRAWFORD,)
    told = client.get("/desk/reports/table?what=needs&by=zip_code").text
    assert "16501, outside our area" in told
    assert "16335, outside" not in told
    post(
        client,
        "/admin/reports/area/remove",
        "/admin/reports",
        kind=CRAWFORD.kind,
        name=CRAWFORD.name,
    )
    assert read_report_settings(instance).territory == ()


def test_a_place_that_is_not_in_it_cannot_be_taken_out(app, instance):
    add_account(instance, [Role.ADMIN])
    answer = post(
        signed_in_client(app),
        "/admin/reports/area/remove",
        "/admin/reports",
        kind="zip",
        name="16335",
    )
    assert answer.status_code == 404
    with pytest.raises(Exception, match="no such place"):
        remove_area(instance, COMMAND_LINE, CRAWFORD)
