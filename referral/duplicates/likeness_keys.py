"""Forms in which names, addresses and websites are compared; nobody is shown them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import urlsplit

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
def name_words(name: str) -> tuple[str, ...]:
    """The words of a name that tell it apart, folded; numbers as digits."""
    text = unicodedata.normalize("NFKD", name).casefold().replace("&", " and ")
    text = "".join(each for each in text if not unicodedata.combining(each))
    text = re.sub(r"['’.]", "", text)
    words = (_ORDINAL.sub(r"\1", word) for word in _WORD.findall(text))
    return tuple(_SAME_WORDS.get(word, word) for word in words if word not in _SMALL_WORDS)


def plain_name(name: str) -> str:
    """The name as it is compared."""
    return " ".join(name_words(name))


def name_numbers(name: str) -> frozenset[str]:
    """The numbers in a name: a branch, a post, a district."""
    return frozenset(
        digits.lstrip("0") or "0"
        for word in name_words(name)
        for digits in re.findall(r"\d+", word)
    )


def place_key(street: str, city: str, postal_code: str) -> str:
    """A street address as it is compared, without its room; "" when there is none."""
    text = street.casefold()
    box = _PO_BOX.search(text)
    words = _WORD.findall(f"po box {box[1]}" if box else _ROOM.sub("", text))
    if not words or not any(word.isdecimal() for word in words):
        return ""
    line = " ".join(_STREET_WORDS.get(word, word) for word in words)
    return f"{line} {zip5(postal_code) or plain_name(city)}"


def site_key(address: str) -> str:
    """The host of a web or e-mail address; "" when many share it."""
    if "@" in address and "/" not in address:
        host = address.rpartition("@")[2].strip().casefold()
    else:
        host = (urlsplit(normalise_url(address)).hostname or "").removeprefix("www.")
    return "" if host in _SHARED_SITES or "." not in host else host
