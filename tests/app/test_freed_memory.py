"""Freed memory goes back to the system, where the C library can give it back."""

import ctypes
import sys
from pathlib import Path

import pytest

from referral.app.background import return_freed_memory


def resident_bytes():
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or not hasattr(ctypes.CDLL(None), "malloc_trim"),
    reason="only glibc returns memory when asked",
)
def test_what_was_freed_below_what_is_kept_goes_back():
    malloc = ctypes.CDLL(None)
    malloc.malloc.restype, malloc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    blocks = [malloc.malloc(100_000) for _ in range(500)]
    for block in blocks:
        ctypes.memset(block, 1, 100_000)
    for block in blocks[:-1]:  # the last one keeps the heap from shrinking
        malloc.free(block)
    before = resident_bytes()
    return_freed_memory()
    assert before - resident_bytes() > 30_000_000
    malloc.free(blocks[-1])
