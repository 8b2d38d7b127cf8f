"""Soak test that kills a real PostgreSQL, and restarts it or promotes its standby.

Meanwhile patrons read, and a staff member writes notes on a service. All acknowledged notes must be
stored afterwards, and no response may be a 500.
"""

from __future__ import annotations

import http.cookiejar
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select

from referral.desk.rows import ShiftNoteRow
from referral.directory.instance import opened_instance
from referral.directory.seed import load_headings
from referral.records.accounts import Role
from referral.store import Store
from soak.progress import Progress
from tests.conftest import settings_for
from tests.support.desk import PANTRY, stock
from tests.support.postgres_pair import PostgresPair, postgres_pair
from tests.support.server import until
from tests.support.staff import PASSWORD, add_account

ROOT = Path(__file__).resolve().parents[1]
PAGES = (
    "/", "/search?q=pantry", f"/services/{PANTRY}", "/headings/basic-needs", "/help-now",
    "/health/live", "/organizations", "/suggest?q=pan",
)  # fmt: skip
ALWAYS_SERVED = ("/help-now", "/health/live")
_KEYS = {"REFERRAL_SECRET_KEY": "k" * 64, "REFERRAL_CONTACT_KEYS": "c" * 64}
_EMAIL = "dee@example.org"
_HELP_LINE = "988"


class Browser:
    """An HTTP client with cookies, which does not follow redirects."""

    def __init__(self, address: str) -> None:
        class _NoRedirects(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_arguments: object) -> None:
                return None

        self._address = address
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar, _NoRedirects())

    def fetch(self, path: str, **fields: str) -> tuple[int, str, str]:
        """Return status, text and redirect target of a page, with status 0 for no response."""
        data = urllib.parse.urlencode(fields).encode() if fields else None
        try:
            with self._opener.open(f"{self._address}{path}", data, timeout=60) as answer:
                return answer.status, answer.read().decode(), ""
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(), error.headers.get("Location", "")
        except OSError:
            return 0, "", ""

    def sign_in(self) -> str:
        """Sign in, and return the CSRF token of the session, or "" if signing in fails."""
        if token := self._token("/staff/sign-in"):
            form = {"csrf_token": token, "email": _EMAIL, "password": PASSWORD}
            if self.fetch("/staff/sign-in", **form)[0] == 302:
                return self._token("/staff")
        return ""

    def _token(self, path: str) -> str:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.fetch(path)[1])
        return found[1] if found else ""


