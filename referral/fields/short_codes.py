"""Short codes for people to say, write and type: no vowels, no look-alike letters."""

from __future__ import annotations

import secrets

ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"


def generate_code(length: int) -> str:
    """A code of this many letters, by chance (4.75 bits each)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def normalize_code(text: str) -> str:
    """A code as it was given out, from how somebody typed it; letters it cannot have are left out.

    Small letters, spaces and dashes do not matter.
    """
    return "".join(letter for letter in text.upper() if letter in ALPHABET)
