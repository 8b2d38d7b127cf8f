"""How the log is written, who may read the metrics, and whom to tell about a vulnerability."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_network

from referral.errors import SettingsError

THIS_MACHINE = ("127.0.0.0/8", "::1/128")


def read_monitoring(environ: Mapping[str, str]) -> dict[str, object]:
    """The values of the settings ``log_format``, ``metrics_from`` and ``security_contact``."""
    return {
        "log_format": _log_format(environ),
        "metrics_from": _networks(environ, "REFERRAL_METRICS_FROM") or THIS_MACHINE,
        "security_contact": _contact(environ),
    }


def _log_format(environ: Mapping[str, str]) -> str:
    name = environ.get("REFERRAL_LOG_FORMAT", "").strip().lower() or "text"
    if name not in {"text", "json"}:
        raise SettingsError(f"REFERRAL_LOG_FORMAT is {name!r}; give text or json.")
    return name


def _contact(environ: Mapping[str, str]) -> str:
    contact = environ.get("REFERRAL_SECURITY_CONTACT", "").strip()
    if re.fullmatch(r"[^@\s:/]+@[^@\s:/]+", contact):
        return f"mailto:{contact}"
    if contact and not re.fullmatch(r"(https://|mailto:|tel:\+)\S+", contact):
        raise SettingsError(
            "REFERRAL_SECURITY_CONTACT cannot be used; give an e-mail address, or a page that "
            "starts with https://."
        )
    return contact


def _networks(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    texts = filter(None, map(str.strip, environ.get(name, "").split(",")))
    try:
        return tuple(str(ip_network(text)) for text in texts)
    except ValueError as error:
        raise SettingsError(
            f"{name} has a network that is none; give such as 10.0.5.0/24, with commas."
        ) from error
