"""Host names of the site: requests under other names are refused, so no links are made of them."""

from __future__ import annotations

import logging
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

from flask import Flask, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import SecurityError
from werkzeug.sansio.utils import host_is_trusted

from referral.settings import Settings

# Monitors request these by the address of one machine.
_UNDER_ANY_NAME = frozenset({"health", "metrics"})

log = logging.getLogger("referral.requests")


def init_app(app: Flask) -> None:
    """Install the check that refuses requests for host names that are not the site's."""
    settings: Settings = app.config["REFERRAL_SETTINGS"]
    hosts = settings.named_hosts
    machine = socket.gethostname().lower()
    names = (*(hosts or (machine, f"{machine}.local")), "localhost")
    warned: list[bool] = []

    def check_host() -> ResponseReturnValue | None:
        if request.blueprint in _UNDER_ANY_NAME:
            return None
        host = request.host.lower()
        if host_is_trusted(host, names):
            return None
        address = _address(host)
        if address and (address.is_loopback or not hosts or f"[{address}]" in names):
            return None
        if not warned:
            warned.append(True)
            log.warning("requests name a host that REFERRAL_HOSTS does not; they get no page")
        raise SecurityError

    app.before_request(check_host)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """Return the IP address in a Host header, or None for a name.

    No name server can redirect an IP address.
    """
    bare = host.rpartition("]")[0].removeprefix("[") if "[" in host else host.partition(":")[0]
    try:
        return ip_address(bare)
    except ValueError:
        return None
