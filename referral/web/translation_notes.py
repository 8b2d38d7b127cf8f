"""Who stands for the words of a listing in the language of the page, said on its page."""

from __future__ import annotations

from flask import Flask

from referral.directory.view_models import ServicePage
from referral.records.translated_fields import TRANSLATED_FIELDS, TranslationStatus
from referral.web.page_language import SOURCE, page_language

_NAMES = {"name", "alternate_name"}  # often the same in each language


def init_app(app: Flask) -> None:
    """Offer these words to the templates."""
    app.jinja_env.filters["translation_status"] = translation_status


def translation_status(listing: ServicePage) -> str:
    """The weakest status of what the page shows of a service; "" in the language of the list.

    One text by a machine makes the page one by a machine. ``none`` means that all is as it was
    written.
    """
    language = page_language()
    texts = listing.translations.get(language, {})
    states = listing.translation_states.get(language, {})
    shown = [
        name
        for name in TRANSLATED_FIELDS["service"]
        if name not in _NAMES and getattr(listing.service, name)
    ]
    if language == SOURCE or not shown:
        return ""
    found = {states.get(name, "") for name in shown if texts.get(name)}
    if not found:
        return TranslationStatus.NONE.value
    if TranslationStatus.MACHINE.value in found:
        return TranslationStatus.MACHINE.value
    if found == {TranslationStatus.CHECKED.value}:
        return TranslationStatus.CHECKED.value
    return TranslationStatus.DRAFT.value
