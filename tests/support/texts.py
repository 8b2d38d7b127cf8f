"""Every text that people read on pages, as Babel takes it out of the source."""

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
from referral.web.i18n.catalogues import OUR_FOLDER

ROOT = resource_path("templates").parent
SPANISH = OUR_FOLDER / "es" / "LC_MESSAGES" / "messages.po"
HOLES = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
KEYWORDS = {
    "_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2), "message": None, "refused": None,
}  # fmt: skip
SPOKEN = ("aria-label", "title", "placeholder", "alt")
_FOLDERS = {"referral", "templates"}


@dataclass(frozen=True, slots=True)
class Text:
    """One text, with its forms where it has several, and where it stands."""

    forms: tuple[str, ...]
    context: str | None
    where: str


@cache
def all_texts() -> tuple[Text, ...]:
    """Take out every text, by the mappings that ``pybabel`` is told."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    found = extract_from_dir(
        str(ROOT),
        [(each["pattern"], each["method"]) for each in mappings],
        options_map={each["pattern"]: each for each in mappings},
        keywords=KEYWORDS,
        directory_filter=lambda path: Path(path).relative_to(ROOT).parts[0] in _FOLDERS,
    )
    return tuple(
        Text((message,) if isinstance(message, str) else tuple(message), context, f"{name}:{line}")
        for name, line, message, _, context in found
    )


def extracted() -> Catalog:
    """Give an empty catalogue of every text."""
    catalogue = Catalog()
    for text in all_texts():
        catalogue.add(text.forms if text.forms[1:] else text.forms[0], context=text.context)
    return catalogue


@cache
def spanish() -> Catalog:
    """Give our own catalogue of Spanish."""
    with SPANISH.open("rb") as file:
        return read_po(file, locale="es")


def forms_of(value: str | tuple[str, ...] | list[str]) -> list[str]:
    """Give the forms of a text or of its translation."""
    return [value] if isinstance(value, str) else list(value)


def translated() -> list[Message]:
    """Give what the Spanish catalogue translates, without its header."""
    return [each for each in spanish() if each.id]


@cache
def _english() -> tuple[set[str], list[tuple[str, re.Pattern[str]]]]:
    """Return what we say in English, and in Spanish not so; not such as ``{1} to {2}``.

    Texts as they are, and those with holes as patterns beside their longest part.
    """
    whole: set[str] = set()
    patterns = []
    for each in translated():
        spanish = set(forms_of(each.string or ""))
        for text in forms_of(each.id):
            parts = HOLES.split(text)
            if text in spanish:
                continue
            if len(parts) == 1:
                whole.add(text)
            elif len(" ".join(parts).split()) > 2:
                pattern = re.compile("(?:.+)".join(map(re.escape, parts)), re.DOTALL)
                patterns.append((max(parts, key=len), pattern))
    return whole, patterns


@cache  # the frame of a page has the same texts on each
def _is_english(text: str) -> bool:
    whole, patterns = _english()
    return text in whole or any(
        part in text and pattern.fullmatch(text) for part, pattern in patterns
    )


def _said_on(page: BeautifulSoup) -> set[str]:
    """Return every text of a parsed page that is in its own language, as one piece each."""
    assert page.html is not None
    html = copy(page.html)
    assert html["lang"] == "es", html.title
    for other in html.select("[lang]:not([lang=es]), script, style, code"):
        other.decompose()
    texts = {str(text) for text in html.find_all(string=True) if not isinstance(text, Comment)}
    spoken = {str(tag[name]) for name in SPOKEN for tag in html.select(f"[{name}]")}
    return {" ".join(text.split()) for text in texts | spoken} - {""}


def left_in_english(page: BeautifulSoup) -> set[str]:
    """Return the texts of ours on a parsed page that are English."""
    return {text for text in _said_on(page) if _is_english(text)}
