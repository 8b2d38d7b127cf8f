"""The map: needs by place, and the services that serve just this place or all of the state."""

from uuid import uuid4

from referral.directory.context import local_month
from referral.reports.needs_map import read_needs_map
from referral.reports.records import Period
from referral.store.rows import ServiceAreaRow
from tests.support.inquiries import add_unmet


def add_area(directory, service_id, kind, codes):
    key = str(uuid4())
    with directory.store.write() as session:
        session.add(
            ServiceAreaRow(
                id=key,
                service_id=service_id,
                area_kind=kind,
                area_codes=codes,
                source="test",
                source_key=key,
            )
        )


def test_needs_stand_beside_the_services_whose_area_covers_the_place(directory, services):
    add_unmet(directory, 12)
    add_unmet(directory, 3, zip_code="16501", county="Erie County, PA")
    add_unmet(directory, 9, zip_code="", county="")
    add_area(directory, services[0], "county", "Crawford County, PA")
    add_area(directory, services[-1], "state", "PA")
    month = local_month(directory)
    found = read_needs_map(directory, Period(first_month=month, last_month=month))
    places = {area.name: area for area in (*found.counties, *found.zip_codes)}
    crawford, erie = places["Crawford County, PA"], places["Erie County, PA"]
    assert (crawford.local, crawford.wide) == (1, 1)
    assert crawford.needs_for_each == 12
    assert (places["16335"].local, places["16335"].wide) == (1, 1)
    assert (erie.local, erie.wide) == (0, 1)
    assert (erie.needs.shown, erie.needs_a_month, erie.needs_for_each) == ("<5", None, None)


def test_an_empty_directory_has_an_empty_map(directory):
    month = local_month(directory)
    found = read_needs_map(directory, Period(first_month=month, last_month=month))
    assert (found.counties, found.zip_codes, found.not_coded) == ((), (), 0)
