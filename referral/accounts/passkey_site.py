"""Where passkeys of this site work: at its address, and why they cannot without one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import urlsplit

from referral.settings import Settings

_HERE = "localhost"  # browsers trust it without HTTPS


class NoPasskeys(StrEnum):
    """Why no browser would make a passkey for this site."""

    NO_ADDRESS = "no-address"
    NO_HTTPS = "no-https"
    NO_NAME = "no-name"


@dataclass(frozen=True, slots=True)
class PasskeySite:
    """What a passkey is bound to: a browser uses it on no other site.

    Attributes:
        host: the name without the port ("RP ID").
        origin: scheme, name and port, as browsers say them.
    """

    host: str
    origin: str


def passkey_site(settings: Settings) -> PasskeySite | NoPasskeys:
    """What passkeys are bound to by the public address, or why they cannot work here."""
    address = urlsplit(settings.public_url)
    host = address.hostname or ""
    if not host:
        return NoPasskeys.NO_ADDRESS
    if _is_number(host):
        return NoPasskeys.NO_NAME
    if address.scheme != "https" and host != _HERE:
        return NoPasskeys.NO_HTTPS
    usual = {"https": 443, "http": 80}[address.scheme]
    port = "" if address.port in (None, usual) else f":{address.port}"
    return PasskeySite(host, f"{address.scheme}://{host}{port}")


def passkey_origin(settings: Settings) -> str:
    """The address where passkeys of this site work; "" where none can."""
    site = passkey_site(settings)
    return "" if isinstance(site, NoPasskeys) else site.origin


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
