"""Measures an import as the site does it: upload, preview, apply, index, the next list, undo.

``python -m bench.measure_import --services 30000`` prints JSON. The work is done by
``referral work`` in a process of its own, on a fresh directory, while this process searches as a
patron would. With ``--sheet`` the list is a flat CSV, whose columns are taken as proposed. What
follows an import in the same process, as the topics that are suggested, is part of a step. Peak memory is read from ``/proc``, so it is only there on Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from referral.directory.instance import Instance, opened_instance
from referral.directory.search import find_services
from referral.imports.batches import apply_batch, undo_batch, upload_list
from referral.imports.columns import read_columns, save_columns
from referral.imports.records import BatchState
from referral.imports.review import read_batch
from referral.imports.seed_lists import load_sample
from referral.jobs.worker_process import start_worker
from referral.records.visibility import Audience
from referral.search.query import SearchQuery
from referral.settings import Settings
from tests.support.provider_lists import zipped
from tests.support.synthetic_list import write_list, write_sheet

_SECONDS_BETWEEN_LOOKS = 0.05
_SECONDS_BETWEEN_SEARCHES = 0.25
_WORDS = ("food pantry", "dental clinic", "help with rent", "senior meals")
_SOURCE = "county"


class _Peaks:
    """The most memory (MB) that a process had, a process it started, and both at one time."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.own = self.child = self.together = 0.0

    def look(self) -> None:
        children = [_memory_of(pid) for pid in _children_of(self._pid)]
        now, peak = _memory_of(self._pid)
        self.own = max(self.own, peak)
        self.child = max([self.child, *(peak for _, peak in children)])
        self.together = max(self.together, now + sum(now for now, _ in children))


def _children_of(pid: int) -> list[int]:
    with suppress(OSError):
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]
    return []


def _memory_of(pid: int) -> tuple[float, float]:
    """What it has now, and the most it ever had."""
    found = {}
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name in {"VmRSS", "VmHWM"}:
                found[name] = round(int(value.split()[0]) / 1024, 1)
    return found.get("VmRSS", 0.0), found.get("VmHWM", 0.0)


class _Patron:
    """Searches beside the work, as a serving process does, and notes how long each one takes."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._search_on)
        self._seconds: list[float] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _search_on(self) -> None:
        while not self._stop.wait(_SECONDS_BETWEEN_SEARCHES):
            query = SearchQuery(words=_WORDS[len(self._seconds) % len(_WORDS)])
            started = time.perf_counter()
            find_services(self._instance, query, Audience.PUBLIC)
            self._seconds.append(time.perf_counter() - started)

    def as_dict(self) -> dict[str, Any]:
        """How many searches were answered, and how long they took."""
        taken = sorted(self._seconds)
        if not taken:
            return {"answered": 0}
        return {
            "answered": len(taken),
            "median_ms": round(statistics.median(taken) * 1000, 1),
            "p95_ms": round(taken[int(len(taken) * 0.95)] * 1000, 1),
            "longest_ms": round(taken[-1] * 1000, 1),
        }


def measure(instance: Instance, folder: Path, services: int, words: int) -> dict[str, Any]:
    """Take a list in, its next edition too, and undo both; what each step took."""
    steps: dict[str, Any] = {}

    def step(name: str) -> None:
        steps[name] = _worked(instance, services)
        print(name, steps[name], file=sys.stderr)

    for number, prefix in enumerate(("", "next_")):
        listed = zipped(
            write_list(folder / f"list{number}", services, round_number=number, words=words)
        )
        with listed.open("rb") as stream:
            batch_id = upload_list(instance, stream, name="list.zip", source=_SOURCE)
        step(f"{prefix}preview")
        _require(instance, batch_id, BatchState.READY)
        apply_batch(instance, batch_id)
        step(f"{prefix}apply")
        _require(instance, batch_id, BatchState.APPLIED)
        if number == 0:
            first = batch_id
    for name, undone in (("next_undo", batch_id), ("undo", first)):
        undo_batch(instance, undone)
        step(name)
        _require(instance, undone, BatchState.UNDONE)
    return {"services": services, "steps": steps, "preview_and_apply": _sum(steps, services)}


def measure_sheet(instance: Instance, folder: Path, rows: int) -> dict[str, Any]:
    """Take a flat CSV in by the columns proposed for it; what each step took."""
    path = write_sheet(folder / "list.csv", rows)
    megabytes = round(path.stat().st_size / 1e6, 1)
    with path.open("rb") as stream:
        batch_id = upload_list(instance, stream, name=path.name, source=_SOURCE)
    steps = {"columns": _worked(instance, rows)}
    _require(instance, batch_id, BatchState.MAPPING)
    save_columns(instance, batch_id, read_columns(instance, batch_id).mapping)
    steps["preview"] = _worked(instance, rows)
    _require(instance, batch_id, BatchState.READY)
    apply_batch(instance, batch_id)
    steps["apply"] = _worked(instance, rows)
    _require(instance, batch_id, BatchState.APPLIED)
    return {"rows": rows, "megabytes": megabytes, "steps": steps}


def _worked(instance: Instance, services: int) -> dict[str, Any]:
    """Let a worker do what waits; what that took of time and memory, and searches meanwhile."""
    started = time.perf_counter()
    with _Patron(instance) as patron, start_worker(instance.settings, "measured") as process:
        peaks = _Peaks(process.pid)
        before = os.times()
        while process.poll() is None:
            peaks.look()
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        after = os.times()
        seconds = time.perf_counter() - started
    cpu = sum(after[2:4]) - sum(before[2:4])  # of the worker and all that it waited for
    return {
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "worker_peak_mb": peaks.own,
        "reader_peak_mb": peaks.child,
        "peak_together_mb": peaks.together,
        "services_per_second": round(services / seconds),
        "searches_meanwhile": patron.as_dict(),
    }


def _require(instance: Instance, batch_id: str, state: BatchState) -> None:
    page = read_batch(instance, batch_id)
    if page.state is not state:
        raise SystemExit(f"The list is {page.state}: {page.job.message if page.job else ''}")


def _sum(steps: dict[str, Any], services: int) -> dict[str, Any]:
    both = (steps["preview"], steps["apply"])
    seconds = sum(step["seconds"] for step in both)
    return {
        "seconds": round(seconds, 1),
        "cpu_seconds": round(sum(step["cpu_seconds"] for step in both), 1),
        "peak_together_mb": max(step["peak_together_mb"] for step in both),
        "services_per_second": round(services / seconds),
    }


def _with_instance(folder: Path, url: str, work: Callable[[Instance], dict[str, Any]]) -> None:
    settings = Settings.from_environment(
        environ={},
        instance_path=folder / "instance",
        database_url=url or f"sqlite:///{(folder / 'instance' / 'referral.sqlite3').as_posix()}",
        secret_key="only for measuring" * 2,
        sample_data=True,
    )
    with opened_instance(settings) as instance:
        load_sample(instance)
        found = {"database": instance.store.engine.dialect.name, **work(instance)}
    print(json.dumps(found, indent=2))


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", type=int, default=2_400)
    parser.add_argument("--words", type=int, default=90, help="words of a description")
    parser.add_argument("--sheet", action="store_true", help="a flat CSV of so many rows")
    parser.add_argument("--postgresql", default="", help="URL of an empty database to use instead")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _with_instance(
            folder,
            asked.postgresql,
            lambda instance: (
                measure_sheet(instance, folder, asked.services)
                if asked.sheet
                else measure(instance, folder, asked.services, asked.words)
            ),
        )


if __name__ == "__main__":
    main()
