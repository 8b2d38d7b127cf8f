"""Measurement of patrons' requests to a node during an import: ``python -m bench.import_load``.

Requests are measured before, during and after the import. The instance has as many synthetic
services as the imported list. The jobs run in a worker process, as ``referral serve`` starts it.
Clients, node, worker and database share this machine.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import click

from bench.load import run_clients
from bench.nodes import KEYS, Node, postgresql_server
from bench.site import addresses_by_kind
from bench.stores import fill_synthetic
from referral.directory.instance import opened_instance
from referral.directory.seed import load_headings, load_word_lists
from referral.imports.batches import apply_batch, upload_list
from referral.imports.records import BatchState
from referral.imports.review import read_batch
from referral.jobs.worker_process import start_worker
from referral.settings import Settings
from tests.support.provider_lists import zipped
from tests.support.synthetic_list import write_list

_WINDOW_SECONDS = 20.0
_KINDS = ("results", "results, words only", "listing", "completion")

Report = dict[str, Any]


@click.command("import_load", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--services", type=click.IntRange(100), default=30_000, show_default=True)
@click.option("--patrons", type=click.IntRange(1), default=200, show_default=True)
@click.option("--pause", type=float, default=10.0, show_default=True, help="Seconds of reading.")
@click.option("--seconds", type=float, default=60.0, show_default=True, help="Before the import.")
@click.option("--postgresql", is_flag=True, help="On PostgreSQL instead of SQLite.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), required=True)
def import_load_command(
    services: int, patrons: int, pause: float, seconds: float, postgresql: bool, folder: Path
) -> None:
    """Measure what an import costs the patrons; prints JSON."""
    shutil.rmtree(folder, ignore_errors=True)
    own = folder / "node"
    own.mkdir(parents=True, mode=0o700)
    with ExitStack() as stack:
        url = f"sqlite:///{(own / 'referral.sqlite3').as_posix()}"
        if postgresql:
            url = stack.enter_context(postgresql_server(folder))
            url = url.replace("postgresql:", "postgresql+psycopg:", 1)
        settings = Settings.from_environment(KEYS, instance_path=own, database_url=url)
        with opened_instance(settings) as instance:
            load_headings(instance)
            load_word_lists(instance)
        fill_synthetic(url, services, lambda done: click.echo(f"{done} services", err=True))
        node = stack.enter_context(Node(own, url))
        click.echo(f"started: {json.dumps(node.wait_until_ready())}", err=True)
        node.wait_until_quiet()
        kinds = addresses_by_kind(url)
        turns = chain.from_iterable(zip_longest(*(kinds[kind] for kind in _KINDS)))
        patrons_load = _PatronLoad(node.port, [path for path in turns if path], patrons, pause)
        run_clients([node.port], patrons_load.paths, clients=4, seconds=seconds / 2)  # warm
        report: Report = {"services": services, "patrons": patrons, "pause": pause}
        _record(report, "without", patrons_load.measure_during(lambda: time.sleep(seconds)))
        _record(
            report, "with", patrons_load.measure_during(lambda: _import(settings, folder, services))
        )
        node.wait_until_quiet()
        _record(report, "afterwards", patrons_load.measure_during(lambda: time.sleep(seconds)))
    click.echo(json.dumps(report, indent=2))


def _record(report: Report, name: str, value: Report) -> None:
    report[name] = value
    click.echo(f"{name}: {json.dumps(value)}", err=True)


@dataclass(slots=True)
class _PatronLoad:
    """The load of patrons on a node while other work runs.

    Attributes:
        pause: seconds, on average, that a patron reads before the next request.
        windows: measurements of successive periods of ``_WINDOW_SECONDS``.
    """

    port: int
    paths: Sequence[str]
    patrons: int
    pause: float
    windows: list[Report] = field(default_factory=list)

    def measure_during(self, work: Callable[[], object]) -> Report:
        """Send requests while work runs, and return the median and the worst of the windows."""
        self.windows = []
        is_done = threading.Event()
        clients = threading.Thread(target=self._run_windows, args=(is_done,))
        clients.start()
        started = time.monotonic()
        try:
            work()
        finally:
            seconds = time.monotonic() - started
            is_done.set()
            clients.join()
        statuses: Counter[str] = Counter()
        for window in self.windows:
            statuses.update(window["statuses"])
        return {
            "seconds": round(seconds, 1),
            "windows": len(self.windows),
            "statuses": dict(statuses),
            "per_second": round(statistics.median(w["per_second"] for w in self.windows), 1),
            **{
                f"{name} {label}": round(choose(window[name] for window in self.windows), 1)
                for name in ("p50_ms", "p95_ms", "max_ms")
                for label, choose in (("median", statistics.median), ("worst", max))
            },
        }

    def _run_windows(self, is_done: threading.Event) -> None:
        while not is_done.is_set():
            self.windows.append(
                run_clients(
                    [self.port], self.paths,
                    clients=self.patrons, seconds=_WINDOW_SECONDS, pause=self.pause,
                )
            )  # fmt: skip


def _import(settings: Settings, folder: Path, services: int) -> None:
    """Upload a list, have a worker read it, accept it, and have a worker apply it."""
    listed = zipped(write_list(folder / "list", services))
    with opened_instance(settings) as instance:
        with listed.open("rb") as stream:
            batch_id = upload_list(instance, stream, name=listed.name, source="county")
        for wanted in (BatchState.READY, BatchState.APPLIED):
            started = time.monotonic()
            with start_worker(settings, "import_load") as worker:
                worker.wait()
            state = read_batch(instance, batch_id).state
            if state is not wanted:
                raise SystemExit(f"The list is {state}, not {wanted}.")
            click.echo(f"{state} after {time.monotonic() - started:.1f} s", err=True)
            if wanted is BatchState.READY:
                apply_batch(instance, batch_id)


if __name__ == "__main__":
    sys.exit(import_load_command(prog_name="python -m bench.import_load"))
