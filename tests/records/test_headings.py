"""Words in names place services under headings."""

import csv

import pytest

from referral.records.headings import Crosswalk, TermPath, parse_crosswalk_rules
from referral.resources import resource_path


@pytest.fixture(scope="module")
def crosswalk():
    """Give the rules that we ship."""
    path = resource_path("seed_data") / "crosswalk.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return Crosswalk(parse_crosswalk_rules(csv.DictReader(file)))


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
