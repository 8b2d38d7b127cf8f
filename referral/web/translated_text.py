"""Texts of records in the language of the page, with ``lang`` attributes and their status.

A text without a translation is shown as it was written, with its own ``lang``, so that a screen
reader pronounces it right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import Flask, g
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup

from referral.directory.suggested_topics import suggestion_reason
from referral.directory.term_lookup import TermTranslations, read_term_translations
from referral.directory.view_models import ServiceCard, ServicePage
from referral.records.classification import TaxonomyTerm
from referral.records.translated_fields import (
    LOCAL_TRANSLATION,
    TRANSLATED_FIELDS,
    TranslationStatus,
)
from referral.web.current import current_instance
from referral.web.i18n.page_language import SOURCE, lang_attr, lang_span, page_language
from referral.web.messages import message_markup, translated_message

_SHOWN_ON_CARD = {"name", "organization", "topic"}
_SAME_IN_MOST_LANGUAGES = {"name", "alternate_name"}
# Names and notes of the national help lines, which every library has.
_KNOWN_WORDS = {
    "Local 2-1-1 centers": lazy_gettext("Local 2-1-1 centers"),
    "Main line": lazy_gettext("Main line"),
    "Text any message.": lazy_gettext("Text any message."),
    "Text HOME.": lazy_gettext("Text HOME."),
    "Text START.": lazy_gettext("Text START."),
    "Press 1 after you dial.": lazy_gettext("Press 1 after you dial."),
    "24-hour website": lazy_gettext("24-hour website"),
    # Facts that many lists write the same way.
    "Ramp": lazy_gettext("Ramp"),
    "Level entrance": lazy_gettext("Level entrance"),
    "Elevator": lazy_gettext("Elevator"),
    "Chair lift": lazy_gettext("Chair lift"),
    "Wheelchair lift": lazy_gettext("Wheelchair lift"),
    "Accessible restroom": lazy_gettext("Accessible restroom"),
    "Accessible shower": lazy_gettext("Accessible shower"),
    "Accessible parking": lazy_gettext("Accessible parking"),
    "Wheelchair accessible": lazy_gettext("Wheelchair accessible"),
    "Step-free": lazy_gettext("Step-free"),
    "Automatic doors": lazy_gettext("Automatic doors"),
    "One step": lazy_gettext("One step"),
    "Wide aisles": lazy_gettext("Wide aisles"),
    "Gravel lot": lazy_gettext("Gravel lot"),
    "Paved lot": lazy_gettext("Paved lot"),
    "Space for strollers": lazy_gettext("Space for strollers"),
    "Service animals": lazy_gettext("Service animals"),
    "Hearing loop": lazy_gettext("Hearing loop"),
    "Large-print forms": lazy_gettext("Large-print forms"),
    "Sign language by appointment": lazy_gettext("Sign language by appointment"),
    "Sign language by video": lazy_gettext("Sign language by video"),
    "Assistive listening device": lazy_gettext("Assistive listening device"),
    "ID": lazy_gettext("ID"),
    "Photo ID": lazy_gettext("Photo ID"),
    "Proof of address": lazy_gettext("Proof of address"),
    "Proof of income": lazy_gettext("Proof of income"),
    "Birth certificate": lazy_gettext("Birth certificate"),
    "Social Security card": lazy_gettext("Social Security card"),
    "Lease": lazy_gettext("Lease"),
    "Tax return": lazy_gettext("Tax return"),
    "Pay stubs": lazy_gettext("Pay stubs"),
    "List of medicines": lazy_gettext("List of medicines"),
}


@dataclass(frozen=True, slots=True)
class TranslatedText:
    """A record's text with its language; ``status`` is a ``TranslationStatus`` if translated."""

    text: str
    language: str = SOURCE
    status: str = ""

    @property
    def lang_attr(self) -> Markup:
        """Return HTML attributes ``lang`` and ``dir`` of a text; "" if in the page's language."""
        return lang_attr(self.language) if self.text else Markup()

    @property
    def is_by_machine(self) -> bool:
        """Return whether a text is a machine translation that no person has checked."""
        return self.status == TranslationStatus.MACHINE.value


def init_app(app: Flask) -> None:
    """Register the template filters for translated texts of records."""
    app.jinja_env.filters.update(
        full_name=full_name,
        full_name_text=full_name_text,
        has_local_translation=has_local_translation,
        local_note=local_note,
        known_words=known_words,
        name_more=name_more,
        organization_beside=organization_beside,
        translated=translated,
        term_name=term_name,
        term_description=term_description,
        match_reason=match_reason,
        translated_message=translated_message,
        translation_status=translation_status,
    )


def translated(listing: ServiceCard | ServicePage, field: str) -> TranslatedText:
    """Return a text of a service, such as ``description``, in the page's language if possible."""
    if listing.translations:
        language = page_language()
        text = listing.translations.get(language, {}).get(field, "")
        states = listing.translation_states.get(language, {})
        if text:
            return TranslatedText(text, language, states.get(field, ""))
    return TranslatedText(getattr(listing.service, field))


