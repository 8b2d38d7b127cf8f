"""Long lists in runs: databases take no more than some ten thousand values at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def in_batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in runs of at most ``size``."""
    rest = iter(items)
    while run := list(islice(rest, size)):
        yield run
