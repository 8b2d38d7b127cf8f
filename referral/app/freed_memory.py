"""Give the system the memory back that Python has freed."""

from __future__ import annotations

import ctypes
from functools import cache


def return_freed_memory() -> None:
    """Return it where the C library is glibc, which keeps much of it; elsewhere do nothing.

    Vectors of phrases and new indexes are made in arrays that are ten times what stays.
    """
    if trim := _trim():
        trim(0)


@cache
def _trim() -> ctypes._NamedFuncPointer | None:
    """``malloc_trim`` of the C library; None where it has none."""
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # another C library; Windows
        return None
