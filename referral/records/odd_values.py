"""Detection of junk values: traces of tests and editing, and random keystrokes."""

from __future__ import annotations

import re

_NAMES = frozenset({"name", "alternate_name", "title"})
_ADDRESSES = frozenset({"email", "url", "website", "uri", "assurer_email"})
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_JUNK_IN_NAME = re.compile(
    r"\w_\w|_(?:edit|test|copy|old|new|backup|final)\b"  # "location_edit", "Patel_123"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th) {_MONTH}\b|\b{_MONTH} \d{{1,2}}(?:st|nd|rd|th)\b"
    r"|\b(?:asdf\w*|qwert\w*|zxcv\w*|lorem ipsum|foo ?bar|dummy|delete me|do not use)\b"
    r"|\A(?:test(?:ing|er)?|sample|example|untitled|new (?:service|location|organization))"
    r"(?: \w{0,3})?\Z"
    r"|([^\W\d_])\1{3}"
)
_PLACEHOLDER_HOST = re.compile(
    r"(?:@|//|\A)(?:[\w-]+\.)*(?:example\.(?:com|org|net)|test\.(?:com|org|net)|localhost"
    r"|[\w-]+\.(?:example|invalid|test|localhost))(?:[/:]|\Z)"
)
_VOWELS = re.compile(r"[aeiouy]")
_MOST_DIGITS_OF_NAME = 3  # such as 211
_MOST_LETTERS_OF_SHORT_WORD = 4


def is_odd_value(field: str, value: object) -> bool:
    """Return whether a value looks like junk, so that staff review it before it replaces another.

    Args:
        field: name of a field of HSDS.
    """
    if not isinstance(value, str) or not value.strip():
        return False
    folded = value.strip().casefold()
    if field in _ADDRESSES:
        return bool(_PLACEHOLDER_HOST.search(folded))
    return field in _NAMES and (bool(_JUNK_IN_NAME.search(folded)) or _is_nonsense(value))


def _is_nonsense(name: str) -> bool:
    """Return whether a name is a long number, or only long words without vowels; not "NFCSP"."""
    words = re.findall(r"[^\W\d_]+", name)
    if not words:
        return sum(map(str.isdigit, name)) > _MOST_DIGITS_OF_NAME
    return all(
        len(word) > _MOST_LETTERS_OF_SHORT_WORD
        and word.isascii()
        and not word.isupper()
        and not _VOWELS.search(word.casefold())
        for word in words
    )
