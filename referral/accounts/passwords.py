"""Passwords: rules for new ones, argon2id hashing and verification.

Hashing is slow on purpose, so it never happens inside a transaction.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from referral.records.accounts import AccountRefusedError, Refusal
from referral.resources import resource_path
from referral.settings import Settings

SHORTEST = 12
LONGEST = 128
# Letters that must be left when everything easily guessed is taken out.
_OWN_LETTERS = 4
_SHORTEST_WORD = 3
_LOOK_ALIKE = str.maketrans("013457@$!", "oieastasi")
_NO_LETTERS = re.compile(r"[\W\d_]+")


def same_password(password: str) -> str:
    """The form that is hashed, the same for every keyboard that can type it."""
    return unicodedata.normalize("NFKC", password)


def refuse_password(
    password: str, *, email: str, library_name: str, common: Iterable[str]
) -> Refusal | None:
    """Why this password may not be used; None when it may.

    Args:
        email: of the account; its parts are easily guessed, as is the library's name.
        common: words of which common passwords are made, in small letters.
    """
    password = same_password(password)
    if len(password) < SHORTEST:
        return Refusal.PASSWORD_SHORT
    if len(password) > LONGEST:
        return Refusal.PASSWORD_LONG
    words = {*common, *_words_of(email), *_words_of(library_name)}
    typed = password.casefold()
    readings = (typed, typed.translate(_LOOK_ALIKE))
    own = min(len(set(_left_of(text, words))) for text in readings)
    return Refusal.PASSWORD_COMMON if own < _OWN_LETTERS else None


def _words_of(text: str) -> set[str]:
    words = [word for word in _NO_LETTERS.split(text.casefold()) if len(word) >= _SHORTEST_WORD]
    return {*words, "".join(words)} - {""}


def _left_of(text: str, words: Iterable[str]) -> str:
    """What nobody guesses; of digits and signs only those of other scripts count."""
    text = "".join(each for each in text if each.isalpha() or not each.isascii())
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, "")
    return text


HASHER = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4)


def hash_password(password: str) -> str:
    """The argon2id hash to keep."""
    return HASHER.hash(same_password(password))


def is_right_password(kept_hash: str, password: str) -> bool:
    """Whether the password is the one of the hash; as slow where there is none (``""``)."""
    try:
        HASHER.verify(kept_hash or _nobodys(HASHER), same_password(password))
    except (VerificationError, InvalidHashError):
        return False
    return bool(kept_hash)


def is_outdated_hash(kept_hash: str) -> bool:
    """Whether this hash was made at another cost."""
    return HASHER.check_needs_rehash(kept_hash)


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


@cache
def _nobodys(hasher: PasswordHasher) -> str:
    """A hash that costs what others cost, for e-mail addresses without an account."""
    return hasher.hash("nobody has this password")


@cache
def _common_words() -> frozenset[str]:
    path = resource_path("seed_data") / "common_passwords.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
