"""Soak test that sends odd methods, arguments, headers and bytes to all routes, as each role.

No response may be a 500, contain a withheld text, or contain sent markup unescaped.
"""

import random
import re
import tempfile
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_from_bytes

from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import IntegerConverter, Rule, UUIDConverter

from referral.accounts.sessions import begin_session, read_session
from referral.app import create_app
from referral.directory.instance import Instance, opened_instance
from referral.imports.seed_lists import load_sample
from referral.records.accounts import Role
from referral.store.rows import OrganizationRow, ServiceRow
from referral.web.staff.access import COOKIE
from soak.progress import Progress
from tests.conftest import settings_for
from tests.support.places import make_places
from tests.support.plants import planted
from tests.support.staff import add_account

PRODUCT = Path(__file__).resolve().parents[1] / "referral"
_REQUESTS_PER_SAVE = 100
MARK = "<xq7z"
ODD_METHODS = ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "BREW", "get", "P\u00d6ST")
ODD_NUMBERS = (
    "0",
    "-1",
    "9" * 19,
    "9" * 400,
    "1e999",
    "NaN",
    "0x10",
    "\u0663",
    "1.5",
    "-0",
    "+1",
    " 7 ",
)
ODD_TEXTS = (
    "", " ", "\0", "a\0b", MARK + " onload=x>", "'\"><b>", "{{7*7}}", "%s%n", "../../etc/passwd",
    "' OR 1=1 --", "a" * 5000, "\u202e\u200f", "\U0001f600", "e\u0301" * 50, "[]", "{}", "null",
    "2026-13-45", "2026-02-29T25:61", "javascript:alert(1)", "//evil.example", "-" * 300, "\r\nX: y",
    "food", "16335", "en", "yes", "1", "on",
)  # fmt: skip
ODD_BYTES = (b"\xff\xfe", b"\xc3\x28", b"%", b"%zz", b"\xed\xa0\x80", b"=&=&;", b"\x00\x01\x02")
CONTENT_TYPES = (
    "application/x-www-form-urlencoded", "application/json", "text/plain", "nonsense",
    "multipart/form-data", "multipart/form-data; boundary=x",
)  # fmt: skip
ROLES: dict[str, tuple[Role, ...]] = {
    "nobody": (),
    "desk": (Role.DESK,),
    "curation": (Role.CURATION,),
    "admin": (Role.ADMIN,),
    "all": tuple(Role),
}


@cache
def field_names() -> tuple[str, ...]:
    """Return the names of fields that views and forms read, taken from their source."""
    found = set()
    for path in PRODUCT.rglob("web/**/*.py"):
        source = path.read_text(encoding="utf-8")
        found |= set(re.findall(r'\.(?:get|getlist)\(\s*"([\w-]+)"', source))
        found |= set(re.findall(r"^    ([a-z_]+)(?:: \w+)? = \w+\(", source, re.MULTILINE))
    return tuple(sorted(found))


