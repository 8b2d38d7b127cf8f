"""Evidence of cells: the share of a column that fits a target, and the target that cells name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from referral.formats.spreadsheet.cell_checks import LONG, is_people
from referral.formats.spreadsheet.targets import TARGETS

VETO = 0.3
"""Share of cells that must fit a target; if fewer do, the header is not believed."""
_FEWEST_CELLS = 3  # cells that can disprove a header
_SAMPLE = 80
_ENOUGH = 0.7
# Targets that cells alone can name, in this order, and the kind of their cells in words.
_RECOGNIZABLE: Mapping[str, str] = {
    "service.email": "email addresses",
    "service.url": "web addresses",
    "address.postal_code": "ZIP codes",
    "location.position": "pairs of latitude and longitude",
    "phone.number": "phone numbers",
    "address.state_province": "states",
    "schedule.hours": "opening hours",
    "address.address_1": "street addresses",
}


def share_that_fits(target: str, cells: Sequence[str]) -> float:
    """Return the share of a column's cells that fit its target; 1 for few cells.

    It is also 1 for a target that accepts any text.

    It is also 1 if any text fits the target.
    """
    return _share(TARGETS[target].fits, cells) if target and len(cells) >= _FEWEST_CELLS else 1.0


def target_by_cells(cells: Sequence[str]) -> tuple[str, str, float]:
    """Return the target that most cells of a column show, and their share; "" if none.

    The kind of the cells is returned in words as well.
    """
    for target, kind_in_words in _RECOGNIZABLE.items():
        share = _share(TARGETS[target].is_surely, cells)
        if share >= _ENOUGH:
            return target, kind_in_words, share
    return "", "", 0.0


def kind_of_cell(text: str) -> str:
    """Return the kind of column target (``Target.kind``) that one cell shows, "" if none."""
    kinds = ((TARGETS[name].kind, TARGETS[name].is_surely) for name in _RECOGNIZABLE)
    return next((kind for kind, is_surely in kinds if kind and is_surely(text)), "")


def are_people(cells: Sequence[str]) -> bool:
    """Return whether most cells of a spreadsheet column name groups of people."""
    return _share(is_people, cells) > 0.5


def are_long_texts(cells: Sequence[str]) -> bool:
    """Return whether the cells of a spreadsheet column are sentences rather than words."""
    sample = cells[:_SAMPLE]
    return bool(sample) and sum(map(len, sample)) / len(sample) > LONG


def _share(fits: Callable[[str], bool], cells: Sequence[str]) -> float:
    sample = cells[:_SAMPLE]
    return sum(map(fits, sample)) / len(sample) if sample else 0.0
