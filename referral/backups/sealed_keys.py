"""Keys of an instance in a backup: sealed by a passphrase, or only their check values."""

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
"""As the files of an instance are called."""
_N, _R, _P = 1 << 16, 8, 1  # 64 MiB, some tenths of a second
_SALT_BYTES = 16
_SHORTEST = 12


class _Sealed(msgspec.Struct, frozen=True):
    salt: bytes
    token: bytes


def check_values(settings: Settings) -> dict[str, tuple[str, ...]]:
    """What tells whether keys are those of the backup, and nothing else about them."""
    return {
        name: tuple(_check_value(name, key) for key in keys.split(","))
        for name, keys in _keys(settings).items()
    }


def seal_keys(settings: Settings, passphrase: str) -> bytes:
    """The keys, to be opened with the passphrase only (scrypt, then Fernet).

    Raises:
        BackupError: the passphrase is short.
    """
    if len(passphrase) < _SHORTEST:
        raise BackupError(f"The passphrase of backups needs {_SHORTEST} letters or more.")
    salt = secrets.token_bytes(_SALT_BYTES)
    token = _cipher(passphrase, salt).encrypt(msgspec.json.encode(_keys(settings)))
    return msgspec.json.encode(_Sealed(salt, token))


def open_keys(sealed: bytes, passphrase: str) -> Mapping[str, str]:
    """The keys by their names.

    Raises:
        BackupError: the passphrase is another.
    """
    kept = msgspec.json.decode(sealed, type=_Sealed)
    try:
        opened = _cipher(passphrase, kept.salt).decrypt(kept.token)
    except InvalidToken as error:
        raise BackupError("The keys in the backup have another passphrase.") from error
    return msgspec.json.decode(opened, type=dict[str, str])


def _keys(settings: Settings) -> dict[str, str]:
    """All contact keys in one, as ``REFERRAL_CONTACT_KEYS`` has them."""
    return {SECRET: settings.secret_key, CONTACT: ",".join(settings.contact_keys)}


def _check_value(name: str, key: str) -> str:
    return hmac.digest(key.encode(), f"referral backup: {name}".encode(), "sha256").hex()[:16]


def _cipher(passphrase: str, salt: bytes) -> Fernet:
    key = hashlib.scrypt(
        passphrase.encode(), salt=salt, n=_N, r=_R, p=_P, maxmem=2 * 128 * _N * _R, dklen=32
    )
    return Fernet(urlsafe_b64encode(key))
