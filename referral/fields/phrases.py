"""Whether a text has one of some phrases: whole words, any case, with or without accents."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from referral.fields.accents import without_accents


class Phrases:
    """Phrases to look for; the last word of each may be in the plural."""

    def __init__(self, phrases: Iterable[str]) -> None:
        folded = sorted({" ".join(_fold(each).split()) for each in phrases if each.strip()})
        words = "|".join(re.escape(each).replace(r"\ ", r"[\s-]+") for each in folded)
        self._pattern = re.compile(rf"(?<!\w)(?:{words})(?:s|es)?(?!\w)") if folded else None

    def are_in(self, text: str) -> bool:
        """Whether one of them is there."""
        return bool(self._pattern and self._pattern.search(_fold(text)))


@lru_cache(maxsize=256)  # a text is looked through for many groups, one after the other
def _fold(text: str) -> str:
    return without_accents(text.casefold().replace("’", "'"))
