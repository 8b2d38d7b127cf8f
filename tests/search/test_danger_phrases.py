"""Every phrase of danger, in the sample county: only help for the person in danger comes first."""

from __future__ import annotations

import csv

import pytest

from referral.cli.search import notices_of
from referral.directory.help_lines import topics_of_lines
from referral.directory.search import find_services
from referral.records.visibility import Audience
from referral.resources import resource_path
from referral.search.query import SearchQuery

FIRST = 3
FOR_OTHERS = {"abuser-programs", "volunteering", "donating"}


def _phrases():
    with (resource_path("seed_data") / "crisis_phrases.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_the_first_services_are_all_of_the_topics_of_the_line(sample_instance):
    topics = topics_of_lines(sample_instance.settings)
    off = []
    for row in filter(lambda row: row["expected"], _phrases()):
        page = find_services(
            sample_instance, SearchQuery(words=row["phrase"]), Audience.PUBLIC, limit=FIRST
        )
        lines = [each.details["line"] for each in notices_of(page.answer) if each.kind == "crisis"]
        right = {code for line in lines for code in topics[line]}
        with sample_instance.store.read() as session:
            ids = [card.service.id for card in page.cards]
            listings = sample_instance.listings.read(session, ids, Audience.PUBLIC)
        for listing in listings:
            codes = {term.code for path in listing.term_paths for term in path}
            if not codes & right or codes & FOR_OTHERS:
                off.append((lines[0], listing.service.name))
        if not ids:
            off.append((lines[0], "nothing"))
    assert off == []


@pytest.mark.slow
def test_look_alikes_are_searched_by_their_words(sample_instance):
    for row in filter(lambda row: not row["expected"], _phrases()):
        answer = sample_instance.index.search(SearchQuery(words=row["phrase"]), limit=1)
        assert {"crisis", "danger-search"}.isdisjoint(each.kind for each in notices_of(answer))


OVERDOSES = (
    "my son took a whole bottle of tylenol", "too many pills by mistake", "took 30 pills",
    "my friend is overdosing", "he od'd", "i took too much medicine", "heroin od",
    "grandma took her pills twice", "my toddler ate my pills", "she swallowed bleach",
    "alcohol poisoning", "gave narcan", "sobredosis", "se tomo todas las pastillas",
    "demasiadas pastillas por error", "un frasco entero de tylenol", "mi hijo tomo cloro",
)  # fmt: skip


@pytest.mark.parametrize("phrase", OVERDOSES)
def test_an_overdose_or_poisoning_brings_the_poison_line(sample_instance, phrase):
    answer = sample_instance.index.search(SearchQuery(words=phrase), limit=1)
    lines = [each.details["line"] for each in notices_of(answer) if each.kind == "crisis"]
    assert "poison" in lines


def test_911_in_the_panel_can_be_dialed(sample_client):
    page = sample_client.get("/search?q=my+friend+is+overdosing")
    panel = page.text.partition('class="danger-lines"')[2].partition("</section>")[0]
    assert panel.count('href="tel:911"') >= 2  # at the line, and in the sentence below
