"""A library's name, logo and colors on every page; strong colors stay a person's choice."""

from dataclasses import replace

import pytest

from referral.app import create_app
from referral.theme import parse_color, parse_logo
from tests.support.inspector import inspecting, soup_of

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1"/></svg>'


@pytest.fixture
def themed(sample_instance, tmp_path):
    logo = tmp_path / "logo.svg"
    logo.write_text(SVG)
    settings = replace(
        sample_instance.settings,
        color_primary=parse_color("#5a2a6e"),
        logo=parse_logo(str(logo)),
        library_name="Elm Library",
    )
    return create_app(settings, sample_instance)


def test_colors_come_after_ours_and_leave_strong_ones_alone(themed):
    client = inspecting(themed)
    page = soup_of(client.get("/"))
    sheets = [link["href"] for link in page.select("link[rel=stylesheet]")]
    assert sheets[-1].startswith("/theme/colors?v=")
    answer = client.get(sheets[-1])
    assert answer.mimetype == "text/css"
    assert answer.text.startswith(":root:not(.high-contrast)")
    assert "--primary: #5a2a6e;" in answer.text
    assert "max-age" in answer.headers["Cache-Control"]


def test_the_logo_is_served_as_a_picture_under_our_policy(themed):
    client = inspecting(themed)
    page = soup_of(client.get("/"))
    picture = page.select_one(".brand img")
    assert picture["alt"] == ""  # the name stands beside it
    assert "Elm Library" in page.select_one(".brand").text
    answer = client.get(picture["src"])
    assert answer.mimetype == "image/svg+xml"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_without_a_theme_there_is_no_sheet_and_no_logo(sample_client):
    page = soup_of(sample_client.get("/"))
    assert not page.select("link[href^='/theme']")
    assert sample_client.get("/theme/logo").status_code == 404
