"""Every text that people read on pages, as Babel takes it out of the source."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from referral.resources import resource_path
from referral.web.i18n.catalogues import OUR_FOLDER

ROOT = resource_path("templates").parent
SPANISH = OUR_FOLDER / "es" / "LC_MESSAGES" / "messages.po"
HOLES = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
KEYWORDS = {
    "_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2), "message": None, "refused": None,
}  # fmt: skip
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
