"""The one thing to bring or to do first, for a card; said whole or not at all."""

from __future__ import annotations

import re

from flask_babel import gettext
from markupsafe import Markup

from referral.directory.view_models import ServiceCard
from referral.web.i18n.page_language import lang_span
from referral.web.translated_text import TranslatedText, translated

_LONGEST = 80
_CLAUSE_END = re.compile(r"\s*(?:[;\n(]|\.\s|\.$)")
_SENTENCE = re.compile(r".+?[.!?](?=\s|$)|.+$", re.DOTALL)


def first_step(card: ServiceCard) -> Markup:
    """``Bring: photo ID, and more.``; else the first sentence of how to get it; else nothing."""
    if card.documents:
        return _to_bring(card)
    how = translated(card, "application_process")
    found = _SENTENCE.match(" ".join(how.text.split()))
    return _marked(how, found[0]) if found and len(found[0]) <= _LONGEST else Markup()


def _to_bring(card: ServiceCard) -> Markup:
    text = card.documents[0].document.strip()
    clause = _CLAUSE_END.split(text, maxsplit=1)[0].strip()
    if not clause or len(clause) > _LONGEST:
        return Markup.escape(gettext("Some papers are needed. See what to bring."))
    is_all = len(card.documents) == 1 and clause == text.rstrip(".")
    words = gettext("Bring: %(thing)s") if is_all else gettext("Bring: %(thing)s, and more")
    return Markup.escape(words) % {"thing": lang_span(clause)}


def _marked(whole: TranslatedText, part: str) -> Markup:
    if not whole.lang_attr:
        return Markup.escape(part)
    return Markup("<span{}>{}</span>").format(whole.lang_attr, part)
