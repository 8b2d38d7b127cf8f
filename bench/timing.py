"""Latency percentiles and throughput, as numbers of a report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

import numpy as np

_Query = TypeVar("_Query")
_Item = TypeVar("_Item")

Times = dict[str, float]
_BATCH = 500


def warm_times(search: Callable[[_Query], object], queries: Sequence[_Query]) -> Times:
    """Percentiles in milliseconds, each query having run once before."""
    for query in queries:
        search(query)
    return percentiles([milliseconds(search, query) for query in queries])


def milliseconds(action: Callable[..., object], *arguments: object) -> float:
    """The duration of a call."""
    started = time.perf_counter()
    action(*arguments)
    return (time.perf_counter() - started) * 1000


def percentiles(durations: Sequence[float]) -> Times:
    """Median, 95th and 99th percentile, and maximum of some milliseconds."""
    p50, p95, p99 = np.percentile(durations, [50, 95, 99])
    return {
        "p50_ms": round(float(p50), 3),
        "p95_ms": round(float(p95), 3),
        "p99_ms": round(float(p99), 3),
        "max_ms": round(max(durations), 3),
        "questions": len(durations),
    }


class UntimedSource(Iterable[_Item]):
    """Items in batches; the time to make a batch is measured, to be taken off."""

    def __init__(self, items: Iterable[_Item]) -> None:
        self._items = items
        self.count = 0
        self.seconds = 0.0  # spent on making items

    def __iter__(self) -> Iterator[_Item]:
        items = iter(self._items)
        while True:
            started = time.perf_counter()
            batch = list(islice(items, _BATCH))
            self.seconds += time.perf_counter() - started
            if not batch:
                return
            self.count += len(batch)
            yield from batch


def items_per_second(build: Callable[[Iterable[_Item]], object], items: Iterable[_Item]) -> float:
    """Items indexed a second, without the time to make them."""
    source = UntimedSource(items)
    started = time.perf_counter()
    build(source)
    return round(source.count / (time.perf_counter() - started - source.seconds), 1)
