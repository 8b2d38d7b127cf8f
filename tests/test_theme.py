"""A library's own colours and logo: what cannot be read or shown is refused at the start."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.errors import SettingsError
from referral.settings import Settings
from referral.theme import contrast, hex_of, mixed, parse_color

colors = st.tuples(*[st.integers(0, 255)] * 3)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">{}</svg>'


@given(colors, colors)
def test_contrast_goes_from_1_to_21_in_both_directions(one, other):
    assert 1 <= contrast(one, other) <= 21.01
    assert contrast(one, other) == contrast(other, one)
    assert parse_color(hex_of(one)) == one
    assert mixed(one, other, 0) == one
    assert mixed(one, other, 1) == other


def test_contrast_is_that_of_the_standard():
    assert round(contrast((0, 0, 0), (255, 255, 255)), 2) == 21
    assert round(contrast((119, 119, 119), (255, 255, 255)), 2) == 4.48
    assert parse_color("#fff") == (255, 255, 255)
    assert parse_color("teal") is None


@pytest.fixture
def read(tmp_path):
    def read(environ):
        return Settings.from_environment(environ, instance_path=tmp_path)

    return read


def test_our_own_colours_pass(read):
    ours = {"REFERRAL_COLOR_PRIMARY": "#0b5563", "REFERRAL_COLOR_LINK": "#0a5c8a",
            "REFERRAL_COLOR_GROUND": "#f7f3ec"}  # fmt: skip
    tokens = read(ours).theme.tokens
    assert (tokens["primary"], tokens["link"], tokens["sand"]) == tuple(ours.values())
    assert read({}).theme.tokens == {}


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("REFERRAL_COLOR_PRIMARY", "#ffbf47", r"1\.64 to 1, and text needs 4\.5"),
        ("REFERRAL_COLOR_LINK", "#7a868c", r"#ffffff .*3\.74 to 1.*darker"),
        ("REFERRAL_COLOR_GROUND", "#8899aa", "lighter"),
        ("REFERRAL_COLOR_LINK", "blue", "give a colour such as"),
        ("REFERRAL_LOGO", "logo.gif", r"an \.svg or a \.png"),
        ("REFERRAL_LOGO", "nowhere.png", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_ratio(read, name, value, says):
    with pytest.raises(SettingsError, match=says) as refusal:
        read({name: value})
    assert name in str(refusal.value)


@pytest.mark.parametrize(
    "inside",
    [
        "<script>1</script>",
        '<rect onload="x()"/>',
        '<image href="https://elsewhere.example/x.png"/>',
        '<a xmlns:x="http://www.w3.org/1999/xlink" x:href="javascript:x()"/>',
        "<foreignObject/>",
        "<rect>",
    ],
)
def test_a_drawing_that_does_more_than_draw_is_refused(read, tmp_path, inside):
    path = tmp_path / "logo.svg"
    path.write_text(SVG.format(inside))
    with pytest.raises(SettingsError, match="not a picture we can show"):
        read({"REFERRAL_LOGO": str(path)})


def test_entities_and_false_names_are_refused(read, tmp_path):
    path = tmp_path / "logo.svg"
    path.write_text('<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.format("&a;"))
    with pytest.raises(SettingsError):
        read({"REFERRAL_LOGO": str(path)})
    path = tmp_path / "logo.png"
    path.write_text("<html>")
    with pytest.raises(SettingsError):
        read({"REFERRAL_LOGO": str(path)})
    path.write_bytes(PNG + bytes(300_000))
    with pytest.raises(SettingsError, match="larger than"):
        read({"REFERRAL_LOGO": str(path)})


def test_a_plain_logo_is_taken(read, tmp_path):
    path = tmp_path / "logo.svg"
    path.write_text(SVG.format('<rect width="1" height="1"/>'))
    assert read({"REFERRAL_LOGO": str(path)}).logo.content == path.read_bytes()
