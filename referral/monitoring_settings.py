"""How the log is written, and who may read the metrics."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network

from referral.errors import SettingsError

THIS_MACHINE = ("127.0.0.0/8", "::1/128")


def read_monitoring(environ: Mapping[str, str]) -> dict[str, object]:
    """The values of the settings ``log_format`` and ``metrics_from``."""
    return {
        "log_format": _log_format(environ),
        "metrics_from": _networks(environ, "REFERRAL_METRICS_FROM") or THIS_MACHINE,
    }


def _log_format(environ: Mapping[str, str]) -> str:
    name = environ.get("REFERRAL_LOG_FORMAT", "").strip().lower() or "text"
    if name not in {"text", "json"}:
        raise SettingsError(f"REFERRAL_LOG_FORMAT is {name!r}; give text or json.")
    return name


def _networks(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    texts = filter(None, map(str.strip, environ.get(name, "").split(",")))
    try:
        return tuple(str(ip_network(text)) for text in texts)
    except ValueError as error:
        raise SettingsError(
            f"{name} has a network that is none; give such as 10.0.5.0/24, with commas."
        ) from error
