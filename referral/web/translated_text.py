"""Texts of records in the language of the page where there are any, else as they were written.

What is not in the language of the page is marked with its own, so that a screen reader says it
right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import Flask, g
from flask_babel import gettext
from markupsafe import Markup

from referral.directory.term_lookup import TermTranslations, read_term_translations
from referral.directory.view_models import ServiceCard, ServicePage
from referral.records.classification import TaxonomyTerm
from referral.records.translated_fields import TranslationStatus
from referral.web.current import current_directory
from referral.web.i18n.catalogues import our_catalogues
from referral.web.page_language import SOURCE, as_written, page_language
from referral.web.record_labels import FIELDS, KINDS

_PARTS_OF_AN_ADDRESS = {
    "street": "address_1",
    "city": "city",
    "state": "state_province",
    "ZIP code": "postal_code",
}


@dataclass(frozen=True, slots=True)
class TranslatedText:
    """A text, the language it is in, and who stands for it where it is a translation."""

    text: str
    language: str = SOURCE
    status: str = ""

    @property
    def mark(self) -> Markup:
        """The attributes that say the language, with a space before; "" where the page says it."""
        return as_written(self.language) if self.text else Markup()

    @property
    def is_by_machine(self) -> bool:
        """Whether a machine translated it and no person has read it since."""
        return self.status == TranslationStatus.MACHINE.value


def init_app(app: Flask) -> None:
    """Offer these words to the templates."""
    app.jinja_env.filters.update(
        told=translated,
        term_name=term_name,
        term_words=term_description,
        reason_words=reason_words,
        sentence=sentence,
    )


def translated(listing: ServiceCard | ServicePage, field: str) -> TranslatedText:
    """A text of a service, such as its ``description``."""
    language = page_language()
    text = listing.translations.get(language, {}).get(field, "")
    if text:
        return TranslatedText(
            text, language, listing.translation_states.get(language, {}).get(field, "")
        )
    return TranslatedText(getattr(listing.service, field))


def term_name(term: TaxonomyTerm) -> str:
    """The name of a topic in the language of the page, else its own."""
    return _term_words().get(term.id, {}).get("name") or term.name


def term_description(term: TaxonomyTerm) -> TranslatedText:
    """What a topic is about."""
    text = _term_words().get(term.id, {}).get("description")
    return (
        TranslatedText(text, page_language())
        if text
        else TranslatedText(term.description, term.language or SOURCE)
    )


def reason_words(card: ServiceCard) -> str:
    """Why a card is a result; search says it in English, so other languages have it shorter."""
    if page_language() == SOURCE or not card.reason:
        return card.reason
    words = {
        "name": gettext("Your words are in the name."),
        "organization": gettext("Your words are in the name of the group."),
        "program": gettext("Your words are in the name of the program."),
        "topic": gettext("It is under the topic you asked for."),
        "description": gettext("Your words are in what they do."),
        "eligibility": gettext("Your words are in who can get it."),
    }
    return next((str(words[why]) for why in card.why if why in words), "")


def sentence_words(text: str) -> str:
    """A sentence of records, readers or operations; in English where it has no translation."""
    return our_catalogues().sentences().translated(text, _name_of) or text


def sentence(text: str) -> str | Markup:
    """The same for a page: marked as English where it is."""
    said = sentence_words(text)
    if said != text or page_language() == SOURCE:
        return said
    return Markup("<span{}>{}</span>").format(as_written(), text)


def _name_of(value: str) -> str:
    """Kinds of records in a sentence, alone (``service``), with a number, or in a row."""
    kinds = {kind.replace("_", " "): label for kind, label in KINDS.items()}
    kinds |= {word: FIELDS[name] for word, name in _PARTS_OF_AN_ADDRESS.items()}
    parts = value.split(", ")
    if all(part in kinds for part in parts):
        return ", ".join(_small(str(kinds[part])) for part in parts)
    kind, _, number = value.rpartition(" ")
    return f"{_small(str(kinds[kind]))} {number}" if kind in kinds else value


def _small(label: str) -> str:
    return label[:1].lower() + label[1:]


def _term_words() -> TermTranslations:
    language = page_language()
    if language == SOURCE:
        return {}
    if "term_words" not in g:
        g.term_words = read_term_translations(current_directory(), language)
    return cast(TermTranslations, g.term_words)
