"""Sentences of records, readers and operations, in the language of the page.

They say in English what is wrong and what to do, with a name or a number in them, and may lie in
the database before anybody reads them. So they are translated when they are shown, by their shape:
the catalogue has ``{1} is empty: there is not even a header row.`` in the context ``sentence``.
``sentence_shapes`` finds them in the source.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from babel.messages.catalog import Catalog

CONTEXT = "sentence"
_HOLE = re.compile(r"\{(\d+)\}")
_BETWEEN = re.compile(r"(?<=[.!?:;])\s+")
_LONGEST = 2000  # a sentence with a longer one in it is shown as it is
_DEEPEST = 3


@dataclass(frozen=True, slots=True)
class _Shape:
    """A sentence with holes: what stands between them, and how the whole is said."""

    pieces: tuple[str, ...]
    said: str

    @property
    def weight(self) -> int:
        """How much of it is fixed: of two shapes that fit, the heavier one is meant."""
        return sum(map(len, self.pieces))

    def values_in(self, text: str) -> list[str] | None:
        """What stands in the holes; None where the sentence is of another shape."""
        first, *middle, last = self.pieces
        at, end = len(first), len(text) - len(last)
        if at > end or not (text.startswith(first) and text.endswith(last)):
            return None
        values = []
        for piece in middle:
            found = text.find(piece, at, end)
            if found < 0:
                return None
            values.append(text[at:found])
            at = found + len(piece)
        return [*values, text[at:end]]


class Sentences:
    """The sentences of one language."""

    def __init__(self, whole: Mapping[str, str], shapes: Iterable[_Shape]) -> None:
        self._whole = whole
        self._shapes = sorted(shapes, key=lambda shape: -shape.weight)

    @classmethod
    def of(cls, catalogue: Catalog) -> Self:
        """Those of a catalogue that are translated for certain."""
        sure = {
            str(each.id): str(each.string)
            for each in catalogue
            if each.context == CONTEXT and each.string and not each.fuzzy
        }
        shapes = [
            _Shape(tuple(_HOLE.split(source)[::2]), said)
            for source, said in sure.items()
            if _HOLE.search(source)
        ]
        return cls(sure, shapes)

    def translated(self, text: str, name_of: Callable[[str], str]) -> str | None:
        """A sentence, or several, in this language; None where a part of it is not known.

        Args:
            name_of: what a kind of record or a field in a hole is called; else the word itself.
        """
        return None if len(text) > _LONGEST else self._say(text, name_of, _DEEPEST)

    def _say(self, text: str, name_of: Callable[[str], str], depth: int) -> str | None:
        if text in self._whole:
            return self._whole[text]
        for shape in self._shapes:
            values = shape.values_in(text)
            if values is not None and depth:
                said = [self._value(each, name_of, depth - 1) for each in values]
                return _HOLE.sub(lambda hole, said=said: said[int(hole[1]) - 1], shape.said)  # type: ignore[misc]
        for gap in _BETWEEN.finditer(text):
            first = self._say(text[: gap.start()], name_of, 1) if depth else None
            rest = self._say(text[gap.end() :], name_of, depth) if first else None
            if first and rest:
                return f"{first} {rest}"
        return None

    def _value(self, text: str, name_of: Callable[[str], str], depth: int) -> str:
        """What stands in a hole: a sentence of its own, the name of something, or just itself."""
        value = text.strip()
        before = text[: len(text) - len(text.lstrip())]
        return before + (self._say(value, name_of, depth) or name_of(value))
