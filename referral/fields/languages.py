"""Language names and ISO 639 codes, from the CLDR tables that come with Babel."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from referral.fields.text import without_accents
from referral.resources import resource_path

# Names that Americans write and CLDR lacks.
_EXTRA_NAMES = {
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
_NAME_IN_PARENTHESES = re.compile(r"([^()\[\]]*)[(\[]([^()\[\]]*)[)\]]?")


def language_code(name: str) -> str:
    """Return the code of a language named in English, Spanish or itself; "" when unknown.

    A code is accepted as well and shortened (``spa`` returns ``es``).
    """
    codes_by_name = _codes_by_name()
    key = _name_key(name)
    code = codes_by_name.get(key) or _normalize_code(name.strip())
    if code:
        return code
    if match := _NAME_IN_PARENTHESES.match(key):
        outer, inner = match.group(1).strip(), match.group(2).strip()
        return (
            codes_by_name.get(inner)
            or codes_by_name.get(f"{inner} {outer}")
            or codes_by_name.get(outer)
            or ""
        )
    return codes_by_name.get(key.removesuffix(" language"), "")


def language_name(code: str, locale: str = "en") -> str:
    """Return the name of a language code in a locale; "" when unknown."""
    names = _names_in(locale)
    short_code = _normalize_code(code.strip())
    return names.get(short_code, "") or _extra_name(short_code)


def _extra_name(code: str) -> str:
    """Return the English name of a language that CLDR lacks; "" when unknown."""
    return next(
        (name.title() for name, extra_code in _EXTRA_NAMES.items() if extra_code == code), ""
    )


def _normalize_code(text: str) -> str:
    match = _CODE.match(text)
    if not match:
        return ""
    code = match.group(1).lower()
    if code in _names_in("en") or code in _EXTRA_NAMES.values():
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
    for code, native_name in _iter_native_names():
        codes.setdefault(_name_key(native_name), code)
    for locale in ("es", "en"):
        codes |= {_name_key(name): code for code, name in _names_in(locale).items()}
    return codes | _EXTRA_NAMES


def _iter_native_names() -> Iterator[tuple[str, str]]:
    """Yield the code of each language and its name in that language.

    Read from a file of ours, as Babel takes half a second to load all locales, in each import.
    """
    path = resource_path("seed_data") / "own_language_names.csv"
    with path.open(encoding="utf-8", newline="") as file:
        yield from ((row["code"], row["name"]) for row in csv.DictReader(file))


def _name_key(name: str) -> str:
    return " ".join(without_accents(name.casefold()).replace("\u2019", "'").split())
