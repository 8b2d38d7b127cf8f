"""Passwords: rules for new ones, argon2id hashing and verification.

Hashing is slow on purpose, so it never happens inside a transaction.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from threading import Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from referral.directory.instance import Instance
from referral.directory.search import states_of_addresses
from referral.fields.places.gazetteer import GAZETTEER, STATES, county_names, town_names
from referral.fields.text import without_accents
from referral.records.accounts import AccountRefusedError, Refusal

SHORTEST = 12
LONGEST = 128
_STRONG = 4  # the highest score of zxcvbn
_SHORTEST_WORD = 3
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_BETWEEN_WORDS = re.compile(r"[\s._@-]+")
_ZXCVBN_LOCK = Lock()
HASHER = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4)


def normalize_password(password: str) -> str:
    """Normalize a password (Unicode NFKC), so that every keyboard gives the same hash."""
    return unicodedata.normalize("NFKC", password)


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    return HASHER.hash(normalize_password(password))


def is_right_password(stored_hash: str, password: str) -> bool:
    """Return whether a password matches a hash; equally slow without a hash (``""``)."""
    try:
        HASHER.verify(stored_hash or _dummy_hash(HASHER), normalize_password(password))
    except (VerificationError, InvalidHashError):
        return False
    return bool(stored_hash)


def is_outdated_hash(stored_hash: str) -> bool:
    """Return whether a password hash was made with other cost parameters than today's."""
    return HASHER.check_needs_rehash(stored_hash)


def check_new_password(instance: Instance, password: str, email: str) -> None:
    """Check that a new password is long enough, not too long, and hard to guess.

    Raises:
        AccountRefusedError: it is too short, too long or too easily guessed.
    """
    password = normalize_password(password)
    if len(password) < SHORTEST:
        raise AccountRefusedError(Refusal.PASSWORD_SHORT)
    if len(password) > LONGEST:
        raise AccountRefusedError(Refusal.PASSWORD_LONG)
    words = dict.fromkeys([email, *_words_in(email), *_local_words(instance)])
    if not _is_strong(without_accents(password), list(words)):
        raise AccountRefusedError(Refusal.PASSWORD_COMMON)


def _is_strong(password: str, words: list[str]) -> bool:
    """Return whether guessing a password takes 10^10 tries, even if some words are known.

    The password must also be strong without the signs between its words: ``zxcvbn`` counts each
    sign as ten guesses, though people choose from few.
    """
    from zxcvbn import zxcvbn  # noqa: PLC0415  # its lists take 15 MB, and few requests need them

    spellings = {password, _BETWEEN_WORDS.sub("", password)}
    with _ZXCVBN_LOCK:  # zxcvbn keeps the words in a variable of its module
        return all(
            spelling and zxcvbn(spelling, words, LONGEST)["score"] == _STRONG
            for spelling in spellings
        )


def _local_words(instance: Instance) -> Iterator[str]:
    """Yield words that are guessed first in passwords: of the library, its place and its state."""
    yield from _words_in(instance.settings.library_name)
    yield from _words_in(instance.settings.ask_place)
    for name in STATES:
        yield from _words_in(name)
    for state in states_of_addresses(instance)[:1]:
        for entry in GAZETTEER.of_state(state):
            yield from (entry.zip_code, *entry.area_codes)
            for name in (*town_names(entry), *county_names(entry)):
                yield from _words_in(name)


def _words_in(text: str) -> Iterator[str]:
    words = [
        word
        for word in _NOT_LETTERS.split(without_accents(text.casefold()))
        if len(word) >= _SHORTEST_WORD
    ]
    yield from words
    yield "".join(words)


@cache
def _dummy_hash(hasher: PasswordHasher) -> str:
    """Return a dummy password hash, so that unknown email addresses take as long to check."""
    return hasher.hash("nobody has this password")
