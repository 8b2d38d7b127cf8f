"""“I am not sure”: three questions, each skippable, that lead to results or say that there are none."""

from __future__ import annotations

import pytest

from referral.app import create_app
from tests.support.inspector import inspecting, soup_of
from tests.support.pages import terminal_settings


def answers(soup):
    return {" ".join(each.strong.text.split()): each["href"] for each in soup.select(".answer")}


def test_three_answers_lead_to_results_with_chips(sample_client):
    who = answers(soup_of(sample_client.get("/not-sure")))
    what = answers(soup_of(sample_client.get(who["A teenager"])))
    soon = answers(soup_of(sample_client.get(what["Food"])))
    results = soup_of(sample_client.get(soon["It can wait a few days."]))
    assert results.select(".result")
    chips = " ".join(each.text for each in results.select(".chip"))
    assert "Food" in chips
    assert "13" in chips


def test_each_question_can_be_skipped_and_taken_back(sample_client):
    address = "/not-sure"
    titles = []
    for _ in range(3):
        soup = soup_of(sample_client.get(address))
        titles.append(soup.h1.text)
        back = [each for each in soup.select(".unsure-ways a") if each.text.strip() == "Back"]
        assert bool(back) is (len(titles) > 1)
        address = soup.select(".unsure-ways a")[-1]["href"]
    assert titles == ["Who needs help?", "What is it about?", "How soon?"]
    assert soup_of(sample_client.get(address)).select(".result")


def test_danger_leads_to_help_lines_first(sample_client):
    soup = soup_of(sample_client.get("/not-sure?who=adult&about=food&soon=now"))
    assert soup.select(".help-lines .number")
    assert "/search?topic=food" in str(soup.main)


def test_an_empty_list_says_so_and_leads_to_people(instance, client):
    instance.index.sync()
    soup = soup_of(client.get("/not-sure?who=any"))
    assert not soup.select(".answer")
    words = " ".join(soup.main.text.split())
    assert "Our list has no place for this: Food" in words
    assert "Call 2-1-1." in words


@pytest.mark.parametrize("address", ["/not-sure?who=x&about=%00", "/not-sure?soon=never"])
def test_unknown_answers_count_as_not_given(sample_client, address):
    assert soup_of(sample_client.get(address)).h1.text == "Who needs help?"


def test_it_is_asked_in_spanish(sample_app):
    client = inspecting(sample_app)
    soup = soup_of(client.get("/not-sure?lang=es"))
    assert soup.h1.text == "¿Quién necesita ayuda?"


def test_a_terminal_seals_every_answer(sample_instance):
    client = create_app(terminal_settings(sample_instance), sample_instance).test_client()
    soup = soup_of(client.get("/not-sure", follow_redirects=True))
    for _ in range(2):
        found = answers(soup)
        assert found
        assert not any("teen" in href or "who=" in href for href in found.values())
        soup = soup_of(client.get(next(iter(found.values())), follow_redirects=True))
    assert soup.h1.text == "How soon?"
