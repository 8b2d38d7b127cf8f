"""Solves for counts that a report does not show, from all that it does.

Unknowns are whole numbers from a least to a most. Each equation is a sum of unknowns. First exact
elimination over the rational numbers, then bounds: what an equation leaves for one unknown when all
others are at their least or most.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from fractions import Fraction

Unknown = Hashable
Equation = tuple[dict[Unknown, Fraction], Fraction]


class CountSolver:
    """Equations over unknown counts."""

    def __init__(self) -> None:
        self._equations: list[Equation] = []
        self.least: dict[Unknown, int] = {}
        self.most: dict[Unknown, int] = {}

    def add(self, unknowns: Iterable[Unknown], total: int) -> None:
        """These unknowns add up to this, so none is more."""
        row = dict.fromkeys(unknowns, Fraction(1))
        for each in row:
            self.limit(each, total)
        self._equations.append((row, Fraction(total)))

    def add_parts(self, whole: Unknown, parts: Iterable[Unknown]) -> None:
        """These parts add up to the whole, which is unknown too."""
        self._equations.append(
            ({whole: Fraction(-1)} | dict.fromkeys(parts, Fraction(1)), Fraction())
        )

    def add_at_most(self, part: Unknown, whole: Unknown) -> None:
        """One unknown is no more than another one."""
        self.add_parts(whole, [part, ("rest", part, whole)])

    def limit(self, unknown: Unknown, most: int) -> None:
        """An unknown is no more than this."""
        self.least.setdefault(unknown, 0)
        self.most[unknown] = min(most, self.most.get(unknown, most))

    def solve(self) -> dict[Unknown, int]:
        """Every unknown that can have one value only."""
        unlimited = max(self.most.values(), default=0)
        for row, _ in self._equations:
            for each in row:
                self.limit(each, unlimited)
        self._bound([*self._equations, *self._eliminate()])
        return {each: low for each, low in self.least.items() if low == self.most[each]}

    def _eliminate(self) -> list[Equation]:
        """Gauss and Jordan: each row has an unknown that stands in no other row."""
        done: dict[Unknown, Equation] = {}
        for equation, equals in self._equations:
            row, total = dict(equation), equals
            for unknown in [each for each in row if each in done]:
                if unknown in row:
                    row, total = _less((row, total), done[unknown], row[unknown])
            if not row:
                continue
            pivot, factor = next(iter(row.items()))
            made = {each: number / factor for each, number in row.items()}, total / factor
            for unknown, other in list(done.items()):
                if pivot in other[0]:
                    done[unknown] = _less(other, made, other[0][pivot])
            done[pivot] = made
        return list(done.values())

    def _bound(self, equations: list[Equation]) -> None:
        changed = True
        while changed:
            changed = False
            for row, total in equations:
                low = sum(n * (self.least if n > 0 else self.most)[each] for each, n in row.items())
                high = sum(
                    n * (self.most if n > 0 else self.least)[each] for each, n in row.items()
                )
                for each, n in row.items():
                    least, most = self.least[each], self.most[each]
                    own = (n * least, n * most) if n > 0 else (n * most, n * least)
                    ends = sorted(((total - (high - own[1])) / n, (total - (low - own[0])) / n))
                    new_least = max(least, -(-ends[0].numerator // ends[0].denominator))
                    new_most = min(most, ends[1].numerator // ends[1].denominator)
                    if (new_least, new_most) != (least, most):
                        self.least[each], self.most[each], changed = new_least, new_most, True
                        break


def _less(one: Equation, other: Equation, factor: Fraction) -> Equation:
    row = dict(one[0])
    for unknown, number in other[0].items():
        left = row.get(unknown, Fraction(0)) - factor * number
        if left:
            row[unknown] = left
        else:
            row.pop(unknown, None)
    return row, one[1] - factor * other[1]