def local_note(listing: ServicePage) -> TranslatedText:
    """Return the library's own note on a listing, in the page's language if it has one."""
    notes = {SOURCE: listing.local_note, **listing.local_note_in}
    available = (language for language in (page_language(), *notes) if notes.get(language))
    language = next(available, SOURCE)
    return TranslatedText(notes[language], language)


def known_words(text: str) -> TranslatedText:
    """Translate a note of the national help lines or a usual fact ("Ramp"); return others as is."""
    known = _KNOWN_WORDS.get(text)
    return TranslatedText(text) if known is None else TranslatedText(str(known), page_language())


def full_name(listing: ServiceCard | ServicePage) -> Markup:
    """Return the name of a service as HTML, with the words that distinguish it from namesakes."""
    name = translated(listing, "name")
    pattern = Markup("<span{}>{}</span>") if name.lang_attr else Markup("{1}")
    return pattern.format(name.lang_attr, name.text) + name_more(listing)


def full_name_text(listing: ServiceCard | ServicePage) -> str:
    """Return the name of a service, with the words that distinguish it, as plain text."""
    return ", ".join([translated(listing, "name").text, *listing.name_additions])


def name_more(listing: ServiceCard | ServicePage) -> Markup:
    """Return the words that distinguish a service from namesakes, as HTML after its name."""
    if not listing.name_additions:
        return Markup()
    more = ", ".join(listing.name_additions)
    return Markup('<span class="name-more"{}>, {}</span>').format(lang_attr(), more)


def organization_beside(listing: ServiceCard | ServicePage) -> str:
    """Return the name of a service's organization; "" if the service's full name has it."""
    organization = listing.organization.name if listing.organization else ""
    return "" if organization in {listing.service.name, *listing.name_additions} else organization


def has_local_translation(listing: ServicePage) -> bool:
    """Return whether the library itself translated a text of a listing."""
    return LOCAL_TRANSLATION in listing.translation_states.get(page_language(), {}).values()


def translation_status(listing: ServicePage) -> str:
    """Return the weakest translation status of a listing's texts; "" on English pages.

    With one machine translation the status is ``machine``. ``none``: no text is translated.
    """
    language = page_language()
    texts = listing.translations.get(language, {})
    states = listing.translation_states.get(language, {})
    fields = [
        name
        for name in TRANSLATED_FIELDS["service"]
        if name not in _SAME_IN_MOST_LANGUAGES and getattr(listing.service, name)
    ]
    if language == SOURCE or not fields:
        return ""
    statuses = {states.get(name, "") for name in fields if texts.get(name)}
    if LOCAL_TRANSLATION in statuses:
        statuses = (statuses - {LOCAL_TRANSLATION}) | {TranslationStatus.CHECKED.value}
    if not statuses:
        return TranslationStatus.NONE.value
    if TranslationStatus.MACHINE.value in statuses:
        return TranslationStatus.MACHINE.value
    if statuses == {TranslationStatus.CHECKED.value}:
        return TranslationStatus.CHECKED.value
    return TranslationStatus.DRAFT.value


def term_name(term: TaxonomyTerm) -> str:
    """Return the name of a topic (taxonomy term) in the page's language, or its original name."""
    return _term_translations().get(term.id, {}).get("name") or term.name


def term_description(term: TaxonomyTerm) -> TranslatedText:
    """Return the description of a topic (taxonomy term) in the page's language if possible."""
    text = _term_translations().get(term.id, {}).get("description")
    return (
        TranslatedText(text, page_language())
        if text
        else TranslatedText(term.description, term.language or SOURCE)
    )


def match_reason(card: ServiceCard) -> str:
    """Return why a search found a service: the matched field, and a suggested topic if any."""
    words = _matched_field_text(card)
    topic = card.suggestion
    if topic is None:
        return words
    suggested = message_markup(
        suggestion_reason(topic), topic=term_name(topic.term), words=lang_span(topic.words)
    )
    return Markup("{}. {}").format(words.removesuffix("."), suggested) if words else suggested


def _matched_field_text(card: ServiceCard) -> str:
    """Return which field of a service the search matched; "" if its result card shows that."""
    if not _SHOWN_ON_CARD.isdisjoint(card.why):
        return ""
    words = {
        "program": gettext("Your words are in the name of the program."),
        "description": gettext("Your words are in what they do."),
        "eligibility": gettext("Your words are in who can get it."),
    }
    return next((str(words[why]) for why in card.why if why in words), "")


def _term_translations() -> TermTranslations:
    language = page_language()
    if language == SOURCE:
        return {}
    if "term_translations" not in g:
        g.term_translations = read_term_translations(current_instance(), language)
    return cast(TermTranslations, g.term_translations)
