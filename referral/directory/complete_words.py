"""Suggestions while somebody types."""

from __future__ import annotations

from referral.directory.directory import Directory
from referral.errors import IndexUnavailableError
from referral.search.query import Completion

_MOST = 8


def complete_words(directory: Directory, text: str) -> tuple[Completion, ...]:
    """What the text may become, best first; nothing when the index cannot answer now."""
    try:
        return directory.index.complete(text, _MOST)
    except IndexUnavailableError:
        return ()
