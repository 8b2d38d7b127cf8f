"""An Open Referral UK API that serves copies of an official example, and can fail."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import NAMESPACE_URL, uuid5

from tests.support.server import running

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_VERSION_1_NAMES = {
    "total_items": "totalElements", "total_pages": "totalPages", "page_number": "number",
    "first_page": "first", "last_page": "last", "contents": "content",
}  # fmt: skip
_LARGEST_PAGE = 10

Json = dict[str, Any]


class _RequestHandler(BaseHTTPRequestHandler):
    server: UkService

    def do_GET(self) -> None:
        server, parts = self.server, urlsplit(self.path)
        server.requests.append(self.path)
        if server.busy:
            server.busy -= 1
            self._send(429, b"{}", **{"Retry-After": server.pause})
        elif parts.path == "/uk/services":
            self._list(parse_qs(parts.query))
        elif parts.path.startswith("/uk/services/"):
            found = server.services.get(parts.path.rpartition("/")[2])
            self._send(200 if found else 404, json.dumps(found or {}).encode())
        elif parts.path == "/uk/":
            about = {"version": "HSDS-UK-3.0", "profile": "https://docs.openreferraluk.org"}
            self._send(200, json.dumps(about).encode())
        else:
            self._send(404, b"{}")

    def _list(self, query: dict[str, list[str]]) -> None:
        """Send a page of flat services, ignoring ``full`` and ``modified_after``."""
        server, number = self.server, int(query["page"][0])
        size = min(_LARGEST_PAGE, int(query["per_page"][0]))
        services = list(server.services.values())
        pages = -(-len(services) // size)
        on_page = services[(number - 1) * size : number * size]
        page = {
            "total_items": len(services),
            "total_pages": pages,
            "page_number": number,
            "size": len(on_page),
            "first_page": number == 1,
            "last_page": number >= pages,
            "empty": not on_page,
            "contents": [_flat_fields(service) for service in on_page],
        }
        if server.version == 1:
            page = {_VERSION_1_NAMES.get(name, name): value for name, value in page.items()}
        body = json.dumps(page).encode()
        self._send(200, body[:-20] + b"!" * 20 if number == server.broken_page else body)
        server.after_page(number)

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


class UkService(ThreadingHTTPServer):
    """HTTP server with an Open Referral UK API.

    Attributes:
        version: of the API, 1 or 3; pages of version 1 have other field names.
        busy: number of coming requests that are answered with 429 and a Retry-After of ``pause``.
        broken_page: number of the page that is sent as invalid JSON.
        after_page: called with the number of each page that was sent.
    """

    daemon_threads = True

    def __init__(self, example: Json, count: int) -> None:
        super().__init__(("127.0.0.1", 0), _RequestHandler)
        copies = (_numbered_copy(example, number) for number in range(count))
        self.services: dict[str, Json] = {service["id"]: service for service in copies}
        self.version = 3
        self.busy, self.pause = 0, "0"
        self.broken_page = 0
        self.after_page: Callable[[int], object] = lambda _: None
        self.requests: list[str] = []

    @property
    def host(self) -> str:
        """The host and port of the server."""
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def address(self) -> str:
        """The address of the API that a library follows."""
        return f"http://{self.host}/uk"


@contextmanager
def uk_service(example: Json, count: int) -> Iterator[UkService]:
    """Serve ``count`` copies of an example service for the length of a with block."""
    with running(UkService(example, count)) as server:
        yield server


def _numbered_copy(example: Json, number: int) -> Json:
    """Return a copy of an example service with its own ids and names."""
    text = _UUID.sub(lambda m: str(uuid5(NAMESPACE_URL, f"{m[0]}/{number}")), json.dumps(example))
    service: Json = json.loads(text)
    service["name"] = f"{service['name']} {number}"
    service["organization"]["name"] = f"{service['organization']['name']} {number}"
    return service


def _flat_fields(service: Json) -> Json:
    """Return a service without lists, and with a short organization, as in official pages."""
    flat = {name: value for name, value in service.items() if not isinstance(value, (list, dict))}
    full = service["organization"]
    return flat | {"organization": {name: full[name] for name in ("id", "name", "description")}}
