"""Record linkage: match keys, blocking and pairwise comparison of organizations and services.

Pure and symmetric. Nothing is merged automatically: the pairs fill a queue that a person decides.
Two branches at different addresses, two services of one agency, and names with different numbers
("Senior Center 3", "Senior Center 5") are never matched. Blocking compares only records that share
a phone, an address, a website or a rare word: some thousands of pairs instead of the 450 million
that 30,000 records have.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import urlsplit

from rapidfuzz import fuzz

from referral.fields.places.lookup import zip5
from referral.fields.urls_and_emails import normalise_url

# Addresses that many organizations share say nothing about whose they are.
_SHARED_SITES = frozenset(
    (
        "facebook.com", "instagram.com", "linktr.ee", "twitter.com", "x.com", "youtube.com",
        "google.com", "sites.google.com", "docs.google.com", "gmail.com", "yahoo.com",
        "hotmail.com", "aol.com", "outlook.com", "comcast.net", "verizon.net", "icloud.com",
        "msn.com", "pa.gov",
    )
)  # fmt: skip
_SMALL_WORDS = frozenset(
    (
        "a", "an", "and", "at", "de", "for", "in", "la", "of", "on", "the", "to", "inc",
        "incorporated", "llc", "ltd", "corp", "corporation", "co", "company", "org", "npo",
    )
)  # fmt: skip
_NUMBER_WORDS = {
    word: str(number)
    for number, words in enumerate(
        ("one first", "two second ii", "three third iii", "four fourth iv", "five fifth",
         "six sixth vi", "seven seventh vii", "eight eighth viii", "nine ninth ix", "ten tenth"),
        start=1,
    )
    for word in words.split()
}  # fmt: skip
_SHORT_WORDS = {
    "saint": "st", "centre": "center", "ctr": "center", "dept": "department",
    "assn": "association", "assoc": "association", "svcs": "service", "services": "service",
}  # fmt: skip
_SAME_WORDS = _NUMBER_WORDS | _SHORT_WORDS
_STREET_WORDS = {
    word: short
    for short, words in (
        ("st", "street str"), ("ave", "avenue av"), ("rd", "road"), ("dr", "drive"),
        ("blvd", "boulevard"), ("ln", "lane"), ("ct", "court"), ("pl", "place"),
        ("hwy", "highway"), ("pkwy", "parkway"), ("sq", "square"), ("ter", "terrace"),
        ("cir", "circle"), ("rte", "route rt"), ("n", "north"), ("s", "south"), ("e", "east"),
        ("w", "west"), ("ne", "northeast"), ("nw", "northwest"), ("se", "southeast"),
        ("sw", "southwest"), ("mt", "mount"), ("ft", "fort"),
    )
    for word in words.split()
}  # fmt: skip
_ROOM = re.compile(r"(?:,|\s)\s*(?:suite|ste|unit|apt|apartment|room|rm|floor|fl|#)\b.*", re.DOTALL)
_PO_BOX = re.compile(r"\bp\.? ?o\.? ?box\s*#?\s*(\d+)")
_WORD = re.compile(r"[a-z0-9]+")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")


@lru_cache(maxsize=200_000)
def name_tokens(name: str) -> tuple[str, ...]:
    """The distinctive words of a name, folded; numbers as digits."""
    text = unicodedata.normalize("NFKD", name).casefold().replace("&", " and ")
    text = "".join(each for each in text if not unicodedata.combining(each))
    text = re.sub(r"['’.]", "", text)
    words = (_ORDINAL.sub(r"\1", word) for word in _WORD.findall(text))
    return tuple(_SAME_WORDS.get(word, word) for word in words if word not in _SMALL_WORDS)


def name_key(name: str) -> str:
    """Match key of a name."""
    return " ".join(name_tokens(name))


def number_tokens(name: str) -> frozenset[str]:
    """The numbers in a name: a branch, a post, a district."""
    return frozenset(
        digits.lstrip("0") or "0"
        for word in name_tokens(name)
        for digits in re.findall(r"\d+", word)
    )


def address_key(street: str, city: str, postal_code: str) -> str:
    """Match key of a street address, without room or unit; "" when there is none."""
    text = street.casefold()
    box = _PO_BOX.search(text)
    words = _WORD.findall(f"po box {box[1]}" if box else _ROOM.sub("", text))
    if not words or not any(word.isdecimal() for word in words):
        return ""
    line = " ".join(_STREET_WORDS.get(word, word) for word in words)
    return f"{line} {zip5(postal_code) or name_key(city)}"


def host_key(address: str) -> str:
    """Match key of a web or e-mail address: its host; "" for hosts that many share."""
    if "@" in address and "/" not in address:
        host = address.rpartition("@")[2].strip().casefold()
    else:
        host = (urlsplit(normalise_url(address)).hostname or "").removeprefix("www.")
    return "" if host in _SHARED_SITES or "." not in host else host


_SAME_NAME = 92
_LIKE_NAME = 80
_SAME_AGENCY = 85


class MatchBand(StrEnum):
    """How certain a match is."""

    NEAR_CERTAIN = "near-certain"
    MAYBE = "maybe"
    UNLIKELY = "unlikely"


class Evidence(StrEnum):
    """A field that agrees between two records."""

    NAME = "name"
    ORGANIZATION = "organization"
    PHONE = "phone"
    PLACE = "place"
    WEBSITE = "website"
    IDENTIFIER = "identifier"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRecord:
    """What of a record is compared; all but names as match keys.

    Attributes:
        names: its name and what it is also called.
        organization_id, organization_name: of a service; "" of an organization.
        phones: as a machine dials them.
        places: street addresses.
        zips: five digits.
        sites: hosts of websites and of e-mail addresses.
        identifiers: tax numbers, digits only.
    """

    id: str
    names: tuple[str, ...]
    organization_id: str = ""
    organization_name: str = ""
    phones: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    zips: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    identifiers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class MatchResult:
    """How well two records match; ``score`` is 0 to 100 and orders the queue."""

    band: MatchBand
    score: int
    alike: tuple[Evidence, ...] = ()


def compare(one: ComparedRecord, other: ComparedRecord) -> MatchResult:
    """Compare two records of one kind."""
    first, second = sorted((one, other), key=lambda each: each.id)
    name = _name_score(first, second)
    agency = _agency_score(first, second)
    alike = tuple(_evidence(first, second, name, agency))
    score = _score(name, alike)
    if _is_vetoed(first, second, alike):
        return MatchResult(MatchBand.UNLIKELY, score, alike)
    is_service = bool(first.organization_id or second.organization_id)
    band = _service_band(first, second, name, agency) if is_service else _band(name, alike)
    if band is MatchBand.NEAR_CERTAIN and _differ(first.places, second.places):
        band = MatchBand.MAYBE  # perhaps two branches with one switchboard
    return MatchResult(band, score, alike)


def name_score(one: str, other: str) -> float:
    """Similarity of two names, 0 to 100; legal forms and stop words do not count."""
    first, second = sorted((name_key(one), name_key(other)))
    if not first or not second:
        return 0.0
    return (fuzz.token_sort_ratio(first, second) + fuzz.token_set_ratio(first, second)) / 2


def _name_score(first: ComparedRecord, second: ComparedRecord) -> float:
    return max(
        (name_score(one, other) for one in first.names for other in second.names), default=0.0
    )


def _agency_score(first: ComparedRecord, second: ComparedRecord) -> float:
    if first.organization_id and first.organization_id == second.organization_id:
        return 100.0
    return name_score(first.organization_name, second.organization_name)


def _evidence(
    first: ComparedRecord, second: ComparedRecord, name: float, agency: float
) -> Iterator[Evidence]:
    if name >= _LIKE_NAME:
        yield Evidence.NAME
    if agency >= _SAME_AGENCY:
        yield Evidence.ORGANIZATION
    for alike, one, other in (
        (Evidence.PHONE, first.phones, second.phones),
        (Evidence.PLACE, first.places, second.places),
        (Evidence.WEBSITE, first.sites, second.sites),
        (Evidence.IDENTIFIER, first.identifiers, second.identifiers),
    ):
        if one & other:
            yield alike


def _score(name: float, alike: tuple[Evidence, ...]) -> int:
    weights = {
        Evidence.PHONE: 15,
        Evidence.PLACE: 15,
        Evidence.IDENTIFIER: 15,
        Evidence.WEBSITE: 10,
    }
    return min(100, round(0.6 * name + sum(weights.get(each, 0) for each in alike)))


def _is_vetoed(first: ComparedRecord, second: ComparedRecord, alike: tuple[Evidence, ...]) -> bool:
    """Whether a difference rules the match out, whatever agrees."""
    numbers, others = number_tokens(first.names[0]), number_tokens(second.names[0])
    if numbers != others:
        return True
    if _differ(first.identifiers, second.identifiers):
        return True
    far = _differ(first.places, second.places)
    return far and (Evidence.PHONE not in alike or _is_one_agency(first, second))


def _differ(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether both are known and have nothing in common."""
    return bool(one and other and not one & other)


