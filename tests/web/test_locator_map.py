"""Maps of places: numbers as on the page, nothing covers anything, names are there."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from markupsafe import Markup

from referral.fields.places.lookup import find_zip
from referral.web.maps.frame import Frame
from referral.web.maps.locator_map import MapSize, draw_locator_map, markers_of
from referral.web.maps.map_view import MapPoint, MapView, read_map_view

MEADVILLE, VANCOUVER = (41.637, -80.151), (49.26, -123.1)
SIZES = st.sampled_from(list(MapSize))


def point(number, latitude, longitude, city=""):
    return MapPoint(
        number=number, name=f"Place {number}", latitude=latitude, longitude=longitude,
        lang_attr=Markup(), anchor=f"place-{number}", city=city,
    )  # fmt: skip


@st.composite
def places(draw):
    """Places in and around a town: some at one point, some near, some far away."""
    spread = draw(st.sampled_from([0.0, 0.001, 0.02, 0.3, 4.0]))
    offsets = st.tuples(st.floats(-spread, spread), st.floats(-spread, spread))
    at = draw(st.sampled_from([MEADVILLE, VANCOUVER, (38.9, -77.03), (21.3, -157.85)]))
    found = draw(st.lists(offsets, min_size=1, max_size=30))
    cities = st.sampled_from(["", "Meadville", "Vancouver"])
    return tuple(
        point(number, at[0] + up, at[1] + along, draw(cities))
        for number, (up, along) in enumerate(found, start=1)
    )


def drawn_on(app, points, size, **more):
    with app.test_request_context("/"):
        app.preprocess_request()
        return draw_locator_map(points, size, **more)


@given(points=places(), size=SIZES, is_near=st.booleans())
def test_nothing_covers_anything_and_nothing_is_cut(sample_app, points, size, is_near):
    here = find_zip("16335") if is_near else None
    drawn = drawn_on(
        sample_app, points, size, here=here, here_text="You are near here", view=MapView()
    )
    frame = drawn.frame
    markers = [marker.rectangle for marker in drawn.markers]
    names = [label.rectangle for label in drawn.labels]
    names += [drawn.here_label.rectangle] if drawn.here_label else []
    for at, one in enumerate(markers):
        assert not any(one.overlaps(other, 6) for other in markers[:at])
        assert 0 <= one.left < one.right <= frame.width
        assert 0 <= one.top < one.bottom <= frame.height
    for at, one in enumerate(names):
        assert not any(one.overlaps(other) for other in [*names[:at], *markers])
        assert one.is_within(frame.width, frame.height)


@pytest.mark.slow
@given(points=places(), size=SIZES)
def test_every_place_is_in_one_marker_or_counted_as_outside(sample_app, points, size):
    drawn = drawn_on(sample_app, points, size, view=MapView(shows_all=True))
    indexes = sorted(cell.index for marker in drawn.markers for cell in marker.cells)
    assert indexes == list(range(len(points)))
    assert drawn.missing == 0
    near = drawn_on(sample_app, points, size)
    assert near.missing == len(points) - sum(len(marker.cells) for marker in near.markers)


def test_on_paper_every_number_is_shown(sample_app):
    points = [point(number, 41.6 + number / 500, -80.1) for number in range(1, 21)]
    drawn = drawn_on(sample_app, points, MapSize.PAPER)
    cells = [cell.index for marker in drawn.markers for cell in marker.cells]
    assert sorted(cells) == list(range(20))


def test_places_at_one_point_show_their_numbers_on_every_map(sample_app):
    points = [point(number, *MEADVILLE) for number in range(1, 9)]
    with sample_app.test_request_context("/"):
        [marker] = markers_of(points, Frame(12, MEADVILLE, 800, 400))
    assert len({(cell.x, cell.y) for cell in marker.cells}) == 8


def test_an_office_far_away_does_not_make_one_dot_of_a_town(sample_app):
    town = [point(number, 41.6 + number / 100, -80.15) for number in range(1, 8)]
    points = [*town, point(8, 40.27, -76.88)]
    drawn = drawn_on(sample_app, points, MapSize.WIDE)
    assert drawn.missing == 1
    assert drawn.frame.zoom > 9
    whole = drawn_on(sample_app, points, MapSize.WIDE, view=MapView(shows_all=True))
    assert whole.missing == 0


def test_towns_and_counties_are_named_and_a_scale_is_in_miles_and_kilometers(sample_app):
    points = [point(1, *MEADVILLE), point(2, 41.8, -80.06), point(3, 41.52, -80.05)]
    drawn = drawn_on(sample_app, points, MapSize.WIDE, here=find_zip("16335"), here_text="Here")
    names = {label.text for label in drawn.labels}
    assert {"Meadville", "Cochranton", "Cambridge Springs", "Crawford County"} <= names
    assert drawn.outlines
    assert drawn.here
    miles, km = drawn.scales
    assert miles.text.endswith(" mi")
    assert km.text.endswith(" km")
    span = drawn.frame.miles_per_pixel * miles.pixels
    assert abs(span - float(miles.text.split()[0])) < 0.05 * span


def test_in_another_country_the_towns_are_those_of_the_places(sample_app):
    points = [
        point(1, 53.92, -122.75, "Prince George"),
        point(2, 53.91, -122.78, "Prince George"),
        point(3, 54.02, -124.0, "Vanderhoof"),
    ]
    drawn = drawn_on(sample_app, points, MapSize.NARROW)
    assert {label.text for label in drawn.labels} == {"Prince George", "Vanderhoof"}
    assert drawn.is_abroad
    assert not drawn.outlines


@given(st.text(max_size=30))
def test_an_address_asks_for_a_view_there_is_or_for_none(text):
    view = read_map_view(text)
    assume(view is None)
    for bad in ("3.0,41.000,-80.000", "18,41.000,-80.000", "12,91.000,-80.000", "12,41,-80"):
        assert read_map_view(bad) is None
    for good in ("yes", "all", "12,41.637,-80.151", "12.5,-41.637,170.000"):
        assert read_map_view(good).text == good
