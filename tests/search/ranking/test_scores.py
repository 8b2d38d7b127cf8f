"""Scores of results before they are put in order."""

from types import SimpleNamespace

import numpy as np

from referral.search.ranking import _fuse


def test_two_middling_signs_beat_one_good_one():
    words, phrases, topics = np.array([[1.0, 0.4], [0.0, 0.4], [0.0, 0.0]])
    by_sign = SimpleNamespace(
        docs=np.arange(2),
        word_scores=words,
        phrase_scores=phrases,
        topic_scores=topics,
        highest=(1.0, 1.0, 1.0),
    )
    one_good, two_middling = _fuse(by_sign)
    assert two_middling > one_good
