"""Words in names place services under headings."""

import csv

import pytest

from referral.records.headings import (
    OWN_TAXONOMY,
    Crosswalk,
    CrosswalkRule,
    RuleKind,
    TermPath,
    parse_crosswalk_rules,
)
from referral.resources import resource_path


@pytest.fixture(scope="module")
def crosswalk():
    """Give the rules that we ship."""
    path = resource_path("seed_data") / "crosswalk.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return Crosswalk(parse_crosswalk_rules(csv.DictReader(file)))


def test_a_code_places_a_service_before_any_word():
    crosswalk = Crosswalk(
        CrosswalkRule(kind=RuleKind(kind), value=value, heading=heading)
        for kind, value, heading in (
            ("term", "food", "basic-needs"), ("code_211", "L", "health"),
            ("code_211", "Z", "health"), ("open_eligibility", "11", "families"),
            ("word", "legal aid", "legal"), ("word", "tax", "employment"),
        )
    )  # fmt: skip

    def place(taxonomy, *codes, name="Legal aid"):
        path = TermPath(taxonomy=taxonomy, steps=tuple((code, "") for code in codes))
        return crosswalk.headings_for(name, [path])

    assert place(OWN_TAXONOMY, "meals", "food") == {"basic-needs"}, "by a term above its own"
    assert place("211 LA County", "LR-8000") == {"health"}
    assert place("211 LA County", "Legal") == {"legal"}, "which is no code of this taxonomy"
    assert place("Open Eligibility", "11") == {"families"}
    assert place("211 LA County", "", name="The legal aid office") == {"legal"}
    assert place("211 LA County", "Z", name="Legal office for tax") == {"employment"}


@pytest.mark.parametrize(
    ("category", "name", "headings"),
    [
        ("Counseling", "Talk it over", {"health"}),
        ("Counseling Services", "Talk it over", {"health"}),
        ("Grief counseling", "Talk it over", {"health"}),
        ("Individual Counseling", "Talk it over", {"health"}),
        ("One-on-one counseling", "Hourly Financial Planning", {"basic-needs"}),
        ("Credit counseling", "Plan", {"basic-needs"}),
        ("", "Housing counseling", {"basic-needs"}),
        ("", "Adoption counseling", {"families", "legal"}),
    ],
)
def test_counseling_is_not_always_about_health(crosswalk, category, name, headings):
    terms = [TermPath(taxonomy="Theirs", steps=(("", category),))]
    assert crosswalk.headings_for(name, terms) == headings
