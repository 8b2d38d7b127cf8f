"""Names on a map: each is drawn where it covers nothing that is drawn already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

_LETTER = 0.62  # width of a letter as a share of the font size
_ASCENT, _DESCENT = 0.8, 0.25  # of the font size, above and below the base line
_EDGE = 3.0  # pixels between a name and the border
_APART = 2.0  # pixels between two things


class Rectangle(NamedTuple):
    """A part of a map in pixels from its upper left corner."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Rectangle, apart: float = 0.0) -> bool:
        """Whether the two are closer than ``apart`` in both directions."""
        return (
            self.left < other.right + apart
            and other.left < self.right + apart
            and self.top < other.bottom + apart
            and other.top < self.bottom + apart
        )

    def is_within(self, width: float, height: float) -> bool:
        """Whether it is inside a map of this size, and not at its very border."""
        return (
            self.left >= _EDGE
            and self.top >= _EDGE
            and self.right <= width - _EDGE
            and self.bottom <= height - _EDGE
        )


@dataclass(frozen=True, slots=True)
class Label:
    """A name on a map.

    Attributes:
        x: the middle of its base line, in pixels, as is ``y``.
        look: a class of the style sheet: ``is-town``, ``is-county``, ``is-zip``, ``is-here``.
        size: of the font, in pixels.
    """

    x: float
    y: float
    text: str
    look: str
    size: float

    @property
    def rectangle(self) -> Rectangle:
        """What it covers, estimated from the number of letters."""
        half = len(self.text) * self.size * _LETTER / 2
        top, bottom = self.y - _ASCENT * self.size, self.y + _DESCENT * self.size
        return Rectangle(self.x - half, top, self.x + half, bottom)


def labels_around(
    spot: tuple[float, float], away: float, text: str, look: str, size: float
) -> list[Label]:
    """Where a name may stand: at the right, the left, above and below a spot, so far from it."""
    x, y = spot
    side, base = away + len(text) * size * _LETTER / 2, y + size * 0.35
    places = ((x + side, base), (x - side, base), (x, base - away - size), (x, base + away + size))
    return [Label(round(a, 1), round(b, 1), text, look, size) for a, b in places]


def fitting_labels(
    names: Iterable[Sequence[Label]],
    obstacles: Iterable[Rectangle],
    width: float,
    height: float,
) -> Iterator[Label]:
    """For each name the first of its places where it covers nothing; none where there is none.

    Args:
        names: the places of each, the most important name first.
        obstacles: what must not be covered.
        width: of the map in pixels, as is ``height``; no name is cut by its border.
    """
    taken = list(obstacles)
    for places in names:
        for label in places:
            covered = label.rectangle
            if covered.is_within(width, height) and not any(
                covered.overlaps(each, _APART) for each in taken
            ):
                taken.append(covered)
                yield label
                break
