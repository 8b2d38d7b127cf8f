"""A counter of function calls, for tests of cost that do not depend on the machine's speed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType


def count_calls(action: Callable[..., object], *arguments: object) -> int:
    """Return how many functions an action calls, including functions in C."""
    calls = 0

    def count_event(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count_event)
    try:
        action(*arguments)
    finally:
        sys.setprofile(before)
    return calls
