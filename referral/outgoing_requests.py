"""Outgoing HTTP requests, which refuse hosts in private networks, also after a redirect.

A host name is resolved once, its addresses are checked, and the connection uses a checked address.
This prevents DNS rebinding: a name that resolves to another address later has no effect.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Event, Timer
from time import monotonic
from urllib.parse import SplitResult, urlsplit

PORTS = {"http": 80, "https": 443}
MOVED = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 5
_SECONDS = 15.0  # for one website, with all its redirects
_LONGEST_WAIT = 8.0
_NAT64 = IPv6Network("64:ff9b::/96")


class RefusedAddressError(Exception):
    """A URL, or an IP address of its host, to which this server must not send requests."""


def resolve_name(host: str, port: int) -> tuple[str, ...]:
    """Return the IP addresses of a host from the resolver of the system."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Network:
    """Settings for outgoing HTTP requests: which hosts are allowed, and time limits.

    Attributes:
        resolve: returns the IP addresses of a host name, for a port.
        allowed: pairs of IP address and port that are allowed although they are not public. No
            setting adds any; tests run their servers there.
        tls: returns the context by which certificates are checked.
        seconds: time limit for one website.
        head_seconds: time limit for the headers of an answer.
        partner_hosts: hosts, with or without a port, from the settings. These may be in a private
            network, at any port, and without https.
    """

    resolve: Callable[[str, int], Sequence[str]] = resolve_name
    allowed: frozenset[tuple[str, int]] = frozenset()
    tls: Callable[[], ssl.SSLContext] = ssl.create_default_context
    seconds: float = _SECONDS
    head_seconds: float = 30.0
    partner_hosts: frozenset[str] = frozenset()

    def is_partner(self, host: str, port: int) -> bool:
        """Return whether outgoing requests go to a host in ``partner_hosts`` of the settings."""
        return not self.partner_hosts.isdisjoint((host, f"{host}:{port}"))


def is_public_address(text: str) -> bool:
    """Return whether an IP address, and any IPv4 address in it, is on the public internet."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        embedded = _embedded_ipv4(address)
        if embedded is not None:
            return is_public_address(str(embedded))
        if address.is_site_local or address.sixtofour or address.teredo:
            return False
    unusable = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not unusable


def _embedded_ipv4(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped


def require_safe(url: str, network: Network) -> None:
    """Refuse outgoing requests to URLs without https, except to partner hosts.

    Raises:
        RefusedAddressError: the URL is refused.
    """
    host, port, scheme = _split_url(url)
    if scheme != "https" and not (scheme == "http" and network.is_partner(host, port)):
        raise RefusedAddressError


@contextmanager
def response_to(
    method: str,
    url: str,
    network: Network,
    deadline: float,
    headers: Mapping[str, str],
) -> Iterator[HTTPResponse]:
    """Send one outgoing HTTP request and yield the response; redirects are not followed.

    Args:
        url: an absolute URL, in ASCII.
        deadline: time at which the connection is closed, by ``monotonic``.

    Raises:
        RefusedAddressError: the host is in a private network, or the port is not 80 or 443.
        OSError, HTTPException: there is no answer.
    """
    host, port, scheme = _split_url(url)
    addresses = _checked_addresses(host, port, network)
    with _connect(addresses, port, deadline) as plain:
        link = _wrap_in_tls(plain, host, network) if scheme == "https" else plain
        with link:
            with _shut_down_at(
                link, min(deadline, monotonic() + network.head_seconds)
            ) as is_shut_down:
                if isinstance(link, ssl.SSLSocket):
                    link.do_handshake()
                response = _send(link, method, urlsplit(url), headers)
            if is_shut_down.is_set():  # incomplete headers look like complete ones
                raise HTTPException("the headers came too slowly")
            with _shut_down_at(link, deadline):
                yield response


def _split_url(url: str) -> tuple[str, int, str]:
    """Return the host, port and scheme of a URL."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS[parts.scheme]
    except (KeyError, ValueError) as error:
        raise RefusedAddressError from error
    if not parts.hostname:
        raise RefusedAddressError
    return parts.hostname, port, parts.scheme


def _checked_addresses(host: str, port: int, network: Network) -> Sequence[str]:
    addresses = network.resolve(host, port)
    if network.is_partner(host, port):
        return addresses
    for address in addresses:
        is_allowed_for_all = port in PORTS.values() and is_public_address(address)
        if not is_allowed_for_all and (address, port) not in network.allowed:
            raise RefusedAddressError
    return addresses


@contextmanager
def _connect(addresses: Sequence[str], port: int, deadline: float) -> Iterator[socket.socket]:
    """Yield a connection to the first of a host's IP addresses that accepts one."""
    failure: OSError = OSError("no address")
    for address in addresses:
        seconds_left = deadline - monotonic()
        if seconds_left <= 0:
            break
        try:
            link = socket.create_connection(
                (address, port), timeout=min(seconds_left, _LONGEST_WAIT)
            )
        except OSError as error:
            failure = error
            continue
        with link:
            yield link
        return
    raise failure


def _wrap_in_tls(link: socket.socket, host: str, network: Network) -> ssl.SSLSocket:
    context = network.tls()
    return context.wrap_socket(link, server_hostname=host, do_handshake_on_connect=False)


@contextmanager
def _shut_down_at(link: socket.socket, deadline: float) -> Iterator[Event]:
    """Shut an outgoing connection down at a deadline, even if the other side keeps sending.

    The yielded event is set once the connection was shut down.
    """
    is_shut_down = Event()

    def close() -> None:
        is_shut_down.set()
        try:
            socket.socket.shutdown(link, socket.SHUT_RDWR)  # SSLSocket.shutdown would do more
        except OSError:
            return  # already closed

    timer = Timer(max(deadline - monotonic(), 0), close)
    timer.daemon = True
    timer.start()
    try:
        yield is_shut_down
    finally:
        timer.cancel()


def _send(
    link: socket.socket, method: str, parts: SplitResult, headers: Mapping[str, str]
) -> HTTPResponse:
    connection = HTTPConnection(parts.hostname or "")
    connection.sock = link
    connection.auto_open = 0  # the host name must not be resolved again
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc.rpartition("@")[2]
    default_headers = {
        "Host": host,
        "Accept": "*/*",
        "Connection": "close",
        "Accept-Encoding": "identity",
    }
    connection.request(method, target, headers={**default_headers, **headers})
    return connection.getresponse()
