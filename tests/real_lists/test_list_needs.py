"""The judge of the exam on real lists reads what a list says, and nothing that we added."""

from __future__ import annotations

import csv
import re

from referral.records.classification import TaxonomyTerm
from referral.records.headings import OWN_TAXONOMY
from referral.records.hsds import Organization, Service
from referral.records.listing import Listing
from referral.resources import resource_path
from referral.vocabulary.list_needs import (
    Judge,
    JudgedService,
    NeedPatterns,
    judged_service,
    load_needs,
)


def patterns(*includes: str, category: str = "", text: str = "") -> NeedPatterns:
    return NeedPatterns(
        includes=includes,
        category=re.compile(category) if category else None,
        text=re.compile(text) if text else None,
    )


def service(key: str, **texts: object) -> JudgedService:
    given = {"name": "", "description": "", "categories": (), **texts}
    return JudgedService(id=key, **given)  # type: ignore[arg-type]


NEEDS = {
    "food": patterns("pantries", category="^food$"),
    "pantries": patterns(category="^bd-18", text=r"\bpantry\b|\bdespensa\b"),
}


def right(*services: JudgedService, topics=("pantries",)):
    return Judge(services, NEEDS).right_services(topics)


def test_a_category_a_name_or_the_beginning_of_the_description_says_so():
    assert right(
        service("code", categories=("BD-1800.2000",)),
        service("name", name="Food PANTRY"),
        service("text", description="A pantry, twice a week."),
        service("accents", name="Déspensa de San José"),
        service("other", name="Choir", description="We sing.", categories=("Music",)),
    ) == {"code", "name", "text", "accents"}


def test_the_end_of_a_long_description_says_nothing():
    within, beyond = "x" * 243 + " pantry", "x" * 244 + " pantry"
    assert right(service("a", description=within), service("b", description=beyond)) == {"a"}


def test_included_topics_count_for_the_one_above_and_not_the_other_way():
    services = service("broad", categories=("Food",)), service("pantry", name="Pantry")
    assert right(*services, topics=("food",)) == {"broad", "pantry"}
    assert right(*services, topics=("pantries",)) == {"pantry"}


def test_any_topic_is_right():
    assert right(service("x", name="Pantry"), topics=("food", "pantries")) == {"x"}


def test_our_own_tags_never_count():
    ours = TaxonomyTerm(id="t1", name="Food", code="BD-1800", taxonomy=OWN_TAXONOMY)
    theirs = TaxonomyTerm(id="t2", name="Groceries", code="G1", taxonomy="The list's own")
    listing = Listing(
        service=Service(id="s", organization_id="o", name="Help", description="We help."),
        organization=Organization(id="o", name="Elm", description=""),
        terms=(ours, theirs),
        term_paths=((ours,), (theirs,)),
        headings=("food",),
        term_words={"t1": ("pantry",)},
    )
    judged = judged_service(listing)
    assert judged.categories == ("Groceries", "G1")
    assert not right(judged, topics=("food",))


def test_every_topic_of_our_table_is_in_the_taxonomy():
    with (resource_path("seed_data") / "taxonomy/taxonomy_terms.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        codes = {row["code"] for row in csv.DictReader(file)}
    needs = load_needs()
    assert needs.keys() <= codes
    assert all(row.category or row.text or row.includes for row in needs.values())
    # None includes itself, or one without a row.
    assert Judge([], needs).right_services(needs) == set()
