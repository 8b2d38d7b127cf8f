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
            ("code_211", "Z", "health"), ("code_211", "YB-80", "seniors"),
            ("open_eligibility", "11", "families"),
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
    assert place("211 LA County", "YB-8000") == {"seniors", "legal"}, "whom it is for is not all"
    assert place("211 LA County", "YB-8000", "LR-8000") == {"seniors", "health"}


def test_the_longest_beginning_of_a_code_wins():
    crosswalk = Crosswalk(
        CrosswalkRule(kind=RuleKind.CODE_211, value=value, heading=heading)
        for value, heading in (
            ("B", "basic-needs"), ("BT", "health"), ("BT-87", "legal"), ("BT-8750.1", "seniors"),
            ("BT-87", "emergency"), ("HH-0", "employment"),
        )
    )  # fmt: skip

    def place(*codes):
        return crosswalk.headings_for(
            "", (TermPath(taxonomy="211", steps=((code, ""),)) for code in codes)
        )

    assert place("BT") == place("BT-4500.6500") == {"health"}
    assert place("BT-8750") == place("BT-8700.2000-150") == {"legal", "emergency"}
    assert place("BT-8750.1500") == {"seniors"}
    assert place("BD-1800.2000") == {"basic-needs"}, "one letter is the last resort"
    assert place("HH-0500") == {"employment"}
    assert place("HH-3300") == place("H") == set()
    assert place("HH-0500", "BD-1800") == {"employment", "basic-needs"}


def test_of_a_code_and_its_parent_only_the_child_counts():
    crosswalk = Crosswalk(
        CrosswalkRule(kind=RuleKind.CODE_211, value=value, heading=heading)
        for value, heading in (("P", "families"), ("PN", "health"), ("PN-8100.65", "seniors"))
    )
    child, parent = ("PN-8100.6500", ""), ("PN-8100", "")
    above = (("PN", ""), ("P", ""))
    together = TermPath(taxonomy="211", steps=(child, parent, *above))
    assert crosswalk.headings_for("", [together]) == {"seniors"}
    apart = [TermPath(taxonomy="211", steps=steps) for steps in ((parent, *above), (child,))]
    assert crosswalk.headings_for("", apart) == {"seniors"}
    unnamed = TermPath(taxonomy="211", steps=(("", "Local support"), parent, *above))
    assert crosswalk.headings_for("", [unnamed]) == {"health"}


@pytest.mark.parametrize(
    ("code", "headings"),
    [
        ("BD-1800.2000", {"basic-needs"}),
        ("BD-5000.1500", {"basic-needs", "seniors"}),
        ("TC-0500", set()),
        ("TC-5500.8000", {"seniors"}),
        ("TD-6500", {"legal"}),
        ("TD-1600.2600", {"basic-needs", "legal"}),
        ("NL-1000", {"basic-needs", "families"}),
        ("ND-3500", {"employment"}),
        ("PX-1900", {"volunteers"}),
        ("RX-8450.7000-700", {"health"}),
    ],
)
def test_codes_are_placed_by_the_rules_that_we_ship(crosswalk, code, headings):
    terms = [TermPath(taxonomy="Theirs", steps=((code, ""),))]
    assert crosswalk.headings_for("", terms) == headings


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
