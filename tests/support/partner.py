"""A partner's server on this machine: list files, an HSDS API, a feed of changes, and faults."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from operator import itemgetter
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.server import running

_HOST = "127.0.0.1"


class _RequestHandler(BaseHTTPRequestHandler):
    server: Partner

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.server.requests.append(self.path)
        self.server.headers.append(dict(self.headers))
        if self.server.fault:
            self._fail(self.server.fault)
        elif parts.path in self.server.redirects:
            self.send_response(302)
            self.send_header("Location", self.server.redirects[parts.path])
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
        """Send a good response in two seconds or more, byte by byte in the part ``where``."""
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
        """Send the next changes after a cursor as JSON lines, or 410 for another epoch."""
        epoch, _, number = after.rpartition("-")
        if after != "0" and epoch != self.server.epoch:
            self._send(410, b"{}")
            return
        lines = [
            {**entry, "cursor": f"{self.server.epoch}-{sequence}"}
            for sequence, entry in enumerate(self.server.changes, 1)
            if sequence > int(number) or self.server.ignores_cursor
        ]
        self._send(
            200,
            b"".join(
                json.dumps(line).encode() + b"\n"
                for line in lines[: self.server.lines_per_response]
            ),
        )

    def _services(self, path: str, query: dict[str, list[str]]) -> None:
        services = self.server.services
        if key := path.removeprefix("/hsds/services").strip("/"):
            found = services.get(key)
            self._send(200 if found else 404, json.dumps(found or {}).encode())
            return
        since = query.get("modified_after", [""])[0]
        if self.server.refuses_timestamps and "T" in since:
            self._send(400, b"{}")
            return
        matching = [
            service for service in services.values() if service.get("last_modified", "9") >= since
        ]
        size = int(query["per_page"][0])
        number = int(query["page"][0])
        if self.server.has_cursor_pages:
            self._send_cursor_page(matching, query.get("after", [""])[0], size, number)
            return
        pages = max(1, -(-len(matching) // size))
        flat = ("id", "name", "status", "description", "last_modified")
        page = {
            "total_items": len(matching) + self.server.total_surplus,
            "total_pages": pages,
            "page_number": number,
            "last_page": number >= pages,
            "contents": [
                {name: service[name] for name in flat if name in service}
                for service in matching[(number - 1) * size : number * size]
            ],
        }
        self._send(200, json.dumps(page).encode())

    def _send_cursor_page(
        self, matching: list[dict[str, Any]], after: str, size: int, number: int
    ) -> None:
        """Send a page with the last id as a cursor in its ``Link``, then withhold some services."""
        after = "" if self.server.ignores_cursor else after
        rest = sorted(
            (service for service in matching if service["id"] > after), key=itemgetter("id")
        )
        has_more = len(rest) > size
        page = {"total_items": len(matching), "last_page": not has_more, "contents": rest[:size]}
        address = self.server.url(f"/hsds/services?after={rest[:size][-1]['id']}")
        link = f'<{address}&page={2 if self.server.ignores_cursor else number + 1}&per_page={size}>; rel="next"'
        self._send(200, json.dumps(page).encode(), **({"Link": link} if has_more else {}))
        for service in rest[: self.server.withheld_per_page]:
            del self.server.services[service["id"]]

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


class Partner(ThreadingHTTPServer):
    """A partner's HTTP server.

    Attributes:
        files: bodies of list files, by path; they have ETags.
        redirects: targets of redirects, by path.
        about: other JSON documents, by path.
        services, changes, epoch: the content of the HSDS API.
        lines_per_response: most changes in a response.
        total_surplus: services that pages count but do not contain.
        refuses_timestamps: whether ``modified_after`` must be a date without time.
        has_cursor_pages: whether pages are linked by a cursor instead of page numbers.
        ignores_cursor: whether the same services or changes are sent whatever the cursor is.
        withheld_per_page: number of services withheld after each cursor page.
        fault: what happens to each request: half, half a chunk, no length, reset, slow head, slow
            headers, slow body, or an HTTP status.
        requests, headers: the paths and headers of all requests.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((_HOST, 0), _RequestHandler)
        self.files: dict[str, bytes] = {}
        self.redirects: dict[str, str] = {}
        self.about: dict[str, object] = {}
        self.services: dict[str, dict[str, Any]] = {}
        self.changes: list[dict[str, Any]] = []
        self.epoch = "first"
        self.lines_per_response = 2
        self.total_surplus = 0
        self.refuses_timestamps = False
        self.has_cursor_pages = False
        self.ignores_cursor = False
        self.withheld_per_page = 0
        self.fault = ""
        self.requests: list[str] = []
        self.headers: list[dict[str, str]] = []

    @property
    def host(self) -> str:
        """The host and port of the server."""
        return f"{_HOST}:{self.server_address[1]}"

    def url(self, path: str) -> str:
        """Return the URL of a path on the server."""
        return f"http://{self.host}{path}"


@contextmanager
def partner_server() -> Iterator[Partner]:
    """Run a partner's server for the length of a with block."""
    with running(Partner()) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        yield server
