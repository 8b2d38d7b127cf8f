"""Times and rates, as numbers of a report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

import numpy as np

_Asked = TypeVar("_Asked")
_Given = TypeVar("_Given")

Times = dict[str, float]
_MADE_AT_ONCE = 500


def timed(ask: Callable[[_Asked], object], questions: Sequence[_Asked]) -> Times:
    """Percentiles in milliseconds, warm: every question has been asked once before."""
    for question in questions:
        ask(question)
    return percentiles([milliseconds(ask, question) for question in questions])


def milliseconds(action: Callable[..., object], *arguments: object) -> float:
    """How long something takes."""
    started = time.perf_counter()
    action(*arguments)
    return (time.perf_counter() - started) * 1000


def percentiles(took: Sequence[float]) -> Times:
    """The middle, the slow ones and the slowest of some milliseconds."""
    p50, p95, p99 = np.percentile(took, [50, 95, 99])
    return {
        "p50_ms": round(float(p50), 3),
        "p95_ms": round(float(p95), 3),
        "p99_ms": round(float(p99), 3),
        "max_ms": round(max(took), 3),
        "questions": len(took),
    }


class Given(Iterable[_Given]):
    """Hands items on, a batch of them being made while the clock of ``per_second`` stands still."""

    def __init__(self, items: Iterable[_Given]) -> None:
        self._items = items
        self.count = 0
        self.seconds = 0.0  # that the items themselves took to be made

    def __iter__(self) -> Iterator[_Given]:
        waiting = iter(self._items)
        while True:
            started = time.perf_counter()
            batch = list(islice(waiting, _MADE_AT_ONCE))
            self.seconds += time.perf_counter() - started
            if not batch:
                return
            self.count += len(batch)
            yield from batch


def per_second(build: Callable[[Iterable[_Given]], object], items: Iterable[_Given]) -> float:
    """How many items a second are taken in; the time to make them does not count."""
    given = Given(items)
    started = time.perf_counter()
    build(given)
    return round(given.count / (time.perf_counter() - started - given.seconds), 1)
