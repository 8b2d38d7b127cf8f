"""A partner on this machine whose lists are followed: files, an HSDS API, and its bad days."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.server import running

_HERE = "127.0.0.1"


class _Answers(BaseHTTPRequestHandler):
    server: Partner

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.server.requests.append(self.path)
        self.server.headers.append(dict(self.headers))
        if self.server.fault:
            self._fail(self.server.fault)
        elif parts.path in self.server.leads:
            self.send_response(302)
            self.send_header("Location", self.server.leads[parts.path])
            self.end_headers()
        elif parts.path in self.server.files:
            self._file(self.server.files[parts.path])
        elif parts.path in self.server.about:
            self._send(200, json.dumps(self.server.about[parts.path]).encode())
        elif parts.path == "/hsds/3.1/changes":
            self._changes(parse_qs(parts.query)["after"][0])
        elif parts.path.startswith("/hsds/services"):
            self._services(parts.path, parse_qs(parts.query))
        else:
            self._send(404, b"{}")

    def _fail(self, fault: str) -> None:
        if fault == "half":
            self.send_response(200)
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            self.wfile.write(b"id,name\n1,A")
        elif fault in {"slow head", "slow headers", "slow body"}:
            self._drip(fault)
        elif fault == "half a chunk":
            self.wfile.write(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nid,name\n"
            )
        elif fault == "no length":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\nid,name\n1,A")
        elif fault == "reset":
            self.connection.close()
        else:
            self._send(int(fault), b"")

    def _drip(self, where: str) -> None:
        """Answer well, but for two seconds, byte by byte."""
        padding = "x" * 100
        head = f"HTTP/1.0 200 OK\r\nContent-Length: 100\r\nX-Padding: {padding}\r\n\r\n"
        at_once, _, slowly = head.partition("Content-Length")
        if where == "slow headers":
            self.wfile.write(at_once.encode())
            head = "X-Slow: 1\r\n" * 3 + f"Content-Length{slowly}"
        elif where == "slow body":
            self.wfile.write(head.encode())
        for letter in padding if where == "slow body" else head:
            self.wfile.write(letter.encode())
            time.sleep(0.02)
        self.wfile.write(b"" if where == "slow body" else padding.encode())

    def _file(self, content: bytes) -> None:
        etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        if self.headers["If-None-Match"] == etag:
            self._send(304, b"")
        else:
            self._send(200, content, ETag=etag)

    def _changes(self, after: str) -> None:
        """Give some entries after a cursor, as lines."""
        epoch, _, number = after.rpartition("-")
        if after != "0" and epoch != self.server.epoch:
            self._send(410, b"{}")
            return
        lines = [
            {**entry, "cursor": f"{self.server.epoch}-{sequence}"}
            for sequence, entry in enumerate(self.server.changes, 1)
            if sequence > int(number) or self.server.stands_still
        ]
        self._send(
            200, b"".join(json.dumps(line).encode() + b"\n" for line in lines[: self.server.lines])
        )

    def _services(self, path: str, asked: dict[str, list[str]]) -> None:
        services = self.server.services
        if key := path.removeprefix("/hsds/services").strip("/"):
            found = services.get(key)
            self._send(200 if found else 404, json.dumps(found or {}).encode())
            return
        since = asked.get("modified_after", [""])[0]
        if self.server.only_dates and "T" in since:
            self._send(400, b"{}")
            return
        wanted = [each for each in services.values() if each.get("last_modified", "9") >= since]
        size = int(asked["per_page"][0])
        number = int(asked["page"][0])
        if self.server.by_key:
            self._by_key(wanted, asked.get("after", [""])[0], size, number)
            return
        pages = max(1, -(-len(wanted) // size))
        flat = ("id", "name", "status", "description", "last_modified")
        page = {
            "total_items": len(wanted) + self.server.hides,
            "total_pages": pages,
            "page_number": number,
            "last_page": number >= pages,
            "contents": [
                {name: each[name] for name in flat if name in each}
                for each in wanted[(number - 1) * size : number * size]
            ],
        }
        self._send(200, json.dumps(page).encode())

    def _by_key(self, wanted: list[dict[str, Any]], after: str, size: int, number: int) -> None:
        """Give a page whose ``Link`` leads on by the last id; then some of it is withheld."""
        after = "" if self.server.stands_still else after
        rest = sorted((each for each in wanted if each["id"] > after), key=lambda each: each["id"])
        has_more = len(rest) > size
        page = {"total_items": len(wanted), "last_page": not has_more, "contents": rest[:size]}
        address = self.server.url(f"/hsds/services?after={rest[:size][-1]['id']}")
        link = f'<{address}&page={2 if self.server.stands_still else number + 1}&per_page={size}>; rel="next"'
        self._send(200, json.dumps(page).encode(), **({"Link": link} if has_more else {}))
        for each in rest[: self.server.withholds]:
            del self.server.services[each["id"]]

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing on the terminal."""


class Partner(ThreadingHTTPServer):
    """A server; ``fault`` is what happens to each request: half, half a chunk, no length, reset,
    slow head, slow headers, slow body, or a status."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((_HERE, 0), _Answers)
        self.files: dict[str, bytes] = {}
        self.leads: dict[str, str] = {}
        self.about: dict[str, object] = {}
        self.services: dict[str, dict[str, Any]] = {}
        self.changes: list[dict[str, Any]] = []
        self.epoch = "first"
        self.lines = 2
        self.hides = 0
        self.only_dates = False
        self.by_key = False
        self.stands_still = False
        self.withholds = 0
        self.fault = ""
        self.requests: list[str] = []
        self.headers: list[dict[str, str]] = []

    @property
    def host(self) -> str:
        """Return where it listens."""
        return f"{_HERE}:{self.server_address[1]}"

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://{self.host}{path}"


@contextmanager
def partner_server() -> Iterator[Partner]:
    """Run a partner for the length of a with block."""
    with running(Partner()) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        yield server
