"""A library's own look: its logo and three colors, checked before any page shows them."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from referral.errors import SettingsError

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
    """A color between two; ``share`` of the other, from 0 to 1."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def contrast(one: Color, other: Color) -> float:
    """The contrast of two colors, from 1 (the same) to 21 (black and white)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: Color) -> float:
    red, green, blue = map(_linear, color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: int) -> float:
    share = value / 255
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)


_PAPER: Color = (255, 255, 255)
_BLACK: Color = (0, 0, 0)
# What stands on the ground of pages, as in static/tokens.css: text, small text, warnings, errors,
# "open now" and visited links.
_ON_GROUND: Sequence[Color] = (
    (28, 43, 51), (77, 91, 99), (138, 90, 0), (168, 32, 26), (30, 107, 58), (91, 58, 142),
)  # fmt: skip
_SAND: Color = (247, 243, 236)
# Grounds of the dark pages, by their names in static/tokens.css.
DARK: Mapping[str, Color] = {
    "paper": (26, 35, 41), "sand": (18, 25, 29), "sand-deep": (31, 42, 49),
}  # fmt: skip
LARGEST_LOGO = 200_000  # bytes
_PNG = b"\x89PNG\r\n\x1a\n"
_LOGO_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}


class Logo(NamedTuple):
    """A picture that was looked at: it only draws."""

    media_type: str
    content: bytes

    def as_text(self) -> str:
        """As a ``data:`` address, which ``parse_logo`` reads."""
        return f"data:{self.media_type};base64,{b64encode(self.content).decode()}"


@dataclass(frozen=True, slots=True)
class Theme:
    """The colors that a library set; None where it keeps ours.

    Attributes:
        primary: of the top of pages and of buttons, with white text on it.
        link: of links.
        ground: behind everything.
    """

    primary: Color | None = None
    link: Color | None = None
    ground: Color | None = None

    @property
    def tokens(self) -> dict[str, str]:
        """The tokens of static/tokens.css that differ, by name."""
        found: dict[str, str] = {}
        if self.primary:
            found["header"] = found["primary"] = hex_of(self.primary)
            found["primary-deep"] = hex_of(mixed(self.primary, _BLACK, 0.28))
            found["primary-pale"] = hex_of(mixed(self.primary, _PAPER, 0.9))
        if self.link:
            found["link"] = hex_of(self.link)
        if self.ground:
            found["sand"] = hex_of(self.ground)
            found["sand-deep"] = hex_of(mixed(self.ground, _BLACK, 0.06))
        return found

    @property
    def dark_tokens(self) -> dict[str, str]:
        """The same tokens on a dark ground: colors made light enough to read there.

        The ground of dark pages stays ours: a library's is checked for dark text only.
        """
        found: dict[str, str] = {}
        if self.primary:
            primary = _lightened(self.primary)
            found["header"] = hex_of(mixed(self.primary, _BLACK, 0.35))
            found["primary"] = hex_of(primary)
            found["primary-deep"] = hex_of(mixed(primary, _PAPER, 0.35))
            found["primary-pale"] = hex_of(mixed(self.primary, DARK["paper"], 0.8))
        if self.link:
            found["link"] = hex_of(_lightened(self.link))
        if self.ground:
            found |= {name: hex_of(DARK[name]) for name in ("sand", "sand-deep")}
        return found


_ON_DARK = 5.5
"""The least contrast on each dark ground, so that tinted panels leave it above ``TEXT``."""


def _lightened(color: Color) -> Color:
    """The color, mixed with as much white as text on dark pages needs."""
    steps = (mixed(color, _PAPER, share / 20) for share in range(20))
    return next(
        (each for each in steps if min(contrast(each, on) for on in DARK.values()) >= _ON_DARK),
        _PAPER,
    )


class ContrastFault(NamedTuple):
    """A color of a theme (primary, link, ground) that cannot be read with another."""

    name: str
    color: Color
    other: Color
    ratio: float


def contrast_faults(theme: Theme) -> Iterator[ContrastFault]:
    """Which of the colors have less contrast with what they meet than ``TEXT``."""
    ground = theme.ground or _SAND
    for name, color, other in (
        ("primary", theme.primary, _PAPER),
        ("primary", theme.primary, ground),
        ("link", theme.link, _PAPER),
        ("link", theme.link, ground),
        *(("ground", theme.ground, color) for color in _ON_GROUND),
    ):
        if color and (ratio := contrast(color, other)) < TEXT:
            yield ContrastFault(name, color, other, ratio)


def parse_logo(text: str) -> Logo | None:
    """The logo in a file, or in a ``data:`` address; None for a file of another kind.

    Raises:
        SettingsError: it cannot be read or shown.
    """
    if text.startswith("data:"):
        return checked_logo(b64decode(text.partition(",")[2]))
    path = Path(text)
    if path.suffix.lower() not in _LOGO_TYPES:
        return None
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_LOGO + 1)
    except OSError as error:
        raise SettingsError(f"REFERRAL_LOGO cannot be read: {error.strerror}.") from None
    if len(content) > LARGEST_LOGO:
        raise SettingsError(
            f"REFERRAL_LOGO is larger than {LARGEST_LOGO // 1000} kB; make it smaller."
        )
    if logo := checked_logo(content):
        return logo
    raise SettingsError(
        "REFERRAL_LOGO is not a picture we can show: a PNG, or an SVG without scripts and "
        "without anything from elsewhere. Save it again from a drawing program."
    )


def checked_logo(content: bytes) -> Logo | None:
    """A PNG, or an SVG that only draws; None for anything else."""
    if content.startswith(_PNG):
        return Logo(_LOGO_TYPES[".png"], content)
    return Logo(_LOGO_TYPES[".svg"], content) if _is_harmless(content) else None


def _is_harmless(svg: bytes) -> bool:
    """Whether a file is SVG that only draws."""
    try:
        root = fromstring(svg)
    except (ParseError, DefusedXmlException, ValueError):
        return False
    elements: list[Any] = list(root.iter())
    return _local_name(root.tag) == "svg" and not any(map(_acts, elements))


def _acts(element: Any) -> bool:
    """Whether an element runs something or fetches something."""
    if _local_name(element.tag) in {
        "script",
        "foreignobject",
        "iframe",
        "embed",
        "object",
        "handler",
    }:
        return True
    for name, value in element.attrib.items():
        plain, target = _local_name(name), value.strip().lower()
        if plain.startswith("on") or (
            plain == "href" and not target.startswith(("#", "data:image/"))
        ):
            return True
    return False


def _local_name(name: object) -> str:
    return str(name).rpartition("}")[2].lower()
