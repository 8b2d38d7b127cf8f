"""Requests that leave this machine. Hosts in private networks are refused, also after a redirect.

A name is resolved once, its addresses are checked, and the connection goes to one that was
checked: a name that leads elsewhere a moment later leads nowhere.
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
        head_seconds: the longest until the headers of an answer are there.
        partner_hosts: hosts, with a port or without, that an admin named in the settings: these
            may be in a private network, at any port, and without https.
    """

    resolve: Callable[[str, int], Sequence[str]] = resolve_name
    allowed: frozenset[tuple[str, int]] = frozenset()
    tls: Callable[[], ssl.SSLContext] = ssl.create_default_context
    seconds: float = _SECONDS
    head_seconds: float = 30.0
    partner_hosts: frozenset[str] = frozenset()

    def is_partner(self, host: str, port: int) -> bool:
        """Whether an admin named this host."""
        return not self.partner_hosts.isdisjoint((host, f"{host}:{port}"))


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


def require_safe(url: str, network: Network) -> None:
    """Refuse what is not https, but for the hosts that an admin named.

    Raises:
        RefusedAddressError: it is something else.
    """
    host, port, scheme = _place(url)
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
    """The answer to one request, to read within the block; redirects are not followed.

    Args:
        url: a whole one, in ASCII.
        deadline: when the connection is closed, by ``monotonic``.

    Raises:
        RefusedAddressError: the host is in a private network, or at a port of its own.
        OSError, HTTPException: there is no answer.
    """
    host, port, scheme = _place(url)
    addresses = _checked_addresses(host, port, network)
    with _connected(addresses, port, deadline) as plain:
        link = _secured(plain, host, network) if scheme == "https" else plain
        with link:
            with _closed_at(link, min(deadline, monotonic() + network.head_seconds)) as is_closed:
                if isinstance(link, ssl.SSLSocket):
                    link.do_handshake()
                response = _send(link, method, urlsplit(url), headers)
            if is_closed.is_set():  # what came until then reads like all headers
                raise HTTPException("the headers came too slowly")
            with _closed_at(link, deadline):
                yield response


def _place(url: str) -> tuple[str, int, str]:
    """Host, port and scheme."""
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
        is_plain = port in PORTS.values() and is_public_address(address)
        if not is_plain and (address, port) not in network.allowed:
            raise RefusedAddressError
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
def _closed_at(link: socket.socket, deadline: float) -> Iterator[Event]:
    """End the connection at the deadline, also where the other side sends a byte now and then.

    The event is set if it was ended.
    """
    is_closed = Event()

    def close() -> None:
        is_closed.set()
        try:
            socket.socket.shutdown(link, socket.SHUT_RDWR)  # of an SSL socket, its own does more
        except OSError:
            return  # it has ended

    timer = Timer(max(deadline - monotonic(), 0), close)
    timer.daemon = True
    timer.start()
    try:
        yield is_closed
    finally:
        timer.cancel()


def _send(
    link: socket.socket, method: str, parts: SplitResult, headers: Mapping[str, str]
) -> HTTPResponse:
    connection = HTTPConnection(parts.hostname or "")
    connection.sock = link
    connection.auto_open = 0  # it must not look the name up again
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc.rpartition("@")[2]
    own = {"Host": host, "Accept": "*/*", "Connection": "close", "Accept-Encoding": "identity"}
    connection.request(method, target, headers={**own, **headers})
    return connection.getresponse()
