"""The languages that an inquiry may be in: common ones, and those that services here speak."""

from __future__ import annotations

from referral.directory.search import count_services
from referral.errors import IndexUnavailableError
from referral.search.query import SearchQuery
from referral.web.current import current_directory, kept_value

_COMMON = frozenset({
    "en", "es", "am", "ase", "ar", "zh", "fr", "de", "ht", "hi", "it", "ko", "ne", "pdc", "pl",
    "pt", "ru", "so", "sw", "tl", "uk", "ur", "vi",
})  # fmt: skip


def desk_languages() -> frozenset[str]:
    """Their codes."""
    return kept_value("desk_languages", lambda: _COMMON | _spoken())


def _spoken() -> frozenset[str]:
    try:
        found = count_services(current_directory(), SearchQuery())
    except IndexUnavailableError:
        return frozenset()
    return frozenset(each.value for each in found.facets.get("languages", ()))
