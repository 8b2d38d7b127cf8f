"""Addresses that nobody can read once a visit is over.

At a terminal every address in the browser's history is sealed under a key that only the visit's
cookie holds. Starting over drops the key: what is left in the history means nothing and leads to
the start page. The form is deterministic authenticated encryption (a synthetic initial value as
in SIV, keystream from SHAKE-256), so that the same page has the same address during a visit.
It guards against the next person at the keyboard, not against somebody who holds the cookie.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

KEY_BYTES = 32
_TAG_BYTES = 16
_STEP = 64  # lengths are rounded up to this many bytes, since a length tells something too


def new_key() -> str:
    """A key for one visit, as a cookie carries it."""
    return secrets.token_urlsafe(KEY_BYTES)


def seal(key: str, address: str) -> str:
    """An address as a token of letters, digits, ``-`` and ``_``."""
    plain = address.encode()
    plain += b"\0" * (-len(plain) % _STEP)
    tag = _tag(key, plain)
    return base64.urlsafe_b64encode(tag + _mixed(key, tag, plain)).rstrip(b"=").decode()


def unseal(key: str, token: str) -> str | None:
    """The address in a token; None when it was not sealed under this key."""
    try:
        packed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    tag, mixed = packed[:_TAG_BYTES], packed[_TAG_BYTES:]
    plain = _mixed(key, tag, mixed)
    if not plain or not hmac.compare_digest(tag, _tag(key, plain)):
        return None
    return plain.rstrip(b"\0").decode()


def _tag(key: str, plain: bytes) -> bytes:
    return hmac.digest(b"tag " + key.encode(), plain, "sha256")[:_TAG_BYTES]


def _mixed(key: str, tag: bytes, text: bytes) -> bytes:
    stream = hashlib.shake_256(b"stream " + key.encode() + tag).digest(len(text))
    return bytes(one ^ other for one, other in zip(text, stream, strict=True))
