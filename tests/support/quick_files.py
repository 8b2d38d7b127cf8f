"""Temporary files of tests in memory, because tests write hundreds of small files.

A copy of a PostgreSQL database is about 640 files: 0.5 s on the disk of a virtual machine, 0.02 s
in memory.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

_MEMORY = Path("/dev/shm")  # a file system in memory on Linux
_MIN_FREE_BYTES = 2 * 2**30  # two processes that run all tests were measured to take 1.2 GB


def keep_files_in_memory() -> None:
    """Put temporary files into memory from now on, also those of child processes.

    Not if TMPDIR is set, if too few bytes are free, or if programs may not run from there.
    """
    if "TMPDIR" not in os.environ and _can_hold_tests():
        os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)


def _can_hold_tests() -> bool:
    if not (_MEMORY.is_dir() and os.access(_MEMORY, os.W_OK)):
        return False
    may_run = not os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC
    return may_run and shutil.disk_usage(_MEMORY).free >= _MIN_FREE_BYTES


def folder_of_run(factory: pytest.TempPathFactory) -> Path:
    """Return the temporary folder that all test processes of a run share."""
    folder = factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
