"""Network address of the client, behind the proxies that the settings name.

Headers of proxies are ignored if they come from any other peer, which could forge them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Event
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from referral.outgoing_requests import is_public_address
from referral.settings import Network, Settings

_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")
_CLIENT = "referral.client"  # in the WSGI environment
_IPV6_HOME = 56  # bits; a subscriber often has a network of this size
_MOST_HOPS = 20

log = logging.getLogger("referral.requests")


def init_app(app: Flask) -> None:
    """Install the middleware that reads the headers of proxies before anything else."""
    settings: Settings = app.config["REFERRAL_SETTINGS"]
    unnamed_proxy = app.extensions["referral"].unnamed_proxy
    app.wsgi_app = _ProxyMiddleware(app.wsgi_app, settings, unnamed_proxy)  # type: ignore[method-assign]


def client_address() -> str:
    """Return the client's IP address for rate limits; of IPv6 only the network of one home.

    The result is "" if only an address is known that many share: loopback, or that of a proxy.
    """
    return str(request.environ.get(_CLIENT, ""))


class _ProxyMiddleware:
    """WSGI middleware that takes client IP address, scheme and host from trusted proxies only."""

    def __init__(self, app: WSGIApplication, settings: Settings, unnamed_proxy: Event) -> None:
        self._app = app
        self._unnamed_proxy = unnamed_proxy
        self._behind_proxy = ProxyFix(
            self._continue_as_client, x_for=0, x_proto=1, x_host=1, x_prefix=1
        )
        self._trusted = settings.trusted_proxies
        self._has_warned = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        peer = environ.get("REMOTE_ADDR", "")
        if not _is_in(_address(peer), self._trusted):
            environ[_CLIENT] = self._direct_client(environ, peer)
            return self._app(environ, start_response)
        return self._behind_proxy(environ, start_response)

    def _continue_as_client(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Continue a proxied request with the client's IP address as its remote address."""
        client = self._last_untrusted_hop(environ.get("HTTP_X_FORWARDED_FOR", ""))
        environ["REMOTE_ADDR"] = client or environ["REMOTE_ADDR"]
        environ[_CLIENT] = _rate_limit_key(_address(client))
        return self._app(environ, start_response)

    def _direct_client(self, environ: WSGIEnvironment, peer: str) -> str:
        """Return the connecting IP address, or "" if it is a proxy that no setting names.

        A peer with a public address could send these headers to escape the limits, so they do not
        count. A peer in a private network that sends them is probably a proxy.
        """
        address = _address(peer)
        is_forwarded = any(name in environ for name in _FORWARDED)
        is_public = address is not None and is_public_address(str(address))
        if is_forwarded and not self._trusted and not is_public:
            self._warn_of_unnamed_proxy()
            return ""
        return _rate_limit_key(address)

    def _last_untrusted_hop(self, header: str) -> str:
        """Return the last IP address in a proxy header that is not a trusted proxy's.

        Each proxy appends its peer.
        """
        for hop in reversed(header.split(",")[-_MOST_HOPS:]):
            address = _address(hop.strip())
            if address is None:
                return ""
            if not _is_in(address, self._trusted):
                return str(address)
        return ""

    def _warn_of_unnamed_proxy(self) -> None:
        self._unnamed_proxy.set()
        if not self._has_warned:
            self._has_warned = True
            log.warning(
                "requests come through a proxy that REFERRAL_TRUSTED_PROXIES does not name: "
                "tries are not limited by network address"
            )


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_in(address: IPv4Address | IPv6Address | None, networks: tuple[Network, ...]) -> bool:
    return address is not None and any(address in network for network in networks)


def _rate_limit_key(address: IPv4Address | IPv6Address | None) -> str:
    if address is None or address.is_loopback or address.is_unspecified:
        return ""
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _IPV6_HOME), strict=False))
    return str(address)
