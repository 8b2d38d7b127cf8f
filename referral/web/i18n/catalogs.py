"""Gettext catalogs of the interface, read from ``.po`` files.

No compilation is needed, so a checkout, a wheel and a library's own file work alike: a library adds
or replaces a language with ``translations/<code>/LC_MESSAGES/messages.po`` in its instance folder.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import cast

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import current_app, g
from flask_babel import Domain, get_locale
from markupsafe import Markup

from referral.web.current import current_settings

_ENGLISH = Locale("en")
OUR_FOLDER = Path(__file__).resolve().parents[2] / "translations"
_FILE = "LC_MESSAGES/messages.po"


@dataclass(frozen=True, slots=True)
class _Language:
    """The gettext translations of one language, with a cache of translated template texts."""

    translations: NullTranslations
    _patterns: dict[str, Markup] = field(default_factory=dict)

    def pattern(self, text: str) -> Markup:
        """Return the translation of a template text before values are inserted, as trusted HTML."""
        cached = self._patterns.get(text)
        if cached is None:
            cached = self._patterns[text] = Markup(self.translations.gettext(text))  # noqa: S704
        return cached


class Catalogs(Domain):
    """The gettext catalogs of all languages that have a ``.po`` file.

    Each file is read when first needed.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        super().__init__(domain="messages")
        self._files: dict[str, Path] = {}
        for folder in folders:  # a language in a later folder replaces the earlier one
            self._files |= {path.parts[-3]: path for path in sorted(folder.glob(f"*/{_FILE}"))}
        self._read: dict[str, _Language] = {}

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the codes of all languages with a gettext catalog, English first."""
        return ("en", *sorted(set(self._files) - {"en"}))

    def get_translations(self) -> NullTranslations:
        """Return the gettext translations into the language of the current page."""
        return self._language_of_page().translations

    def translated(self, text: str, /, **values: object) -> Markup:
        """Translate a template text and insert its values: ``_("… %(day)s …", day=…)``.

        Every text is a pattern.
        """
        pattern = self._language_of_page().pattern(text)
        return pattern % values if values or "%" in pattern else pattern

    def counted(self, one: str, many: str, number: int, /, **values: object) -> Markup:
        """Translate a template text with a number, in its singular or plural form.

        Usage: ``ngettext("%(num)s place", "%(num)s places", total)``.

        Numbers are written as in the United States in every language: 12,345.
        """
        text = self._language_of_page().translations.ngettext(one, many, number)
        return Markup(text) % {"num": f"{number:,}", **values}  # noqa: S704  # as in ``pattern``

    def _language_of_page(self) -> _Language:
        """Return the gettext translations of the current page's language, read at first use."""
        code = page_locale().language
        if code not in self._read:
            catalog = read_catalog(self._files[code]) if code in self._files else Catalog()
            self._read[code] = _Language(translations_of(catalog))
        return self._read[code]


def available_languages() -> tuple[str, ...]:
    """Return the codes of the languages that this site offers, English first."""
    translated, chosen = our_catalogs().languages, current_settings().languages
    return tuple(code for code in translated if code == "en" or not chosen or code in chosen)


def our_catalogs() -> Catalogs:
    """Return the gettext catalogs of this site."""
    return cast(Catalogs, current_app.extensions["referral.catalogs"])


def read_catalog(path: Path) -> Catalog:
    """Read a ``.po`` file as a Babel catalog."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def translations_of(catalog: Catalog) -> Translations:
    """Compile a Babel catalog to gettext translations, without "fuzzy" entries."""
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled)


def page_locale() -> Locale:
    """Return the locale of the current page; English outside of a request.

    It is called a thousand times for a page, so Flask-Babel's cached value is read first.
    """
    try:
        cached = g.get("_flask_babel")
    except RuntimeError:
        return _ENGLISH
    return getattr(cached, "babel_locale", None) or get_locale() or _ENGLISH
