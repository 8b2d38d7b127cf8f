"""Requests with odd methods, arguments, fields, headers and bytes on all routes, as each role.

Nothing may answer 500, show a text of ours that is withheld, or what was sent as markup.
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
_SAVED_EVERY = 100
MARK = "<xq7z"
METHODS = ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "BREW", "get", "P\u00d6ST")
NUMBERS = (
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
TEXTS = (
    "", " ", "\0", "a\0b", MARK + " onload=x>", "'\"><b>", "{{7*7}}", "%s%n", "../../etc/passwd",
    "' OR 1=1 --", "a" * 5000, "\u202e\u200f", "\U0001f600", "e\u0301" * 50, "[]", "{}", "null",
    "2026-13-45", "2026-02-29T25:61", "javascript:alert(1)", "//evil.example", "-" * 300, "\r\nX: y",
    "food", "16335", "en", "yes", "1", "on",
)  # fmt: skip
BYTES = (b"\xff\xfe", b"\xc3\x28", b"%", b"%zz", b"\xed\xa0\x80", b"=&=&;", b"\x00\x01\x02")
KINDS = (
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
    """The names that views and forms read, from their source."""
    found = set()
    for path in PRODUCT.rglob("web/**/*.py"):
        source = path.read_text(encoding="utf-8")
        found |= set(re.findall(r'\.(?:get|getlist)\(\s*"([\w-]+)"', source))
        found |= set(re.findall(r"^    ([a-z_]+)(?:: \w+)? = \w+\(", source, re.MULTILINE))
    return tuple(sorted(found))


class Fuzzer:
    """One site, asked as each role."""

    def __init__(self, app: Flask, instance: Instance, ids: list[str]) -> None:
        app.config["WTF_CSRF_CHECK_DEFAULT"] = False
        app.before_request(lambda: setattr(g, "csrf_valid", True))  # forms have their token
        app.testing = False  # what a browser would see
        self.app, self.instance, self.ids = app, instance, ids
        self.rules = sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint))
        self.tokens: dict[str, str] = {}
        self.accounts = 0

    def client(self, role: str) -> FlaskClient:
        """A browser of this role; who was signed out or disabled by a request gets another account."""
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

    def ask(self, chance: random.Random) -> tuple[str, str]:
        """One request; gives its status, and what is wrong with the answer ("" for nothing)."""
        role, rule = chance.choice(list(ROLES)), chance.choice(self.rules)
        known = sorted((rule.methods or set()) - {"OPTIONS", "HEAD"})
        method = chance.choice(known) if chance.random() < 0.9 else chance.choice(METHODS)
        path = self._path(chance, rule)
        query = "&".join(self._pair(chance) for _ in range(chance.randrange(4)))
        asked = f"{role} {method} {path}?{query}"
        options = self._body(chance) if method not in {"GET", "HEAD"} else {}
        headers = {}
        if chance.random() < 0.2:
            name = chance.choice(("Accept-Language", "Cookie", "Referer", "Range", "If-None-Match",
                                  "X-Forwarded-For", "Accept-Encoding", "Origin", "If-Modified-Since"))  # fmt: skip
            headers[name] = self._text(chance).replace("\r", "").replace("\n", "")[:2000]
        try:
            with self.client(role) as client:
                answer = client.open(f"{path}?{query}", method=method, headers=headers, **options)
                text = (
                    ""
                    if answer.mimetype == "application/zip"
                    else answer.get_data().decode(errors="replace")
                )
                status = answer.status_code
                is_for_later = status == 503 and "Retry-After" in answer.headers
                answer.close()
        except Exception as error:  # noqa: BLE001  # what a server would answer with 500
            return "500", f"{asked}: {type(error).__name__}: {error}"[:600]
        if status >= 500 and not is_for_later:
            return str(status), f"{asked}: {status}"
        if answer.mimetype == "text/html" and MARK in text:
            return str(status), f"{asked}: sent markup is on the page"
        if role == "nobody":
            lower = text.lower()
            if found := [plant for plant in planted() if plant.lower() in lower]:
                return str(status), f"{asked}: withheld: {found[:3]}"
        return str(status), ""

    def _path(self, chance: random.Random, rule: Rule) -> str:
        def filled(name: str) -> str:
            converter = rule._converters[name]
            if chance.random() < 0.7:
                if isinstance(converter, UUIDConverter):
                    return chance.choice(self.ids)
                if isinstance(converter, IntegerConverter):
                    return chance.choice(("1", "2", "9" * 19, "0"))
                if items := getattr(converter, "items", None):
                    return str(chance.choice(sorted(items)))
            return quote(self._text(chance), safe="/") or "x"

        return re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda found: filled(found[1]), rule.rule)

    def _pair(self, chance: random.Random) -> str:
        name = quote(chance.choice(field_names()))
        if chance.random() < 0.1:
            return f"{name}={quote_from_bytes(chance.choice(BYTES))}"
        return f"{name}={quote(self._text(chance))}"

    def _text(self, chance: random.Random) -> str:
        kind = chance.random()
        if kind < 0.2:
            return chance.choice(self.ids)
        return chance.choice(NUMBERS if kind < 0.45 else TEXTS)

    def _body(self, chance: random.Random) -> dict[str, Any]:
        if chance.random() < 0.1:
            return {"data": chance.choice(BYTES) * 9, "content_type": chance.choice(KINDS)}
        pairs = "&".join(self._pair(chance) for _ in range(chance.randrange(12)))
        return {"data": pairs, "content_type": KINDS[0]}


def fuzz(app: Flask, instance: Instance, progress: Progress, count: int, seed: int = 1) -> None:
    """Go on to so many requests; each depends on the seed and its number only.

    Counts ``requests`` and each status; ``faults`` lists what is wrong.
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
        status, fault = fuzzer.ask(random.Random(f"{seed} {done}"))
        progress.add("requests")
        progress.add(f"status {status}")
        if fault:
            numbers["faults"].append(fault)
        if done % _SAVED_EVERY == 0:
            progress.save()


def run_fuzz(progress: Progress, rounds: int) -> None:
    """Ask the sample county so often in all."""
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
