"""Which proxies are believed, and under which names the site answers: read at startup."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit

from referral.errors import SettingsError

Network = IPv4Network | IPv6Network
_LOOPBACK = "localhost"  # its addresses are answered in any case


def read_trusted_proxies(environ: Mapping[str, str]) -> tuple[Network, ...]:
    """The networks whose peers may say for whom they ask; none by default.

    Raises:
        SettingsError: one of them is neither an address nor a network.
    """
    try:
        return tuple(ip_network(each) for each in _items(environ, "REFERRAL_TRUSTED_PROXIES"))
    except ValueError as error:
        raise SettingsError(
            f"REFERRAL_TRUSTED_PROXIES cannot be used ({error}); give addresses or networks of "
            "your proxies, such as 127.0.0.1, 10.0.3.0/24."
        ) from error


def read_hosts(environ: Mapping[str, str], public_url: str) -> tuple[str, ...]:
    """The host names under which the site answers, beside those of this machine itself.

    Raises:
        SettingsError: one of them is not a host name.
    """
    named = tuple(each.lower() for each in _items(environ, "REFERRAL_HOSTS"))
    for each in named:
        if not re.fullmatch(r"\.?[a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:.]+\]", each):
            raise SettingsError(
                f"REFERRAL_HOSTS has {each!r}; give host names without a port, such as "
                "help.your-library.org, with commas between them."
            )
    public = urlsplit(public_url).hostname
    if public and ":" in public:
        public = f"[{public}]"
    return (*named, public) if public else named


def read_partner_hosts(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Hosts of partners that may be in a private network and without https; none by default.

    Raises:
        SettingsError: one of them is not a host name.
    """
    named = tuple(each.lower() for each in _items(environ, "REFERRAL_PARTNER_HOSTS"))
    for each in named:
        if not re.fullmatch(r"([a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(:\d{1,5})?", each):
            raise SettingsError(
                f"REFERRAL_PARTNER_HOSTS has {each!r}; give host names, with a port or without, "
                "such as lists.county.internal:8080, with commas between them."
            )
    return named


def answered_hosts(hosts: tuple[str, ...]) -> tuple[str, ...]:
    """These names and those of loopback; where none was given also those of this machine."""
    if hosts:
        return (*hosts, _LOOPBACK)
    name = socket.gethostname().lower()
    return (name, f"{name}.local", _LOOPBACK)


def _items(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, environ.get(name, "").split(","))))
