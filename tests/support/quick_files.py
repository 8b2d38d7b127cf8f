"""Keeps the files of tests in memory: a test makes hundreds of small ones, and a disk takes its time.

A copy of a PostgreSQL database is some 640 files: 0.5 s on the disk of a virtual machine, 0.02 s here.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

_MEMORY = Path("/dev/shm")  # where Linux lends memory as a folder
_ENOUGH = 2 * 2**30  # bytes; two processes that run all tests were seen to take 1.2 GB


def keep_files_in_memory() -> None:
    """Make temporary files there from now on, in processes that are started too.

    Not where TMPDIR says another place, where fewer bytes are free, or where no program may lie.
    """
    if "TMPDIR" not in os.environ and _can_hold_tests():
        os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)


def _can_hold_tests() -> bool:
    if not (_MEMORY.is_dir() and os.access(_MEMORY, os.W_OK)):
        return False
    may_run = not os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC
    return may_run and shutil.disk_usage(_MEMORY).free >= _ENOUGH


def folder_of_run(factory: pytest.TempPathFactory) -> Path:
    """Return the folder that all test processes of a run share."""
    folder = factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
