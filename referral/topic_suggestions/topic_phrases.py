"""Phrases for topics, and texts of services as stems.

Phrases come from names and use references of topics, from thesaurus entries of two words or more,
and from ``seed_data/listing_phrases.csv``, which has the words of listings. With that file, queries
for the topics of the tuning half on the DC lists of 2023 and 2021 reached P@5 .67 and .73, without
it .59 and .66 (2026-11-26).
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from referral.records.headings import OWN_TAXONOMY
from referral.records.thesaurus import ThesaurusEntry
from referral.resources import resource_path
from referral.search.analysis import stem, words_of
from referral.search.understanding.phrases import asks_to_give
from referral.store.terms import TermTree

_LISTING_WEIGHT = 1.0
_THESAURUS_WEIGHT = 0.8
_ONE_WORD_WEIGHT = 0.6  # weight of a single word, which is weaker evidence than two
_MOST_WORDS = 6
_AMBIGUITY_EXPONENT = 0.25  # exponent of the number of topics with the same phrase

# Words of asking and offering, which are in every second listing and query.
_COMMON_WORDS_TEXT = """
able access agency also any apply area assist assistance available based call center community
contact county each eligible every free get give help helping include includes including
individual individuals information life low make may must need needed needs new no not offer
offered offers office other people person please program programs project provide provided
provider provides providing receive request resource resources serve serves service services
several site staff support supports through use variety various visit want well who will
ayuda ayudar necesita necesito programa quiero servicio servicios tengo
"""
COMMON_WORDS = frozenset(_COMMON_WORDS_TEXT.split())
"""Words that distinguish no topics; phrases are matched without them."""
# Common words that change the meaning of the one word beside them: "no power", "living will".
_MEANING_CHANGERS = frozenset({"no", "not", "will"})

# Single words that listings use of many kinds of services: children's education, emergency rent
# help, a home visit, "Casa Solana", a summer camp, internal medicine, an AIDS drug program. Patrons
# mean one kind by them.
_WORDS_OF_MANY_KINDS = frozenset(
    {"education", "classes", "emergency", "home", "house", "casa", "street", "camp", "medicine"}
    | {"day", "drug", "drugs"}
)
# Common words that name a place beside another word: "senior center", "community meal".
_PLACE_WORDS = frozenset({"center", "community"})

_GIVING_TOPICS = frozenset({"volunteering", "donating"})  # topics of givers are below these

Stems = tuple[str, ...]
# A written word, with its apostrophes, dots and combining accents.
_LETTER_PATTERN = r"(?:[^\W_]|[\u0300-\u036f])"
_WRITTEN_WORD = re.compile(
    rf"(?:[^\W\d_]\.){{2,}}[^\W\d_]?|{_LETTER_PATTERN}+(?:['’‘ʼ.]{_LETTER_PATTERN}+)*"
)


@dataclass(frozen=True, slots=True)
class TopicPhrase:
    """A phrase that names a topic, with its stems and weight.

    Attributes:
        term_id: id of the topic.
        text: the phrase as it was written.
        stems: stems of its content words (not in ``COMMON_WORDS``), in order.
        words: the content words, in the singular.
        weight: 0 to 1; lower if words were left out or several topics share the phrase.
        whole: all words, in the singular, of a phrase that matches only with all of them;
            empty for a phrase that matches by ``stems`` alone.
        full_weight: the weight if no word were left out.
    """

    term_id: str
    text: str
    stems: Stems
    words: tuple[str, ...]
    weight: float
    whole: tuple[str, ...] = ()
    full_weight: float = 1.0

    @property
    def is_ambiguous(self) -> bool:
        """Return whether the phrase's only content word may mean something else than the phrase."""
        return (
            not self.whole
            and len(self.stems) == 1
            and not (_MEANING_CHANGERS | _WORDS_OF_MANY_KINDS).isdisjoint(words_of(self.text))
        )


def content_stems(text: str) -> list[tuple[str, str]]:
    """Return the content words of a text, each with its English stem."""
    return [(word, stem(word, "english")) for word in words_of(text) if word not in COMMON_WORDS]


@lru_cache(maxsize=1 << 15)
def _count_content_words(text: str) -> int:
    return len(content_stems(text))


def singular(word: str) -> str:
    """Return an English word without a plural ending."""
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


@lru_cache(maxsize=64)  # called once for each topic of a text
def content_spans(text: str) -> Sequence[tuple[int, int]]:
    """Return the start and end of each content word in a text, as of ``content_stems``.

    A word that cannot be separated from others written together with it has the span of them all.
    """
    spans: list[tuple[int, int]] = []
    for chunk in re.finditer(r"\S+", text):
        count = _count_content_words(chunk.group())
        written_spans = [
            (chunk.start() + word.start(), chunk.start() + word.end())
            for word in _WRITTEN_WORD.finditer(chunk.group())
            for _ in range(_count_content_words(word.group()))
        ]
        spans += written_spans if len(written_spans) == count else [chunk.span()] * count
    return spans


