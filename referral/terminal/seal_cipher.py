"""Addresses that nobody can read once a visit is over.

At a terminal every address in the browser's history, and the session, is sealed under a key that
the server makes from the visit's cookie and a secret of its own. The server makes it no more once
the visit is over, so that history and cookies together mean nothing either. The form is AES-SIV,
which is deterministic: the same page has the same address during a visit.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

_TAG_BYTES = 16
_STEP = 64  # lengths are rounded up to this many bytes, since a length tells something too


def seal(key: str, address: str) -> str:
    """An address as a token of letters, digits, ``-`` and ``_``."""
    plain = address.encode()
    plain += b"\0" * (-len(plain) % _STEP)
    return base64.urlsafe_b64encode(_cipher(key).encrypt(plain, None)).rstrip(b"=").decode()


def unseal(key: str, token: str) -> str | None:
    """The address in a token; None when it was not sealed under this key."""
    try:
        packed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        plain = _cipher(key).decrypt(packed, None) if len(packed) > _TAG_BYTES else b""
    except (ValueError, InvalidTag):
        return None
    return plain.rstrip(b"\0").decode() or None


def _cipher(key: str) -> AESSIV:
    return AESSIV(hashlib.blake2b(key.encode(), digest_size=64, person=b"referral visit").digest())
