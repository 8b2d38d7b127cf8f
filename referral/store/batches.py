"""Long lists in runs: databases take no more than some ten thousand values at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def in_batches(items: Sequence[T], size: int) -> Iterator[list[T]]:
    """The items in runs of at most ``size``."""
    for start in range(0, len(items), size):
        yield list(items[start : start + size])
