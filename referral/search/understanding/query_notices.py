"""Notices of how a query was taken: its place, its length, its corrected words."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from referral.fields.places.lookup import Place
from referral.search.query import Notice
from referral.search.understanding.preference_reader import Token
from referral.search.understanding.tokenize import LONGEST_QUERY, ParsedText


def parsing_notices(parsed: ParsedText, place: Place | None) -> Iterator[Notice]:
    """The place, and what was left out or is empty."""
    if place:
        yield Notice(
            kind="place",
            text=f"Distances are measured from {place.name}.",
            details={"zip": place.zip_code, "name": place.name},
        )
    if parsed.shortened:
        yield Notice(
            kind="shortened",
            text="Only the first words were looked for; a few words find more than many.",
            details={"letters": str(LONGEST_QUERY)},
        )
    if parsed.meaningless:
        yield Notice(
            kind="no-words",
            text="There was no word to look for, so everything is shown.",
        )


def correction_notices(tokens: Iterable[Token], left_out: Container[int]) -> Iterator[Notice]:
    """One notice for each word typed, though it may have been two in one.

    Args:
        left_out: positions of tokens of which nothing is said.
    """
    meant: dict[str, list[str]] = {}
    for at, token in enumerate(tokens):
        if token.meant != token.typed and at not in left_out:
            meant.setdefault(token.typed, []).append(token.meant)
    for typed, words in meant.items():
        text = " ".join(words)
        yield Notice(
            kind="corrected",
            text=f"Showing results for “{text}” in place of “{typed}”.",
            details={"from": typed, "to": text},
        )
