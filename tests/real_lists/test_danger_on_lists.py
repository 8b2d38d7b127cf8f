"""Every phrase of danger on lists that others made: the first three are help for it, or there is none.

Judged by a service's own name, categories and the first 250 letters of its description, with
patterns for each help line. The topics that search knows are never looked at.
"""

from __future__ import annotations

import csv
import re
from collections import Counter

import pytest

from referral.cli.search import notices_of
from referral.directory.search import find_services
from referral.fields.places.lookup import find_zip
from referral.records.visibility import Audience
from referral.resources import resource_path
from referral.search.query import SearchQuery
from referral.vocabulary.list_needs import fold_line, judged_service
from tests.support.real_lists import DISTRICT

FIRST = 3
_CRISIS = r"suicid|crisis|crises|psychiatric emergenc|inpatient psychiatr"
_ADDICTION = (
    r"detox|withdrawal|addict|substance|alcohol|drug|recovery|sober|methadone|suboxone|narcan"
    r"|opioid|overdose|rehab"
)
_VIOLENCE = (
    r"domestic violence|domestic abuse|intimate partner|batter|dating violence|family violence"
    r"|partner (?:who |that )?(?:hurts|abuse)|abusive|protecti(?:on|ve) order|stalk|crime victim"
    r"|victims? of|victim (?:service|assistance)|survivor|plan for your safety"
)
_ASSAULT = r"sexual(?:ly)? (?:assault|abus|violen|exploit)|rape|incest|molest|trauma|victim|plan for your safety"
RIGHT = {
    "911": r"\b911\b|ambulance|paramedic|emergency (?:room|department)|urgent care|danger to life",
    "988": _CRISIS,
    "211": r"2-?1-?1|information (?:&|and) referral",
    "domestic-violence": _VIOLENCE,
    "stronghearts": _VIOLENCE,
    "veterans-crisis": rf"veteran|{_CRISIS}",
    "crisis-text": _CRISIS,
    "sexual-assault": _ASSAULT,
    "child-abuse": (
        r"child(?:ren|hood)?\W+(?:\w+\W+){0,3}(?:abus|neglect|maltreat|protect|advoca)"
        r"|(?:abus|neglect|maltreat)\w*\W+(?:\w+\W+){0,3}child|trauma"
    ),
    "poison": r"poison|emergency (?:room|department)|urgent care",
    "samhsa": _ADDICTION,
    "disaster-distress": rf"disaster|flood|fire victim|{_CRISIS}",
    "human-trafficking": rf"traffick|{_ASSAULT}",
    "trevor": rf"lgbt|gay|queer|trans|{_CRISIS}",
    "runaway": r"runaway|homeless|unaccompanied|(?:youth|young|teen)\w*\W+(?:\w+\W+){0,5}"
    r"(?:shelter|crisis|danger)",
    "trans-lifeline": rf"lgbt|gay|queer|trans|gender|{_CRISIS}",
    "eldercare": (
        r"elder|adult protective|adult abuse|ombudsman|aging|older (?:adult|people|person)|senior"
    ),
}
NEVER = re.compile(r"batterer|abusers|perpetrator|hospice|furniture|volunteer|donat|police")


def _dangers():
    with (resource_path("seed_data") / "crisis_phrases.csv").open(encoding="utf-8") as file:
        return [row["phrase"] for row in csv.DictReader(file) if row["expected"]]


@pytest.fixture(scope="module", params=[DISTRICT])
def real_instance(request, listed_instance):
    """Give a directory with one real list, the national lines and suggested topics."""
    return listed_instance(request.param)


def _is_right(listing, lines):
    service = judged_service(listing)
    texts = [fold_line(text) for text in (service.name, service.description[:250])]
    if any(NEVER.search(text) for text in texts[:1]):
        return False
    texts += map(fold_line, service.categories)
    return any(re.search(RIGHT[line], text) for line in lines for text in texts)


@pytest.mark.slow
@pytest.mark.parametrize("near", ["", "20002"])
def test_the_first_three_are_help_for_the_danger_or_there_is_none(real_instance, near):
    place = find_zip(near) if near else None
    off: Counter[tuple[str, str]] = Counter()
    empty = 0
    for phrase in _dangers():
        query = SearchQuery(words=phrase, near=place)
        page = find_services(real_instance, query, Audience.PUBLIC, limit=FIRST)
        lines = [each.details["line"] for each in notices_of(page.answer) if each.kind == "crisis"]
        assert lines
        assert any(each.kind == "danger-search" for each in notices_of(page.answer))
        ids = [card.service.id for card in page.cards]
        empty += not ids
        with real_instance.store.read() as session:
            listings = real_instance.listings.read(session, ids, Audience.PUBLIC)
        off.update(
            (lines[0], listing.service.name)
            for listing in listings
            if not _is_right(listing, lines)
        )
    assert dict(off) == {}
    assert empty == 0  # the national lines are there
