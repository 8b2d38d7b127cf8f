"""Kill storm: processes are killed while they write and index; what was acknowledged is there.

By turns on SQLite and PostgreSQL. A child writes services one by one, says the id of each when it
is committed, and brings the index up to date now and then. It is killed at a random moment. Then
each id that was said must be in the database and in the change log, and the index must follow.
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
    """Kill so many processes in all, half of them on each kind of database."""
    with tempfile.TemporaryDirectory() as name, postgres_pair(with_standby=False) as pair:
        folder = Path(name)
        url = f"sqlite:///{(folder / 'kills.sqlite3').as_posix()}"
        for each in (url, pair.url):
            migrate_and_fill(each, _add_house)
        settings = {
            "sqlite": settings_for(_made(folder / "sqlite"), url),
            "postgresql": settings_for(_made(folder / "postgresql"), pair.url),
        }
        while progress.numbers.get("kills", 0) < rounds:
            kind = ("sqlite", "postgresql")[progress.numbers.get("kills", 0) % 2]
            _one_kill(progress, settings[kind], kind)
            progress.add("kills")
            progress.add(f"kills on {kind}")
            progress.save()


def _one_kill(progress: Progress, settings: Settings, kind: str) -> None:
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe(duplex=False)
    child = fork.Process(target=_write_on, args=(settings, there))
    child.start()
    there.close()
    said: list[str] = []
    assert here.poll(60), "The child writes nothing."
    said.append(here.recv())
    end = time.monotonic() + random.uniform(0, _LONGEST_SECONDS)
    while (left := end - time.monotonic()) > 0:
        if here.poll(left):
            said.append(here.recv())
    os.kill(child.pid or 0, signal.SIGKILL)
    try:
        while here.poll():
            said.append(here.recv())
    except EOFError:
        pass
    child.join()
    here.close()
    progress.add(f"acknowledged on {kind}", len(said))
    _check(progress, settings, said, kind)


def _check(progress: Progress, settings: Settings, said: list[str], kind: str) -> None:
    with opened_instance(settings) as instance:
        if kind == "sqlite":
            file = make_url(settings.database_url).database or ""
            with closing(sqlite3.connect(file)) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        started = time.monotonic()
        instance.index.sync()
        progress.most(f"longest seconds to follow on {kind}", time.monotonic() - started)
        with instance.store.read() as session:
            found = set(session.scalars(select(ServiceRow.id).where(ServiceRow.id.in_(said))))
            logged = session.scalars(
                select(ChangeRow.record_id).where(ChangeRow.record_id.in_(said))
            )
            not_logged = found - set(logged)
            services = session.scalar(select(func.count()).select_from(ServiceRow))
        indexed = instance.index.search(SearchQuery(), limit=0).total
    lost = set(said) - found
    progress.add(f"lost on {kind}", len(lost))
    assert not lost, f"{len(lost)} services are lost."
    assert not not_logged, f"{len(not_logged)} services are not in the change log."
    assert indexed == services, f"The index has {indexed} of {services} services."


def _write_on(settings: Settings, tell: Connection) -> None:
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
            tell.send(service.id)
            if number % _SYNC_EVERY == 0:
                instance.index.sync()


def _add_house(instance: Instance) -> None:
    with instance.store.write() as session:
        session.add(row_from(Organization(id=_HOUSE, name="Soup House")))


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
