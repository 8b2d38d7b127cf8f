"""The names of categories count as far as the services in them bear them out."""

import numpy as np

from referral.topic_suggestions.category_evidence import CategoryScores
from referral.topic_suggestions.service_texts import ServiceText
from referral.topic_suggestions.topic_phrases import singular

FOOD, LAW = 0, 1


def means():
    """Give the means of "Food", whose services speak of food, and of "Citizens", whose do not."""
    scores = CategoryScores(2)
    for number in range(6):
        for category, own in (("food", [0.9, 0.0]), ("citizens", [0.1, 0.0]), ("one", [0.0, 0.9])):
            service = ServiceText(
                service_id=f"{category}{number}",
                organization_id="only" if category == "one" else f"o{number}",
                categories=((category, ""),),
            )
            scores.add(service, np.array(own, dtype=np.float32))
    return scores.means()


def test_a_name_that_the_services_bear_out_counts_whole():
    assert means().agreement("food", FOOD) == 1.0


def test_a_name_that_they_do_not_bear_out_counts_little():
    assert means().agreement("citizens", LAW) == 0.3


def test_one_organization_does_not_speak_for_a_category():
    found = means()
    assert "one" not in found.by_category
    assert 0.3 < found.agreement("one", LAW) < 1.0


def test_the_singular_of_a_word():
    assert [singular(word) for word in ("jobs", "pantries", "dress", "ties")] == [
        "job",
        "pantry",
        "dress",
        "tie",
    ]
