"""HTTP requests of a pull, with limits of size, time and redirects.

Each redirect is checked like the first address: https, except for hosts that an admin allowed, and
no private network. Neither keys nor cookies are sent.
"""

from __future__ import annotations

import hashlib
import socket
import ssl
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from io import BytesIO
from pathlib import Path
from time import monotonic, sleep
from typing import BinaryIO
from urllib.parse import urljoin, urlsplit

from referral.errors import refused
from referral.formats.sandbox.parent import (
    DEFAULT_LIMITS,
    PageReader,
    ReadingLimits,
    page_reader,
)
from referral.outgoing_requests import (
    MOST_REDIRECTS,
    MOVED,
    Network,
    RefusedAddressError,
    require_safe,
    response_to,
)

_PIECE = 1 << 16
_MEGABYTE = 1 << 20
_LARGEST_PAGE = 8 * _MEGABYTE  # bytes; JSON takes up to 30 times as much in memory
_SECONDS = 900.0  # other work waits meanwhile
_SLOW_SECONDS = 20.0  # of an answer, before the least rate applies
_LEAST_RATE = 10 << 10  # bytes a second, after that
_MOST_TRIES = 5
_LONGEST_WAIT = 120  # seconds; for a longer one the pull fails
_BUSY = frozenset({429, 503})
_OK, _NOT_CHANGED, _NOT_UNDERSTOOD, _MISSING, _GONE = 200, 304, 400, 404, 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP response of a partner's server.

    Attributes:
        url: final URL, after redirects.
        headers: by name in lower case.
        body: content of a page; empty if it was written to a file.
        digest: SHA-256 of the whole body.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    digest: str = ""

    @property
    def is_found(self) -> bool:
        """Return whether a partner's server answered with status 200."""
        return self.status == _OK

    @property
    def is_unchanged(self) -> bool:
        """Return whether a partner's content is unchanged since the last request (304)."""
        return self.status == _NOT_CHANGED

    @property
    def is_not_understood(self) -> bool:
        """Return whether a partner's server rejects the request as invalid (400)."""
        return self.status == _NOT_UNDERSTOOD

    @property
    def is_missing(self) -> bool:
        """Return whether a partner's resource does not exist or is gone (404 or 410)."""
        return self.status in {_MISSING, _GONE}

    @property
    def is_gone(self) -> bool:
        """Return whether a partner's resource existed and is gone (410)."""
        return self.status == _GONE


@dataclass(slots=True)
class Downloads:
    """The HTTP requests of one pull, with limits for each response and for all together.

    Attributes:
        agent: the User-Agent that is sent.
        largest: bytes that all answers together may have.
        seconds: time limit of the whole pull.
        slow_seconds: how long an answer may be slower than the least rate.
        reading: limits of the process that parses pages.
    """

    network: Network
    agent: str
    largest: int
    seconds: float = _SECONDS
    slow_seconds: float = _SLOW_SECONDS
    reading: ReadingLimits = DEFAULT_LIMITS
    _read: int = 0
    _deadline: float = field(init=False)

    def __post_init__(self) -> None:
        """Set the deadline by which a pull's requests have to end."""
        self._deadline = monotonic() + self.seconds

    def reader_of_pages(self, base: str) -> AbstractContextManager[PageReader]:
        """Start the process that parses the JSON pages of a partner's API."""
        return page_reader(urlsplit(base).netloc, self.reading)

    def page(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Request a page of a partner's API that fits into memory.

        Answers 400, 404 and 410 are returned as well.

        Raises:
            RefusedError: there is no answer, or none that can be used; the message says why.
        """
        kept = BytesIO()
        answer = self._ask(url, kept, headers or {}, _LARGEST_PAGE)
        return Answer(
            url=answer.url, status=answer.status, headers=answer.headers,
            body=kept.getvalue(), digest=answer.digest,
        )  # fmt: skip

    def file(self, url: str, path: Path, headers: Mapping[str, str] | None = None) -> Answer:
        """Download a partner's list to a file.

        Raises:
            RefusedError: there is no answer, or none that can be used; the message says why.
        """
        with path.open("wb") as stream:
            return self._ask(url, stream, headers or {}, self.largest)

    def _ask(self, url: str, stream: BinaryIO, headers: Mapping[str, str], largest: int) -> Answer:
        try:
            for _ in range(_MOST_TRIES):
                try:
                    return self._followed(url, stream, headers, largest)
                except _BusyError as busy:
                    sleep(min(busy.seconds, max(0.0, self._deadline - monotonic())))
            raise refused("The partner’s server is busy. We try again later.")
        except RefusedAddressError as error:
            raise refused(
                "This address, or one it leads to, may not be asked. It has no https, or is in "
                "a private network."
            ) from error
        except socket.gaierror as error:
            raise refused("There is no host of this name. Check the address.") from error
        except ssl.SSLCertVerificationError as error:
            raise refused("Its certificate cannot be trusted. Tell the partner.") from error
        except (ConnectionRefusedError, TimeoutError) as error:
            raise refused("The partner’s server does not answer. We try again later.") from error
        except (OSError, HTTPException, ValueError) as error:
            raise refused("The answer was cut short. We try again later.") from error

    def _followed(
        self, url: str, stream: BinaryIO, headers: Mapping[str, str], largest: int
    ) -> Answer:
        for _ in range(MOST_REDIRECTS + 1):
            require_safe(url, self.network)
            sent = {"User-Agent": self.agent, **headers}
            with response_to("GET", url, self.network, self._deadline, sent) as response:
                leads_to = response.headers.get("Location", "").strip()
                if response.status not in MOVED or not leads_to:
                    return self._answer(url, response, stream, largest)
            url = urljoin(url, leads_to)
        raise HTTPException("too many redirects")

    def _answer(self, url: str, response: HTTPResponse, stream: BinaryIO, largest: int) -> Answer:
        found = {name.lower(): value for name, value in response.headers.items()}
        pause = found.get("retry-after", "").strip()
        if response.status in _BUSY and pause.isdecimal() and int(pause) <= _LONGEST_WAIT:
            raise _BusyError(float(pause))
        if response.status not in {_OK, _NOT_CHANGED, _NOT_UNDERSTOOD, _MISSING, _GONE}:
            raise refused("The partner’s server answered %(status)s.", status=response.status)
        if response.status == _OK and response.length is None and not response.chunked:
            raise refused(
                "The answer does not say how long it is, so a part may be missing. "
                "Tell the partner."
            )
        digest = hashlib.sha256()
        size = 0
        if response.status != _NOT_CHANGED:
            started = monotonic()
            while piece := response.read1(_PIECE):
                size += len(piece)
                if monotonic() > started + self.slow_seconds + size / _LEAST_RATE:
                    raise refused("The partner’s server is too slow. We try again later.")
                self._read += len(piece)
                if self._read > self.largest:
                    raise refused(
                        "The answer has more than %(megabytes)s megabytes. Ask for a higher limit.",
                        megabytes=self.largest // _MEGABYTE,
                    )
                if size > largest:
                    raise refused(
                        "A page has more than %(megabytes)s megabytes. "
                        "Ask the partner for smaller pages.",
                        megabytes=largest // _MEGABYTE,
                    )
                digest.update(piece)
                stream.write(piece)
            _refuse_half(found, size)
        return Answer(url=url, status=response.status, headers=found, digest=digest.hexdigest())


class _BusyError(Exception):
    """A partner's server asks for a retry after some seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def _refuse_half(headers: Mapping[str, str], size: int) -> None:
    promised = headers.get("content-length", "")
    if promised.isdecimal() and int(promised) != size:
        raise HTTPException("the answer ended too early")
