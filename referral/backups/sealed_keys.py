"""Encryption of an instance's keys in a backup by a passphrase, and check values of keys."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping

import msgspec
from cryptography.fernet import Fernet, InvalidToken

from referral.backups.records import BackupError
from referral.settings import Settings

SECRET, CONTACT = "secret_key", "contact_key"
"""Names of the key files of an instance."""
_N, _R, _P = 1 << 16, 8, 1  # cost parameters of scrypt: 64 MiB, some tenths of a second
_SALT_BYTES = 16
_SHORTEST_PASSPHRASE = 12


class _Sealed(msgspec.Struct, frozen=True):
    salt: bytes
    token: bytes


def check_values(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Return a short HMAC of each key, by which it can be compared with that of a backup."""
    return {
        name: tuple(_check_value(name, key) for key in keys.split(","))
        for name, keys in _key_texts(settings).items()
    }


def seal_keys(settings: Settings, passphrase: str) -> bytes:
    """Encrypt the keys of an instance by a passphrase, with scrypt and Fernet.

    Raises:
        BackupError: the passphrase is too short.
    """
    if len(passphrase) < _SHORTEST_PASSPHRASE:
        raise BackupError(
            f"The passphrase of backups needs {_SHORTEST_PASSPHRASE} letters or more."
        )
    salt = secrets.token_bytes(_SALT_BYTES)
    token = _cipher(passphrase, salt).encrypt(msgspec.json.encode(_key_texts(settings)))
    return msgspec.json.encode(_Sealed(salt, token))


def open_keys(sealed: bytes, passphrase: str) -> Mapping[str, str]:
    """Decrypt the keys in a backup by the passphrase; return them by name.

    Raises:
        BackupError: the passphrase is wrong.
    """
    encrypted = msgspec.json.decode(sealed, type=_Sealed)
    try:
        decrypted = _cipher(passphrase, encrypted.salt).decrypt(encrypted.token)
    except InvalidToken as error:
        raise BackupError("The keys in the backup have another passphrase.") from error
    return msgspec.json.decode(decrypted, type=dict[str, str])


def _key_texts(settings: Settings) -> dict[str, str]:
    """Return the keys by name; contact keys are joined as in ``REFERRAL_CONTACT_KEYS``."""
    return {SECRET: settings.secret_key, CONTACT: ",".join(settings.contact_keys)}


def _check_value(name: str, key: str) -> str:
    return hmac.digest(key.encode(), f"referral backup: {name}".encode(), "sha256").hex()[:16]


def _cipher(passphrase: str, salt: bytes) -> Fernet:
    key = hashlib.scrypt(
        passphrase.encode(), salt=salt, n=_N, r=_R, p=_P, maxmem=2 * 128 * _N * _R, dklen=32
    )
    return Fernet(urlsafe_b64encode(key))
