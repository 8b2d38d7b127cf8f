"""Word-level diff of two texts, side by side."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

Piece = tuple[str, bool]
"""A piece of a text, and whether it is missing from the other text."""

_WORDS = re.compile(r"\s+|[\w'’]+|[^\w\s]")
_MOST_PIECES = 4_000  # beyond that a comparison takes seconds


def side_by_side(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Compare two texts by words; return the pieces of each, which joined are the whole text."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if not old or not new or len(old) + len(new) > _MOST_PIECES:
        return _as_one_piece(before), _as_one_piece(after)
    old_pieces: list[Piece] = []
    new_pieces: list[Piece] = []
    for tag, old_start, old_end, new_start, new_end in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        differs = tag != "equal"
        if old_end > old_start:
            old_pieces.append(("".join(old[old_start:old_end]), differs))
        if new_end > new_start:
            new_pieces.append(("".join(new[new_start:new_end]), differs))
    return tuple(old_pieces), tuple(new_pieces)


def excerpt(pieces: Iterable[Piece], longest: int = 90, before: int = 30) -> tuple[Piece, ...]:
    """Return an excerpt of a compared text, from shortly before its first difference.

    Args:
        longest: the most characters of the excerpt, ellipses not counted.
        before: the most characters before the first difference.
    """
    pieces = list(pieces)
    if sum(len(text) for text, _ in pieces) <= longest:
        return tuple(pieces)
    if len(pieces) > 1 and not pieces[0][1] and len(pieces[0][0]) > before:
        pieces[0] = ("…" + pieces[0][0][-before:], False)
    shown: list[Piece] = []
    room = longest
    for text, differs in pieces:
        if len(text) > room:
            shown.append((text[:room] + "…", differs))
            break
        shown.append((text, differs))
        room -= len(text)
    return tuple(shown)


def _as_one_piece(text: str) -> tuple[Piece, ...]:
    return ((text, True),) if text else ()
