"""A solver that infers the counts that a report hides from those that it shows.

Unknowns are whole numbers between a least and a most value. Each equation is a sum of unknowns.
Equations are eliminated exactly over the rational numbers, then each equation bounds each of its
unknowns by the least and most values of the others.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from fractions import Fraction

Unknown = Hashable
Equation = tuple[dict[Unknown, Fraction], Fraction]


class CountSolver:
    """A system of linear equations over unknown counts."""

    def __init__(self) -> None:
        self._equations: list[Equation] = []
        self.least: dict[Unknown, int] = {}
        self.most: dict[Unknown, int] = {}

    def add(self, unknowns: Iterable[Unknown], total: int) -> None:
        """Add an equation: the unknowns sum to a total, so none of them exceeds it."""
        row = dict.fromkeys(unknowns, Fraction(1))
        for each in row:
            self.limit(each, total)
        self._equations.append((row, Fraction(total)))

    def add_parts(self, whole: Unknown, parts: Iterable[Unknown]) -> None:
        """Add an equation: the unknown parts sum to the whole, which is unknown too."""
        self._equations.append(
            ({whole: Fraction(-1)} | dict.fromkeys(parts, Fraction(1)), Fraction())
        )

    def add_at_most(self, part: Unknown, whole: Unknown) -> None:
        """Add an inequality: one unknown does not exceed another."""
        self.add_parts(whole, [part, ("rest", part, whole)])

    def limit(self, unknown: Unknown, most: int) -> None:
        """Set an upper limit for an unknown."""
        self.least.setdefault(unknown, 0)
        self.most[unknown] = min(most, self.most.get(unknown, most))

    def solve(self) -> dict[Unknown, int]:
        """Return the value of every unknown that can have only one."""
        unlimited = max(self.most.values(), default=0)
        for row, _ in self._equations:
            for each in row:
                self.limit(each, unlimited)
        self._bound([*self._equations, *self._eliminate()])
        return {each: low for each, low in self.least.items() if low == self.most[each]}

    def _eliminate(self) -> list[Equation]:
        """Return the equations after Gauss-Jordan elimination: each has an unknown of its own."""
        done: dict[Unknown, Equation] = {}
        for equation, equals in self._equations:
            row, total = dict(equation), equals
            for unknown in [each for each in row if each in done]:
                if unknown in row:
                    row, total = _subtract((row, total), done[unknown], row[unknown])
            if not row:
                continue
            pivot, factor = next(iter(row.items()))
            made = {each: number / factor for each, number in row.items()}, total / factor
            for unknown, other in list(done.items()):
                if pivot in other[0]:
                    done[unknown] = _subtract(other, made, other[0][pivot])
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


def _subtract(one: Equation, other: Equation, factor: Fraction) -> Equation:
    row = dict(one[0])
    for unknown, number in other[0].items():
        left = row.get(unknown, Fraction(0)) - factor * number
        if left:
            row[unknown] = left
        else:
            row.pop(unknown, None)
    return row, one[1] - factor * other[1]
