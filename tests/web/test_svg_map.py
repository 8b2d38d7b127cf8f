"""Maps of numbers: north is up, what is asked for is on them, and names cover nothing."""

from hypothesis import given
from hypothesis import strategies as st

from referral.fields.places.county_outlines import find_county_by_label
from referral.web.maps.frame import fitting_frame
from referral.web.maps.map_names import Rectangle
from referral.web.maps.svg_map import Spot, draw_map

CRAWFORD = find_county_by_label("Crawford County, PA")
BOX = CRAWFORD.box
SPOTS = st.lists(
    st.builds(
        Spot,
        latitude=st.floats(BOX.south, BOX.north),
        longitude=st.floats(BOX.west, BOX.east),
        share=st.floats(0, 1),
        label=st.sampled_from(["", "Meadville", "Conneaut Lake"]),
    ),
    max_size=8,
)


def test_north_is_up_and_a_mile_is_as_long_in_both_directions():
    frame = fitting_frame(BOX, 640, (200, 560), 0, 20)
    middle_lat, middle_lon = frame.middle
    x, y = frame.point(middle_lat, middle_lon)
    north, east = (
        frame.point(middle_lat + 0.1, middle_lon),
        frame.point(middle_lat, middle_lon + 0.1),
    )
    assert north[1] < y
    assert east[0] > x
    assert 0.70 < (east[0] - x) / (y - north[1]) < 0.78  # the cosine of 41.7 degrees is 0.747


def test_a_point_of_a_frame_is_a_place_and_back():
    frame = fitting_frame(BOX, 640, (200, 560), 20, 20)
    latitude, longitude = frame.place_at(*frame.point(41.6, -80.1))
    assert abs(latitude - 41.6) < 0.001
    assert abs(longitude + 80.1) < 0.001
    assert frame.box.contains(BOX.north, BOX.west)
    assert frame.box.contains(BOX.south, BOX.east)


def test_counties_across_the_border_are_drawn_and_the_marked_one_is_told():
    drawn = draw_map(BOX.expanded(0.1), counties={CRAWFORD.label: ("cover-thin", "Crawford: 9")})
    assert ("cover-thin", "Crawford: 9") in {(shape.look, shape.title) for shape in drawn.shapes}
    assert len(drawn.shapes) > 4
    assert all(shape.path.startswith("M") and shape.path.endswith("Z") for shape in drawn.shapes)


def test_what_is_outside_the_frame_is_cut_off():
    drawn = draw_map(BOX._replace(west=-80.2, east=-80.1, south=41.6, north=41.65))
    for shape in drawn.shapes:
        numbers = [float(each) for each in shape.path.replace("M", " ").replace("Z", " ").split()]
        assert min(numbers) >= -6
        assert max(numbers) <= drawn.width + 6


def test_a_single_point_has_a_map_around_it():
    drawn = draw_map(
        BOX._replace(west=-80.1, east=-80.1, south=41.6, north=41.6),
        [Spot(latitude=41.6, longitude=-80.1)],
    )
    [dot] = drawn.dots
    assert (round(dot.x), round(dot.y)) == (drawn.width // 2, drawn.height // 2)


def overlaps(rectangles: list[Rectangle]) -> list[tuple[Rectangle, Rectangle]]:
    return [
        (one, other)
        for at, one in enumerate(rectangles)
        for other in rectangles[:at]
        if one.overlaps(other)
    ]


@given(SPOTS)
def test_every_spot_is_on_the_map_and_no_name_covers_a_dot_or_another(spots):
    drawn = draw_map(BOX.expanded(0.05), spots)
    assert len(drawn.dots) == len(spots)
    assert [dot.radius for dot in drawn.dots] == sorted(
        (dot.radius for dot in drawn.dots), reverse=True
    )
    names = [label.rectangle for label in drawn.labels]
    assert not overlaps(names)
    for name in names:
        assert name.is_within(drawn.width, drawn.height)
        assert not any(name.overlaps(dot.rectangle) for dot in drawn.dots)
