"""What a service must say itself to count for a danger, where nobody tagged it with the topic.

A suggestion may be wrong: a list's category "Safe Housing" can be about lead pipes. For a danger
the name, a category or the description has to say so as well (``seed_data/danger_topics.csv``).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache

from referral.resources import resource_path
from referral.search.analysis import words_of
from referral.search.query import WordForm


@cache
def danger_evidence() -> Mapping[str, tuple[WordForm, ...]]:
    """The phrases of which a service must have one, by the code of the topic."""
    path = resource_path("seed_data") / "danger_topics.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["topic"]: tuple(WordForm(tuple(words_of(text))) for text in row["says"].split("|"))
            for row in csv.DictReader(file)
        }
