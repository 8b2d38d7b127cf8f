"""Cross-validation of the danger model: folds keep variants together, nothing judged is fitted."""

from __future__ import annotations

import pytest

from referral.search.evaluation.danger_cross_validation import (
    cross_validate,
    folds_of,
    held_out_models,
)
from referral.search.evaluation.danger_training import Example
from referral.search.understanding.danger_model import Degree

PHRASES = ["he hits me hard", "he hits me", "bus pass", "a bus pass", "rent help", "i want to die"]


def test_variants_share_a_fold_and_folds_have_about_as_many_groups():
    folds = folds_of(PHRASES, 4)
    assert folds == folds_of(PHRASES, 4)
    assert folds[0] == folds[1]
    assert folds[2] == folds[3]
    assert len(set(folds)) == 4


def test_each_phrase_is_judged_once_by_a_model_that_never_saw_it():
    dangers = {"he hits me hard", "he hits me", "i want to die"}
    judged = [Example(each, "988" if each in dangers else "") for each in PHRASES]
    more = [Example("food near me", ""), Example("i want to be dead", "988")]
    seen = []
    for model, left_out in held_out_models(judged, [*judged, *more], 3):
        seen += [each.phrase for each in left_out]
        assert model.nearness("").degree is Degree.NONE
    assert sorted(seen) == sorted(PHRASES)


@pytest.mark.long
def test_ordinary_sentences_are_hardly_disturbed_and_dangers_found():
    """The shares for which the thresholds were chosen."""
    found = cross_validate(5)
    ordinary = found["model alone", "ordinary"]
    assert ordinary.total() > 5500
    assert ordinary[Degree.SURE] <= 0.003 * ordinary.total()
    assert ordinary[Degree.PERHAPS] <= 0.04 * ordinary.total()
