"""A serving process: idle connections, and what it writes when it is told to stop."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import select

from referral.store.rows_log import UnknownWordKeyRow, UnknownWordRow

pytestmark = pytest.mark.slow

_IDLE_CONNECTIONS = 250
ROOT = Path(__file__).resolve().parents[2]


def rows(directory, table):
    with directory.store.read() as session:
        return session.scalars(select(table)).all()


def until(is_so, what):
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def answers(address):
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
def test_idle_connections_keep_nobody_out_and_counts_are_written_when_it_stops(directory):
    directory.index.sync()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = directory.settings
    command = [sys.executable, "-m", "referral", "--instance", str(settings.instance_path), "serve"]
    environment = {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "REFERRAL_SECRET_KEY": settings.secret_key,
        "REFERRAL_CONTACT_KEYS": ",".join(settings.contact_keys),
    }
    idle = ExitStack()
    with idle, subprocess.Popen([*command, "--port", str(port)], cwd=ROOT, env=environment) as site:
        try:
            address = f"http://127.0.0.1:{port}"
            until(lambda: answers(f"{address}/health/live"), "It does not start.")
            until(lambda: rows(directory, UnknownWordKeyRow), "There is no key.")
            for _ in range(_IDLE_CONNECTIONS):
                idle.enter_context(socket.create_connection(("127.0.0.1", port)))
            until(lambda: answers(f"{address}/search?q=zwieback"), "It finds no page.")
            site.send_signal(signal.SIGTERM)
            assert site.wait(timeout=60) == 0
        finally:
            site.kill()
    assert [row.count for row in rows(directory, UnknownWordRow)] == [1]


@pytest.mark.parametrize("content", ["no database", "cut off"])
def test_it_ends_and_says_what_to_do_where_the_file_is_no_database(content, demo, tmp_path):
    demo.store.erase_traces()  # all is in the file
    whole = Path(demo.store.engine.url.database).read_bytes()
    damaged = b"no database" * 1000 if content == "no database" else whole[: len(whole) // 2]
    folder = tmp_path / "damaged"
    folder.mkdir(mode=0o700)
    (folder / "referral.sqlite3").write_bytes(damaged)
    command = [sys.executable, "-m", "referral", "--instance", str(folder), "serve"]
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    site = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert site.returncode == 1
    assert "restore a backup: referral restore FILE --replace" in site.stderr
