"""Asks a website whether it answers. Hosts in private networks are refused, also by a redirect."""

from __future__ import annotations

import socket
import ssl
from http.client import HTTPException
from time import monotonic
from urllib.parse import urljoin

from referral.fields.urls_and_emails import normalise_url, to_uri
from referral.outgoing_requests import (
    MOST_REDIRECTS,
    MOVED,
    Network,
    RefusedAddressError,
    response_to,
)
from referral.verification.records import WebsiteResult

_GONE = frozenset({404, 410})


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


def _outcome(method: str, url: str, agent: str, network: Network, deadline: float) -> WebsiteResult:
    try:
        status = _follow(method, url, agent, network, deadline)
    except RefusedAddressError:
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
    for _ in range(MOST_REDIRECTS + 1):
        uri = to_uri(normalise_url(url))
        if not uri:
            raise RefusedAddressError
        with response_to(method, uri, network, deadline, {"User-Agent": agent}) as response:
            status = response.status
            location = response.headers.get("Location", "").strip()
        if status not in MOVED or not location:
            return status
        url = urljoin(uri, location)
    raise HTTPException("too many redirects")
