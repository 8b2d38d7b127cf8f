"""Suggestions while somebody types."""

from __future__ import annotations

from referral.operations.directory import Directory
from referral.records.errors import IndexUnavailableError
from referral.records.search import Completion

_MOST = 8


def complete_words(directory: Directory, text: str) -> tuple[Completion, ...]:
    """What the text may become, best first; nothing when the index cannot answer now."""
    try:
        return directory.index.complete(text, _MOST)
    except IndexUnavailableError:
        return ()
