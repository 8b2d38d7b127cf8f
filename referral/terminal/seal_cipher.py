"""Encryption of addresses so that they cannot be read once a visit is over.

At a terminal every address in the browser's history, and the session, is encrypted under a key
derived from the visit's cookie and the server's secret. The server derives no keys for ended
visits, so history and cookies together reveal nothing. The cipher is AES-SIV, which is
deterministic: a page has the same address throughout a visit.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

_TAG_BYTES = 16
_STEP = 64  # addresses are padded to multiples of this many bytes, to hide their length


def seal(key: str, address: str) -> str:
    """Encrypt a URL of the site as a token of letters, digits, ``-`` and ``_``."""
    padded = address.encode()
    padded += b"\0" * (-len(padded) % _STEP)
    return base64.urlsafe_b64encode(_cipher(key).encrypt(padded, None)).rstrip(b"=").decode()


def unseal(key: str, token: str) -> str | None:
    """Decrypt the URL in a token; None if it was not encrypted under this key."""
    try:
        encrypted = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        plain = _cipher(key).decrypt(encrypted, None) if len(encrypted) > _TAG_BYTES else b""
    except (ValueError, InvalidTag):
        return None
    return plain.rstrip(b"\0").decode() or None


def _cipher(key: str) -> AESSIV:
    return AESSIV(hashlib.blake2b(key.encode(), digest_size=64, person=b"referral visit").digest())
