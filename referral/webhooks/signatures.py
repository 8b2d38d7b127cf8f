"""Secrets of webhooks, and signatures as Standard Webhooks has them.

A secret is made from a random seed and the key of the site, so the database alone, or a backup of
it, gives it to nobody.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from referral.settings import Settings

_BEGINS = "whsec_"


def new_seed() -> str:
    """A random seed."""
    return secrets.token_hex(16)


def secret_of(settings: Settings, seed: str) -> str:
    """The secret that belongs to a seed, as the partner gets it."""
    made = hmac.digest(settings.secret_key.encode(), f"webhook\n{seed}".encode(), sha256)
    return _BEGINS + b64encode(made).decode()


def signed_headers(
    webhook_id: str, at: datetime, body: bytes, keys: Iterable[str]
) -> dict[str, str]:
    """Headers of a call: its id, its time, and a signature by each secret.

    Args:
        webhook_id: of this message; the same when it is sent again.
    """
    seconds = str(int(at.timestamp()))
    signed = f"{webhook_id}.{seconds}.".encode() + body
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(_signature(key, signed) for key in keys),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = b64decode(secret.removeprefix(_BEGINS))
    return f"v1,{b64encode(hmac.digest(key, signed, sha256)).decode()}"
