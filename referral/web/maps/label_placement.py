"""Placement of names on a map: each where it covers nothing, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from referral.web.maps.text_width import text_width

BOLD_LOOKS = frozenset({"is-here"})
_ASCENT, _DESCENT = 0.8, 0.25  # of the font size, above and below the base line
_EDGE = 3.0  # pixels between a name and the border
_BESIDE = (18.0, 52.0)  # pixels from the middle of a place to its name: past a marker, a cluster
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

    def contains(self, x: float, y: float) -> bool:
        """Whether a point is in it."""
        return self.left <= x <= self.right and self.top <= y <= self.bottom

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
        """What it covers."""
        half = text_width(self.text, self.size, is_bold=self.look in BOLD_LOOKS) / 2
        top, bottom = self.y - _ASCENT * self.size, self.y + _DESCENT * self.size
        return Rectangle(self.x - half, top, self.x + half, bottom)


def labels_at(
    spot: tuple[float, float], text: str, look: str, size: float, width: float
) -> list[Label]:
    """Where the name of a place may stand: on it, a little above or below, at its sides.

    Args:
        spot: the place in pixels.
        text: its name.
        look: a class of the style sheet.
        size: of the font, in pixels.
        width: of the map; above and below, a name near the border is moved inward.
    """
    x, y = spot
    half, line = text_width(text, size) / 2, size * 1.1
    free = half + _EDGE + 1
    inward = max(min(free, x + half), min(x, max(width - free, x - half)))
    places = [(inward, y + up * line) for up in (0, -1, 1, -2, 2, -3, 3)]
    sides = [sign * (half + beside) for beside in _BESIDE for sign in (1, -1)]
    places += [(x + side, y + up * line) for up in (0, -1, 1) for side in sides]
    base = size * 0.35
    return [Label(round(a, 1), round(b + base, 1), text, look, size) for a, b in places]


def labels_beside(
    spot: tuple[float, float], radius: float, text: str, look: str, size: float
) -> list[Label]:
    """Where the name of a dot may stand: at its right, its left, above and below.

    Args:
        spot: the middle of the dot in pixels, as is ``radius``.
        radius: of the dot.
        text: its name.
        look: a class of the style sheet.
        size: of the font, in pixels.
    """
    x, y = spot
    is_bold = look in BOLD_LOOKS
    half, base = text_width(text, size, is_bold=is_bold) / 2, y + size * 0.35
    away = half + radius + 3
    up, down = y - radius - 4, y + radius + size
    places = ((x + away, base), (x - away, base), (x, up), (x, down))
    return [Label(round(a, 1), round(b, 1), text, look, size) for a, b in places]


def placed_labels(
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
