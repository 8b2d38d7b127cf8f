"""How to start with a service: the next step, limits of intake, and what is not listed.

A card has one thing to bring or to do first, quoted whole or not at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from flask_babel import gettext
from markupsafe import Markup

from referral.directory.view_models import ServiceCard, ServicePage
from referral.records.intake import Application, application_of, intake_limits
from referral.web.formatting import format_listed
from referral.web.hours_labels import has_regular_hours
from referral.web.i18n.page_language import SOURCE, lang_span
from referral.web.listing_labels import cost_texts, language_label, web_link
from referral.web.translated_text import TranslatedText, translated

_LIMITING_FIELDS = ("application_process", "eligibility_description", "description")
_LONGEST = 80
_CLAUSE_END = re.compile(r"\s*(?:[;\n(]|\.\s|\.$)")
_SENTENCE = re.compile(r".+?[.!?](?=\s|$)|.+$", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class HowToStart:
    """The first part of a service's page, which describes how a patron starts with it.

    Attributes:
        step: the next thing to do.
        limits: sentences of the listing about who cannot get in now; without its alert.
        process: how to apply, as the listing has it; empty if ``limits`` contain all of it.
        missing: what the listing does not have, in one sentence, "" if it has everything.
    """

    step: str
    limits: tuple[TranslatedText, ...]
    process: TranslatedText
    missing: str


def how_to_start(listing: ServicePage) -> HowToStart:
    """Return how a patron starts with a service, in the language of the page."""
    process = translated(listing, "application_process")
    limits = _intake_limits(listing)
    is_in_limits = _normalized(process.text) in {_normalized(limit.text) for limit in limits}
    return HowToStart(
        step=next_step(listing),
        limits=limits,
        process=TranslatedText("") if is_in_limits else process,
        missing=_missing_text(listing),
    )


def next_step(listing: ServicePage) -> str:
    """Return a patron's next step with a service, by its contact details and address."""
    has_phone = listing.phone is not None
    if listing.service.status == "temporarily closed":
        return str(gettext("Call before you go.") if has_phone else gettext("Ask a librarian."))
    application = application_of(listing.service.application_process)
    if has_phone:
        return _step_with_phone(listing, application)
    return _step_without_phone(listing, application)


def _step_with_phone(listing: ServicePage, application: Application) -> str:
    service = listing.service
    is_hidden = listing.place_withheld and not listing.sites
    return _first_that_applies(
        (
            application is Application.REFERRAL,
            gettext("Someone must send you there. Call and ask who can."),
        ),
        (application is Application.APPOINTMENT, gettext("Call and ask for a time to come.")),
        (
            application is Application.WALK_IN
            and _has_address(listing)
            and has_regular_hours(listing.hours),
            gettext("Go there when they are open."),
        ),
        (
            application is Application.WALK_IN and _has_address(listing),
            gettext("Call and ask when you can come."),
        ),
        (
            application is Application.ONLINE and bool(web_link(service.url)),
            gettext("Sign up on their website, or call and ask."),
        ),
        (
            application is Application.EMAIL and bool(service.email),
            gettext("Write them an e-mail, or call and ask."),
        ),
        (is_hidden, gettext("Call. They will tell you where to go.")),
        (application is Application.CALL, gettext("Call them.")),
        (True, gettext("Call and ask how to start.")),
    )


def _step_without_phone(listing: ServicePage, application: Application) -> str:
    service, has_address = listing.service, _has_address(listing)
    return _first_that_applies(
        (
            application is Application.REFERRAL,
            gettext("Someone must send you there. Ask a librarian who can."),
        ),
        (
            application is Application.WALK_IN and has_address and has_regular_hours(listing.hours),
            gettext("Go there when they are open."),
        ),
        (
            application is Application.EMAIL and bool(service.email),
            gettext("Write them an e-mail."),
        ),
        (bool(web_link(service.url)), gettext("Start on their website.")),
        (bool(service.email), gettext("Write them an e-mail and ask how to start.")),
        (has_address, gettext("Go there and ask how to start.")),
        (True, gettext("We do not know how to start. Ask a librarian.")),
    )


def _first_that_applies(*choices: tuple[bool, str]) -> str:
    return str(next(text for applies, text in choices if applies))


def spoken_languages(listing: ServicePage) -> list[str]:
    """Return the languages spoken at a service or its locations, in the page's language."""
    places = (language for site in listing.sites for language in site.languages)
    return list(dict.fromkeys(map(language_label, (*listing.languages, *places))))


def _has_address(listing: ServicePage) -> bool:
    return any(site.address and site.address.address_1 for site in listing.sites)


def _intake_limits(listing: ServicePage) -> tuple[TranslatedText, ...]:
    """Return sentences about limits of a service's intake, translated if possible."""
    texts = [translated(listing, field) for field in _LIMITING_FIELDS]
    originals = [
        TranslatedText(getattr(listing.service, field))
        for field, text in zip(_LIMITING_FIELDS, texts, strict=True)
        if text.language != SOURCE
    ]
    sentences = _limit_sentences(texts)
    # A translation may lack the phrases by which limits are found.
    return sentences or _limit_sentences(originals)


def _limit_sentences(texts: list[TranslatedText]) -> tuple[TranslatedText, ...]:
    sentences = intake_limits(text.text for text in texts)
    return tuple(
        next(
            replace(text, text=sentence)
            for text in texts
            if sentence in " ".join(text.text.split())
        )
        for sentence in sentences
    )


def _normalized(text: str) -> str:
    return text.strip(" .!").casefold()


def _missing_text(listing: ServicePage) -> str:
    """Return what a listing lacks: ``Not listed here: what to bring and what it costs.``."""
    parts = []
    if not listing.documents:
        parts.append(gettext("what to bring"))
    if not cost_texts(listing):
        parts.append(gettext("what it costs"))
    if not spoken_languages(listing):
        parts.append(gettext("what languages they speak"))
    if not parts:
        return ""
    missing = gettext("Not listed here: %(things)s.", things=format_listed(parts))
    advice = gettext("Ask when you call.")  # Babel finds no words inside of an f-string
    return f"{missing} {advice}" if listing.phone else str(missing)


def first_step(card: ServiceCard) -> Markup:
    """Return how to start with a service, such as ``Bring: photo ID, and more``, or "".

    Without documents it is the first short sentence of how to apply.
    """
    if card.documents:
        return _document_to_bring(card)
    process = translated(card, "application_process")
    match = _SENTENCE.match(" ".join(process.text.split()))
    if not match or len(match[0]) > _LONGEST:
        return Markup()
    sentence = match[0]
    if not process.lang_attr:
        return Markup.escape(sentence)
    return Markup("<span{}>{}</span>").format(process.lang_attr, sentence)


def _document_to_bring(card: ServiceCard) -> Markup:
    text = card.documents[0].document.strip()
    clause = _CLAUSE_END.split(text, maxsplit=1)[0].strip()
    if not clause or len(clause) > _LONGEST:
        return Markup.escape(gettext("Some papers are needed. See what to bring."))
    is_all = len(card.documents) == 1 and clause == text.rstrip(".")
    pattern = gettext("Bring: %(thing)s") if is_all else gettext("Bring: %(thing)s, and more")
    return Markup.escape(pattern) % {"thing": lang_span(clause)}
