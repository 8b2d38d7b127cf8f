"""A service of Open Referral UK on this machine, made of official examples, with its odd days."""

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
_PAGE_OF_1 = {
    "total_items": "totalElements", "total_pages": "totalPages", "page_number": "number",
    "first_page": "first", "last_page": "last", "contents": "content",
}  # fmt: skip
_LARGEST_PAGE = 10

Json = dict[str, Any]


class _Answers(BaseHTTPRequestHandler):
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

    def _list(self, asked: dict[str, list[str]]) -> None:
        """Answer with a flat page, whatever ``full`` and ``modified_after`` say."""
        server, number = self.server, int(asked["page"][0])
        size = min(_LARGEST_PAGE, int(asked["per_page"][0]))
        services = list(server.services.values())
        pages = -(-len(services) // size)
        some = services[(number - 1) * size : number * size]
        page = {
            "total_items": len(services),
            "total_pages": pages,
            "page_number": number,
            "size": len(some),
            "first_page": number == 1,
            "last_page": number >= pages,
            "empty": not some,
            "contents": [_flat(each) for each in some],
        }
        if server.version == 1:
            page = {_PAGE_OF_1.get(name, name): value for name, value in page.items()}
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
        """Say nothing on the terminal."""


class UkService(ThreadingHTTPServer):
    """The server.

    Attributes:
        version: 1 has other names on its pages.
        busy: how many of the next requests are too many; ``pause`` is what to wait.
        broken_page: the page that is no JSON.
        after_page: called with the number of each page that was sent.
    """

    daemon_threads = True

    def __init__(self, example: Json, count: int) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        made = (_like(example, number) for number in range(count))
        self.services: dict[str, Json] = {each["id"]: each for each in made}
        self.version = 3
        self.busy, self.pause = 0, "0"
        self.broken_page = 0
        self.after_page: Callable[[int], object] = lambda _: None
        self.requests: list[str] = []

    @property
    def host(self) -> str:
        """Return where it listens."""
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def address(self) -> str:
        """Return the address to follow."""
        return f"http://{self.host}/uk"


@contextmanager
def uk_service(example: Json, count: int) -> Iterator[UkService]:
    """Run one for the length of a with block; it has so many services like an example."""
    with running(UkService(example, count)) as server:
        yield server


def _like(example: Json, number: int) -> Json:
    """A service with ids and names of its own."""
    text = _UUID.sub(lambda m: str(uuid5(NAMESPACE_URL, f"{m[0]}/{number}")), json.dumps(example))
    found: Json = json.loads(text)
    found["name"] = f"{found['name']} {number}"
    found["organization"]["name"] = f"{found['organization']['name']} {number}"
    return found


def _flat(service: Json) -> Json:
    """A service with what there is one of, as the examples of lists are."""
    flat = {name: value for name, value in service.items() if not isinstance(value, (list, dict))}
    agency = service["organization"]
    return flat | {"organization": {name: agency[name] for name in ("id", "name", "description")}}
