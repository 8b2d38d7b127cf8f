"""Measures an import as on a site: upload, preview, apply, index, the next list, undo.

``python -m bench.measure_import --services 30000`` prints JSON. ``referral work`` runs the jobs in
another process, on a new instance, while this process searches as a patron would. With ``--sheet``
the list is a flat CSV, whose columns are mapped as proposed. Jobs that follow an import in the same
process, such as topic suggestions, are part of a step. Peak memory is read from ``/proc``, so it is
measured only on Linux.
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

_SECONDS_BETWEEN_SAMPLES = 0.05
_SECONDS_BETWEEN_SEARCHES = 0.25
_QUERIES = ("food pantry", "dental clinic", "help with rent", "senior meals")
_SOURCE = "county"


class _MemoryPeaks:
    """Peak memory (MB) of a process (own), of its largest child, and of all at one time."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.own = self.child = self.together = 0.0

    def sample(self) -> None:
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
    """Return the current and the peak memory of a process in megabytes."""
    found = {}
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name in {"VmRSS", "VmHWM"}:
                found[name] = round(int(value.split()[0]) / 1024, 1)
    return found.get("VmRSS", 0.0), found.get("VmHWM", 0.0)


class _SearchingPatron:
    """A thread that searches during the import, as a serving process does, and times searches."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._search_repeatedly)
        self._seconds: list[float] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _search_repeatedly(self) -> None:
        while not self._stop.wait(_SECONDS_BETWEEN_SEARCHES):
            query = SearchQuery(words=_QUERIES[len(self._seconds) % len(_QUERIES)])
            started = time.perf_counter()
            find_services(self._instance, query, Audience.PUBLIC)
            self._seconds.append(time.perf_counter() - started)

    def as_dict(self) -> dict[str, Any]:
        """Return the number of searches and their times."""
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
    """Import a list and its next edition, undo both, and return the measurements of each step."""
    steps: dict[str, Any] = {}

    def step(name: str) -> None:
        steps[name] = _run_worker(instance, services)
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
    return {
        "services": services,
        "steps": steps,
        "preview_and_apply": _preview_and_apply(steps, services),
    }


def measure_sheet(instance: Instance, folder: Path, rows: int) -> dict[str, Any]:
    """Import a flat CSV with its proposed columns, and return the measurements of each step."""
    path = write_sheet(folder / "list.csv", rows)
    megabytes = round(path.stat().st_size / 1e6, 1)
    with path.open("rb") as stream:
        batch_id = upload_list(instance, stream, name=path.name, source=_SOURCE)
    steps = {"columns": _run_worker(instance, rows)}
    _require(instance, batch_id, BatchState.MAPPING)
    save_columns(instance, batch_id, read_columns(instance, batch_id).mapping)
    steps["preview"] = _run_worker(instance, rows)
    _require(instance, batch_id, BatchState.READY)
    apply_batch(instance, batch_id)
    steps["apply"] = _run_worker(instance, rows)
    _require(instance, batch_id, BatchState.APPLIED)
    return {"rows": rows, "megabytes": megabytes, "steps": steps}


def _run_worker(instance: Instance, services: int) -> dict[str, Any]:
    """Run a worker until its jobs are done, and return its time, its memory and the searches."""
    started = time.perf_counter()
    with (
        _SearchingPatron(instance) as patron,
        start_worker(instance.settings, "measured") as process,
    ):
        peaks = _MemoryPeaks(process.pid)
        before = os.times()
        while process.poll() is None:
            peaks.sample()
            time.sleep(_SECONDS_BETWEEN_SAMPLES)
        after = os.times()
        seconds = time.perf_counter() - started
    cpu = sum(after[2:4]) - sum(before[2:4])  # of the worker and its own child processes
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


def _preview_and_apply(steps: dict[str, Any], services: int) -> dict[str, Any]:
    both = (steps["preview"], steps["apply"])
    seconds = sum(step["seconds"] for step in both)
    return {
        "seconds": round(seconds, 1),
        "cpu_seconds": round(sum(step["cpu_seconds"] for step in both), 1),
        "peak_together_mb": max(step["peak_together_mb"] for step in both),
        "services_per_second": round(services / seconds),
    }


def _measure_in_instance(
    folder: Path, url: str, work: Callable[[Instance], dict[str, Any]]
) -> None:
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
    """Run the measurement that the command line requires, and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", type=int, default=2_400)
    parser.add_argument("--words", type=int, default=90, help="words of a description")
    parser.add_argument("--sheet", action="store_true", help="a flat CSV of so many rows")
    parser.add_argument("--postgresql", default="", help="URL of an empty database to use instead")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _measure_in_instance(
            folder,
            arguments.postgresql,
            lambda instance: (
                measure_sheet(instance, folder, arguments.services)
                if arguments.sheet
                else measure(instance, folder, arguments.services, arguments.words)
            ),
        )


if __name__ == "__main__":
    main()
