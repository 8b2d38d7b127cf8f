"""Match keys: normalized names, addresses, hosts and web pages, for comparing records."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import urlsplit

from referral.fields.places.lookup import zip5
from referral.fields.urls_and_emails import normalize_url, website_host

# Hosts that many organizations share do not identify any of them.
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
_STANDARD_WORDS = _NUMBER_WORDS | _SHORT_WORDS
_STREET_WORDS = _NUMBER_WORDS | {
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
_ROOM = re.compile(
    r"(?:,|\s)\s*(?:suite|ste|unit|apt|apartment|room|rm|floor|fl|no|bldg|building|#)\b\.?(.*)"
    r"|#(.*)|,?\s(\d+(?:st|nd|rd|th) (?:floor|fl)\b.*)",
    re.DOTALL,
)
_PO_BOX = re.compile(r"\bp\.? ?o\.? ?box\s*#?\s*(\d+)")
_WORD = re.compile(r"[a-z0-9]+")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")
_COMPOUND_DIRECTION = re.compile(r"\b(north|south)[ -](east|west)")
_BRACKETS = re.compile(r"\(([^()]*)\)")


def name_words(name: str) -> tuple[str, ...]:
    """Return the words of a record's name for matching, folded, with ordinals as digits."""
    text = unicodedata.normalize("NFKD", name).casefold().replace("&", " and ")
    text = "".join(each for each in text if not unicodedata.combining(each))
    text = _COMPOUND_DIRECTION.sub(r"\1\2", re.sub(r"['’.]", "", text))
    return tuple(_ORDINAL.sub(r"\1", word) for word in _WORD.findall(text))


@lru_cache(maxsize=200_000)
def name_tokens(name: str) -> tuple[str, ...]:
    """Return the distinctive words of a record's name, without an acronym beside its full form."""
    words = name_words(_without_acronym(name))
    return tuple(_STANDARD_WORDS.get(word, word) for word in words if word not in _SMALL_WORDS)


def _without_acronym(name: str) -> str:
    found = _BRACKETS.search(name)
    if found is None:
        return name
    inside, outside = found[1], name[: found.start()] + name[found.end() :]
    if _is_acronym_of(inside, outside):
        return outside
    return inside if _is_acronym_of(outside, inside) else name


def _is_acronym_of(acronym: str, name: str) -> bool:
    """Return whether an acronym's letters occur in a name in order, beginning with its first."""
    letters, text = acronym.strip().casefold(), "".join(name_words(name))
    if not 2 <= len(letters) <= 8 or not letters.isalpha() or text[:1] != letters[0]:
        return False
    left = iter(text)
    return all(letter in left for letter in letters)


def name_key(name: str) -> str:
    """Return the match key of a record's name."""
    return " ".join(name_tokens(name))


def own_part(name: str, organization: str) -> str:
    """Return a record's name without its organization's name before or after it."""
    owner = organization.strip()
    if not owner or owner.lower() not in name.lower():
        return name  # saves compiling a pattern for each organization, which is slow
    owner = re.escape(owner)
    edges = rf"^{owner}\s*[-–—:,|/]\s*|\s*[-–—:,|/]\s*{owner}$"
    rest = re.sub(edges, "", name.strip(), flags=re.IGNORECASE)
    return rest if name_tokens(rest) else name


@lru_cache(maxsize=200_000)
def number_tokens(*names: str) -> frozenset[str]:
    """Return the numbers in names, such as those of a branch, post or district."""
    return frozenset(
        digits.lstrip("0") or "0"
        for name in names
        for word in name_tokens(name)
        for digits in re.findall(r"\d+", word)
    )


def address_key(street: str, city: str, postal_code: str) -> str:
    """Return the match key of a street address without room or unit; "" without a number."""
    text = street.casefold()
    box = _PO_BOX.search(text)
    line = f"po box {box[1]}" if box else _ROOM.sub("", text).replace(".", "")
    words = [_ORDINAL.sub(r"\1", word) for word in _WORD.findall(line)]
    if not words or not any(word.isdecimal() for word in words):
        return ""
    short = " ".join(_STREET_WORDS.get(word, word) for word in words)
    return f"{short} {zip5(postal_code) or name_key(city)}"


def address_keys(street: str, city: str, postal_code: str) -> frozenset[str]:
    """Return the match keys of a street address, by ZIP code and by city.

    A source list may lack one of the two, or have it wrong.
    """
    keys = {address_key(street, city, postal_code)}
    if name_key(city):
        keys.add(address_key(street, city, ""))
    return frozenset(keys - {""})


def room_key(*lines: str) -> str:
    """Return the match key of the room, floor or unit in a street address, "" without a number."""
    for line in lines:
        if found := _ROOM.search(f" {line.casefold()}"):
            part = next(each for each in found.groups() if each is not None)
            if words := [word for word in _WORD.findall(part) if any(map(str.isdecimal, word))]:
                return "".join(_ORDINAL.sub(r"\1", word) for word in words)
    return ""


def host_key(address: str) -> str:
    """Return the host of a web or e-mail address; "" for hosts that many organizations share."""
    if "@" in address and "/" not in address:
        host = address.rpartition("@")[2].strip().casefold()
    else:
        host = website_host(address)
    return "" if host in _SHARED_SITES or "." not in host else host


def page_key(address: str) -> str:
    """Return the match key of a web page; "" for the home page of a website."""
    parts = urlsplit(normalize_url(address))
    path = parts.path.strip("/").casefold()
    return f"{host_key(address)}/{path}?{parts.query}" if path and host_key(address) else ""


def text_key(text: str) -> str:
    """Return the folded start of a description, to compare records for duplicates."""
    return " ".join(name_words(text[:400]))[:300]
