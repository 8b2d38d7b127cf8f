"""Everyday needs on the start page: links that find something, in the language of the page."""

from referral.app import create_app
from tests.support.inspector import inspecting, soup_of


def needs_on(client, language="en"):
    page = soup_of(client.get("/", headers={"Accept-Language": language}))
    return {link.text: link["href"] for link in page.select(".everyday a")}


def test_each_need_finds_something(sample_instance):
    for language, first in (("en", "food"), ("es", "comida")):
        client = inspecting(create_app(sample_instance.settings, sample_instance))
        needs = needs_on(client, language)
        assert len(needs) == 6
        assert next(iter(needs)) == first
        for words, address in needs.items():
            page = soup_of(client.get(address, headers={"Accept-Language": language}))
            assert page.select(".result"), words


def test_a_list_without_an_answer_hides_the_need(app):
    assert not needs_on(inspecting(app))
