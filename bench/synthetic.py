"""Synthetic services for measurements: any number, always the same ones, about 1 kB of text each.

Words are made of syllables and follow a Zipf-Mandelbrot distribution. Words of one topic occur
together, so that two words of a query match hundreds of services.

Untagged services have no topics. Their names and descriptions contain the names of topics, and the
topics are of our own taxonomy, so that topics can be suggested for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice, product
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from referral.fields.places.lookup import Place, find_zip
from referral.records.classification import Attribute, ServiceHeading, TaxonomyTerm, Translation
from referral.records.headings import OWN_TAXONOMY
from referral.records.hsds import (
    Address,
    CostOption,
    Language,
    Location,
    Organization,
    Record,
    Schedule,
    Service,
    ServiceAtLocation,
)

HEADINGS = (
    "basic-needs", "health", "employment", "seniors", "families", "volunteers", "legal",
    "emergency",
)  # fmt: skip
_SEED = 211
_WORD_COUNT = 120_000
_RANK_OFFSET, _EXPONENT = 25, 1.2  # so that the most common word is in every other text
_TOPIC_COUNT = 300
_TOPIC_WORDS = 40
_TOPIC_WORD_SHARE = 0.45
_SERVICES_PER_ORGANIZATION = 4
_MOST_SITES = 4
_ZIP_CODES = range(98001, 99404)  # of Washington State
_LANGUAGES = ("en", "en", "en", "en", "es", "es", "vi", "ru", "so", "zh")
_DAYS = ("MO", "TU", "WE", "TH", "FR", "MO,TU,WE,TH,FR", "MO,WE,FR", "SA", "TU,TH")
_STARTS = (
    "b", "br", "c", "ch", "cl", "d", "dr", "f", "fl", "g", "gr", "h", "j", "k", "l", "m", "n", "p",
    "pl", "pr", "qu", "r", "s", "sh", "sl", "st", "t", "th", "tr", "v", "w",
)  # fmt: skip
_MIDDLES = ("a", "e", "i", "o", "u", "ai", "ea", "ou")
_ENDS = ("", "n", "r", "l", "s", "t", "nd", "ck", "m")
_WORDS_OF_A_SERVICE = 105
_OTHER_TOPICS = 5  # topics that an untagged service mentions


def synthetic_terms(*, untagged: bool = False) -> Iterator[TaxonomyTerm]:
    """Yield the topics, each after its parent, and of our own taxonomy for untagged services."""
    for number in range(_TOPIC_COUNT):
        names = [_words()[rank] for rank in _topic_words(number)]
        yield TaxonomyTerm(
            id=_id("term", number),
            code=f"topic-{number}",
            name=f"{names[0]} {names[1]}",
            use_references=f"{names[2]}|{names[3]} {names[4]}",
            parent_id=_id("term", number // 20) if number >= 20 else "",
            taxonomy=OWN_TAXONOMY if untagged else "",
        )


def synthetic_services(count: int, *, untagged: bool = False) -> Iterator[list[Record]]:
    """Yield the records of each service; the first services are the same for any count."""
    random = np.random.default_rng(_SEED)
    for number in range(count):
        records: list[Record] = list(_service(number, random, untagged=untagged))
        if number % _SERVICES_PER_ORGANIZATION == 0:
            records.insert(0, _organization(number // _SERVICES_PER_ORGANIZATION))
        yield records


def _service(number: int, random: np.random.Generator, *, untagged: bool) -> Iterator[Record]:
    topic = int(np.searchsorted(_topic_shares(), random.random()))
    words = _draw_words(random, _WORDS_OF_A_SERVICE, topic)
    chances = random.random(7).tolist()
    topics = {topic, int(chances[0] ** 2 * _TOPIC_COUNT)} if chances[0] < 0.3 else {topic}
    if untagged:
        _add_topic_names(words, topic, number)
    service_id = _id("service", number)
    yield Service(
        id=service_id,
        organization_id=_id("organization", number // _SERVICES_PER_ORGANIZATION),
        name=" ".join(words[:4]).title(),
        alternate_name=" ".join(words[4:6]) if chances[1] < 0.3 else "",
        description=" ".join(words[6:76]),
        eligibility_description=" ".join(words[76:91]),
        application_process=" ".join(words[91:101]),
        keywords="|".join(words[101:104]),
    )
    for at, each in enumerate([] if untagged else topics):
        yield Attribute(
            id=_id("attribute", number * 2 + at), link_entity="service", link_id=service_id,
            taxonomy_term_id=_id("term", each),
        )  # fmt: skip
    heading = HEADINGS[int(chances[2] ** 2 * len(HEADINGS))]
    yield ServiceHeading(id=_id("heading", number), service_id=service_id, heading=heading)
    code = _LANGUAGES[int(chances[3] * len(_LANGUAGES))]
    yield Language(id=_id("language", number), service_id=service_id, code=code)
    if chances[4] < 0.4:
        yield CostOption(id=_id("cost", number), service_id=service_id, amount=0.0)
    if chances[5] < 0.2:
        yield from _spanish(number, words)
    yield _hours(number, number % 300, service_id=service_id)
    for at in range(0 if chances[6] < 0.15 else 1 + int(chances[6] ** 4 * _MOST_SITES)):
        yield from _site(number * _MOST_SITES + at, service_id, random)


def _add_topic_names(words: list[str], topic: int, number: int) -> None:
    """Replace words by the names of topics: of its topic and of other ones.

    The topic is named in the name of every third service, else in the description. There are so many
    others that a service has about as many suggestions as on a real list.
    """
    random = np.random.default_rng([_SEED, number])  # its own, so that other values do not change
    others = np.searchsorted(_topic_shares(), random.random(_OTHER_TOPICS))
    starts = [1 if number % 3 == 0 else 6, *range(9, 9 + 4 * _OTHER_TOPICS, 4)]
    for start, each in zip(starts, [topic, *others.tolist()], strict=True):
        words[start : start + 2] = [_words()[rank] for rank in _topic_words(each)[:2]]


def _spanish(number: int, words: list[str]) -> Iterator[Translation]:
    texts = {"name": " ".join(words[1:4]), "description": " ".join(words[20:50])}
    for at, (field, text) in enumerate(texts.items()):
        yield Translation(
            id=_id("translation", number * 2 + at), link_entity="service",
            link_id=_id("service", number), language="es", field=field, text=text,
        )  # fmt: skip


def _site(number: int, service_id: str, random: np.random.Generator) -> Iterator[Record]:
    places = _places()
    at = places[int(random.random() ** 1.5 * len(places))]
    north, east = (random.random(2) - 0.5).tolist()
    location_id = _id("location", number)
    yield Location(
        id=location_id,
        name=" ".join(_draw_words(random, 3)),
        latitude=round(at.latitude + north / 10, 5),
        longitude=round(at.longitude + east / 10, 5),
        position_source="file",
    )
    yield Address(
        id=_id("address", number), location_id=location_id, address_1=f"{number % 900 + 1} Main St",
        city=at.city, postal_code=at.zip_code, state_province=at.state,
    )  # fmt: skip
    link_id = _id("service_at_location", number)
    yield ServiceAtLocation(id=link_id, service_id=service_id, location_id=location_id)
    if number % 2:
        hours = int(random.random() * 400)
        yield _hours(number + 2**40, hours, service_at_location_id=link_id)


def _hours(
    number: int, variety: int, service_id: str = "", service_at_location_id: str = ""
) -> Schedule:
    opens = 7 + variety % 5
    return Schedule(
        id=_id("schedule", number),
        freq="WEEKLY",
        byday=_DAYS[variety % len(_DAYS)],
        opens_at=f"{opens:02}:{variety % 4 * 15:02}",
        closes_at=f"{opens + 4 + variety % 7:02}:00",
        service_id=service_id,
        service_at_location_id=service_at_location_id,
    )


def _organization(number: int) -> Organization:
    names = _words()
    first, second = number * 7919 % _WORD_COUNT, number * 104_729 % _WORD_COUNT
    return Organization(
        id=_id("organization", number), name=f"{names[first]} {names[second]} agency".title()
    )


def _id(kind: str, number: int) -> str:
    return str(UUID(int=(len(kind) * 256 + ord(kind[0])) << 64 | number))


def _draw_words(random: np.random.Generator, count: int, topic: int | None = None) -> list[str]:
    """Return random words, nearly half of them from the words of the topic, if one is given."""
    ranks = np.searchsorted(_word_shares(), random.random(count))
    if topic is not None:
        of_topic = _topic_words(topic)[(random.random(count) ** 2 * _TOPIC_WORDS).astype(np.int64)]
        ranks = np.where(random.random(count) < _TOPIC_WORD_SHARE, of_topic, ranks)
    return [_words()[rank] for rank in ranks.tolist()]


def _cumulative_shares(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = np.cumsum(weights) / weights.sum()
    shares[-1] = 1.0
    return shares


@cache
def _topic_shares() -> NDArray[np.float64]:
    """Return the cumulative shares of topics; one service in twenty has the most common topic."""
    return _cumulative_shares(1 / (np.arange(_TOPIC_COUNT) + 5) ** 0.9)


@cache
def _word_shares() -> NDArray[np.float64]:
    """Return the cumulative shares of words."""
    return _cumulative_shares(1 / (np.arange(_WORD_COUNT) + _RANK_OFFSET) ** _EXPONENT)


@cache
def _topic_words(topic: int) -> NDArray[np.int64]:
    """Return the ranks of the words of a topic, which are neither the most common nor rare ones."""
    random = np.random.default_rng(_SEED + topic)
    return random.choice(np.arange(40, 4000), _TOPIC_WORDS, replace=False)


@cache
def _words() -> list[str]:
    """Return the vocabulary: words of two and three syllables in a random order."""
    syllables = ["".join(parts) for parts in product(_STARTS, _MIDDLES, _ENDS)]
    random = np.random.default_rng(_SEED)
    lengths = random.choice([2, 2, 3], 2 * _WORD_COUNT)
    drawn = random.integers(0, len(syllables), (2 * _WORD_COUNT, 3))
    words = (
        "".join(syllables[part] for part in parts[:length])
        for parts, length in zip(drawn.tolist(), lengths.tolist(), strict=True)
    )
    return list(islice(dict.fromkeys(words), _WORD_COUNT))


@cache
def _places() -> list[Place]:
    return [place for code in _ZIP_CODES if (place := find_zip(str(code)))]
