"""Repair of mojibake: UTF-8 text that was decoded with an old code page.

``GÇÖ``, ``ΓÇÖ``, ``ÔÇÖ`` and ``â€™`` are all the three bytes of ``’``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, partial

_WINDOWS = "cp1252"
_ENCODINGS = (_WINDOWS, "cp437", "cp850", "mac_roman")
# Byte ranges of UTF-8: western and Vietnamese letters, marks such as ’ – … € ™, and emoji.
_SEQUENCES = (
    ((0xC2, 0xC2), (0xA0, 0xBF)),
    ((0xC3, 0xC5), (0x80, 0xBF)),
    ((0xE1, 0xE1), (0xB8, 0xBB), (0x80, 0xBF)),
    ((0xE2, 0xE2), (0x80, 0x80), (0x90, 0xBA)),
    ((0xE2, 0xE2), (0x82, 0x82), (0xAC, 0xAC)),
    ((0xE2, 0xE2), (0x84, 0x84), (0xA2, 0xA2)),
    ((0xF0, 0xF0), (0x9F, 0x9F), (0x80, 0xBF), (0x80, 0xBF)),
)
_LEADS_OF_MARKS = frozenset({0xE2, 0xF0})
_LEAD_OF_VIETNAMESE = 0xE1
_MAX_ROUNDS = 3
# Windows replaces the gamma of code page 437 by G, because its own code page lacks it.
_GAMMA_AS_G = re.compile(r"G(?=Ç[öôÖÿ£¥óª]|äó)")
# Marks that people may write after a capital on purpose.
_MARKS = frozenset("\xa0«»‘’“”\u201a„\u2039\u203a–—…•°™®©")


def mend_mojibake(text: str) -> str:
    """Repair letters of a text that were decoded with a wrong code page, where that is certain.

    A capital before a mark (``Ã”``) may be on purpose and is repaired only in a text with certain
    mojibake. Where two code pages match equally often and differ, the text is unchanged.
    """
    for _ in range(_MAX_ROUNDS):
        if text.isascii():
            break
        mended = _mend_once(text)
        if mended == text:
            break
        text = mended
    return text


def _mend_once(text: str) -> str:
    match_counts: dict[str, int] = {}
    for encoding in _ENCODINGS:
        candidate = _GAMMA_AS_G.sub("Γ", text) if encoding == "cp437" else text
        pattern, byte_by_letter = _mojibake_of(encoding)
        matches = list(pattern.finditer(candidate))
        if not any(_is_certain(match, encoding) for match in matches):
            continue
        mended = pattern.sub(partial(_mend_match, byte_by_letter), candidate)
        match_counts[mended] = max(len(matches), match_counts.get(mended, 0))
    highest_count = max(match_counts.values(), default=0)
    most_matched = [mended for mended, count in match_counts.items() if count == highest_count]
    return most_matched[0] if len(most_matched) == 1 else text


def _mend_match(byte_by_letter: Mapping[str, int], match: re.Match[str]) -> str:
    return _decode(match.group(), byte_by_letter)


def _decode(letters: str, byte_by_letter: Mapping[str, int]) -> str:
    return bytes(byte_by_letter[letter] for letter in letters).decode()


def _is_certain(match: re.Match[str], encoding: str) -> bool:
    """Return whether letters can only be mojibake: ``Ã©`` and ``caf├⌐``, but not ``Ã”``."""
    letters, encoded = match.group(), _decode(match.group(), _mojibake_of(encoding)[1]).encode()
    if encoded[0] in _LEADS_OF_MARKS:
        return True
    if letters[-1] in _MARKS:
        return False
    if encoded[0] == _LEAD_OF_VIETNAMESE or (encoding == _WINDOWS and letters[0] in "ÂÃ"):
        return True
    if letters[0] == "¬":  # in Mac Roman; a sign of logic, never followed by a letter
        return True
    return match.start() > 0 and match.string[match.start() - 1].isalpha()


@cache
def _mojibake_of(encoding: str) -> tuple[re.Pattern[str], Mapping[str, int]]:
    """Return a pattern for mojibake of a code page, and the byte of each of its letters."""
    byte_by_letter = {chr(byte): byte for byte in range(0x80, 0xA0)}  # as they are in Latin-1
    byte_by_letter |= {
        bytes([byte]).decode(encoding): byte
        for byte in range(0x80, 0x100)
        if bytes([byte]).decode(encoding, errors="ignore")
    }
    patterns = [
        "".join(
            "["
            + "".join(
                re.escape(letter) for letter, byte in byte_by_letter.items() if low <= byte <= high
            )
            + "]"
            for low, high in sequence
        )
        for sequence in _SEQUENCES
    ]
    return re.compile("|".join(patterns)), byte_by_letter
