"""The notice of privacy says the days of the settings, and what other sites see."""

from dataclasses import replace

import pytest

from referral.app import create_app
from tests.support.inspector import inspecting, soup_of

PATH = "/about/privacy"


def said(sample_instance, path=PATH, **more):
    settings = replace(sample_instance.settings, **more)
    page = inspecting(create_app(settings, sample_instance)).get(path)
    return soup_of(page).main.get_text(" ", strip=True)


@pytest.mark.parametrize(
    ("language", "erased", "at_the_latest"),
    [
        ("en", "what you tried after 100 days.", "after 21 days at the latest"),
        ("es", "lo que intentó después de 100 días.", "a más tardar después de 21 días"),
    ],
)
def test_days_are_those_of_the_settings(sample_instance, language, erased, at_the_latest):
    text = said(
        sample_instance, f"{PATH}?lang={language}", detail_days=100, contact_days=21, slip_days=9
    )
    assert erased in text
    assert at_the_latest in text
    assert "9 d" in text


def test_a_server_of_map_pictures_is_named_where_there_is_one(sample_instance):
    assert "No other company can see what you do here" in said(sample_instance)
    tiles = "https://tiles.example.org/{z}/{x}/{y}.png"
    settings = replace(sample_instance.settings, tile_url=tiles)
    page = create_app(settings, sample_instance).test_client().get(PATH).text
    assert "its pictures come from another site" in page
    assert "No other company" not in page


def test_every_page_leads_there(sample_client):
    footer = soup_of(sample_client.get("/")).select_one("footer")
    assert footer.select_one(f'a[href="{PATH}"]')