def _is_one_agency(first: ComparedRecord, second: ComparedRecord) -> bool:
    return bool(first.organization_id) and first.organization_id == second.organization_id


def _band(name: float, alike: tuple[Evidence, ...]) -> MatchBand:
    strong = len({Evidence.PHONE, Evidence.PLACE, Evidence.IDENTIFIER}.intersection(alike))
    if (name >= _SAME_NAME and strong) or (name >= _LIKE_NAME and strong >= 2):
        return MatchBand.NEAR_CERTAIN
    # Neighbors in one building often share the name of the county as well.
    likely = (name >= 75 and strong) or (name >= 60 and strong >= 2)
    if likely or (name >= _SAME_AGENCY and Evidence.WEBSITE in alike) or name >= 98:
        return MatchBand.MAYBE
    return MatchBand.UNLIKELY


def _service_band(
    first: ComparedRecord, second: ComparedRecord, name: float, agency: float
) -> MatchBand:
    reached = bool(first.phones & second.phones), bool(first.places & second.places)
    if _is_one_agency(first, second):
        # Agencies name their services apart; only the same name twice is worth a look.
        if name < 98:
            return MatchBand.UNLIKELY
        return MatchBand.NEAR_CERTAIN if any(reached) else MatchBand.MAYBE
    if name >= _SAME_NAME and agency >= _SAME_AGENCY and any(reached):
        return MatchBand.NEAR_CERTAIN
    met = any(reached) or bool(first.sites & second.sites)
    if name >= _LIKE_NAME and ((agency >= _LIKE_NAME and met) or all(reached)):
        return MatchBand.MAYBE
    return MatchBand.UNLIKELY


