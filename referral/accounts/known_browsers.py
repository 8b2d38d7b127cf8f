"""Browsers that signed in before: a signed cookie, so that others' wrong tries do not stop them.

The cookie has a random id and a keyed hash of each account that signed in with it, no name and no
session. It gives tries of its own and nothing else; a stolen one is slowed down like any other.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from itsdangerous import BadSignature, Signer

from referral.settings import Settings

_MOST_ACCOUNTS = 12  # at one desk


def known_browser(settings: Settings, cookie: str, account: str) -> str:
    """The id of a browser that signed in to this account before; "" for any other."""
    browser, accounts = _read(settings, cookie)
    return browser if _hash(settings, browser, account) in accounts else ""


def with_account(settings: Settings, cookie: str, account: str) -> str:
    """The cookie of a browser once it signed in to this account."""
    browser, accounts = _read(settings, cookie)
    added = _hash(settings, browser, account)
    others = [each for each in accounts if each != added]
    marks = [*others, added][-_MOST_ACCOUNTS:]
    return _signer(settings).sign(".".join([browser, *marks])).decode()


def _read(settings: Settings, cookie: str) -> tuple[str, list[str]]:
    try:
        browser, *accounts = _signer(settings).unsign(cookie).decode().split(".")
    except BadSignature:
        return secrets.token_hex(16), []
    return browser, accounts


def _hash(settings: Settings, browser: str, account: str) -> str:
    value = f"known browser\n{browser}\n{account}".encode()
    return hmac.new(settings.secret_key.encode(), value, hashlib.sha256).hexdigest()[:32]


def _signer(settings: Settings) -> Signer:
    return Signer(settings.secret_key, salt="known browser", sep="/")
