"""Phrases for topics ("ways to say" a topic), and texts of services as stems.

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
_ONE_WORD = 0.6  # weight of a single word, which is weaker evidence than two
_MOST_WORDS = 6
_AMBIGUITY = 0.25  # exponent of the number of topics with the same phrase

# Words of asking and offering, which are in every second listing and query.
_COMMON_TEXT = """
able access agency also any apply area assist assistance available based call center community
contact county each eligible every free get give help helping include includes including
individual individuals information life low make may must need needed needs new no not offer
offered offers office other people person please program programs project provide provided
provider provides providing receive request resource resources serve serves service services
several site staff support supports through use variety various visit want well who will
ayuda ayudar necesita necesito programa quiero servicio servicios tengo
"""
COMMON_WORDS = frozenset(_COMMON_TEXT.split())
"""Words that distinguish no topics; phrases are matched without them."""
# Common words that change the meaning of the one word beside them: "no power", "living will".
_TURNING = frozenset({"no", "not", "will"})

# Single words that listings use of many kinds of services: children's education, emergency rent
# help, a home visit, "Casa Solana", a summer camp, internal medicine, an AIDS drug program. Patrons
# mean one kind by them.
_OF_MANY_KINDS = frozenset(
    {"education", "classes", "emergency", "home", "house", "casa", "street", "camp", "medicine"}
    | {"day", "drug", "drugs"}
)
# Common words that name a place beside another word: "senior center", "community meal".
_OF_PLACES = frozenset({"center", "community"})

_GIVING = frozenset({"volunteering", "donating"})  # topics of givers are below these

Stems = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WayToSay:
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
    def is_turned(self) -> bool:
        """Return whether the phrase's only content word may mean something else than the phrase."""
        return (
            not self.whole
            and len(self.stems) == 1
            and not (_TURNING | _OF_MANY_KINDS).isdisjoint(words_of(self.text))
        )


def telling_stems(text: str) -> list[tuple[str, str]]:
    """Return the content words of a text, each with its English stem."""
    return [(word, stem(word, "english")) for word in words_of(text) if word not in COMMON_WORDS]


@lru_cache(maxsize=1 << 15)
def _count_telling(text: str) -> int:
    return len(telling_stems(text))


def singular(word: str) -> str:
    """Return an English word without a plural ending."""
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


# A written word, with its apostrophes, dots and combining accents.
_LETTER = r"(?:[^\W_]|[\u0300-\u036f])"
_WRITTEN = re.compile(rf"(?:[^\W\d_]\.){{2,}}[^\W\d_]?|{_LETTER}+(?:['’‘ʼ.]{_LETTER}+)*")


@lru_cache(maxsize=64)  # called once for each topic of a text
def telling_spans(text: str) -> Sequence[tuple[int, int]]:
    """Return the start and end of each content word in a text, as of ``telling_stems``.

    A word that cannot be separated from others written together with it has the span of them all.
    """
    spans: list[tuple[int, int]] = []
    for chunk in re.finditer(r"\S+", text):
        known = _count_telling(chunk.group())
        written = [
            (chunk.start() + word.start(), chunk.start() + word.end())
            for word in _WRITTEN.finditer(chunk.group())
            for _ in range(_count_telling(word.group()))
        ]
        spans += written if len(written) == known else [chunk.span()] * known
    return spans


def ways_to_say(terms: TermTree, thesaurus: Iterable[ThesaurusEntry]) -> list[WayToSay]:
    """Return all phrases for the topics of the library's own taxonomy.

    One-word thesaurus entries are left out, because patrons use them and listings do not. Phrases
    of topics for givers are left out unless they express giving: "deliver meals" is also said of
    receivers.
    """
    found: dict[tuple[str, Stems], WayToSay] = {}
    for way in _all_ways(terms, thesaurus):
        known = found.get((way.term_id, way.stems))
        if _names_the_topic_above(way, terms):
            continue
        if way.stems and (known is None or known.weight < way.weight):
            found[way.term_id, way.stems] = way
    return _shared_among_topics(found)


