"""Letters without their accents."""

from __future__ import annotations

import unicodedata


def without_accents(text: str) -> str:
    """The text with each letter in its plain form: ``ñ`` is ``n``, ``ﬁ`` is ``fi``."""
    if text.isascii():
        return text
    letters = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
