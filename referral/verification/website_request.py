"""Asks a website whether it answers. Hosts in private networks are refused, also after a redirect.

A name is resolved once, its addresses are checked, and the connection goes to one that was
checked: a name that leads elsewhere a moment later leads nowhere.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Timer
from time import monotonic
from urllib.parse import SplitResult, urljoin, urlsplit

from referral.fields.urls_and_emails import normalise_url, to_uri
from referral.verification.records import WebsiteResult

_PORTS = {"http": 80, "https": 443}
_MOVED = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410})
_MOST_REDIRECTS = 5
_SECONDS = 15.0  # for one website, with all its redirects
_LONGEST_WAIT = 8.0
_NAT64 = IPv6Network("64:ff9b::/96")


class _RefusedError(Exception):
    """The host or its address is none that we ask."""


def resolve_name(host: str, port: int) -> tuple[str, ...]:
    """The IP addresses of a host, as the system finds them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Network:
    """How hosts are reached.

    Attributes:
        resolve: the IP addresses of a name, for a port.
        allowed: pairs of IP address and port that are asked though they are not public. No setting
            adds any; tests run their servers there.
        tls: what certificates have to be.
        seconds: the longest that one website may take.
    """

    resolve: Callable[[str, int], Sequence[str]] = resolve_name
    allowed: frozenset[tuple[str, int]] = frozenset()
    tls: Callable[[], ssl.SSLContext] = ssl.create_default_context
    seconds: float = _SECONDS


def ask_website(url: str, agent: str, network: Network | None = None) -> WebsiteResult:
    """Ask with HEAD, and with GET where HEAD did not do. No body is read.

    Args:
        agent: who asks, for the log of the website.
    """
    network = network or Network()
    deadline = monotonic() + network.seconds
    result = _outcome("HEAD", url, agent, network, deadline)
    if result in {WebsiteResult.GONE, WebsiteResult.FAULT, WebsiteResult.NO_ANSWER}:
        return _outcome("GET", url, agent, network, deadline)
    return result


def is_public_address(text: str) -> bool:
    """Whether this IP address, and any that is wrapped in it, belongs to the public internet."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        inner = _wrapped(address)
        if inner is not None:
            return is_public_address(str(inner))
        if address.is_site_local or address.sixtofour or address.teredo:
            return False
    unusable = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not unusable


def _wrapped(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped


def _outcome(method: str, url: str, agent: str, network: Network, deadline: float) -> WebsiteResult:
    try:
        status = _follow(method, url, agent, network, deadline)
    except _RefusedError:
        return WebsiteResult.NOT_ASKED
    except socket.gaierror:
        return WebsiteResult.NO_NAME
    except ssl.SSLCertVerificationError:
        return WebsiteResult.BAD_CERTIFICATE
    except (OSError, HTTPException, ValueError):
        return WebsiteResult.NO_ANSWER
    if status in _GONE:
        return WebsiteResult.GONE
    # 403, 429 and the like: a program is turned away, so somebody is there.
    return WebsiteResult.FAULT if status >= 500 else WebsiteResult.ANSWERS


def _follow(method: str, url: str, agent: str, network: Network, deadline: float) -> int:
    """The status of the last page that the address leads to."""
    for _ in range(_MOST_REDIRECTS + 1):
        uri = to_uri(normalise_url(url))
        if not uri:
            raise _RefusedError
        status, location = _ask(method, urlsplit(uri), agent, network, deadline)
        if status not in _MOVED or not location:
            return status
        url = urljoin(uri, location)
    raise HTTPException("too many redirects")


def _ask(
    method: str, parts: SplitResult, agent: str, network: Network, deadline: float
) -> tuple[int, str]:
    """The status of one page, and where it leads on to."""
    host = parts.hostname or ""
    port = parts.port or _PORTS[parts.scheme]
    addresses = _checked_addresses(host, port, network)
    with _connected(addresses, port, deadline) as plain:
        secure = parts.scheme == "https"
        link = _secured(plain, host, network) if secure else plain
        with link, _closed_at(link, deadline):
            if isinstance(link, ssl.SSLSocket):
                link.do_handshake()
            response = _send(link, method, parts, agent)
            return response.status, response.headers.get("Location", "").strip()


def _checked_addresses(host: str, port: int, network: Network) -> Sequence[str]:
    addresses = network.resolve(host, port)
    for address in addresses:
        is_plain = port in _PORTS.values() and is_public_address(address)
        if not is_plain and (address, port) not in network.allowed:
            raise _RefusedError
    return addresses


@contextmanager
def _connected(addresses: Sequence[str], port: int, deadline: float) -> Iterator[socket.socket]:
    """A connection to the first of the addresses that takes one."""
    failure: OSError = OSError("no address")
    for address in addresses:
        left = deadline - monotonic()
        if left <= 0:
            break
        try:
            link = socket.create_connection((address, port), timeout=min(left, _LONGEST_WAIT))
        except OSError as error:
            failure = error
            continue
        with link:
            yield link
        return
    raise failure


def _secured(link: socket.socket, host: str, network: Network) -> ssl.SSLSocket:
    context = network.tls()
    return context.wrap_socket(link, server_hostname=host, do_handshake_on_connect=False)


@contextmanager
def _closed_at(link: socket.socket, deadline: float) -> Iterator[None]:
    """End the connection at the deadline, also where the other side sends a byte now and then."""

    def close() -> None:
        try:
            socket.socket.shutdown(link, socket.SHUT_RDWR)  # of an SSL socket, its own does more
        except OSError:
            return  # it has ended

    timer = Timer(max(deadline - monotonic(), 0), close)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _send(link: socket.socket, method: str, parts: SplitResult, agent: str) -> HTTPResponse:
    connection = HTTPConnection(parts.hostname or "")
    connection.sock = link
    connection.auto_open = 0  # it must not look the name up again
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.request(
        method,
        target,
        headers={"Host": parts.netloc, "User-Agent": agent, "Accept": "*/*", "Connection": "close"},
    )
    return connection.getresponse()