def whole_phrases(terms: TermTree, thesaurus: Iterable[ThesaurusEntry]) -> list[WayToSay]:
    """Return the phrases that name a place and count in full where all their words stand.

    Without "center" a "senior center" is only a "senior", who may be anybody.
    """
    found: dict[tuple[str, tuple[str, ...]], WayToSay] = {}
    for way in _all_ways(terms, thesaurus):
        whole = tuple(map(singular, words_of(way.text)))
        if 0 < len(way.stems) < len(whole) and not _OF_PLACES.isdisjoint(whole):
            known = found.get((way.term_id, whole))
            if known is None or known.weight < way.full_weight:
                found[way.term_id, whole] = replace(way, weight=way.full_weight, whole=whole)
    return _shared_among_topics(found)


def _shared_among_topics(found: Mapping[tuple[str, tuple[str, ...]], WayToSay]) -> list[WayToSay]:
    """Return phrases with lower weights, the more topics have the same words."""
    shared = Counter(words for _, words in found)
    return [
        replace(way, weight=way.weight / shared[words] ** _AMBIGUITY)
        for (_, words), way in found.items()
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


def _all_ways(terms: TermTree, thesaurus: Iterable[ThesaurusEntry]) -> Iterator[WayToSay]:
    own = {term.key: term for term in terms.terms.values() if term.taxonomy == OWN_TAXONOMY}
    for term in own.values():
        above = {each.code for each in terms.path(term.id)}
        for text in (term.name, *terms.words(term.id)):
            way = _way(term.id, text, 1.0)
            is_told = "volunteering" in above and text != term.name
            if _GIVING.isdisjoint(above) or (
                _says_who_gives(way) if is_told else _names_giving(way)
            ):
                yield way
    for code, phrase in listing_phrases():
        if code in own:
            yield _way(own[code].id, phrase, _LISTING_WEIGHT)
    for entry in thesaurus:
        weight = _THESAURUS_WEIGHT * min(entry.weight, 1.0)
        for term in (own[code] for code in entry.term_codes if code in own):
            way = _way(term.id, entry.phrase, weight)
            is_for_givers = any(each.code in _GIVING for each in terms.path(term.id))
            if len(way.stems) > 1 and (not is_for_givers or _says_who_gives(way)):
                yield way


def _names_the_topic_above(way: WayToSay, terms: TermTree) -> bool:
    """Return whether a phrase without "free" is the name of the broader topic.

    "free food" is evidence for a food pantry, "food" alone is not.
    """
    above = terms.terms.get(terms.terms[way.term_id].parent_id)
    if above is None or [word for word in words_of(way.text) if word in COMMON_WORDS] != ["free"]:
        return False
    return tuple(each for _, each in telling_stems(above.name)) == way.stems


def _names_giving(way: WayToSay) -> bool:
    """Return whether a phrase still names giving without its common words.

    "give food" becomes "food", which others give.
    """
    return len(way.stems) > 1 or len(words_of(way.text)) == 1


def _says_who_gives(way: WayToSay) -> bool:
    """Return whether a phrase expresses giving.

    "help at the food bank" also names the food bank.
    """
    return asks_to_give(words_of(way.text))


@lru_cache(maxsize=1 << 15)  # nearly all phrases are the same in the next run
def _way(term_id: str, text: str, weight: float) -> WayToSay:
    """Return a phrase for a topic.

    A phrase that lost words to ``COMMON_WORDS`` ("free food") weighs less than one that kept all.
    """
    telling = telling_stems(text)
    stems = tuple(each for _, each in telling)[:_MOST_WORDS]
    kept = (len(stems) / len(words_of(text))) ** 0.5 if stems else 0.0
    said = tuple(singular(word) for word, _ in telling)
    return WayToSay(
        term_id,
        text,
        stems,
        said,
        weight * kept * (_ONE_WORD if len(stems) == 1 else 1.0),
        full_weight=weight,
    )
