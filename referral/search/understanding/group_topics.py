"""Topics for the people whom a question names: "a job after prison" is one for those with a record.

One phrase says what is needed ("job"), another, or the question as a whole, for whom ("prison"). A
topic below the first that is made for the people of the second is what both mean together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from referral.search.understanding.phrasebook import Phrasebook
from referral.search.understanding.preference_reader import PreferenceReading
from referral.search.understanding.whole_question import NearestTopics


def with_group_topics(
    read: PreferenceReading, nearest: NearestTopics | None, phrasebook: Phrasebook
) -> tuple[PreferenceReading, NearestTopics | None]:
    """The phrases and the nearest topics, with the topics that several of them mean together."""
    near = _groups_of(nearest.weights, phrasebook) if nearest else frozenset[str]()
    matches, narrowed = read.phrase_matches, []
    for match in matches:
        others = (_groups_of(each.weights, phrasebook) for each in matches if each is not match)
        named = near.union(*others) - _groups_of(match.weights, phrasebook)
        weights = _narrower(match.weights, named, phrasebook)
        narrowed.append(replace(match, weights={**weights, **match.weights}))
    if nearest:
        said = dict.fromkeys((code for match in matches for code in match.weights), 1.0)
        most = max(nearest.weights.values())
        weights = dict.fromkeys(_narrower(said, near, phrasebook), most)
        nearest = replace(nearest, weights={**weights, **nearest.weights})
    return replace(read, phrase_matches=tuple(narrowed)), nearest


def _groups_of(codes: Iterable[str], phrasebook: Phrasebook) -> frozenset[str]:
    return frozenset[str]().union(*(phrasebook.groups.get(code, ()) for code in codes))


def _narrower(
    weights: Mapping[str, float], groups: Collection[str], phrasebook: Phrasebook
) -> dict[str, float]:
    """The topics below these that are for one of the groups, each worth what the one above is."""
    if not groups:
        return {}
    return {
        code: weights[above]
        for code, above in phrasebook.broader.items()
        if above in weights and not phrasebook.groups.get(code, frozenset()).isdisjoint(groups)
    }
