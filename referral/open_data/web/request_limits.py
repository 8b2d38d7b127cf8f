"""Limits on how often one client asks for open data, in the memory of each process.

What is limited is a network address that one client has; where many share what is known of it
(``client_address``), nothing is (decision 32). Addresses are forgotten after a minute.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

PER_MINUTE = 600
WINDOW_SECONDS = 60
# So many records take about as long as a page of fifty flat ones: whole ones, and others.
_WHOLE_RECORDS, _RECORDS = 10, 100
_MOST_CLIENTS = 50_000


def cost_of_records(count: int, *, are_whole: bool) -> int:
    """Return as how many requests the records of an answer count, besides the request itself."""
    return count // (_WHOLE_RECORDS if are_whole else _RECORDS)


@dataclass(frozen=True, slots=True)
class Quota:
    """How much of the limit is left, and in how many seconds it is whole again."""

    limit: int
    left: int
    seconds: int
    is_over: bool = False

    def headers(self) -> dict[str, str]:
        """Limit and rest, in the fields of the IETF's draft (draft-ietf-httpapi-ratelimit)."""
        found = {
            "RateLimit-Policy": f'"client";q={self.limit};w={WINDOW_SECONDS}',
            "RateLimit": f'"client";r={self.left};t={self.seconds}',
        }
        return found | ({"Retry-After": str(self.seconds)} if self.is_over else {})


class RequestLimits:
    """Counts what clients asked for in windows of a minute, each with its own beginning.

    Args:
        per_minute: how often one client may ask.
        clock: seconds that only rise.
    """

    def __init__(
        self, per_minute: int = PER_MINUTE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit, self._clock = per_minute, clock
        self._lock = threading.Lock()
        self._spent: dict[str, tuple[float, int]] = {}

    def spend(self, client: str, cost: int = 1) -> Quota:
        """Count something that a client asked for, unless nothing is left of its minute.

        Args:
            cost: more than is left takes all of it.
        """
        now = self._clock()
        with self._lock:
            began, spent = self._spent.get(client, (now, 0))
            if now - began >= WINDOW_SECONDS:
                began, spent = now, 0
            is_over = spent >= self._limit
            spent = min(spent + cost, self._limit)
            self._spent[client] = began, spent
            if len(self._spent) > _MOST_CLIENTS:
                self._forget(now)
        left = self._limit - spent
        return Quota(self._limit, left, int(began + WINDOW_SECONDS - now) + 1, is_over)

    def _forget(self, now: float) -> None:
        """Forget whose minute is over; all, where that leaves too many."""
        live = {
            client: each for client, each in self._spent.items() if now - each[0] < WINDOW_SECONDS
        }
        self._spent = live if len(live) <= _MOST_CLIENTS else {}
