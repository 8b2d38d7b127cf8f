"""What a query is understood with: vocabulary, phrases, examples, and where towns are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from referral.search.understanding.nearest_phrases import NearestPhrases
from referral.search.understanding.phrasebook import Phrasebook
from referral.search.understanding.towns import Neighbourhood
from referral.search.understanding.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What words are understood with.

    Attributes:
        vocabulary: the words of the index.
        phrasebook: what people say and mean.
        neighborhood: where towns are known without their state; None to look for no town.
        example_words: language → words of the example sentences, with how often each is there.
        nearest_phrases: for words that no phrase matches; None not to guess, as in danger.
        reads_preferences: whether words may say a preference and nothing else; not in danger.
    """

    vocabulary: Vocabulary
    phrasebook: Phrasebook
    neighbourhood: Neighbourhood | None = None
    nearest_phrases: NearestPhrases | None = None
    reads_preferences: bool = True
    example_words: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
