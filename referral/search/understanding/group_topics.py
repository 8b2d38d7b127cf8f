"""Topics for the people whom a question names: "a job after prison" is one for those with a record.

One phrase says what is needed ("job"), another, an age, or the question as a whole, for whom
("prison"). A topic below the first that is made for the people of the second is what both mean
together, and meets both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from referral.records.facets import groups_of_age
from referral.search.query import PreferenceKind
from referral.search.understanding.phrasebook import Phrasebook, PhraseMatch
from referral.search.understanding.preference_reader import PreferenceReading
from referral.search.understanding.whole_question import NearestTopics

_BOTH = 0.5  # what it is worth to the phrase that says for whom, which mostly has topics of its own


def with_group_topics(
    read: PreferenceReading, nearest: NearestTopics | None, phrasebook: Phrasebook
) -> tuple[PreferenceReading, NearestTopics | None]:
    """The phrases and the nearest topics, with the topics that several of them mean together."""
    of_age = _groups_of_age(read)
    near = of_age.union(_groups_of(nearest.weights, phrasebook) if nearest else ())
    matches = read.phrase_matches
    together = [_narrowed(match, matches, near, phrasebook) for match in matches]
    narrowed = []
    for match, own in zip(matches, together, strict=True):
        groups = _groups_of(match.weights, phrasebook)
        of_others = (
            weights for each, weights in zip(matches, together, strict=True) if each is not match
        )
        both = {
            code: _BOTH * max(match.weights.values())
            for weights in of_others
            for code in weights
            if not groups.isdisjoint(phrasebook.groups[code])
        }
        narrow = frozenset(both) - set(own) - set(match.weights)
        weights = {**both, **own, **match.weights}
        narrowed.append(replace(match, weights=weights, narrow=narrow))
    if nearest:
        said = dict.fromkeys((code for match in matches for code in match.weights), 1.0)
        most = max(nearest.weights.values())
        weights = dict.fromkeys(_narrower(said, near, phrasebook), most)
        nearest = replace(nearest, weights={**weights, **nearest.weights})
    return replace(read, phrase_matches=tuple(narrowed)), nearest


def _narrowed(
    match: PhraseMatch,
    matches: Sequence[PhraseMatch],
    near: frozenset[str],
    phrasebook: Phrasebook,
) -> dict[str, float]:
    others = (_groups_of(each.weights, phrasebook) for each in matches if each is not match)
    named = near.union(*others) - _groups_of(match.weights, phrasebook)
    return _narrower(match.weights, named, phrasebook)


def _groups_of_age(read: PreferenceReading) -> frozenset[str]:
    ages = (each.values for each in read.preferences if each.kind is PreferenceKind.AGE)
    return frozenset[str]().union(*(groups_of_age(age) for values in ages for age in values))


def _groups_of(codes: Iterable[str], phrasebook: Phrasebook) -> frozenset[str]:
    return frozenset[str]().union(*(phrasebook.groups.get(code, ()) for code in codes))


def _narrower(
    weights: Mapping[str, float], groups: Collection[str], phrasebook: Phrasebook
) -> dict[str, float]:
    """The topics below these that are for one of the groups, each worth what the one above is."""
    if not groups:
        return {}
    found = {}
    for code in phrasebook.broader:
        if phrasebook.groups.get(code, frozenset()).isdisjoint(groups):
            continue
        above = phrasebook.broader[code]
        while above and above not in weights:
            above = phrasebook.broader.get(above, "")
        if above:
            found[code] = weights[above]
    return found
