"""Short codes for people to say, write and type: no vowels, no look-alike letters."""

from __future__ import annotations

import secrets

ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"


def generate_code(length: int) -> str:
    """Return a random code of ``length`` letters (4.75 bits each)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def normalize_code(text: str) -> str:
    """Return a typed code in upper case, without spaces, dashes and letters no code has."""
    return "".join(letter for letter in text.upper() if letter in ALPHABET)
