"""``python -m bench.linear_time``: the functions that read what strangers send, on long texts.

Twice the text may take at most 2.5 times as long. Prints each doubling that takes longer, also at
the third try, and ends with 1 if there is any.
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
WORTH_MEASURING = 0.04  # seconds; what is quicker is noise of the machine
MOST_TIMES = 2.5


def _seconds(function: Callable[[str], object], given: str) -> float:
    begun = process_time()
    function(given)
    return process_time() - begun


def faults_of(function: Callable[[str], object], seed: str, tail: str, longest: int) -> list[str]:
    """The first doubling that takes too long, also at the third try."""

    def given(size: int) -> str:
        return seed * (size // len(seed)) + tail

    size, before = SHORTEST, _seconds(function, given(SHORTEST))
    while size < longest:
        size *= 2
        took = _seconds(function, given(size))
        tries = 0
        while took > WORTH_MEASURING and took > MOST_TIMES * before:
            if (tries := tries + 1) == 3:
                return [f"{seed!r}{tail!r}: {size:,} letters {took:.3f} s, half {before:.3f} s"]
            before = max(before, _seconds(function, given(size // 2)))
            took = min(took, _seconds(function, given(size)))
        before = took
    return []


def main() -> int:
    """Measure each function with many texts of 64,000 letters, and with three of a million."""
    faults = []
    for module, functions in sorted(MEASURED.items()):
        print(module, flush=True)
        for function in functions:
            for seed in SEEDS:
                for tail in TAILS:
                    faults += faults_of(function, seed, tail, 64_000)
            for seed in (" ", "1-", "a."):
                faults += faults_of(function, seed, "!", LONGEST)
        for fault in faults:
            print(" ", fault, flush=True)
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
