"""Failover drill: a real PostgreSQL is killed and comes back, or its standby is promoted.

Meanwhile patrons read, and somebody of staff writes notes on a service. What was acknowledged must be
there afterwards, and no answer may be a 500.
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
ALWAYS = ("/help-now", "/health/live")
_KEYS = {"REFERRAL_SECRET_KEY": "k" * 64, "REFERRAL_CONTACT_KEYS": "c" * 64}
_EMAIL = "dee@example.org"
_HELP_LINE = "988"


class Browser:
    """Asks as a browser does: with cookies, and without following redirects."""

    def __init__(self, address: str) -> None:
        class _Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_arguments: object) -> None:
                return None

        self._address = address
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar, _Stay())

    def ask(self, path: str, **fields: str) -> tuple[int, str, str]:
        """Status, text and the address that a redirect leads to; status 0 for no answer."""
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
        """The form token of the session, "" where nobody can sign in now."""
        if token := self._token("/staff/sign-in"):
            form = {"csrf_token": token, "email": _EMAIL, "password": PASSWORD}
            if self.ask("/staff/sign-in", **form)[0] == 302:
                return self._token("/staff")
        return ""

    def _token(self, path: str) -> str:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.ask(path)[1])
        return found[1] if found else ""


class Crowd:
    """Patrons and somebody of staff, asking until they are stopped."""

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
    def asking(self) -> Iterator[None]:
        """Ask for the length of a ``with`` block."""
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
                status, text, _ = browser.ask(path)
                kind = "always" if path in ALWAYS else "patron"
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
            status, _, leads_to = browser.ask("/desk/notes", **form)
            self.statuses[f"staff {status}"] += 1
            if status in {302, 303} and "sign-in" not in leads_to:
                self.acknowledged.append(words)
            elif status != 503:
                token = ""


def run_failover(progress: Progress, rounds: int) -> None:
    """Kill and start again, and kill and promote, by turns."""
    with postgres_pair(with_standby=True) as pair, tempfile.TemporaryDirectory() as folder:
        prepare_site(Path(folder), pair.url)
        with served(Path(folder), pair.url) as address:
            while progress.numbers.get("rounds", 0) < rounds:
                number = progress.numbers.get("rounds", 0)
                _one_round(progress, pair, address, promotes=number % 2 == 1)
                progress.add("rounds")
                progress.save()


def _one_round(progress: Progress, pair: PostgresPair, address: str, *, promotes: bool) -> None:
    crowd = Crowd(address, f"round {progress.numbers.get('rounds', 0)} {time.time():.0f}")
    with crowd.asking():
        until(lambda: len(crowd.acknowledged) > 5, "Staff cannot write.")
        pair.kill(pair.primary)
        killed = time.monotonic()
        until(lambda: crowd.statuses["patron 503"] > 5, "No page is refused.")
        if promotes:
            pair.promote()
        else:
            pair.start(pair.primary)
        back, written = time.monotonic(), len(crowd.acknowledged)
        until(lambda: len(crowd.acknowledged) > written + 3, "Staff cannot write again.")
        recovered = time.monotonic()
    progress.most("slowest seconds from the database's return to a saved note", recovered - back)
    progress.most("longest seconds from the kill to a saved note", recovered - killed)
    progress.add("promoted" if promotes else "started again")
    check_crowd(progress, crowd)
    check_kept(progress, crowd.acknowledged, pair.url)
    if promotes:
        pair.make_standby()


def check_crowd(progress: Progress, crowd: Crowd) -> None:
    """Count the answers; none may fail but by a 503 with the help lines, and the help page never."""
    for kind, seconds in crowd.slowest.items():
        progress.most(f"slowest answer in seconds, {kind}", seconds)
    for kind, count in crowd.statuses.items():
        progress.add(f"answers: {kind}", count)
    progress.add("acknowledged", len(crowd.acknowledged))
    wrong = {kind for kind in crowd.statuses if kind.split()[1] not in {"200", "302", "303", "503"}}
    assert not wrong, f"Answers that must not be: {wrong}"
    assert not any(crowd.statuses[f"always {code}"] for code in (0, 500, 503))


def check_kept(progress: Progress, acknowledged: Iterable[str], url: str) -> None:
    """Check that all notes that were acknowledged are in the database."""
    lost = set(acknowledged) - _kept(url)
    progress.add("lost", len(lost))
    assert not lost, f"{len(lost)} notes are lost."


def _kept(url: str) -> set[str]:
    store = Store(url)
    try:
        with store.read() as session:
            return set(session.scalars(select(ShiftNoteRow.words)))
    finally:
        store.close()


def prepare_site(folder: Path, url: str) -> None:
    """Make a directory with a service and somebody of the desk."""
    with opened_instance(settings_for(folder, url)) as instance:
        load_headings(instance)
        stock(instance)
        add_account(instance, [Role.DESK], _EMAIL, "Dee")


@contextmanager
def served(
    folder: Path, url: str, workers: int = 1, first: str = "/search?q=pantry", **more: str
) -> Iterator[str]:
    """Yield the address of a site in processes of its own, with more of its environment.

    Args:
        first: the page that it serves before the block begins.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "referral", "--instance", str(folder), "serve"]
    environment = {**os.environ, "DATABASE_URL": url, "REFERRAL_RUN_JOBS": "no", **_KEYS, **more}
    log = (folder / "site.log").open("wb")
    with (
        log,
        subprocess.Popen(
            [*command, "--port", str(port), "--workers", str(workers)],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        ) as site,
    ):
        try:
            until(lambda: Browser(address).ask("/health/live")[0] == 200, "It does not start.")
            until(lambda: Browser(address).ask(first)[0] == 200, f"It does not serve {first}.")
            yield address
        finally:
            site.terminate()
            site.wait(60)
