"""Measurements of latency percentiles and throughput, as numbers of a report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

import numpy as np

_Query = TypeVar("_Query")
_Item = TypeVar("_Item")

Times = dict[str, float]
_BATCH_SIZE = 500


def warm_times(search: Callable[[_Query], object], queries: Sequence[_Query]) -> Times:
    """Return latency percentiles of queries that have each run once before."""
    for query in queries:
        search(query)
    return percentiles([milliseconds(search, query) for query in queries])


def milliseconds(action: Callable[..., object], *arguments: object) -> float:
    """Return the duration of a call in milliseconds."""
    started = time.perf_counter()
    action(*arguments)
    return (time.perf_counter() - started) * 1000


def percentiles(durations: Sequence[float]) -> Times:
    """Return the median, the 95th and 99th percentile, and the maximum of durations."""
    p50, p95, p99 = np.percentile(durations, [50, 95, 99])
    return {
        "p50_ms": round(float(p50), 3),
        "p95_ms": round(float(p95), 3),
        "p99_ms": round(float(p99), 3),
        "max_ms": round(max(durations), 3),
        "questions": len(durations),
    }


class UntimedSource(Iterable[_Item]):
    """An iterable that measures the time to create its items, so that it can be subtracted."""

    def __init__(self, items: Iterable[_Item]) -> None:
        self._items = items
        self.count = 0
        self.seconds = 0.0  # spent on creating items

    def __iter__(self) -> Iterator[_Item]:
        items = iter(self._items)
        while True:
            started = time.perf_counter()
            batch = list(islice(items, _BATCH_SIZE))
            self.seconds += time.perf_counter() - started
            if not batch:
                return
            self.count += len(batch)
            yield from batch


def items_per_second(build: Callable[[Iterable[_Item]], object], items: Iterable[_Item]) -> float:
    """Return the number of items indexed per second, without the time to create them."""
    source = UntimedSource(items)
    started = time.perf_counter()
    build(source)
    return round(source.count / (time.perf_counter() - started - source.seconds), 1)
