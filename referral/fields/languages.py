"""Language names and ISO 639 codes, from the CLDR tables that Babel carries."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from referral.fields.text import without_accents
from referral.resources import resource_path

# What Americans write, and CLDR does not.
_OTHER_NAMES = {
    "american sign language": "ase",
    "asl": "ase",
    "sign language": "ase",
    "lenguaje de senas": "ase",
    "lengua de senas americana": "ase",
    "mandarin": "zh",
    "mandarin chinese": "zh",
    "taiwanese": "nan",
    "toisanese": "yue",
    "farsi": "fa",
    "dari": "prs",
    "pilipino": "fil",
    "tagalog": "tl",
    "creole": "ht",
    "haitian": "ht",
    "kreyol": "ht",
    "haitian kreyol": "ht",
    "hmong": "hmn",
    "karen": "kar",
    "kirundi": "rn",
    "kiswahili": "sw",
    "kinyarwanda": "rw",
    "pennsylvania dutch": "pdc",
    "castellano": "es",
    "moldovan": "ro",
    "serbo-croatian": "sh",
    "cape verdean creole": "kea",
    "kriolu": "kea",
    "oromo": "om",
    "pushto": "ps",
    "twi": "tw",
    "quiche": "quc",
    "k'iche'": "quc",
    "mam": "mam",
    "mixteco": "mix",
    "navajo": "nv",
    "yiddish": "yi",
}
_CODE = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{2,8})*\Z")
_PARTS = re.compile(r"([^()\[\]]*)[(\[]([^()\[\]]*)[)\]]?")


def language_code(name: str) -> str:
    """The code of a language named in English, Spanish or its own tongue; "" when unknown.

    A code is given back as the shortest code of the same language (``spa`` gives ``es``).
    """
    known = _codes_by_name()
    key = _key(name)
    found = known.get(key) or _code_of_code(name.strip())
    if found:
        return found
    if match := _PARTS.match(key):
        outer, inner = match.group(1).strip(), match.group(2).strip()
        return known.get(inner) or known.get(f"{inner} {outer}") or known.get(outer) or ""
    return known.get(key.removesuffix(" language"), "")


def language_name(code: str, locale: str = "en") -> str:
    """What a language is called in the language of the page; "" when unknown."""
    names = _names_in(locale)
    short = _code_of_code(code.strip())
    return names.get(short, "") or _own_name(short)


def _own_name(code: str) -> str:
    """The English name of a code that CLDR has no name for."""
    return next((name.title() for name, own in _OTHER_NAMES.items() if own == code), "")


def _code_of_code(text: str) -> str:
    match = _CODE.match(text)
    if not match:
        return ""
    code = match.group(1).lower()
    if code in _names_in("en") or code in _OTHER_NAMES.values():
        return code
    alias: str = get_global("language_aliases").get(code, "")
    return alias.split("_", maxsplit=1)[0]


@cache
def _names_in(locale: str) -> dict[str, str]:
    try:
        languages = Locale.parse(locale, sep="-" if "-" in locale else "_").languages
    except (UnknownLocaleError, ValueError):
        languages = Locale("en").languages
    return {code: name for code, name in languages.items() if "_" not in code and len(code) < 4}


@cache
def _codes_by_name() -> dict[str, str]:
    codes: dict[str, str] = {}
    for code, own in _own_names():
        codes.setdefault(_key(own), code)
    for locale in ("es", "en"):
        codes |= {_key(name): code for code, name in _names_in(locale).items()}
    return codes | _OTHER_NAMES


def _own_names() -> Iterator[tuple[str, str]]:
    """The code of each language and its name in itself.

    Babel has them too, each in the file of its language: it takes half a second to load them all,
    and every list that is read asks for them.
    """
    path = resource_path("seed_data") / "own_language_names.csv"
    with path.open(encoding="utf-8", newline="") as file:
        yield from ((row["code"], row["name"]) for row in csv.DictReader(file))


def _key(name: str) -> str:
    return " ".join(without_accents(name.casefold()).replace("\u2019", "'").split())
