"""Widths of text in pixels, measured on the server, where no browser can.

Advance widths of DejaVu Sans in hundredths of the font size, rounded up. It is the widest of the
fonts that ``system-ui`` stands for, so that a text is never wider than what is reserved for it.
"""

from __future__ import annotations

from referral.fields.text import without_accents

_GROUPS = {
    28: "'ijl", 30: "IJ", 32: " ,.", 34: "/:;|", 36: "f", 37: "-", 40: "()[]t", 41: "!", 42: "r",
    46: '"', 50: "*_`", 53: "sz", 54: "?", 55: "c", 56: "L", 58: "Fk", 60: "vxy", 61: "P",
    62: "TYaeo", 64: "0123456789$ESbdghnpqu", 66: "K", 69: "ABVXZ", 70: "CR", 74: "U", 75: "N",
    76: "H", 78: "&DG", 79: "OQ", 82: "w", 84: "#+<=>", 87: "M", 98: "m", 99: "W",
}  # fmt: skip
_WIDTHS = {letter: width / 100 for width, letters in _GROUPS.items() for letter in letters}
_WIDEST = 1.0
_BOLD = 1.13  # what bold digits and letters are wider at most, but for "i", "j" and "l"
_BOLD_EDGE = 0.1  # of the font size, for these


def text_width(text: str, size: float, *, is_bold: bool = False) -> float:
    """Width of a text in pixels.

    Args:
        text: one line; a letter with an accent is as wide as without, an unknown one is square.
        size: of the font, in pixels.
        is_bold: whether it is set in bold.
    """
    width = sum(_WIDTHS.get(letter, _WIDEST) for letter in without_accents(text)) * size
    return width * _BOLD + _BOLD_EDGE * size if is_bold else width