# More records than this behind one key: it is a switchboard or a portal, no sign of anybody.
LARGEST_BLOCK = 40
_RARE_WORDS = 3


def block_records(compared: Iterable[ComparedRecord]) -> Mapping[str, list[ComparedRecord]]:
    """Blocks of records by match key; blocks over ``LARGEST_BLOCK`` are dropped."""
    records = list(compared)
    common = Counter(word for each in records for word in set(_block_words(each)))
    found: dict[str, list[ComparedRecord]] = defaultdict(list)
    for each in records:
        for key in set(_block_keys(each, common)):
            found[key].append(each)
    return {key: block for key, block in found.items() if 1 < len(block) <= LARGEST_BLOCK}


def candidate_pairs(
    found: Mapping[str, list[ComparedRecord]], touched: frozenset[str] | None = None
) -> Iterator[tuple[ComparedRecord, ComparedRecord]]:
    """Each pair within a block once; with ``touched``, only pairs with one of these ids."""
    seen: set[tuple[str, str]] = set()
    for block in found.values():
        for place, one in enumerate(block):
            for other in block[place + 1 :]:
                key = (min(one.id, other.id), max(one.id, other.id))
                if key in seen or (touched is not None and touched.isdisjoint(key)):
                    continue
                seen.add(key)
                yield one, other


def _block_words(record: ComparedRecord) -> tuple[str, ...]:
    return name_tokens(f"{record.names[0]} {record.organization_name}")


def _block_keys(record: ComparedRecord, common: Counter[str]) -> Iterator[str]:
    yield from (f"phone {each}" for each in record.phones)
    yield from (f"place {each}" for each in record.places)
    yield from (f"site {each}" for each in record.sites)
    yield from (f"identifier {each}" for each in record.identifiers)
    yield f"name {name_key(record.names[0])} {name_key(record.organization_name)}"
    rare = sorted(set(_block_words(record)), key=lambda word: (common[word], word))[:_RARE_WORDS]
    yield from (f"zip {zip_code} {word}" for zip_code in record.zips for word in rare)
