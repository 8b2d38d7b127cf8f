"""Which passwords may be used: long enough, and not among the first that anybody would guess.

There are no rules about kinds of characters and none about age (NIST SP 800-63B).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from referral.records.accounts import Refusal

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
    own = min(len(set(_left_of(text, words))) for text in _readings(password))
    return Refusal.PASSWORD_COMMON if own < _OWN_LETTERS else None


def _readings(password: str) -> tuple[str, str]:
    """As typed, and with digits and signs read as the letters they look like."""
    text = password.casefold()
    return text, text.translate(_LOOK_ALIKE)


def _words_of(text: str) -> set[str]:
    words = [word for word in _NO_LETTERS.split(text.casefold()) if len(word) >= _SHORTEST_WORD]
    return {*words, "".join(words)} - {""}


def _left_of(text: str, words: Iterable[str]) -> str:
    """What nobody guesses; of digits and signs only those of other scripts count."""
    text = "".join(each for each in text if each.isalpha() or not each.isascii())
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, "")
    return text
