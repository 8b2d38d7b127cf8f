"""Ways to say a topic, and service texts as stems.

Ways are names and use references of topics, thesaurus entries of two words or more, and
``seed_data/listing_phrases.csv``, which has the words of listings: with it the topics of the
tuning half, asked as such on the DC lists of 2023 and 2021, reached P@5 .67 and .73, without it
.59 and .66 (2026-11-26).
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
_ONE_WORD = 0.6  # what a way of one word is worth: it says less than two
_MOST_WORDS = 6
_AMBIGUITY = 0.25  # power of how many topics are called the same

# Words of asking and of offering, in every second listing and every second wish.
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
"""Words that say little of a topic; a way to say one is looked for without them."""
# Of these, those that turn the meaning of the one word beside them: "no power", "living will".
_TURNING = frozenset({"no", "not", "will"})

# One word that listings use of many kinds of services: children's education, emergency rent help,
# a home visit, "Casa Solana", a summer camp, internal medicine, an AIDS drug program. People mean
# one kind by it.
_OF_MANY_KINDS = frozenset(
    {"education", "classes", "emergency", "home", "house", "casa", "street", "camp", "medicine"}
    | {"day", "drug", "drugs"}
)
# These say little, but beside another word they name a place: "senior center", "community meal".
_OF_PLACES = frozenset({"center", "community"})

_GIVING = frozenset({"volunteering", "donating"})  # topics of givers are below these

Stems = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WayToSay:
    """Words that name a topic.

    Attributes:
        term_id: of the topic.
        text: the words as somebody wrote them.
        stems: of the words that tell something, in order.
        words: these words, each in the singular.
        weight: 0 to 1; of a taxonomy's own words 1.
        whole: all words, each in the singular, of a way that counts only where they all stand;
            empty for a way that is said by ``stems`` alone.
        full_weight: the weight if no word had been left out.
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
        """Return whether the one word left of it may mean something else than all of it."""
        return (
            not self.whole
            and len(self.stems) == 1
            and not (_TURNING | _OF_MANY_KINDS).isdisjoint(words_of(self.text))
        )


def telling_stems(text: str) -> list[tuple[str, str]]:
    """The words of a text that tell something, each with its English stem."""
    return [(word, stem(word, "english")) for word in words_of(text) if word not in COMMON_WORDS]


@lru_cache(maxsize=1 << 15)
def _count_telling(text: str) -> int:
    return len(telling_stems(text))


def singular(word: str) -> str:
    """An English word without the ending of the plural."""
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


# A word as it is written, with its apostrophes, dots and combining accents.
_LETTER = r"(?:[^\W_]|[\u0300-\u036f])"
_WRITTEN = re.compile(rf"(?:[^\W\d_]\.){{2,}}[^\W\d_]?|{_LETTER}+(?:['’‘ʼ.]{_LETTER}+)*")


@lru_cache(maxsize=64)  # a text is asked about once for each of its topics
def telling_spans(text: str) -> Sequence[tuple[int, int]]:
    """Where each of ``telling_stems`` stands in the text: its first letter, and behind its last.

    A word that cannot be told from those it is written together with has the span of them all.
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
    """All ways to say the topics of our own taxonomy.

    One-word entries of the thesaurus are what people say, not what listings say, and are left out.
    So are those of people who give, unless they say so: "deliver meals" is said of receivers, too.
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
    """Return the ways that name a place and count in full where all their words stand.

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
    """Return ways that weigh less the more topics have the same words."""
    shared = Counter(words for _, words in found)
    return [
        replace(way, weight=way.weight / shared[words] ** _AMBIGUITY)
        for (_, words), way in found.items()
    ]


@cache
def listing_phrases() -> Sequence[tuple[str, str]]:
    """Codes of topics, and phrases in which listings name such services."""
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
    """Whether "free" went and left its name: "free food" says a food pantry, "food" does not."""
    above = terms.terms.get(terms.terms[way.term_id].parent_id)
    if above is None or [word for word in words_of(way.text) if word in COMMON_WORDS] != ["free"]:
        return False
    return tuple(each for _, each in telling_stems(above.name)) == way.stems


def _names_giving(way: WayToSay) -> bool:
    """Whether more than what is given is left: "give food" is "food", which others give."""
    return len(way.stems) > 1 or len(words_of(way.text)) == 1


def _says_who_gives(way: WayToSay) -> bool:
    """Whether words tell that somebody gives: "help at the food bank" names the food bank, too."""
    return asks_to_give(words_of(way.text))


@lru_cache(maxsize=1 << 15)  # nearly all are the same in the next run
def _way(term_id: str, text: str, weight: float) -> WayToSay:
    """A way that lost words to ``COMMON_WORDS`` ("free food") says less than one that kept all."""
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
