"""Soak test that kills processes while they write and index: acknowledged records must be stored.

SQLite and PostgreSQL alternate. A child process writes services one by one, sends the id of each
after its commit, and updates the index now and then. It is killed at a random moment. Then each sent
id must be in the database and in the change log, and the index must be able to follow.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
import tempfile
import time
from contextlib import closing
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from referral.directory.instance import Instance, opened_instance
from referral.records.hsds import Organization, Service
from referral.search.query import SearchQuery
from referral.settings import Settings
from referral.store.conversion import row_from
from referral.store.rows import ServiceRow
from referral.store.rows_log import ChangeRow
from soak.progress import Progress
from tests.conftest import settings_for
from tests.support.databases import migrate_and_fill
from tests.support.postgres_pair import postgres_pair

_LONGEST_SECONDS = 1.5
_SYNC_EVERY = 7
_HOUSE = "soup-house"


def run_kills(progress: Progress, rounds: int) -> None:
    """Kill processes until ``rounds`` are done in all, half of them on each kind of database."""
    with tempfile.TemporaryDirectory() as name, postgres_pair(with_standby=False) as pair:
        folder = Path(name)
        url = f"sqlite:///{(folder / 'kills.sqlite3').as_posix()}"
        for database_url in (url, pair.url):
            migrate_and_fill(database_url, _add_house)
        settings = {
            "sqlite": settings_for(_new_folder(folder / "sqlite"), url),
            "postgresql": settings_for(_new_folder(folder / "postgresql"), pair.url),
        }
        while progress.numbers.get("kills", 0) < rounds:
            kind = ("sqlite", "postgresql")[progress.numbers.get("kills", 0) % 2]
            _kill_writer(progress, settings[kind], kind)
            progress.add("kills")
            progress.add(f"kills on {kind}")
            progress.save()


def _kill_writer(progress: Progress, settings: Settings, kind: str) -> None:
    fork = multiprocessing.get_context("fork")
    receiver, sender = fork.Pipe(duplex=False)
    child = fork.Process(target=_write_services, args=(settings, sender))
    child.start()
    sender.close()
    acknowledged: list[str] = []
    assert receiver.poll(60), "The child writes nothing."
    acknowledged.append(receiver.recv())
    end = time.monotonic() + random.uniform(0, _LONGEST_SECONDS)
    while (left := end - time.monotonic()) > 0:
        if receiver.poll(left):
            acknowledged.append(receiver.recv())
    os.kill(child.pid or 0, signal.SIGKILL)
    try:
        while receiver.poll():
            acknowledged.append(receiver.recv())
    except EOFError:
        pass
    child.join()
    receiver.close()
    progress.add(f"acknowledged on {kind}", len(acknowledged))
    _check_stored(progress, settings, acknowledged, kind)


def _check_stored(
    progress: Progress, settings: Settings, acknowledged: list[str], kind: str
) -> None:
    with opened_instance(settings) as instance:
        if kind == "sqlite":
            file = make_url(settings.database_url).database or ""
            with closing(sqlite3.connect(file)) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        started = time.monotonic()
        instance.index.sync()
        progress.most(f"longest seconds to follow on {kind}", time.monotonic() - started)
        with instance.store.read() as session:
            found = set(
                session.scalars(select(ServiceRow.id).where(ServiceRow.id.in_(acknowledged)))
            )
            logged = session.scalars(
                select(ChangeRow.record_id).where(ChangeRow.record_id.in_(acknowledged))
            )
            not_logged = found - set(logged)
            services = session.scalar(select(func.count()).select_from(ServiceRow))
        indexed = instance.index.search(SearchQuery(), limit=0).total
    lost = set(acknowledged) - found
    progress.add(f"lost on {kind}", len(lost))
    assert not lost, f"{len(lost)} services are lost."
    assert not not_logged, f"{len(not_logged)} services are not in the change log."
    assert indexed == services, f"The index has {indexed} of {services} services."


def _write_services(settings: Settings, sender: Connection) -> None:
    with opened_instance(settings) as instance:
        for number in count(1):
            service = Service(
                id=str(uuid4()),
                name=f"Soup kitchen {number}",
                organization_id=_HOUSE,
                status="active",
            )
            with instance.store.write() as session:
                session.add(row_from(service))
            sender.send(service.id)
            if number % _SYNC_EVERY == 0:
                instance.index.sync()


def _add_house(instance: Instance) -> None:
    with instance.store.write() as session:
        session.add(row_from(Organization(id=_HOUSE, name="Soup House")))


def _new_folder(folder: Path) -> Path:
    folder.mkdir()
    return folder
