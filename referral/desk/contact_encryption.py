"""Encryption of contacts for follow-ups: Fernet with the keys of ``REFERRAL_CONTACT_KEYS``.

The first key encrypts; all of them decrypt.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import blake2b

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import select

from referral.desk.rows import FollowUpRow
from referral.directory.instance import Instance
from referral.errors import refused
from referral.settings import Settings


def encrypt(settings: Settings, contact: str) -> str:
    """Encrypt a person's contact for a follow-up (Fernet: AES-128-CBC with HMAC-SHA256)."""
    return _fernet(settings).encrypt(contact.encode()).decode("ascii")


def decrypt(settings: Settings, stored: str) -> str:
    """Decrypt a stored contact for a follow-up; return "" if the contact was erased.

    Raises:
        RefusedError: none of the keys in the settings decrypts the contact.
    """
    if not stored:
        return ""
    try:
        return _fernet(settings).decrypt(stored.encode("ascii")).decode()
    except InvalidToken as error:
        raise refused(
            "How to reach this person cannot be opened. The key it was locked with is not "
            "among REFERRAL_CONTACT_KEYS."
        ) from error


def encrypt_with_first_key(instance: Instance) -> dict[str, int]:
    """Encrypt follow-up contacts of older keys with the first key, so that old keys can be removed.

    The caller must erase the traces of the old values from the files. Returns the number of
    contacts that were ``encrypted again``, and of those ``not decrypted`` by any key.
    """
    settings = instance.settings
    first, all_keys = Fernet(_fernet_key(settings.contact_keys[0])), _fernet(settings)
    counts = {"encrypted again": 0, "not decrypted": 0}
    with instance.store.write() as session:
        with_contact = select(FollowUpRow).where(FollowUpRow.contact != "").with_for_update()
        for row in session.scalars(with_contact):
            try:
                first.decrypt(row.contact)
            except InvalidToken:
                try:
                    row.contact = all_keys.rotate(row.contact.encode()).decode("ascii")
                    counts["encrypted again"] += 1
                except InvalidToken:
                    counts["not decrypted"] += 1
    return counts


def _fernet(settings: Settings) -> MultiFernet:
    return MultiFernet([Fernet(_fernet_key(key)) for key in settings.contact_keys])


def _fernet_key(key: str) -> bytes:
    digest = blake2b(key.encode(), digest_size=32, person=b"referral contact")
    return urlsafe_b64encode(digest.digest())