def topic_phrases(terms: TermTree, thesaurus: Iterable[ThesaurusEntry]) -> list[TopicPhrase]:
    """Return all phrases for the topics of the library's own taxonomy.

    One-word thesaurus entries are left out, because patrons use them and listings do not. Phrases
    of topics for givers are left out unless they express giving: "deliver meals" is also said of
    receivers.
    """
    found: dict[tuple[str, Stems], TopicPhrase] = {}
    for phrase in _iter_phrases(terms, thesaurus):
        known = found.get((phrase.term_id, phrase.stems))
        if _names_broader_topic(phrase, terms):
            continue
        if phrase.stems and (known is None or known.weight < phrase.weight):
            found[phrase.term_id, phrase.stems] = phrase
    return _weigh_by_topics(found)


def whole_phrases(terms: TermTree, thesaurus: Iterable[ThesaurusEntry]) -> list[TopicPhrase]:
    """Return the phrases that name a place and count in full where all their words stand.

    Without "center" a "senior center" is only a "senior", who may be anybody.
    """
    found: dict[tuple[str, tuple[str, ...]], TopicPhrase] = {}
    for phrase in _iter_phrases(terms, thesaurus):
        whole = tuple(map(singular, words_of(phrase.text)))
        if 0 < len(phrase.stems) < len(whole) and not _PLACE_WORDS.isdisjoint(whole):
            known = found.get((phrase.term_id, whole))
            if known is None or known.weight < phrase.full_weight:
                found[phrase.term_id, whole] = replace(
                    phrase, weight=phrase.full_weight, whole=whole
                )
    return _weigh_by_topics(found)


def _weigh_by_topics(found: Mapping[tuple[str, tuple[str, ...]], TopicPhrase]) -> list[TopicPhrase]:
    """Return phrases with lower weights, the more topics have the same words."""
    shared = Counter(words for _, words in found)
    return [
        replace(phrase, weight=phrase.weight / shared[words] ** _AMBIGUITY_EXPONENT)
        for (_, words), phrase in found.items()
    ]


@cache
def listing_phrases() -> Sequence[tuple[str, str]]:
    """Return codes of topics, each with a phrase that listings use for such services."""
    path = resource_path("seed_data") / "listing_phrases.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [
            (row["topic"], phrase)
            for row in csv.DictReader(file)
            for phrase in row["phrases"].split("|")
        ]


def _iter_phrases(terms: TermTree, thesaurus: Iterable[ThesaurusEntry]) -> Iterator[TopicPhrase]:
    topics = {term.key: term for term in terms.terms.values() if term.taxonomy == OWN_TAXONOMY}
    for term in topics.values():
        above = {broader.code for broader in terms.path(term.id)}
        for text in (term.name, *terms.words(term.id)):
            phrase = _make_phrase(term.id, text, 1.0)
            is_word_for_volunteers = "volunteering" in above and text != term.name
            if _GIVING_TOPICS.isdisjoint(above) or (
                _expresses_giving(phrase) if is_word_for_volunteers else _names_giving(phrase)
            ):
                yield phrase
    for code, listing_text in listing_phrases():
        if code in topics:
            yield _make_phrase(topics[code].id, listing_text, _LISTING_WEIGHT)
    for entry in thesaurus:
        weight = _THESAURUS_WEIGHT * min(entry.weight, 1.0)
        for term in (topics[code] for code in entry.term_codes if code in topics):
            phrase = _make_phrase(term.id, entry.phrase, weight)
            is_for_givers = any(broader.code in _GIVING_TOPICS for broader in terms.path(term.id))
            if len(phrase.stems) > 1 and (not is_for_givers or _expresses_giving(phrase)):
                yield phrase


def _names_broader_topic(phrase: TopicPhrase, terms: TermTree) -> bool:
    """Return whether a phrase without "free" is the name of the broader topic.

    "free food" is evidence for a food pantry, "food" alone is not.
    """
    above = terms.terms.get(terms.terms[phrase.term_id].parent_id)
    if above is None or [word for word in words_of(phrase.text) if word in COMMON_WORDS] != [
        "free"
    ]:
        return False
    return tuple(stem for _, stem in content_stems(above.name)) == phrase.stems


def _names_giving(phrase: TopicPhrase) -> bool:
    """Return whether a phrase still names giving without its common words.

    "give food" becomes "food", which others give.
    """
    return len(phrase.stems) > 1 or len(words_of(phrase.text)) == 1


def _expresses_giving(phrase: TopicPhrase) -> bool:
    """Return whether a phrase expresses giving.

    "help at the food bank" also names the food bank.
    """
    return asks_to_give(words_of(phrase.text))


@lru_cache(maxsize=1 << 15)  # nearly all phrases are the same in the next run
def _make_phrase(term_id: str, text: str, weight: float) -> TopicPhrase:
    """Return a phrase for a topic.

    A phrase that lost words to ``COMMON_WORDS`` ("free food") weighs less than one that kept all.
    """
    content_words = content_stems(text)
    stems = tuple(stem for _, stem in content_words)[:_MOST_WORDS]
    share_kept = (len(stems) / len(words_of(text))) ** 0.5 if stems else 0.0
    singular_words = tuple(singular(word) for word, _ in content_words)
    return TopicPhrase(
        term_id,
        text,
        stems,
        singular_words,
        weight * share_kept * (_ONE_WORD_WEIGHT if len(stems) == 1 else 1.0),
        full_weight=weight,
    )
