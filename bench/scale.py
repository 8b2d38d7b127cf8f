"""Measurement of several nodes on PostgreSQL, as a large site has them: ``python -m bench.scale``.

Each node is ``referral serve`` with its own process and folder. Clients send requests from another
process. Nodes, clients and PostgreSQL all run on this machine. Results are in ``docs/measured.md``.
"""

from __future__ import annotations

import json
import platform
import shutil
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import click
from sqlalchemy import create_engine, make_url, select, text

from bench.load import run_clients
from bench.nodes import Node, postgresql_server
from bench.processes import cpu_seconds_of, memory_of
from bench.site import addresses_by_kind
from bench.stores import fill_synthetic
from referral.directory.instance import opened_instance
from referral.directory.seed import load_headings, load_word_lists
from referral.settings import Settings
from referral.store import Store
from referral.store.rows import ServiceRow

_EDITS = (1, 1, 1_000)

Report = dict[str, Any]


@click.command("scale", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--services", type=click.IntRange(100), default=20_000, show_default=True)
@click.option("--nodes", type=click.IntRange(1, 8), default=3, show_default=True)
@click.option("--clients", type=click.IntRange(1), default=8, show_default=True)
@click.option("--seconds", type=float, default=15.0, show_default=True, help="For each kind.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="For the database, which is used again if it is there, and for the nodes.",
)
def scale_command(services: int, nodes: int, clients: int, seconds: float, folder: Path) -> None:
    """Measure a directory of synthetic services on some nodes; prints JSON."""
    report: Report = {"python": platform.python_version(), "services": services}
    with ExitStack() as stack:
        server = stack.enter_context(postgresql_server(folder))
        database = int((folder / "pg" / "postmaster.pid").read_text().split()[0])
        url, report["fill"] = _open_filled_database(server, services, folder)
        paths_by_kind, load = addresses_by_kind(url), _ClientLoad(database, clients, seconds)
        work = folder / f"nodes-{services}"
        shutil.rmtree(work, ignore_errors=True)
        started: list[Node] = []
        for number in range(1, nodes + 1):
            own = work / f"node{number}"
            own.mkdir(parents=True, mode=0o700)
            if started:
                shutil.copytree(started[0].folder / "index", own / "index")
            started.append(stack.enter_context(Node(own, url)))
            _record(report, f"start of node {number}", started[-1].wait_until_ready())
            started[-1].wait_until_quiet()
            if number in {1, nodes}:
                for kind, paths in paths_by_kind.items():
                    load.measure(report, started, kind, paths)
        _record(report, "memory", [asdict(memory_of(node.pid)) for node in started])
        for number, edits in enumerate(_EDITS, start=1):
            _record(
                report,
                f"catching up {number}",
                _measure_edits(url, started, edits, f"edit{number}"),
            )
        load.measure(report, started, "results after edits", paths_by_kind["results"])
    click.echo(json.dumps(report, indent=2))


def _record(report: Report, name: str, value: object) -> None:
    report[name] = value
    click.echo(f"{name}: {json.dumps(value)}", err=True)


def _open_filled_database(server: str, services: int, folder: Path) -> tuple[str, Report]:
    """Return the URL of a database with synthetic services, and the measurements of its creation.

    An existing database with as many services is used again.
    """
    admin = make_url(server).set(drivername="postgresql+psycopg")
    name = f"scale_{services}"
    url = admin.set(database=name).render_as_string(hide_password=False)
    engine = create_engine(admin, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        is_filled = connection.scalar(
            text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}
        )
        if not is_filled:
            connection.execute(text(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0"))
    engine.dispose()
    report: Report = {}
    if not is_filled:
        with opened_instance(_settings(folder / "filling", url)) as instance:
            load_headings(instance)
            load_word_lists(instance)
        started = time.monotonic()
        fill_synthetic(url, services, lambda done: click.echo(f"{done} services", err=True))
        report["seconds"] = round(time.monotonic() - started, 1)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))
        size = connection.scalar(text("SELECT pg_database_size(current_database())"))
    engine.dispose()
    report["database_mb"] = round((size or 0) / 1e6)
    return url, report


def _settings(folder: Path, url: str) -> Settings:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return replace(
        Settings.from_environment({}, instance_path=folder, testing=True), database_url=url
    )


@dataclass(frozen=True, slots=True)
class _ClientLoad:
    """The load of clients on nodes.

    Attributes:
        database: process id of PostgreSQL.
        clients: number of clients.
        seconds: duration of the load for each kind of page.
    """

    database: int
    clients: int
    seconds: float

    def measure(self, report: Report, nodes: Sequence[Node], kind: str, paths: list[str]) -> None:
        """Measure pages of a kind: the first fetch of each on each node, then repeated ones."""
        before = self._spent(nodes)
        for node, path in product(nodes, paths):
            node.fetch(path)
        first = self._per_page(nodes, before, len(nodes) * len(paths))
        ports, before = [node.port for node in nodes], self._spent(nodes)
        measured = run_clients(ports, paths, clients=self.clients, seconds=self.seconds)
        measured |= self._per_page(nodes, before, max(1, measured["questions"]))
        _record(report, f"{kind}, {len(nodes)} nodes", {"first": first, **measured})

    def _spent(self, nodes: Sequence[Node]) -> tuple[float, float]:
        """Return the processor seconds of all nodes, and of the database."""
        return sum(cpu_seconds_of(node.pid) for node in nodes), cpu_seconds_of(self.database)

    def _per_page(
        self, nodes: Sequence[Node], before: tuple[float, float], pages: int
    ) -> dict[str, float]:
        names = ("node_cpu_ms", "database_cpu_ms")
        return {
            name: round((after - then) / pages * 1000, 2)
            for name, after, then in zip(names, self._spent(nodes), before, strict=True)
        }


def _measure_edits(url: str, nodes: Sequence[Node], edits: int, word: str) -> Report:
    """Rename services, wait until each node finds all of them, and return the measurements."""
    name = f"Renamed{word}{time.time():.0f}"
    before = [cpu_seconds_of(node.pid) for node in nodes]
    store = Store(url)
    try:
        started = time.monotonic()
        with store.write() as session:
            ids = session.scalars(select(ServiceRow.id).order_by(ServiceRow.id).limit(edits)).all()
            for service_id in ids:
                session.get_one(ServiceRow, service_id).name = name
        written = time.monotonic()
    finally:
        store.close()
    seconds: list[float] = []
    waiting = list(nodes)
    while waiting:
        for node in list(waiting):
            found = node.fetch(f"/search?q={name}")[1]
            if f">{edits} place" in found:
                seconds.append(round(time.monotonic() - written, 2))
                waiting.remove(node)
        time.sleep(0.1)
    time.sleep(3)  # work that follows in the background counts too
    spent = [
        round(cpu_seconds_of(node.pid) - cpu, 2) for node, cpu in zip(nodes, before, strict=True)
    ]
    return {
        "edits": edits,
        "written_s": round(written - started, 2),
        "searchable_after_s": seconds,
        "cpu_s_by_node": spent,
    }


if __name__ == "__main__":
    sys.exit(scale_command(prog_name="python -m bench.scale"))
