"""A serving process: idle connections and bodies, how it stops, and whom it outlives."""

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from referral.cli import main
from referral.cli import serve as serve_module
from referral.errors import DirectoryError
from referral.store.rows_log import ViewCountRow
from tests.support.desk import PANTRY, stock
from tests.support.server import free_port, until

pytestmark = pytest.mark.slow

_IDLE_CONNECTIONS = 250
_SLOW_BODIES = 50
FORM = "application/x-www-form-urlencoded"
_HAS_GRANIAN = importlib.util.find_spec("granian") is not None
ROOT = Path(__file__).resolve().parents[2]


def rows(directory, table):
    with directory.store.read() as session:
        return session.scalars(select(table)).all()


def answers(address):
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def started(settings, port):
    """Start a site as an operator does."""
    command = [sys.executable, "-m", "referral", "serve", "--port", str(port)]
    return subprocess.Popen(command, cwd=ROOT, env=environment_of(settings))


def environment_of(settings):
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        "REFERRAL_INSTANCE": str(settings.instance_path),
        "DATABASE_URL": settings.database_url,
        "REFERRAL_SECRET_KEY": settings.secret_key,
        "REFERRAL_CONTACT_KEYS": ",".join(settings.contact_keys),
    }


def is_free(port):
    try:
        serve_module._bound("127.0.0.1", port).close()
    except DirectoryError:
        return False
    return True


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
def test_idle_connections_keep_nobody_out_and_counts_are_written_when_it_stops(directory):
    stock(directory)
    directory.index.sync()
    port = free_port()
    idle = ExitStack()
    with idle, started(directory.settings, port) as site:
        try:
            address = f"http://127.0.0.1:{port}"
            until(lambda: answers(f"{address}/health/live"), "It does not start.")
            for _ in range(_IDLE_CONNECTIONS):
                idle.enter_context(socket.create_connection(("127.0.0.1", port)))
            until(lambda: answers(f"{address}/services/{PANTRY}"), "It finds no page.")
            site.send_signal(signal.SIGTERM)
            assert site.wait(timeout=60) == 0
        finally:
            site.kill()
    assert [row.count for row in rows(directory, ViewCountRow)] == [1]


def test_bodies_that_never_come_keep_nobody_out(directory):
    directory.index.sync()
    port, slow = free_port(), ExitStack()
    with slow, started(directory.settings, port) as site:
        try:
            address = f"http://127.0.0.1:{port}"
            until(lambda: answers(f"{address}/search?q=zwieback"), "It does not start.")
            for _ in range(_SLOW_BODIES):
                link = slow.enter_context(socket.create_connection(("127.0.0.1", port)))
                head = "POST /suggest HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n"
                link.sendall(f"{head}Content-Type: {FORM}\r\n\r\nq=".encode())
            assert answers(f"{address}/search?q=zwieback")
        finally:
            site.kill()


@pytest.mark.skipif(not _HAS_GRANIAN, reason="granian is not installed")
def test_a_worker_of_granian_ends_with_its_main_process(directory):
    directory.index.sync()
    port = free_port()
    with started(directory.settings, port) as site:
        until(lambda: answers(f"http://127.0.0.1:{port}/health/live"), "It does not start.")
        site.kill()
    until(lambda: is_free(port), "A worker keeps the port.")


_WORKER = """
import multiprocessing, time

from referral.cli.serve import make_worker_app

def work():
    client = make_worker_app().test_client()
    client.get("/services/{pantry}")  # starts a thread, which writes at once
    time.sleep(1)
    client.get("/services/{pantry}")

if __name__ == "__main__":
    child = multiprocessing.Process(target=work)
    child.start()
    child.join()
"""


def test_a_worker_writes_its_counts_when_it_ends(directory, tmp_path):
    stock(directory)
    directory.index.sync()
    program = tmp_path / "worker.py"
    program.write_text(_WORKER.format(pantry=PANTRY))
    subprocess.run(
        [sys.executable, str(program)], env=environment_of(directory.settings), check=True
    )
    assert [row.count for row in rows(directory, ViewCountRow)] == [2]


_PARENT = """
import multiprocessing, socket, time

from referral.cli.serve import end_with_parent

def serve():
    end_with_parent()
    listener = socket.create_server(("127.0.0.1", {port}))
    time.sleep(90)

if __name__ == "__main__":
    child = multiprocessing.Process(target=serve)
    child.start()
    child.join()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell that a parent is gone")
def test_a_process_ends_with_its_parent(tmp_path):
    port = free_port()
    program = tmp_path / "parent.py"
    program.write_text(_PARENT.format(port=port))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, str(program)], env=environment) as parent:
        until(lambda: not is_free(port), "It does not start.")
        parent.kill()
    until(lambda: is_free(port), "The child goes on.")


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


def test_a_demo_touches_no_directory_that_is_not_a_demo_s(tmp_path, monkeypatch):
    monkeypatch.setenv("REFERRAL_LIBRARY_NAME", "A real library")
    demo = serve_module.demo_settings(tmp_path / "demo")
    assert (demo.sample_data, demo.library_name != "A real library") == (True, True)
    assert demo.database_url == f"sqlite:///{tmp_path / 'demo' / 'referral.sqlite3'}"
    Path(tmp_path / "demo" / "referral.sqlite3").touch()
    assert serve_module.demo_settings(tmp_path / "demo").sample_data
    real = tmp_path / "real"
    real.mkdir()
    (real / "referral.sqlite3").touch()
    with pytest.raises(DirectoryError, match="not a demo's"):
        serve_module.demo_settings(real)
    assert not (real / "settings.env").exists()


@pytest.mark.parametrize(
    "command",
    [["search", "food"], ["export", "--format", "xlsx", "out.xlsx"], ["unplaced"], ["verify"]],
)
def test_reading_makes_no_directory(command, tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    folder = tmp_path / "empty"
    result = CliRunner().invoke(main, ["--instance", str(folder), *command])
    assert result.exit_code == 1
    assert "There is no directory in" in result.output
    assert not folder.exists()
