"""Hostile queries: long, deep, broken and strange ones that have crashed search engines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bench.timing import milliseconds, percentiles

HOSTILE = (
    "?*",
    "*a*",
    "*",
    "a* b* c* d* e* f* g* h*",
    "[a TO z]",
    "[TO]",
    "foo~3",
    "help^9999",
    "name:help",
    "NOT NOT NOT NOT NOT",
    "NOT " * 20_000 + "help",
    "AND OR NOT ANDMAYBE",
    "(" * 5_000 + ")" * 5_000,
    "(help " * 20_000 + ")" * 20_000,
    "a" * 200_000,
    "ab" * 100_000,
    "help " * 50_000,
    '"' * 999,
    '"help',
    '""',
    '"the and"',
    '"serviceword1 help" "serviceword1 help" ' * 9,
    "^(a+)+$",
    "(?:a|a)*" * 500,
    r"\b(?=.*){99999}",
    "\x00\x01\x7f",
    "\x00" * 50_000,
    "\ud800 help",
    "ﷺ" * 200,
    "e\u0301" * 500,
    "a" + "\u0301" * 100_000,
    "👩‍👩‍👧‍👦" * 5_000,
    "🍎 🏠 💊 🆘",
    "\u202epleh",
    "\u200f\u202b" + "\u05e2\u05d6\u05e8\u05d4 " * 5_000,
    "'; DROP TABLE service; --",
    "' OR 1=1 UNION SELECT * FROM organization --",
    "<script>alert(1)</script>",
    "{{7*7}} ${7*7} %s %n",
    "../../../../etc/passwd",
    "99999 00000 16335",
    "16335 16335 16335",
    "９９９９９ ₁₆₃₃₅ ١٦٣٣٥",
    "食物 еда طعام",
    "食" * 20_000,
    "|".join(["help"] * 99),
    # Each of the following words needs correction, or is a prefix of hundreds of words.
    " ".join(f"strondgl{letter}" for letter in "abcdefghijklmnopqrst"),
    " ".join(f"brain{letter}dflail" for letter in "abcdefghijklm"),
    "pla",
    "con",
    " ".join("abcdefghijklmnopqrstuvwxyz"),
    " ".join(["xxxxx"] * 40),
    " ".join(chr(97 + number % 26) * 5 for number in range(32)),
    " ".join(f"{number:x}" for number in range(9_000)),
)
_SHOWN = 30


def hostile_times(search: Callable[[str], object]) -> dict[str, Any]:
    """Return percentiles of the hostile queries, each run once, and the slowest one."""
    durations = [milliseconds(search, words) for words in HOSTILE]
    slowest = HOSTILE[durations.index(max(durations))]
    return {**percentiles(durations), "slowest": ascii(slowest[:_SHOWN]), "letters": len(slowest)}
