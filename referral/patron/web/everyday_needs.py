"""Everyday needs below the search box of the start page: links to searches that find something."""

from __future__ import annotations

from flask_babel import lazy_gettext

from referral.directory.search import count_services
from referral.errors import IndexUnavailableError
from referral.search.query import SearchQuery
from referral.web.current import current_directory, kept_value
from referral.web.i18n.catalogues import page_locale
from referral.web.search_form import search_url

_NEEDS = (
    lazy_gettext("food"),
    lazy_gettext("help with the rent"),
    lazy_gettext("light bill"),
    lazy_gettext("a doctor"),
    lazy_gettext("a lawyer"),
    lazy_gettext("a safe place"),
)


def everyday_needs() -> list[tuple[str, str]]:
    """Words and address of each need that this list has something for.

    The searches run at most every ten minutes for each language of the pages.
    """
    words = kept_value(
        f"referral_everyday_needs_{page_locale().language}",
        lambda: [each for each in map(str, _NEEDS) if _is_met(each)],
    )
    return [(each, search_url(SearchQuery(words=each))) for each in words]


def _is_met(words: str) -> bool:
    """Whether a search for these words finds a service."""
    try:
        return count_services(current_directory(), SearchQuery(words=words)).total > 0
    except IndexUnavailableError:
        return False
