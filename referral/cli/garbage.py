"""When a process that serves looks for garbage."""

from __future__ import annotations

import gc

_OBJECTS_BETWEEN = 20_000


def settle() -> None:
    """Never look through what is there now, since it stays, and seldom through the rest.

    A page makes thousands of objects, and hardly any that only a search for garbage would free.
    """
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN, 20, 20)
