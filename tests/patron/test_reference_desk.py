"""“Ask a librarian”: as the settings say it, on every page that offers it, or nowhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from referral.app import create_app
from referral.directory.reference_desk import reference_desk
from tests.support.inspector import inspecting, soup_of

_DESK = {
    "ask_phone": "814-555-0199",
    "ask_email": "ask@library.example",
    "ask_place": "First floor, 1 Main St",
    "ask_hours": "Mon-Sun 24 hours",
}
PAGES = ("/search?q=zzzyqq", "/not-sure", "/about")


@pytest.fixture
def page_of(sample_instance):
    """Give a page of the demo whose library has set these."""

    def page(path, **settings):
        changed = replace(sample_instance.settings, **settings)
        return soup_of(inspecting(create_app(changed, sample_instance)).get(path))

    return page


@pytest.mark.parametrize("path", PAGES)
def test_it_is_not_offered_where_nothing_is_set(page_of, path):
    soup = page_of(path)
    assert not soup.select('a[href="/about#ask"]')
    assert soup.select_one('.footer-ask a[href="/not-sure"]')
    assert "2-1-1" in soup.main.text


def test_phone_hours_place_and_e_mail_are_shown(page_of):
    soup = page_of("/about", **_DESK)
    words = " ".join(soup.main.text.split())
    for said in ("(814) 555-0199", "Open day and night", "First floor", "ask@library.example"):
        assert said in words
    assert soup.select_one('footer a[href="/about#ask"]')


@pytest.mark.parametrize("path", PAGES[:2])
def test_it_is_offered_where_a_search_ends(page_of, path):
    soup = page_of(path, **_DESK)
    assert soup.select_one('main a[href="/about#ask"]')
    assert "(814) 555-0199" in soup.main.text


def test_it_is_on_paper_and_at_the_foot_of_pages(page_of):
    listing = page_of("/search?q=food").select_one(".result-name a")["href"]
    paper = f"{listing.partition('?')[0]}/print"
    assert "(814) 555-0199" in page_of(paper, **_DESK).main.text
    assert "Ask a librarian" not in page_of(paper).main.text
    assert "(814) 555-0199" in page_of(listing, **_DESK).select_one("footer").text


def test_hours_are_those_of_now_and_words_stay_words(sample_instance):
    noon = datetime(2026, 11, 25, 17, 0, tzinfo=UTC)  # Wednesday, noon in New York
    given = {**_DESK, "ask_hours": "Mon-Fri 9 am-6 pm"}
    desk = reference_desk(replace(sample_instance.settings, **given), noon)
    assert desk.hours.is_open
    assert desk.hours.next_opening[1].hour == 18
    given["ask_hours"] = "When the flag is out"
    desk = reference_desk(replace(sample_instance.settings, **given), noon)
    assert [each.description for each in desk.hours.others] == ["When the flag is out"]
    assert reference_desk(sample_instance.settings, noon) is None
