"""Serving processes: clients that are slow, how they start, and how they end."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from referral.backups.backup import write_backup
from referral.backups.restore import restore_backup
from referral.cli import main
from referral.cli import serve as serve_module
from referral.errors import InstanceError
from referral.store.rows_log import ViewCountRow
from tests.support.desk import PANTRY, stock
from tests.support.server import free_port, until
from tests.support.shifted_clock import find_library, shifted
from tests.support.skips import skip_or_fail
from tests.support.staff import PASSWORD, add_account

pytestmark = pytest.mark.slow

_SILENT = 20  # of each kind: more than threads
_PATIENCE = 12  # seconds
_CROWD = 800
ROOT = Path(__file__).resolve().parents[2]


def rows(instance, table):
    with instance.store.read() as session:
        return session.scalars(select(table)).all()


def answers(address):
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


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
        serve_module._bind("127.0.0.1", port).close()
    except InstanceError:
        return False
    return True


@contextmanager
def serving(instance, *options, **environment):
    """Start a site as an operator does; its process, address and log, when it answers."""
    port = free_port()
    command = [sys.executable, "-m", "referral", "serve", "--port", str(port), *options]
    log = instance.settings.instance_path / f"site-{port}.log"
    environment = environment_of(instance.settings) | environment
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output) as site,
    ):
        try:
            until(lambda: answers(f"http://127.0.0.1:{port}/health/live"), "It does not start.")
            yield site, port, log
        finally:
            site.kill()


def below(site):
    """The processes that a process started."""
    return set(Path(f"/proc/{site.pid}/task/{site.pid}/children").read_text().split())


def begun(port, request):
    """A connection on which a client sent this much, and no more."""
    link = socket.create_connection(("127.0.0.1", port))
    link.sendall(request)
    return link


POST = b"POST /suggest HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
WAYS_IN = {
    "nothing": b"",
    "half a first line": b"GET /sea",
    "half the headers": b"GET /search HTTP/1.1\r\nHost: 127.0.0.1\r\n",
    "no body": POST + b"Content-Length: 1000\r\n\r\n",
    "half a body": POST + b"Content-Length: 1000\r\n\r\na",
    "a body after a promise": POST + b"Content-Length: 9\r\nExpect: 100-continue\r\n\r\n",
    "half a chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nq=",
    "no reading": b"GET /search?q=zwieback HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 50,
}


def test_clients_that_fall_silent_keep_nobody_out(crowd_site):
    with ExitStack() as silent:
        for each in _SILENT * list(WAYS_IN.values()):
            silent.enter_context(begun(crowd_site, each))
        for seconds in (0, _PATIENCE):
            time.sleep(seconds)  # a server may fail when it gives a client up
            assert answers(f"http://127.0.0.1:{crowd_site}/search?q=zwieback")
            assert answers(f"http://127.0.0.1:{crowd_site}/help-now")


def test_more_connections_than_it_can_have_keep_nobody_out(crowd_site):
    with ExitStack() as unfinished:
        for _ in range(_CROWD):
            unfinished.enter_context(begun(crowd_site, WAYS_IN["half the headers"]))
        assert answers(f"http://127.0.0.1:{crowd_site}/search?q=zwieback")
        last = unfinished.enter_context(begun(crowd_site, b"GET /about HTTP/1.1\r\n"))
        assert answers(f"http://127.0.0.1:{crowd_site}/help-now")
        last.sendall(b"Host: 127.0.0.1\r\n\r\n")  # of many it is not the slowest
        assert last.recv(12) == b"HTTP/1.1 200"


@pytest.fixture
def crowd_site(instance):
    """Serve a site without records in one process; its port."""
    instance.index.sync()
    with serving(instance) as (_, port, _):
        yield port


def test_it_makes_the_first_pages_before_its_port_opens(instance):
    instance.index.sync()
    with serving(instance) as (_, _, log):
        before, opened, _ = log.read_text().partition("Referral is at")
    assert opened
    assert " GET / 200" in before
    assert " GET /search 200" in before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
@pytest.mark.parametrize("workers", ["1", "2"])
def test_all_end_in_order_and_counts_are_written(workers, instance):
    stock(instance)
    with serving(instance, "--workers", workers) as (site, port, _):
        until(lambda: answers(f"http://127.0.0.1:{port}/services/{PANTRY}"), "It finds no page.")
        site.send_signal(signal.SIGTERM)
        assert site.wait(timeout=60) == 0
        assert is_free(port)
    assert [row.count for row in rows(instance, ViewCountRow)] == [1]


@pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="needs Linux to name the processes"
)
def test_a_process_that_was_killed_is_replaced_while_the_others_answer(instance):
    instance.index.sync()
    with serving(instance, "--workers", "2") as (site, port, _):
        first = below(site)
        assert len(first) == 2
        os.kill(int(first.pop()), signal.SIGKILL)
        assert answers(f"http://127.0.0.1:{port}/about")
        until(lambda: len(below(site) - first) == 1, "None is started.")
        os.kill(int(first.pop()), signal.SIGKILL)
        until(lambda: answers(f"http://127.0.0.1:{port}/about"), "The new one does not answer.")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows serves in one process")
def test_processes_end_with_the_one_that_started_them(instance):
    instance.index.sync()
    with serving(instance, "--workers", "2") as (site, port, _):
        site.kill()
        until(lambda: is_free(port), "A process keeps the port.")


def test_a_list_and_a_form_begun_at_a_node_whose_clock_is_ahead_go_on(instance, request):
    if not (library := find_library()):
        skip_or_fail(request, "no libfaketime: install it (Debian's package has this name)")
    stock(instance)
    account = add_account(instance)
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())

    def page(port, path, **form):
        fields = urllib.parse.urlencode(form).encode() if form else None
        return browser.open(f"http://127.0.0.1:{port}{path}", fields).read().decode()

    with (
        serving(instance) as (_, here, _),
        serving(instance, **shifted(library, seconds=5)) as (_, ahead, _),
    ):
        page(ahead, "/my-list/change", add=PANTRY)
        form = page(ahead, "/staff/sign-in")
        token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', form)[1]
        assert "River Pantry" in page(here, "/my-list")
        sent = {"csrf_token": token, "email": account.email, "password": PASSWORD}
        assert "Sign out" in page(here, "/staff/sign-in", **sent)


def page_at(port, path):
    """Fetch a page; its status and text."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.mark.parametrize(
    ("damage", "workers"),
    [("no database", "2"), ("cut off", "1"), ("emptied", "1"), ("emptied", "2")],
)
def test_it_serves_the_help_lines_until_a_damaged_database_is_restored(
    damage, workers, instance, tmp_path
):
    stock(instance)
    backup = tmp_path / "backup.zip"
    write_backup(instance.settings, instance.store, backup)
    instance.store.erase_traces()  # all is in the file
    instance.close()
    file = Path(instance.store.engine.url.database)
    size = {"no database": 0, "cut off": file.stat().st_size // 2, "emptied": 0}[damage]
    file.write_bytes(b"no database" * 1000 if damage == "no database" else file.read_bytes()[:size])
    with serving(instance, "--workers", workers) as (_, port, log):
        for path in ("/", "/search?q=pantry", f"/services/{PANTRY}", "/staff/sign-in"):
            status, text = page_at(port, path)
            assert status == 503, path
            assert "988" in text
            assert "restore the last backup with referral restore FILE --replace" in text
        assert page_at(port, "/help-now")[0] == 200
        status, state = page_at(port, "/health/ready")
        assert status == 503
        assert json.loads(state)["database"] is False
        assert "Restore the last backup: referral restore FILE --replace" in log.read_text()
        restore_backup(instance.settings, backup, replace=True)
        until(lambda: answers(f"http://127.0.0.1:{port}/services/{PANTRY}"), "It is not served.")


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
    with pytest.raises(InstanceError, match="not a demo's"):
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
