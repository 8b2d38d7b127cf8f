"""Language of a page: chosen, else from Accept-Language, else English; ``lang`` attributes."""

from __future__ import annotations

from babel import Locale
from flask import Flask, has_request_context, request
from flask_babel import Babel
from markupsafe import Markup

from referral.web.current import current_settings
from referral.web.display_preferences import display_preferences
from referral.web.i18n.catalogs import OUR_FOLDER, Catalogs, available_languages, page_locale
from referral.web.terminal_device import is_terminal

SOURCE = "en"  # the language of the interface's source texts and of most listings


def init_app(app: Flask) -> None:
    """Set up gettext, and the URL parameter ``?lang=`` that selects a language with a catalog."""
    settings = app.config["REFERRAL_SETTINGS"]
    catalogs = Catalogs((OUR_FOLDER, settings.instance_path / "translations"))
    app.extensions["referral.catalogs"] = catalogs
    Babel(
        app,
        default_locale=SOURCE,
        locale_selector=_language_of_page,
        timezone_selector=lambda: current_settings().timezone,
    )
    app.before_request(catalogs.as_default)
    app.jinja_env.globals.update(
        _=catalogs.translated,
        ngettext=catalogs.counted,
        lang_span=lang_span,
        lang_attr=lang_attr,
        language_switch=language_switch,
        page_direction=page_direction,
        page_language=page_language,
    )


def page_language() -> str:
    """Return the current page's language code for ``<html lang>``.

    Outside of a request it is English.
    """
    return page_locale().language


def page_direction() -> str:
    """Return the text direction of the current page for ``<html dir>``: ``ltr`` or ``rtl``."""
    return page_locale().text_direction


def language_switch() -> list[tuple[str, str]]:
    """Return the other languages of a page as (code, name in that language)."""
    others = (code for code in available_languages() if code != page_language())
    return [(code, language_name(code)) for code in others]


def lang_attr(language: str = SOURCE) -> Markup:
    """Return HTML attributes ``lang`` and ``dir`` for text not in the page's language, else ""."""
    if language == page_language():
        return Markup()
    return Markup(' lang="{}" dir="{}"').format(language, Locale.parse(language).text_direction)


def lang_span(text: str) -> Markup:
    """Put a text of a source list into a ``<span lang>``, for use inside a translated sentence."""
    mark = lang_attr()
    return Markup("<span{}>{}</span>").format(mark, text) if mark else Markup.escape(text)


def language_name(code: str) -> str:
    """Return the name of a language in the language itself, such as ``Español``."""
    name = Locale.parse(code).get_display_name(code) or code
    return name[:1].upper() + name[1:]


def _language_of_page() -> str | None:
    if not has_request_context():
        return None
    chosen = display_preferences().language
    if chosen or is_terminal():  # the browser language of a terminal is not the patron's
        return chosen or None
    return request.accept_languages.best_match(available_languages())
