"""Recognition of towns and counties among the words of a query."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from referral.fields.places.gazetteer import STATES_WITH_TOWNS, state_code
from referral.fields.places.lookup import Place, find_counties, find_towns
from referral.search.segment_facts import Numbers

LONGEST_NAME = 3  # words
_CELLS_PER_DEGREE = 2
_COUNTY = frozenset({"county", "parish", "condado"})

Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Town:
    """A town or county named in a query, with the positions of its words and those of its state."""

    place: Place
    name_positions: tuple[int, ...]
    state_positions: tuple[int, ...] = ()

    @property
    def positions(self) -> tuple[int, ...]:
        """Return the positions of all words of the town, those of its state included."""
        return self.name_positions + self.state_positions


class Neighborhood:
    """The area around sites, or a place: farther than some 35 miles, a town needs its state."""

    def __init__(self, cells: frozenset[Cell]) -> None:
        self._cells = cells

    @classmethod
    def of_sites(cls, latitudes: Numbers, longitudes: Numbers) -> Neighborhood:
        """Return the area around sites; their coordinates are NaN where unknown."""
        known = ~np.isnan(latitudes)
        north, east = np.floor(np.stack([latitudes[known], longitudes[known]]) * _CELLS_PER_DEGREE)
        cells = np.unique(north + 1j * east)  # one complex number each is faster than pairs
        around = (_around((int(cell.real), int(cell.imag))) for cell in cells.tolist())
        return cls(frozenset().union(*around))

    @classmethod
    def of_place(cls, place: Place) -> Neighborhood:
        """Return the area around the place where a search begins."""
        return cls(_around(_cell_of(place)))

    def has(self, place: Place) -> bool:
        """Return whether a place is in the area."""
        return _cell_of(place) in self._cells


def _cell_of(place: Place) -> Cell:
    return (
        int(np.floor(place.latitude * _CELLS_PER_DEGREE)),
        int(np.floor(place.longitude * _CELLS_PER_DEGREE)),
    )


def _around(cell: Cell) -> frozenset[Cell]:
    """Return a cell of the grid and its neighbors."""
    return frozenset(
        (cell[0] + rows, cell[1] + columns) for rows, columns in product((-1, 0, 1), repeat=2)
    )


def find_town(
    words: Sequence[str], near: Neighborhood, means_else: Callable[[Sequence[str]], bool]
) -> Town | None:
    """Return the first town or county among folded words; at one position, the longest name.

    Args:
        means_else: returns whether words also mean something else that people search for ("mercy",
            "rehab"): then they are a place only with the state named.
    """
    for start in range(len(words)):
        for end in range(min(start + LONGEST_NAME, len(words)), start, -1):
            if town := _town_at(words, start, end, near, means_else):
                return town
    return None


def _town_at(
    words: Sequence[str],
    start: int,
    end: int,
    near: Neighborhood,
    means_else: Callable[[Sequence[str]], bool],
) -> Town | None:
    name_words = words[start:end]
    is_county = bool(_COUNTY.intersection(name_words))
    places = _find_county(name_words) if is_county else find_towns(" ".join(name_words))
    if not places:
        return None
    for state_words in (2, 1):
        state = state_code(" ".join(words[end : end + state_words]))
        if state in STATES_WITH_TOWNS and end + state_words <= len(words):
            in_state = [place for place in places if place.state == state]
            positions = tuple(range(start, end)), tuple(range(end, end + state_words))
            return Town(in_state[0], *positions) if in_state else None
    nearby = [place for place in places if near.has(place)]
    if not nearby or means_else(name_words):
        return None
    return Town(nearby[0], tuple(range(start, end)))


def _find_county(words: Sequence[str]) -> tuple[Place, ...]:
    return find_counties(" ".join(word for word in words if word not in _COUNTY))