class Fuzzer:
    """Sends random requests to a site, as each role."""

    def __init__(self, app: Flask, instance: Instance, ids: list[str]) -> None:
        app.config["WTF_CSRF_CHECK_DEFAULT"] = False
        app.before_request(lambda: setattr(g, "csrf_valid", True))  # as if forms had their token
        app.testing = False  # so that errors become responses, as for a browser
        self.app, self.instance, self.ids = app, instance, ids
        self.rules = sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint))
        self.tokens: dict[str, str] = {}
        self.accounts = 0

    def client(self, role: str) -> FlaskClient:
        """Return a client signed in with a role, with a new account if a session was lost."""
        client = self.app.test_client()
        if not ROLES[role]:
            return client
        token = self.tokens.get(role, "")
        if not token or read_session(self.instance, token) is None:
            self.accounts += 1
            email = f"{role}{self.accounts}@fuzz.example"
            account = add_account(self.instance, ROLES[role], email, "Fuzz")
            token = self.tokens[role] = begin_session(self.instance, account.id).token
        client.set_cookie(COOKIE, token)
        return client

    def send_random_request(self, rng: random.Random) -> tuple[str, str]:
        """Send a random request, and return its status and the fault of its response, if any."""
        role, rule = rng.choice(list(ROLES)), rng.choice(self.rules)
        known = sorted((rule.methods or set()) - {"OPTIONS", "HEAD"})
        method = rng.choice(known) if rng.random() < 0.9 else rng.choice(ODD_METHODS)
        path = self._path(rng, rule)
        query = "&".join(self._pair(rng) for _ in range(rng.randrange(4)))
        request = f"{role} {method} {path}?{query}"
        options = self._body(rng) if method not in {"GET", "HEAD"} else {}
        headers = {}
        if rng.random() < 0.2:
            name = rng.choice(("Accept-Language", "Cookie", "Referer", "Range", "If-None-Match",
                                  "X-Forwarded-For", "Accept-Encoding", "Origin", "If-Modified-Since"))  # fmt: skip
            headers[name] = self._text(rng).replace("\r", "").replace("\n", "")[:2000]
        try:
            with self.client(role) as client:
                answer = client.open(f"{path}?{query}", method=method, headers=headers, **options)
                text = (
                    ""
                    if answer.mimetype == "application/zip"
                    else answer.get_data().decode(errors="replace")
                )
                status = answer.status_code
                is_temporary = status == 503 and "Retry-After" in answer.headers
                answer.close()
        except Exception as error:  # noqa: BLE001  # a server would answer with 500
            return "500", f"{request}: {type(error).__name__}: {error}"[:600]
        if status >= 500 and not is_temporary:
            return str(status), f"{request}: {status}"
        if answer.mimetype == "text/html" and MARK in text:
            return str(status), f"{request}: sent markup is on the page"
        if role == "nobody":
            lower = text.lower()
            if found := [plant for plant in planted() if plant.lower() in lower]:
                return str(status), f"{request}: withheld: {found[:3]}"
        return str(status), ""

    def _path(self, rng: random.Random, rule: Rule) -> str:
        def filled(name: str) -> str:
            converter = rule._converters[name]
            if rng.random() < 0.7:
                if isinstance(converter, UUIDConverter):
                    return rng.choice(self.ids)
                if isinstance(converter, IntegerConverter):
                    return rng.choice(("1", "2", "9" * 19, "0"))
                if items := getattr(converter, "items", None):
                    return str(rng.choice(sorted(items)))
            return quote(self._text(rng), safe="/") or "x"

        return re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda found: filled(found[1]), rule.rule)

    def _pair(self, rng: random.Random) -> str:
        name = quote(rng.choice(field_names()))
        if rng.random() < 0.1:
            return f"{name}={quote_from_bytes(rng.choice(ODD_BYTES))}"
        return f"{name}={quote(self._text(rng))}"

    def _text(self, rng: random.Random) -> str:
        kind = rng.random()
        if kind < 0.2:
            return rng.choice(self.ids)
        return rng.choice(ODD_NUMBERS if kind < 0.45 else ODD_TEXTS)

    def _body(self, rng: random.Random) -> dict[str, Any]:
        if rng.random() < 0.1:
            return {"data": rng.choice(ODD_BYTES) * 9, "content_type": rng.choice(CONTENT_TYPES)}
        pairs = "&".join(self._pair(rng) for _ in range(rng.randrange(12)))
        return {"data": pairs, "content_type": CONTENT_TYPES[0]}


def fuzz(app: Flask, instance: Instance, progress: Progress, count: int, seed: int = 1) -> None:
    """Send requests until ``count`` are done in all; each depends only on the seed and its number.

    The progress counts ``requests`` and each status, and lists ``faults``.
    """
    with instance.store.read() as session:
        ids = [
            *session.scalars(select(ServiceRow.id)),
            *session.scalars(select(OrganizationRow.id)),
        ]
    fuzzer = Fuzzer(app, instance, sorted(ids))
    numbers = progress.numbers
    numbers.setdefault("faults", [])
    while (done := numbers.get("requests", 0)) < count:
        status, fault = fuzzer.send_random_request(random.Random(f"{seed} {done}"))
        progress.add("requests")
        progress.add(f"status {status}")
        if fault:
            numbers["faults"].append(fault)
        if done % _REQUESTS_PER_SAVE == 0:
            progress.save()


def run_fuzz(progress: Progress, rounds: int) -> None:
    """Send requests to a site with the sample county until ``rounds`` are done in all."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        make_places(here)
        settings = settings_for(
            here / "instance", f"sqlite:///{here / 'fuzz.sqlite3'}", sample_data=True
        )
        with opened_instance(settings) as instance:
            load_sample(instance)
            instance.index.sync()
            fuzz(create_app(settings, instance), instance, progress, rounds)
