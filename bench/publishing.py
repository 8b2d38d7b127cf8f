"""Measurement of the publication ledger for any number of services: ``python -m bench.publishing``.

Each step runs in a process of its own, as jobs do, and is reported with its seconds and the rise of
memory above that of the idle process. The database remains in the folder and is used again by later
calls, which clear the ledger first.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select, update

from bench.stores import fill_synthetic
from referral.directory.instance import Instance, opened_instance
from referral.open_data.ledger.changes_feed import read_changes
from referral.open_data.ledger.ledger_updates import update_ledger
from referral.open_data.rows import (
    PublicationRow,
    PublicationRunRow,
    PublicationStateRow,
)
from referral.store.rows import ServiceRow
from tests.conftest import settings_for
from tests.support.databases import migrate_and_fill

Step = Callable[[Instance], Any]


def measure(services: int, folder: Path) -> dict[str, Any]:
    """Return the seconds and megabytes of each step."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"publishing-{services}.sqlite3"
    url = f"sqlite:///{path.as_posix()}"
    if not path.exists():
        migrate_and_fill(url, lambda _: fill_synthetic(url, services, lambda _done: None))
    steps: dict[str, Step] = {
        "first run of the ledger": update_ledger,
        "run after one edit": _update_after_edit,
        "run that compares everything": _compare_everything,
        "whole feed": _read_feed,
    }
    _run_in_process(folder, url, _clear_ledger)
    return {name: _run_in_process(folder, url, step) for name, step in steps.items()}


def _run_in_process(folder: Path, url: str, step: Step) -> dict[str, Any]:
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run_step, args=(folder, url, step, sender))
    process.start()
    sender.close()
    found: dict[str, Any] = receiver.recv()
    process.join()
    return found


def _run_step(folder: Path, url: str, step: Step, sender: Any) -> None:
    with opened_instance(settings_for(folder, url)) as instance:
        idle, started, cpu = _own_memory("VmRSS"), time.perf_counter(), time.process_time()
        result = step(instance)
        sender.send(
            {
                "seconds": round(time.perf_counter() - started, 1),
                "cpu seconds": round(time.process_time() - cpu, 1),
                "idle MB": idle,
                "rise MB": round(_own_memory("VmHWM") - idle, 1),
                "said": str(result or ""),
            }
        )


def _own_memory(name: str) -> float:
    """Return the megabytes of this process: its current (``VmRSS``) or peak memory (``VmHWM``)."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    line = next(line for line in lines if line.startswith(f"{name}:"))
    return round(int(line.split()[1]) / 1024, 1)


def _clear_ledger(instance: Instance) -> None:
    with instance.store.write() as session:
        session.execute(delete(PublicationRow))
        session.execute(delete(PublicationRunRow))
        session.execute(
            update(PublicationStateRow).values(
                store_id="", log_sequence=0, form="", checked_on=None, forgotten_through=0
            )
        )


def _update_after_edit(instance: Instance) -> Any:
    with instance.store.write() as session:
        row = session.scalars(select(ServiceRow).order_by(ServiceRow.id).limit(1)).first()
        if row is not None:
            row.name = f"{row.name}."
    return update_ledger(instance)


def _compare_everything(instance: Instance) -> Any:
    return update_ledger(instance, everything=True)


def _read_feed(instance: Instance) -> str:
    cursor, pages = "0", 0
    while (page := read_changes(instance, cursor)).lines:
        cursor, pages = page.cursor, pages + 1
    return f"{pages} pages"


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--services", type=int, default=30_000)
    arguments.add_argument("--folder", type=Path, required=True)
    options = arguments.parse_args()
    print(json.dumps(measure(options.services, options.folder), indent=1))
