"""Hashing and choosing passwords. Hashing takes long on purpose: never inside a transaction."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from referral.accounts.passwords import refuse_password, same_password
from referral.records.accounts import AccountRefusedError
from referral.resources import resource_path
from referral.settings import Settings


def hash_password(settings: Settings, password: str) -> str:
    """The argon2id hash to keep."""
    return _hasher(settings).hash(same_password(password))


def is_right_password(settings: Settings, kept_hash: str, password: str) -> bool:
    """Whether the password is the one of the hash; as slow where there is none (``""``)."""
    try:
        hasher = _hasher(settings)
        hasher.verify(kept_hash or _nobodys(hasher), same_password(password))
    except (VerificationError, InvalidHashError):
        return False
    return bool(kept_hash)


def is_outdated_hash(settings: Settings, kept_hash: str) -> bool:
    """Whether the settings have changed since this hash was made."""
    return _hasher(settings).check_needs_rehash(kept_hash)


def check_new_password(settings: Settings, password: str, email: str) -> None:
    """Let a good password through.

    Raises:
        AccountRefusedError: it is too short, too long or too easily guessed.
    """
    refusal = refuse_password(
        password, email=email, library_name=settings.library_name, common=_common_words()
    )
    if refusal:
        raise AccountRefusedError(refusal)


def _hasher(settings: Settings) -> PasswordHasher:
    return _made_hasher(settings.password_memory_kib, settings.password_passes)


@cache
def _made_hasher(memory_kib: int, passes: int) -> PasswordHasher:
    lanes = 4 if memory_kib >= 1024 else 1
    return PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=lanes)


@cache
def _nobodys(hasher: PasswordHasher) -> str:
    """A hash that costs what others cost, for e-mail addresses without an account."""
    return hasher.hash("nobody has this password")


@cache
def _common_words() -> frozenset[str]:
    path = resource_path("seed_data") / "common_passwords.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
