"""Soak test in which crowds of slow clients hold connections open while 60 patrons read.

In a round each crowd connects to a site with two processes, alternately directly and behind Caddy
with the configuration of ``deploy/``. No page may take 3 seconds or fail, and no help page may take
a second.
"""

from __future__ import annotations

import http.client
import itertools
import multiprocessing
import os
import random
import resource
import socket
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from referral.directory.instance import opened_instance
from referral.imports.seed_lists import load_sample
from soak.failover import ROOT, served
from soak.progress import Progress
from tests.conftest import settings_for
from tests.support.server import free_port, until

_PATRONS, _PAUSE_SECONDS, _READING_SECONDS = 60, 4.0, 30.0
_SLOWEST_PAGE, _SLOWEST_HELP = 3.0, 1.0
_HELP = "/help-now"
_PAGES = (
    "/",
    "/search?q=food",
    "/search?q=rent&near=16335",
    "/headings/health",
    "/suggest?q=den",
    _HELP,
)
_GET = b"GET /search?q=food HTTP/1.1\r\nHost: 127.0.0.1\r\n"
_POST = b"POST /suggest HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n"
_UPLOAD = _POST.replace(b"/suggest", b"/admin/imports/new") + b"Content-Length: 10000000\r\n\r\n"
_SILENT = {
    "nothing": b"",
    "half a first line": b"GET /sea",
    "half the headers": _GET,
    "no body": _POST + b"Content-Length: 1000\r\n\r\n",
    "half a body": _POST + b"Content-Length: 1000\r\n\r\na",
    "no body after a promise": _POST + b"Content-Length: 9\r\nExpect: 100-continue\r\n\r\n",
    "half a chunk": _POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nq=",
    "no reading": (_GET + b"\r\n") * 500,
}


class SlowCrowd(NamedTuple):
    """Clients that all send the same first bytes, and then a piece each second, or nothing.

    A client whose connection is closed connects again.
    """

    name: str
    count: int
    first_bytes: bytes
    piece: bytes = b""


CROWDS = (
    SlowCrowd("200 bodies at a byte a second", 200, _POST + b"Content-Length: 1000\r\n\r\n", b"a"),
    SlowCrowd("80 slow uploads of 10 MB", 80, _UPLOAD, b"a" * 20_000),
    SlowCrowd("300 unfinished headers", 300, _GET + b"X-Slow: ", b"a"),
    SlowCrowd("1500 unfinished headers", 1_500, _GET + b"X-Slow: ", b"a"),
    *(SlowCrowd(f"silent: {name}", 1, first_bytes) for name, first_bytes in _SILENT.items()),
)


def run_slow_clients(progress: Progress, rounds: int) -> None:
    """Run rounds until ``rounds`` are done in all, half of them behind Caddy."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o700)
        url = f"sqlite:///{folder / 'referral.sqlite3'}"
        with opened_instance(settings_for(folder, url)) as instance:
            load_sample(instance)
        proxies = {"REFERRAL_TRUSTED_PROXIES": "127.0.0.1"}
        with served(folder, url, workers=2, **proxies) as site, _caddy(folder, site) as proxy:
            while (done := progress.numbers.get("rounds", 0)) < rounds:
                route, address = (("direct", site), ("behind Caddy", proxy))[done % 2]
                for crowd in CROWDS:
                    _test_crowd(progress, crowd, route, address.removeprefix("http://"))
                progress.add("rounds")
                progress.save()


def _test_crowd(progress: Progress, crowd: SlowCrowd, route: str, address: str) -> None:
    clients = multiprocessing.get_context("fork").Process(
        target=_hold_connections, args=(crowd, address), daemon=True
    )
    clients.start()
    patrons = Patrons(address)
    try:
        time.sleep(2)
        patrons.read(_READING_SECONDS if crowd.count > 1 else _READING_SECONDS / 5)
    finally:
        clients.kill()
        clients.join()
    for kind, seconds in patrons.slowest.items():
        progress.most(f"{route}, {crowd.name}: slowest {kind}", seconds)
    for status, count in patrons.statuses.items():
        progress.add(f"{route}: answers {status}", count)
    progress.save()
    found = f"{route}, {crowd.name}: {patrons.slowest}, {dict(patrons.statuses)}"
    assert set(patrons.statuses) == {"200"}, found
    assert patrons.slowest["page"] < _SLOWEST_PAGE, found
    assert patrons.slowest["help page"] < _SLOWEST_HELP, found


class Patrons:
    """Sixty patrons who read for some seconds between two pages, each over a new connection."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.statuses: Counter[str] = Counter()
        self.slowest = {"page": 0.0, "help page": 0.0}

    def read(self, seconds: float) -> None:
        """Fetch pages with all patrons for some seconds."""
        end = time.monotonic() + seconds
        threads = [
            threading.Thread(target=self._read, args=(number, end)) for number in range(_PATRONS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _read(self, number: int, end: float) -> None:
        pause = random.Random(number)
        for path in itertools.islice(itertools.cycle(_PAGES), number % len(_PAGES), None):
            time.sleep(min(pause.expovariate(1 / _PAUSE_SECONDS), max(0.0, end - time.monotonic())))
            if time.monotonic() >= end:
                return
            started, status = time.monotonic(), "none"
            with suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection(self._address, timeout=60)
                connection.request("GET", path)
                answer = connection.getresponse()
                answer.read()
                connection.close()
                status = str(answer.status)
            self.statuses[status] += 1
            kind = "help page" if path == _HELP else "page"
            self.slowest[kind] = max(self.slowest[kind], time.monotonic() - started)


def _hold_connections(crowd: SlowCrowd, address: str) -> None:
    """Keep the connections of a crowd open until this process is killed."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    host, _, port = address.partition(":")
    links: dict[int, socket.socket] = {}
    while True:
        began = time.monotonic()
        for number in range(crowd.count):
            try:
                if number not in links:
                    links[number] = socket.create_connection((host, int(port)), 5)
                    links[number].setblocking(False)
                    links[number].sendall(crowd.first_bytes)
                elif crowd.piece:
                    links[number].send(crowd.piece)
            except BlockingIOError:
                continue
            except OSError:
                if number in links:
                    links.pop(number).close()
        time.sleep(max(0.0, began + 1 - time.monotonic()))


@contextmanager
def _caddy(folder: Path, site: str) -> Iterator[str]:
    """Yield the address of a Caddy in front of a site, with the configuration of ``deploy/``."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "SITE_NAME": address,
        "SITE_BEHIND": site.removeprefix("http://"),
        "XDG_DATA_HOME": str(folder / "caddy"),
        "XDG_CONFIG_HOME": str(folder / "caddy"),
    }
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(ROOT / "deploy/Caddyfile")]
    log = (folder / "caddy.log").open("wb")
    with log, subprocess.Popen(command, env=environment, stdout=log, stderr=log) as caddy:
        try:
            until(lambda: _is_open(port), "Caddy does not start.")
            yield address
        finally:
            caddy.terminate()


def _is_open(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False
