"""Topics under their parents: the number of a parent is the sum of what stands below it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from referral.reports.records import Cell, Dimension, Table, by_size
from referral.store.terms import TermTree


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic by its code, with those below it; one with parts may be a part of itself."""

    code: str
    parts: tuple[Topic, ...] = ()


def roll_up(table: Table, tree: TermTree) -> Table:
    """A table by topic with topics under their parents; another table as it is."""
    if table.dimension is not Dimension.TERM:
        return table
    return replace(
        table, cells=tuple(replace(cell, parts=_rolled_up(cell, tree)) for cell in table.cells)
    )


def _rolled_up(heading: Cell, tree: TermTree) -> tuple[Cell, ...]:
    numbers = {part.value: part.number for part in heading.parts}
    return cells_of(topics_above(numbers, tree), numbers)


def topics_above(codes: Iterable[str], tree: TermTree) -> tuple[Topic, ...]:
    """These topics under the topics above them, of which only those stand that join several."""
    counted = set(codes)
    below: defaultdict[str, set[str]] = defaultdict(set)
    for code in counted:
        path = [term.key for term in tree.path(code)] or [code]
        path[0] = code
        for part, above in zip(path, [*path[1:], ""], strict=True):
            below[above].add(part)
    return _topics("", below, counted)


def _topics(
    above: str, below: Mapping[str, set[str]], counted: set[str], seen: frozenset[str] = frozenset()
) -> tuple[Topic, ...]:
    found: list[Topic] = []
    for code in sorted(below.get(above, set()) - seen):  # a loop in the data ends
        parts = _topics(code, below, counted, seen | {code}) if code else ()
        if code not in counted and len(parts) == 1:
            found += parts
        else:
            own = (Topic(code),) if parts and code in counted else ()
            found.append(Topic(code, (*own, *parts)))
    return tuple(found)


def cells_of(topics: Iterable[Topic], numbers: Mapping[str, int]) -> tuple[Cell, ...]:
    """The cells of these topics, where a topic without parts has its own number."""
    found = []
    for topic in topics:
        parts = cells_of(topic.parts, numbers)
        number = sum(part.number for part in parts) if parts else numbers.get(topic.code, 0)
        found.append(Cell(topic.code, number, parts))
    return by_size(found)
