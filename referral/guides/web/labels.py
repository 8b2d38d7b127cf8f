"""Labels of fields, actions and faults of guides, and their texts in the page's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext

from referral.guides.chosen_services import ChosenState
from referral.guides.records import FaultyValue, GuideContent, GuideFault, GuideSection
from referral.web.code_labels import add_code_labels
from referral.web.i18n.page_language import page_language
from referral.web.translated_text import TranslatedText

FIELD_LABELS: Mapping[str, Any] = {
    "title": lazy_gettext("Title"),
    "slug": lazy_gettext("Address"),
    "summary": lazy_gettext("One line about it"),
    "text": lazy_gettext("Text"),
    "title_es": lazy_gettext("Title in Spanish"),
    "summary_es": lazy_gettext("One line about it, in Spanish"),
    "text_es": lazy_gettext("Text in Spanish"),
    "sections": lazy_gettext("Parts with services"),
}
ACTION_LABELS: Mapping[str, Any] = {
    "guide-added": lazy_gettext("added a guide"),
    "guide-changed": lazy_gettext("changed a guide"),
    "guide-deleted": lazy_gettext("deleted a guide"),
    "guide-looked-at": lazy_gettext("read a guide, and it was right"),
    "guide-moved": lazy_gettext("moved a guide in the list"),
    "guide-published": lazy_gettext("published a guide"),
    "guide-restored": lazy_gettext("brought a guide back"),
    "guide-unpublished": lazy_gettext("took a guide off the site"),
    "guide-went-back": lazy_gettext("went back to an earlier version of a guide"),
}
add_code_labels(
    {
        ChosenState: {
            ChosenState.SHOWN: "",
            ChosenState.MERGED: lazy_gettext("Merged. The guide shows:"),
            ChosenState.HIDDEN: lazy_gettext("Off the list now. The guide leaves it out."),
            ChosenState.GONE: lazy_gettext("There is no such listing. The guide leaves it out."),
        }
    }
)


def fault_text(faulty: FaultyValue) -> str:
    """Return why a value of a guide cannot be saved, and what to do."""
    detail = faulty.detail
    texts = {
        GuideFault.NEEDED: gettext("Please fill this in."),
        GuideFault.TOO_LONG: gettext("Use at most %(most)s letters here.", most=detail),
        GuideFault.NO_SLUG: gettext("Write an address of letters and digits, like new-here."),
        GuideFault.SLUG_TAKEN: gettext(
            "This address leads to “%(title)s”. Choose another.", title=detail
        ),
        GuideFault.NO_ADDRESS: gettext(
            "The link to “%(target)s” leads nowhere. Begin it with https:// or /.", target=detail
        ),
        GuideFault.TOO_MANY: gettext("There are too many. Keep %(most)s at most.", most=detail),
        GuideFault.TITLE_NEEDED: gettext("Give this part a title."),
        GuideFault.EMPTY: gettext("Write a text or choose a service first. Then publish it."),
    }
    return str(texts[faulty.fault])


def field_names(names: tuple[str, ...]) -> str:
    """Return the labels of a guide's fields, joined by commas."""
    return ", ".join(str(FIELD_LABELS[name]) for name in names)


def guide_text(part: GuideContent | GuideSection, name: str) -> TranslatedText:
    """Return a text of a guide in the page's language, or in the other language if it has none."""
    english, spanish = getattr(part, name), getattr(part, f"{name}_es")
    if spanish and (page_language() == "es" or not english):
        return TranslatedText(spanish, "es")
    return TranslatedText(english)