class Crowd:
    """Two patrons and a staff member who send requests until they are stopped.

    Attributes:
        statuses: number of responses by kind of page and status.
        acknowledged: the notes whose storage was acknowledged.
        slowest: seconds of the slowest response by kind of page.
    """

    def __init__(self, address: str, prefix: str) -> None:
        self._address, self._prefix = address, prefix
        self._stop = threading.Event()
        self.statuses: Counter[str] = Counter()
        self.acknowledged: list[str] = []
        self.slowest: dict[str, float] = {}
        self._threads = [
            threading.Thread(target=work, daemon=True)
            for work in (self._read, self._read, self._write)
        ]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Send requests for the length of a ``with`` block."""
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in self._threads:
                thread.join()

    def _read(self) -> None:
        browser = Browser(self._address)
        while not self._stop.is_set():
            for path in PAGES:
                started = time.monotonic()
                status, text, _ = browser.fetch(path)
                kind = "always" if path in ALWAYS_SERVED else "patron"
                self.statuses[f"{kind} {status}"] += 1
                if status == 503 and _HELP_LINE not in text:
                    self.statuses["503 without help lines"] += 1
                took = time.monotonic() - started
                self.slowest[kind] = max(self.slowest.get(kind, 0.0), took)
            self._stop.wait(0.02)

    def _write(self) -> None:
        browser, token, number = Browser(self._address), "", 0
        while not self._stop.wait(0.02):
            token = token or browser.sign_in()
            if not token:
                continue
            number += 1
            words = f"{self._prefix} {number}"
            form = {"csrf_token": token, "service": PANTRY, "words": words}
            status, _, leads_to = browser.fetch("/desk/notes", **form)
            self.statuses[f"staff {status}"] += 1
            if status in {302, 303} and "sign-in" not in leads_to:
                self.acknowledged.append(words)
            elif status != 503:
                token = ""


def run_failover(progress: Progress, rounds: int) -> None:
    """Kill the primary and alternately restart it or promote the standby, for ``rounds`` rounds."""
    with postgres_pair(with_standby=True) as pair, tempfile.TemporaryDirectory() as folder:
        prepare_site(Path(folder), pair.url)
        with served(Path(folder), pair.url) as address:
            while progress.numbers.get("rounds", 0) < rounds:
                number = progress.numbers.get("rounds", 0)
                _run_round(progress, pair, address, is_promoted=number % 2 == 1)
                progress.add("rounds")
                progress.save()


def _run_round(progress: Progress, pair: PostgresPair, address: str, *, is_promoted: bool) -> None:
    crowd = Crowd(address, f"round {progress.numbers.get('rounds', 0)} {time.time():.0f}")
    with crowd.running():
        until(lambda: len(crowd.acknowledged) > 5, "Staff cannot write.")
        pair.kill(pair.primary)
        killed = time.monotonic()
        until(lambda: crowd.statuses["patron 503"] > 5, "No page is refused.")
        if is_promoted:
            pair.promote()
        else:
            pair.start(pair.primary)
        back, written = time.monotonic(), len(crowd.acknowledged)
        until(lambda: len(crowd.acknowledged) > written + 3, "Staff cannot write again.")
        recovered = time.monotonic()
    progress.most("slowest seconds from the database's return to a saved note", recovered - back)
    progress.most("longest seconds from the kill to a saved note", recovered - killed)
    progress.add("promoted" if is_promoted else "started again")
    check_crowd(progress, crowd)
    check_kept(progress, crowd.acknowledged, pair.url)
    if is_promoted:
        pair.make_standby()


def check_crowd(progress: Progress, crowd: Crowd) -> None:
    """Count the responses of a crowd, and check them.

    Pages may fail only by a 503 with the help lines, and the help page never.
    """
    for kind, seconds in crowd.slowest.items():
        progress.most(f"slowest answer in seconds, {kind}", seconds)
    for kind, count in crowd.statuses.items():
        progress.add(f"answers: {kind}", count)
    progress.add("acknowledged", len(crowd.acknowledged))
    wrong = {kind for kind in crowd.statuses if kind.split()[1] not in {"200", "302", "303", "503"}}
    assert not wrong, f"Answers that must not be: {wrong}"
    assert not any(crowd.statuses[f"always {code}"] for code in (0, 500, 503))


def check_kept(progress: Progress, acknowledged: Iterable[str], url: str) -> None:
    """Check that all acknowledged notes are in the database."""
    lost = set(acknowledged) - _stored_notes(url)
    progress.add("lost", len(lost))
    assert not lost, f"{len(lost)} notes are lost."


def _stored_notes(url: str) -> set[str]:
    store = Store(url)
    try:
        with store.read() as session:
            return set(session.scalars(select(ShiftNoteRow.words)))
    finally:
        store.close()


def prepare_site(folder: Path, url: str) -> None:
    """Create an instance with a service and an account of the desk."""
    with opened_instance(settings_for(folder, url)) as instance:
        load_headings(instance)
        stock(instance)
        add_account(instance, [Role.DESK], _EMAIL, "Dee")


@contextmanager
def served(
    folder: Path, url: str, workers: int = 1, first: str = "/search?q=pantry", **environment: str
) -> Iterator[str]:
    """Serve a site in processes of its own, and yield its address.

    Args:
        first: page that must be served before the block begins.
        environment: further environment variables of the site.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "referral", "--instance", str(folder), "serve"]
    variables = {
        **os.environ, "DATABASE_URL": url, "REFERRAL_RUN_JOBS": "no", **_KEYS, **environment,
    }  # fmt: skip
    log = (folder / "site.log").open("wb")
    with (
        log,
        subprocess.Popen(
            [*command, "--port", str(port), "--workers", str(workers)],
            cwd=ROOT,
            env=variables,
            stdout=log,
            stderr=log,
        ) as site,
    ):
        try:
            until(lambda: Browser(address).fetch("/health/live")[0] == 200, "It does not start.")
            until(lambda: Browser(address).fetch(first)[0] == 200, f"It does not serve {first}.")
            yield address
        finally:
            site.terminate()
            site.wait(60)
