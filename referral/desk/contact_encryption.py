"""Locks up how to reach a person: encrypted before it is stored, opened only to be shown."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import blake2b

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from referral.errors import refused
from referral.settings import Settings


def lock(settings: Settings, contact: str) -> str:
    """The contact as it is stored: encrypted (Fernet: AES-128-CBC with HMAC-SHA256)."""
    return _box(settings).encrypt(contact.encode()).decode("ascii")


def unlock(settings: Settings, stored: str) -> str:
    """The contact as it was given, "" where it was erased.

    Raises:
        RefusedError: none of the keys in the settings opens it.
    """
    if not stored:
        return ""
    try:
        return _box(settings).decrypt(stored.encode("ascii")).decode()
    except InvalidToken as error:
        raise refused(
            "How to reach this person cannot be opened. The key it was locked with is not "
            "among REFERRAL_CONTACT_KEYS."
        ) from error


def _box(settings: Settings) -> MultiFernet:
    return MultiFernet([Fernet(_fernet_key(key)) for key in settings.contact_keys])


def _fernet_key(key: str) -> bytes:
    digest = blake2b(key.encode(), digest_size=32, person=b"referral contact")
    return urlsafe_b64encode(digest.digest())
