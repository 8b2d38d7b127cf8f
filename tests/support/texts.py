"""The translatable texts of pages and their Spanish translations, as Babel extracts them."""

import re
import tomllib
from copy import copy
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from bs4 import BeautifulSoup, Comment

from referral.resources import resource_path
from referral.web.i18n.catalogs import OUR_FOLDER

ROOT = resource_path("templates").parent
SPANISH_FILE = OUR_FOLDER / "es" / "LC_MESSAGES" / "messages.po"
PLACEHOLDERS = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
KEYWORDS = {
    "_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2), "message": None, "refused": None,
}  # fmt: skip
SPOKEN_ATTRIBUTES = ("aria-label", "title", "placeholder", "alt")
_FOLDERS = {"referral", "templates"}


@dataclass(frozen=True, slots=True)
class Text:
    """A translatable text: its plural forms, its context, and its file and line."""

    forms: tuple[str, ...]
    context: str | None
    where: str


@cache
def all_texts() -> tuple[Text, ...]:
    """Extract every translatable text, by the mappings that ``pybabel`` uses."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    found = extract_from_dir(
        str(ROOT),
        [(mapping["pattern"], mapping["method"]) for mapping in mappings],
        options_map={mapping["pattern"]: mapping for mapping in mappings},
        keywords=KEYWORDS,
        directory_filter=lambda path: Path(path).relative_to(ROOT).parts[0] in _FOLDERS,
    )
    return tuple(
        Text((message,) if isinstance(message, str) else tuple(message), context, f"{name}:{line}")
        for name, line, message, _, context in found
    )


def extracted_catalog() -> Catalog:
    """Return a catalog of every translatable text, without translations."""
    catalog = Catalog()
    for text in all_texts():
        catalog.add(text.forms if text.forms[1:] else text.forms[0], context=text.context)
    return catalog


@cache
def spanish_catalog() -> Catalog:
    """Return the Spanish catalog that the product ships."""
    with SPANISH_FILE.open("rb") as file:
        return read_po(file, locale="es")


def forms_of(value: str | tuple[str, ...] | list[str]) -> list[str]:
    """Return the plural forms of a text or of its translation, as a list."""
    return [value] if isinstance(value, str) else list(value)


def translated_messages() -> list[Message]:
    """Return the messages of the Spanish catalog, without its header."""
    return [message for message in spanish_catalog() if message.id]


@cache
def _english_texts() -> tuple[set[str], list[tuple[str, re.Pattern[str]]]]:
    """Return our English texts whose Spanish differs: plain texts, and patterns for the others.

    Texts with placeholders are patterns, each beside its longest literal part. Those with fewer than
    three words beside them, such as ``{1} to {2}``, are left out.
    """
    whole: set[str] = set()
    patterns = []
    for message in translated_messages():
        translations = set(forms_of(message.string or ""))
        for text in forms_of(message.id):
            parts = PLACEHOLDERS.split(text)
            if text in translations:
                continue
            if len(parts) == 1:
                whole.add(text)
            elif len(" ".join(parts).split()) > 2:
                pattern = re.compile("(?:.+)".join(map(re.escape, parts)), re.DOTALL)
                patterns.append((max(parts, key=len), pattern))
    return whole, patterns


@cache  # the frame of every page has the same texts
def _is_english(text: str) -> bool:
    whole, patterns = _english_texts()
    return text in whole or any(
        part in text and pattern.fullmatch(text) for part, pattern in patterns
    )


def _texts_on(page: BeautifulSoup) -> set[str]:
    """Return every text and spoken attribute of a Spanish page, except in other languages."""
    assert page.html is not None
    html = copy(page.html)
    assert html["lang"] == "es", html.title
    for other in html.select("[lang]:not([lang=es]), script, style, code"):
        other.decompose()
    texts = {str(text) for text in html.find_all(string=True) if not isinstance(text, Comment)}
    spoken = {str(tag[name]) for name in SPOKEN_ATTRIBUTES for tag in html.select(f"[{name}]")}
    return {" ".join(text.split()) for text in texts | spoken} - {""}


def left_in_english(page: BeautifulSoup) -> set[str]:
    """Return our texts on a parsed Spanish page that are still in English."""
    return {text for text in _texts_on(page) if _is_english(text)}
