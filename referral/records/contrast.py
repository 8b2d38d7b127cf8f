"""Colours and how well they can be told apart, as WCAG 2 computes it."""

from __future__ import annotations

import re

TEXT = 4.5
"""The least contrast of text."""
Color = tuple[int, int, int]
_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})\Z", re.IGNORECASE)


def parse_color(text: str) -> Color | None:
    """Red, green and blue (0 to 255) of ``#0b5563`` or ``#fff``; None when it is neither."""
    found = _HEX.match(text.strip())
    if not found:
        return None
    digits = found[1] if len(found[1]) == 6 else "".join(digit * 2 for digit in found[1])
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def hex_of(color: Color) -> str:
    """``#0b5563``."""
    return "#{:02x}{:02x}{:02x}".format(*color)


def mixed(one: Color, other: Color, share: float) -> Color:
    """A colour between two; ``share`` of the other, from 0 to 1."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def contrast(one: Color, other: Color) -> float:
    """The contrast of two colours, from 1 (the same) to 21 (black and white)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: Color) -> float:
    red, green, blue = map(_linear, color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: int) -> float:
    share = value / 255
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)
