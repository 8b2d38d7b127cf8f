"""What each real, seed and faulty list is read as: counts and digests of its lines, in golden.csv.

A change of how lists are read says here which lists it touches. ``python -m bench.dump_imports``
of both versions and ``diff -r`` say how; when each difference is wanted, the rows that the failure
prints replace those of golden.csv.
"""

from __future__ import annotations

import csv
from hashlib import sha256
from pathlib import Path

import pytest

from bench.dump_imports import list_paths, read_lines
from tests.real_lists.fault_cases import FAULT_CASES

_GOLDEN = Path(__file__).with_name("golden.csv")


def _golden_row(name: str, path: Path) -> tuple[str, str, str]:
    lines = read_lines(path)
    return name, str(len(lines)), sha256("\n".join(lines).encode()).hexdigest()[:12]


def _fail_on_difference(found: list[tuple[str, str, str]], *, are_faulty: bool) -> None:
    with _GOLDEN.open(encoding="utf-8", newline="") as file:
        wanted = {
            (name, lines, digest)
            for name, lines, digest in csv.reader(file)
            if name.startswith("fault case ") == are_faulty and name != "list"
        }
    if wanted != set(found):
        pytest.fail("".join(",".join(row) + "\n" for row in sorted(wanted ^ set(found))))


@pytest.mark.slow
def test_real_lists_are_read_as_before(shared_data):
    found = [_golden_row(name, path) for name, path in list_paths(shared_data)]
    _fail_on_difference(found, are_faulty=False)


def test_faulty_lists_are_read_as_before(tmp_path):
    found = []
    for case in FAULT_CASES:
        path = tmp_path / case.file
        path.write_bytes(case.content)
        found.append(_golden_row(f"fault case {case.name}".replace(",", ""), path))
    _fail_on_difference(found, are_faulty=True)
