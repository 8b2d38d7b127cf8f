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
_MOST_GAPS = 5
_DEEPEST = 3  # of sentences within sentences and one after the other


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

    def filled(self, values: list[str]) -> str:
        """The sentence in this language, with these values in its holes."""
        return _HOLE.sub(lambda hole: values[int(hole[1]) - 1], self.said)


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
            name_of: what a kind of record in a hole is called; else the word itself.
        """
        return None if len(text) > _LONGEST else self._say(text, name_of, _DEEPEST)

    def _say(self, text: str, name_of: Callable[[str], str], depth: int) -> str | None:
        """One after the other where each is known, since a hole may take in several."""
        if text in self._whole:
            return self._whole[text]
        gaps = list(_BETWEEN.finditer(text))[:_MOST_GAPS]
        for gap in gaps if depth else ():
            first = self._fit(text[: gap.start()], name_of, depth)
            rest = self._say(text[gap.end() :], name_of, depth - 1) if first else None
            if first and rest:
                return f"{first} {rest}"
        return self._fit(text, name_of, depth)

    def _fit(self, text: str, name_of: Callable[[str], str], depth: int) -> str | None:
        if text in self._whole:
            return self._whole[text]
        for shape in self._shapes if depth else ():
            values = shape.values_in(text)
            if values is not None:
                return shape.filled([self._value(each, name_of, depth - 1) for each in values])
        return None

    def _value(self, text: str, name_of: Callable[[str], str], depth: int) -> str:
        """What stands in a hole: a sentence of its own, the name of something, or just itself."""
        value = text.strip()
        before = text[: len(text) - len(text.lstrip())]
        return before + (self._say(value, name_of, depth) or name_of(value))
