"""Which counts of a closed period may be published: small ones go into "Other", and stay there.

A count is published once, for a month, or for several months together where each month alone is
too small. Every table is a sum of published counts, so no two tables have a difference that is not
published. ``Other`` is what is left of a sum. A count goes in only if each small count that stays
hidden could be another number with all published numbers the same: one record moved to another
month or value would not be noticed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

SMALLEST_COUNT = 5
"""Counts below this are not published: few enough people may be known by them."""

Months = tuple[str, ...]
"""Sorted months (``2026-01``) that one published count covers."""
Counts = Mapping[str, Mapping[Months, int]]
"""Value → part of the period → count."""


@dataclass(frozen=True, slots=True)
class Pool:
    """One value, summed over several parts of a period, each too small to be published alone."""

    value: str
    parts: frozenset[Months]


def is_small(number: int) -> bool:
    """Whether so few people may be known by a count."""
    return 0 < number < SMALLEST_COUNT


def _must_hide(number: int, whole: int) -> bool:
    """Whether a count, or what it leaves of the whole that it is a part of, is small."""
    return is_small(number) or (number > 0 and is_small(whole - number))


def select_values(
    counts: Mapping[str, int], wholes: Mapping[str, int], hidden: Collection[str] = ()
) -> frozenset[str]:
    """The values of one period whose counts may be published beside their sum.

    Args:
        wholes: value → what the count is a part of, as all needs of the unmet ones. What is left
            of it must not be small either.
        hidden: values that must not be published.
    """
    rest = {
        value: number
        for value, number in counts.items()
        if (number and value in hidden) or _must_hide(number, wholes.get(value, number))
    }
    left = sorted((n, value) for value, n in counts.items() if n and value not in rest)
    while rest and left and not _hides_each_other(rest.values()):
        number, value = left.pop(0)
        rest[value] = number
    return frozenset(value for _, value in left)


def select_pools(
    counts: Counts,
    published: Iterable[Pool],
    whole_counts: Counts,
    period: Collection[Months],
    allowed: Mapping[str, Collection[Months]] | None = None,
) -> tuple[Pool, ...]:
    """Further sums over several parts of a period that may be published.

    As many as possible; where they would give a small count away, the smallest is left out first.

    Args:
        counts: what was not published for a part alone, with its zeros.
        published: pools of shorter periods.
        whole_counts: as ``wholes`` of ``select_values``, for the same values and parts.
        period: the parts that may be summed now.
        allowed: value → those of them that may be summed for it; all where nothing is given.
    """
    before = list(published)
    covered = {(pool.value, part) for pool in before for part in pool.parts}
    found: list[tuple[int, Pool]] = []
    for value, by_part in counts.items():
        may = period if allowed is None else allowed[value]
        parts = frozenset(p for p in by_part if p in may and (value, p) not in covered)
        total = sum(by_part[part] for part in parts)
        if total < SMALLEST_COUNT or len(parts) < 2:
            continue
        of_it = whole_counts.get(value)
        if of_it is None or not is_small(sum(of_it.get(part, 0) for part in parts) - total):
            found.append((total, Pool(value, parts)))
    found.sort(key=lambda one: (one[0], one[1].value), reverse=True)
    pools = [pool for _, pool in found]
    while pools and not _Hidden(counts, whole_counts, [*before, *pools]).is_safe(period):
        pools.pop()
    return tuple(pools)


def _hides_each_other(numbers: Collection[int]) -> bool:
    """Whether several hidden counts with a known sum leave more than one solution for each."""
    enough = sum(numbers) >= SMALLEST_COUNT and len(numbers) > 1
    return enough and any(_has_room(number) for number in numbers)


def _has_room(number: int) -> bool:
    """Whether a hidden count may be one more and still be hidden."""
    return number != SMALLEST_COUNT - 1


class _Hidden:
    """Counts of a year that are hidden by part, and the pools in which some of them are known."""

    def __init__(self, counts: Counts, whole_counts: Counts, pools: Sequence[Pool]) -> None:
        self._counts, self._wholes, self._pools = counts, whole_counts, pools
        pooled = {(pool.value, part) for pool in pools for part in pool.parts}
        self._rest: defaultdict[Months, dict[str, int]] = defaultdict(dict)
        for value, by_part in counts.items():
            for part, number in by_part.items():
                if (value, part) not in pooled:
                    self._rest[part][value] = number

    def is_safe(self, period: Collection[Months]) -> bool:
        """Whether what stays in "Other" is enough, and no small count or rest can be solved for."""
        rest = {
            (value, part): number
            for part in period
            for value, number in self._rest[part].items()
            if number
        }
        if rest and (sum(rest.values()) < SMALLEST_COUNT or len({v for v, _ in rest}) < 2):
            return False
        return all(
            self._can_move_in_rest(value, part)
            for part, found in self._rest.items()
            for value in found
            if self._is_protected(value, part)
        ) and all(
            self._can_move_in_pool(pool, part)
            for pool in self._pools
            for part in pool.parts
            if self._is_protected(pool.value, part)
        )

    def _is_protected(self, value: str, part: Months) -> bool:
        number = self._counts[value][part]
        return _must_hide(number, self._wholes.get(value, {}).get(part, number))

    def _can_move_in_rest(self, value: str, part: Months) -> bool:
        return any(
            other != value and _has_room(number) for other, number in self._rest[part].items()
        )

    def _can_move_in_pool(self, pool: Pool, part: Months) -> bool:
        """Whether one record could have come in another part, and one of another value in its."""
        number = self._counts[pool.value][part]
        for other in pool.parts - {part}:
            there = self._counts[pool.value][other]
            if _has_room(there) and self._can_fill(pool, part, other):
                return True
            if _has_room(number) and there and self._can_fill(pool, other, part):
                return True
        return False

    def _can_fill(self, pool: Pool, more: Months, fewer: Months) -> bool:
        """Whether what is hidden beside a pool can be one more here and one fewer there."""
        if any(map(_has_room, self._rest[more].values())) and any(self._rest[fewer].values()):
            return True
        return any(
            each is not pool
            and {more, fewer} <= each.parts
            and _has_room(self._counts[each.value][more])
            and self._counts[each.value][fewer] > 0
            for each in self._pools
        )
