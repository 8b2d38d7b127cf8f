"""The languages of the pages themselves. English now; a catalogue adds another."""

from __future__ import annotations

from flask import Flask, has_request_context, request
from flask_babel import Babel, get_babel, get_locale


def init_app(app: Flask) -> None:
    """Set up gettext; ``?lang=`` chooses among the languages that have a catalogue."""
    Babel(
        app,
        default_locale="en",
        default_timezone=app.config["REFERRAL_SETTINGS"].timezone,
        locale_selector=_asked_language,
    )
    app.jinja_env.globals["page_language"] = page_language


def page_language() -> str:
    """The language code of this page, for ``<html lang>``; English outside of a request."""
    locale = get_locale()
    return str(locale.language) if locale else "en"


def offered_languages() -> tuple[str, ...]:
    """Codes of the languages with a catalogue, English among them."""
    return tuple(sorted({str(each.language) for each in get_babel().instance.list_translations()}))


def _asked_language() -> str | None:
    asked = request.args.get("lang", "") if has_request_context() else ""
    return asked if asked and asked in offered_languages() else None
