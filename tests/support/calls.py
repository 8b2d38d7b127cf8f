"""Counts what is done, where a clock would tell of the machine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType


def count_calls(action: Callable[..., object], *arguments: object) -> int:
    """How many functions something calls, Python's own among them."""
    calls = 0

    def note(_frame: FrameType, event: str, _what: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        action(*arguments)
    finally:
        sys.setprofile(before)
    return calls
