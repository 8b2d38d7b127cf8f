"""Preferences in an interpreted query: which phrases count, and which words they use up."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from referral.search.query import Preference, PreferenceKind
from referral.search.understanding.phrasebook import PhraseMatch
from referral.search.understanding.preferences import (
    Mention,
    PreferencePhrases,
    load_preference_phrases,
    merge_mentions,
    parted_years,
)


class Token(Protocol):
    """One word: as typed and as meant."""

    @property
    def typed(self) -> str:
        """As it stands in the text."""

    @property
    def meant(self) -> str:
        """With its spelling corrected."""


@dataclass(frozen=True, slots=True)
class PreferenceReading:
    """Preferences of a query.

    Attributes:
        used_up: positions of tokens that say a preference and nothing else, with its kind: nothing
            needs to match them.
        phrase_matches: those that still stand for topics.
    """

    preferences: tuple[Preference, ...] = ()
    used_up: Mapping[int, PreferenceKind] = field(default_factory=dict)
    phrase_matches: Sequence[PhraseMatch] = ()


@dataclass(frozen=True, slots=True)
class _Claim:
    """A mention and the tokens that it stands for."""

    mention: Mention
    positions: frozenset[int]
    is_in_topic: bool  # a topic has these words and more


def read_preferences(
    said: Sequence[str],
    tokens: Sequence[Token],
    phrase_matches: Sequence[PhraseMatch],
    reserved: Collection[int],
    *,
    is_need: Sequence[bool],
    has_need: bool,
) -> PreferenceReading:
    """The preferences among the words of a query.

    A topic that needs more words than a phrase keeps them ("free clinic"). A phrase that has all
    words of a topic is a preference where the query has another need, else the topic.

    Args:
        said: all folded words of the text, small words and repetitions included.
        reserved: positions of tokens that name a town.
        is_need: for each token whether it may be a need: it is not said in passing.
        has_need: whether there is a need besides the tokens.
    """
    phrases = load_preference_phrases()
    words, positions = _aligned(said, tokens, phrases)
    mentions = phrases.find(words)
    if not mentions:
        return PreferenceReading(phrase_matches=phrase_matches)
    meant = [token.meant for token in tokens]
    claims = list(_claims(mentions, positions, meant, phrase_matches, reserved))
    claimed = {at for claim in claims if not claim.is_in_topic for at in claim.positions}
    in_topics = {at for match in phrase_matches for at in match.positions}
    needs = {at for at in range(len(tokens)) if is_need[at]} | in_topics
    if not (has_need or needs - claimed - set(reserved)):
        kept = [claim.mention for claim in claims if claim.positions.isdisjoint(in_topics)]
        return PreferenceReading(merge_mentions(kept, words), {}, phrase_matches)
    left = [match for match in phrase_matches if not claimed.issuperset(match.positions)]
    of_topics = {at for match in left for at in match.positions}
    return PreferenceReading(
        merge_mentions([claim.mention for claim in claims], words),
        {at: claim.mention.kind for claim in claims for at in claim.positions - of_topics},
        left,
    )


def _aligned(
    said: Sequence[str], tokens: Sequence[Token], phrases: PreferencePhrases
) -> tuple[list[str], list[tuple[int, ...]]]:
    """The words as phrases have them, and the positions of the tokens that each stands for.

    A word that no phrase has is taken as it is meant. Small words are not tokens.
    """
    by_word: dict[str, list[int]] = {}
    for at, token in enumerate(tokens):
        by_word.setdefault(token.typed, []).append(at)
    words: list[str] = []
    positions: list[tuple[int, ...]] = []
    for word in said:
        at_tokens = tuple(by_word.get(word, ()))
        parts = parted_years(word)
        if len(parts) == 1 and at_tokens and not phrases.knows(word):
            words += [tokens[at].meant for at in at_tokens]
            positions += [(at,) for at in at_tokens]
        else:
            words += parts
            positions += [at_tokens] * len(parts)
    return words, positions


def _claims(
    mentions: Sequence[Mention],
    positions: Sequence[tuple[int, ...]],
    meant: Sequence[str],
    phrase_matches: Sequence[PhraseMatch],
    reserved: Collection[int],
) -> Iterator[_Claim]:
    for mention in mentions:
        claimed = frozenset(at for word in mention.words for at in positions[word])
        if not claimed.isdisjoint(reserved):
            continue
        bare = {meant[at] for at in claimed} if len(mention.words) == 1 else set[str]()
        is_in_topic = any(
            not claimed.issuperset(match.positions)
            and not (claimed.isdisjoint(match.positions) and bare.isdisjoint(match.passing))
            for match in phrase_matches
        )
        if mention.in_topic or not is_in_topic:
            yield _Claim(mention, claimed, is_in_topic)
