"""Priority of processes that work in the background."""

from __future__ import annotations

import os

_NICENESS = 4
"""Pages get five parts of seven. With 10, an index stood still beside other work."""


def let_pages_go_first() -> None:
    """Give way to processes that answer pages, where the system knows of priorities (POSIX)."""
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
