"""The map: needs by place, and the services that serve just this place or all of the state."""

from uuid import uuid4

from sqlalchemy import select

from referral.directory.instance import local_month
from referral.records.hsds import ServiceArea
from referral.records.visibility import Visibility
from referral.reports.needs_map import read_needs_map
from referral.reports.records import Scope, period_of
from referral.store.conversion import row_from
from referral.store.rows import ServiceAtLocationRow, ServiceRow
from tests.support.inquiries import add_unmet, closed_month


def add_area(instance, kind, codes, **parent):
    area = ServiceArea(id=str(uuid4()), area_kind=kind, area_codes=codes, **parent)
    with instance.store.write() as session:
        session.add(row_from(area))


def needs_map_of(instance, month):
    return read_needs_map(instance, Scope(name=month, period=period_of(month), is_live=True))


def test_needs_stand_beside_services_whose_area_covers_the_place(instance, services):
    add_unmet(instance, 12)
    add_unmet(instance, 3, zip_code="16501", county="Erie County, PA")
    add_unmet(instance, 9, zip_code="", county="")
    add_unmet(instance, 2, zip_code="16365", county="Warren County, PA")
    shelter, pantry = services
    with instance.store.read() as session:
        link = session.scalars(select(ServiceAtLocationRow.id).filter_by(service_id=pantry)).one()
    add_area(instance, "county", "Crawford County, PA", service_id=shelter)
    add_area(instance, "state", "PA", service_id=shelter)
    add_area(instance, "state", "PA", service_at_location_id=link)
    add_area(instance, "zip", "16335", service_id=pantry, visibility=Visibility.STAFF)
    found = needs_map_of(instance, closed_month(instance))
    places = {area.name: area for area in (*found.counties, *found.zip_codes)}
    crawford = places["Crawford County, PA"]
    assert (crawford.local, crawford.wide) == (1, 1)
    assert crawford.needs_for_each == 12
    assert (places["16335"].local, places["16335"].wide) == (1, 1)
    assert places["Erie County, PA"].needs.number == 3
    assert (found.total, found.not_coded) == (26, 0)
    with instance.store.write() as session:
        session.get_one(ServiceAtLocationRow, link).visibility = "staff"
        session.get_one(ServiceRow, shelter).visibility = "staff"
    crawford = needs_map_of(instance, closed_month(instance)).counties[0]
    assert (crawford.local, crawford.wide) == (0, 0)


def test_an_empty_directory_has_an_empty_map(instance):
    found = needs_map_of(instance, local_month(instance))
    assert (found.counties, found.zip_codes, found.not_coded) == ((), (), 0)
