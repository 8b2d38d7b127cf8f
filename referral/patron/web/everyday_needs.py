"""Everyday needs below the search box of the start page: links to searches that find something."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app
from flask_babel import lazy_gettext

from referral.directory.search import count_services
from referral.errors import IndexUnavailableError
from referral.web.current import current_directory
from referral.web.i18n.catalogues import page_locale
from referral.web.search_links import search_url
from referral.web.search_params import SearchParams

_NEEDS = (
    lazy_gettext("food"),
    lazy_gettext("help with the rent"),
    lazy_gettext("light bill"),
    lazy_gettext("a doctor"),
    lazy_gettext("a lawyer"),
    lazy_gettext("a safe place"),
)
_CACHE = "referral_everyday_needs"
_CACHE_FOR = timedelta(minutes=10)


def everyday_needs() -> list[tuple[str, str]]:
    """Words and address of each need that this list has something for.

    The searches run at most every ten minutes for each language of the pages.
    """
    directory, language = current_directory(), page_locale().language
    now = directory.now()
    cached: dict[str, tuple[datetime, list[str]]] = current_app.extensions.setdefault(_CACHE, {})
    made, words = cached.get(language, (now - _CACHE_FOR, []))
    if not timedelta(0) <= now - made < _CACHE_FOR:
        words = [str(each) for each in _NEEDS if _is_met(str(each))]
        cached[language] = now, words
    return [(each, search_url(SearchParams(words=each))) for each in words]


def _is_met(words: str) -> bool:
    """Whether a search for these words finds a service."""
    directory = current_directory()
    query = SearchParams(words=words).query(directory.settings.timezone)
    try:
        return count_services(directory, query).total > 0
    except IndexUnavailableError:
        return False
