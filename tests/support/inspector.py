"""A test client that checks every response that a test fetches.

client.get("/services/")                      # fails if the page has any fault
client.get("/odd", unchecked={"one-h1"})      # one check switched off, for one request
client.forbidden = ("12 Hidden Lane",)        # must be in no answer from now on

Headers, cookies and forbidden texts are checked in every response. Parsing a page as HTML5 takes
longer than rendering it: by default each process parses only the first pages of each kind.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from hashlib import sha256
from typing import Any

from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from tests.support.page_checks import CHECKS, forbidden_text_faults, parsed_page

HEADER_CHECKS = frozenset({"csp", "security-headers", "cookies"})
ALL_CHECKS = frozenset(CHECKS) | HEADER_CHECKS | {"forbidden"}
IN_FRAMES = ("/needs/", "/embed")  # the pages that other sites may show in a frame
# Directives that do not fall back to default-src: a policy without them has a hole.
REQUIRED_DIRECTIVES = ("base-uri", "form-action", "frame-ancestors")
# "no-referrer" would be stricter, but over HTTPS form tokens are checked against the referrer.
REFERRER_POLICIES = frozenset({"no-referrer", "same-origin"})
_TOKEN = re.compile(r'(name="csrf_token"[^>]*value=")[^"]+')
_VARIABLE_PATH_PART = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+")  # ids and numbers
_faults_by_digest: dict[bytes, tuple[tuple[str, str], ...]] = {}
_pages_by_kind: Counter[tuple[str, str, str, int]] = Counter()
PAGES_PARSED_PER_KIND = 2


class FaultyPageError(AssertionError):
    """Raised for a response that breaks a rule; the message has one line per fault."""


class InspectingClient(FlaskClient):
    """Flask's test client, extended so that a page with a fault fails the test.

    Attributes:
        parses_every_page: whether to parse all pages as HTML5, not only the first two of a kind.
        form_token: the CSRF token of the session, once a form was fetched.
        forbidden: texts that no response may contain.
    """

    parses_every_page = False
    form_token = ""
    forbidden: tuple[str, ...] = ()
    _unchecked: frozenset[str] = frozenset()

    def open(self, *args: Any, unchecked: Collection[str] = (), **kwargs: Any) -> TestResponse:
        """Fetch a page and inspect it, without the checks that ``unchecked`` names."""
        unknown = set(unchecked) - ALL_CHECKS
        if unknown:
            raise ValueError(f"No such check: {sorted(unknown)}; there are {sorted(ALL_CHECKS)}.")
        outer = self._unchecked
        self._unchecked = outer | frozenset(unchecked)  # following a redirect calls this again
        try:
            response = super().open(*args, **kwargs)
            is_parsed = self.parses_every_page or _is_new(response, self.application.import_name)
            inspect(response, self.forbidden, self._unchecked, is_parsed=is_parsed)
        finally:
            self._unchecked = outer
        return response


def inspecting(app: Flask, *forbidden: str) -> InspectingClient:
    """Return an inspecting client of an application, with texts that no response may contain."""
    client = InspectingClient(app, app.response_class, use_cookies=True)
    client.forbidden = forbidden
    return client


def inspect(
    response: TestResponse,
    forbidden: tuple[str, ...] = (),
    unchecked: Collection[str] = (),
    *,
    is_parsed: bool = True,
) -> None:
    """Raise FaultyPageError if a response has a fault; its HTML is checked if ``is_parsed``."""
    faults = [
        f"[{name}] {fault}"
        for name, fault in faults_of(response, forbidden, is_parsed=is_parsed)
        if name not in unchecked
    ]
    if faults:
        request = response.request
        address = f"{request.method} {request.path} ({response.status_code})"
        raise FaultyPageError("\n  ".join([f"{address} has {len(faults)} fault(s):", *faults]))


def faults_of(
    response: TestResponse, forbidden: tuple[str, ...], *, is_parsed: bool
) -> Iterator[tuple[str, str]]:
    """Yield each fault of a response with the name of the check that found it."""
    body = response.get_data().decode("utf-8", errors="replace")
    everything = f"{response.headers}\n{body}"
    for fault in forbidden_text_faults(everything, forbidden):
        yield "forbidden", fault
    for fault in cookie_faults(response.headers.getlist("Set-Cookie")):
        yield "cookies", fault
    in_frames = response.request.path.startswith(IN_FRAMES)
    for fault in header_faults(response.headers):
        if not (in_frames and fault.startswith("X-Frame-Options")):
            yield "security-headers", fault
    if response.mimetype != "text/html":
        return
    for fault in csp_faults(response.headers.get("Content-Security-Policy", "")):
        if not (in_frames and fault.endswith("in frame-ancestors.")):
            yield "csp", fault
    is_redirect = 300 <= response.status_code < 400  # Werkzeug writes its page, which nobody sees
    if body and not is_redirect and is_parsed:
        yield from _faults_in(body, response.request.host)


def soup_of(answer: TestResponse | str) -> BeautifulSoup:
    """Return the parsed page of a response. It is shared: copy it before you change it."""
    if isinstance(answer, str):
        return parsed_page(answer, "localhost").soup
    return parsed_page(answer.text, answer.request.host).soup


def text_of(answer: TestResponse | str) -> str:
    """Return the text of a page, with single spaces between words."""
    return " ".join(soup_of(answer).get_text(" ").split())


def _is_new(response: TestResponse, site: str) -> bool:
    """Count a page, and return whether it is one of the first of its kind in this process."""
    request = response.request
    kind = (site, request.method, _VARIABLE_PATH_PART.sub("*", request.path), response.status_code)
    _pages_by_kind[kind] += 1
    return _pages_by_kind[kind] <= PAGES_PARSED_PER_KIND


def _faults_in(body: str, host: str) -> tuple[tuple[str, str], ...]:
    """Return the faults of a page, cached by its digest.

    Many pages are fetched again only for the token of their form, so the digest leaves it out.
    """
    body_without_token = _TOKEN.sub(r"\1token", body)
    key = sha256(f"{host} {body_without_token}".encode()).digest()
    if key not in _faults_by_digest:
        page = parsed_page(body, host)
        _faults_by_digest[key] = tuple(
            (name, fault) for name, check in CHECKS.items() for fault in check(page)
        )
    return _faults_by_digest[key]


def csp_faults(policy: str) -> Iterator[str]:
    """Yield the faults of a content security policy."""
    directives = {
        words[0].lower(): words[1:] for part in policy.split(";") if (words := part.split())
    }
    if directives.get("default-src") not in (["'self'"], ["'none'"]):
        yield "The Content-Security-Policy header must say default-src 'self' or 'none'."
    for name in REQUIRED_DIRECTIVES:
        if name not in directives:
            yield f"The Content-Security-Policy header lacks {name}: default-src does not cover it."
    for name, sources in directives.items():
        for source in sources:
            if source.startswith("'unsafe-") or "*" in source or re.match(r"https?:", source):
                yield f"The Content-Security-Policy header allows {source} in {name}."
            if source == "data:" and name != "img-src":
                yield f"The Content-Security-Policy header allows data: in {name}."


def header_faults(headers: Headers) -> Iterator[str]:
    """Yield a fault for each security header that is missing or too weak."""
    if headers.get("X-Content-Type-Options") != "nosniff":
        yield "X-Content-Type-Options must be nosniff."
    if headers.get("Referrer-Policy") not in REFERRER_POLICIES:
        yield f"Referrer-Policy must be one of {sorted(REFERRER_POLICIES)}: searches are private."
    if headers.get("X-Frame-Options", "").upper() not in {"DENY", "SAMEORIGIN"}:
        yield "X-Frame-Options must be DENY or SAMEORIGIN (for browsers without frame-ancestors)."
    if "geolocation" not in headers.get("Permissions-Policy", ""):
        yield "Permissions-Policy must say who may use geolocation."


def cookie_faults(cookies: list[str]) -> Iterator[str]:
    """Yield a fault for each cookie that scripts or other sites could use."""
    for cookie in cookies:
        flags = cookie.lower()
        if "httponly" not in flags or not re.search(r"samesite=(lax|strict)", flags):
            yield f"The cookie {cookie.split('=')[0]} must be HttpOnly and SameSite."
