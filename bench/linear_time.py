"""Check that functions which read foreign texts take linear time: ``python -m bench.linear_time``.

A text of double length may take at most 2.5 times as long. The command prints each doubling that
takes longer in three tries, and exits with 1 if there is any.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import process_time

from tests.test_linear_time import MEASURED

SEEDS = (
    "a", " ", "1", ".", "-", "(", "\n", "'", "A", "/", "@", "a.", "a ", "1 ", "1-", "a-", "a@", "<",
    "&amp;", "#", ", ", "\u2013", "(a", "mon ", "9-5 ", "9am ", "http://", "closed ", "www.", "a,",
    "a\n", "a, ", "mon 9-5\n", "mon 9-5, ", "closed holidays ", " \n", "[a", "*", "$1 ", "no fee ", "p.o. ", "a'", "\u00e9", "(1) ", "<a href=", "<li>",
    "<b ", "by appointment ", "office: ", "jan 1 ", "\u200c", "\xad ", "\u00c3\u00a9", "a\xa0",
)  # fmt: skip
TAILS = ("", "!\0x")
SHORTEST, LONGEST = 4_000, 1_000_000  # letters
SHORTEST_MEASURED = 0.04  # seconds; shorter times are mostly noise of the machine
MOST_SLOWDOWN = 2.5


def _seconds(function: Callable[[str], object], text: str) -> float:
    started = process_time()
    function(text)
    return process_time() - started


def slow_doublings(
    function: Callable[[str], object], seed: str, tail: str, longest: int
) -> list[str]:
    """Return a description of the first doubling that takes too long in three tries, if any."""

    def text_of_size(size: int) -> str:
        return seed * (size // len(seed)) + tail

    size, before = SHORTEST, _seconds(function, text_of_size(SHORTEST))
    while size < longest:
        size *= 2
        took = _seconds(function, text_of_size(size))
        tries = 0
        while took > SHORTEST_MEASURED and took > MOST_SLOWDOWN * before:
            if (tries := tries + 1) == 3:
                return [f"{seed!r}{tail!r}: {size:,} letters {took:.3f} s, half {before:.3f} s"]
            before = max(before, _seconds(function, text_of_size(size // 2)))
            took = min(took, _seconds(function, text_of_size(size)))
        before = took
    return []


def main() -> int:
    """Measure each function with many texts up to 64,000 letters, and three up to a million."""
    slow = []
    for module, functions in sorted(MEASURED.items()):
        print(module, flush=True)
        for function in functions:
            for seed in SEEDS:
                for tail in TAILS:
                    slow += slow_doublings(function, seed, tail, 64_000)
            for seed in (" ", "1-", "a."):
                slow += slow_doublings(function, seed, "!", LONGEST)
        for doubling in slow:
            print(" ", doubling, flush=True)
    return int(bool(slow))


if __name__ == "__main__":
    sys.exit(main())
