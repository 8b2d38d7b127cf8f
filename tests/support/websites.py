"""A web server on this machine for invented host names, and a network that resolves them to it."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from referral.outgoing_requests import Network
from tests.support.server import running

_LOCALHOST = "127.0.0.1"


class _RequestHandler(BaseHTTPRequestHandler):
    """Answers by the path: /200 or another status, /get-only, /no-head, /slow, /to?url, /circle."""

    server: WebsiteServer

    def _answer(self) -> None:
        self.server.requests.append((self.command, self.headers["Host"], self.path))
        page, _, target = self.path.strip("/").partition("?")
        if page == "get-only":
            self._status(405 if self.command == "HEAD" else 200)
        elif page == "no-head" and self.command == "HEAD":
            self.close_connection = True
        elif page == "slow":
            self._drip()
        elif page in {"to", "circle"}:
            self.send_response(302)
            self.send_header("Location", target or self.path)
            self.end_headers()
        else:
            self._status(int(page) if page.isdecimal() else 200)

    do_HEAD = do_GET = _answer  # noqa: N815  # names that http.server requires

    def _status(self, code: int) -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(10**12))  # of a body that is never sent
        self.end_headers()

    def _drip(self) -> None:
        """Send a good response within a second, byte by byte, so that no single read takes long."""
        for byte in b"HTTP/1.0 200 OK\r\n\r\n":
            try:
                self.wfile.write(bytes([byte]))
            except OSError:
                return
            time.sleep(0.05)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


class WebsiteServer(ThreadingHTTPServer):
    """A web server that records its requests as (method, host, path)."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((_LOCALHOST, 0), _RequestHandler)
        self.requests: list[tuple[str, str, str]] = []

    @property
    def port(self) -> int:
        """The port of the server."""
        return int(self.server_address[1])

    def url(self, host: str, path: str = "200", scheme: str = "http") -> str:
        """Return the URL of a page under a host name."""
        return f"{scheme}://{host}:{self.port}/{path}"

    def network(self, seconds: float = 5.0, **names: str) -> Network:
        """Return a network that resolves host names to this machine, or to addresses in ``names``.

        In the keywords of ``names``, ``_`` stands for a dot.
        """
        table = {name.replace("_", "."): address for name, address in names.items()}

        def resolve(host: str, _port: int) -> Sequence[str]:
            return (table.get(host, _LOCALHOST),)

        return Network(resolve, allowed=frozenset({(_LOCALHOST, self.port)}), seconds=seconds)


@contextmanager
def website_server(certificate: Path | None = None) -> Iterator[WebsiteServer]:
    """Run a server for the length of a with block.

    Args:
        certificate: where to write a certificate; the server then uses HTTPS with it.
    """
    with WebsiteServer() as server:
        if certificate:
            _make_certificate(certificate)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
            server.handle_error = lambda *_: None  # type: ignore[method-assign]
        with running(server):
            yield server


def _make_certificate(path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pantry.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("pantry.example")]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
