"""What a slip says about a service in the person's language."""

from __future__ import annotations

from flask import Flask
from markupsafe import Markup

from referral.operations.pages import ServicePage
from referral.web.languages import SOURCE, as_written

SLIP_LANGUAGES = ("en", "es")


def init_app(app: Flask) -> None:
    """Offer these words to the templates."""
    app.jinja_env.filters.update(said_in=said_in, said_mark=said_mark)
    app.jinja_env.globals["slip_languages"] = SLIP_LANGUAGES


def said_mark(listing: ServicePage, field: str, language: str) -> Markup:
    """The attributes that say in which language ``said_in`` says it."""
    is_translated = listing.translations.get(language, {}).get(field)
    return as_written(language if is_translated else SOURCE)


def said_in(listing: ServicePage, field: str, language: str) -> str:
    """A text of a service in a language; in the list's own where it was not translated."""
    translated = listing.translations.get(language, {}).get(field, "")
    return translated or str(getattr(listing.service, field, "") or "")
