"""A library's logo and three colors, with checks for safety and contrast."""

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
"""The minimum contrast of text."""
Color = tuple[int, int, int]
_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})\Z", re.IGNORECASE)
_PAPER: Color = (255, 255, 255)
_BLACK: Color = (0, 0, 0)
# Colors shown on the background of pages, as in static/site/tokens.css: text, small text, warnings,
# errors, "open now" and visited links.
_ON_GROUND: Sequence[Color] = (
    (28, 43, 51), (77, 91, 99), (138, 90, 0), (168, 32, 26), (30, 107, 58), (91, 58, 142),
)  # fmt: skip
_SAND: Color = (247, 243, 236)
# Background colors of dark pages, by their names in static/site/tokens.css.
DARK: Mapping[str, Color] = {
    "paper": (26, 35, 41), "sand": (18, 25, 29), "sand-deep": (31, 42, 49),
}  # fmt: skip
LARGEST_LOGO = 200_000  # bytes
_PNG = b"\x89PNG\r\n\x1a\n"
_LOGO_MEDIA_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}
_CONTRAST_ON_DARK = 5.5
"""Minimum contrast on dark backgrounds, high enough to exceed ``TEXT`` on tinted panels."""


def parse_color(text: str) -> Color | None:
    """Parse a library's hexadecimal color such as ``#0b5563`` or ``#fff``; None for other texts."""
    found = _HEX.match(text.strip())
    if not found:
        return None
    digits = found[1] if len(found[1]) == 6 else "".join(digit * 2 for digit in found[1])
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def hex_of(color: Color) -> str:
    """Return a color in hexadecimal, such as ``#0b5563``."""
    return "#{:02x}{:02x}{:02x}".format(*color)


def mixed(one: Color, other: Color, share: float) -> Color:
    """Return a mixture of two colors; ``share`` is that of the second, from 0 to 1."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def contrast(one: Color, other: Color) -> float:
    """Return the contrast ratio of two colors, from 1 (equal) to 21 (black and white)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: Color) -> float:
    red, green, blue = map(_linear, color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: int) -> float:
    share = value / 255
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)


class Logo(NamedTuple):
    """A library's logo that was checked to contain no scripts and no external content."""

    media_type: str
    content: bytes

    def as_text(self) -> str:
        """Return a library's logo as a ``data:`` URL, which ``parse_logo`` parses."""
        return f"data:{self.media_type};base64,{b64encode(self.content).decode()}"


@dataclass(frozen=True, slots=True)
class Theme:
    """The colors that a library set for its pages; None for Referral's own.

    Attributes:
        primary: color of the top of pages and of buttons, under white text.
        link: color of links.
        ground: color of the background.
    """

    primary: Color | None = None
    link: Color | None = None
    ground: Color | None = None

    @property
    def tokens(self) -> dict[str, str]:
        """Return the tokens of static/site/tokens.css that a library's colors replace, by name."""
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
        """Return the design tokens for dark pages, with a library's colors lightened for contrast.

        The background of dark pages is Referral's own: a library's is checked for dark text only.
        """
        found: dict[str, str] = {}
        if self.primary:
            primary = _lighten(self.primary)
            found["header"] = hex_of(mixed(self.primary, _BLACK, 0.35))
            found["primary"] = hex_of(primary)
            found["primary-deep"] = hex_of(mixed(primary, _PAPER, 0.35))
            found["primary-pale"] = hex_of(mixed(self.primary, DARK["paper"], 0.8))
        if self.link:
            found["link"] = hex_of(_lighten(self.link))
        if self.ground:
            found |= {name: hex_of(DARK[name]) for name in ("sand", "sand-deep")}
        return found


def _lighten(color: Color) -> Color:
    """Mix a library's color with as much white as text on dark pages needs."""
    steps = (mixed(color, _PAPER, share / 20) for share in range(20))
    return next(
        (
            each
            for each in steps
            if min(contrast(each, on) for on in DARK.values()) >= _CONTRAST_ON_DARK
        ),
        _PAPER,
    )


class ContrastFault(NamedTuple):
    """A color of a theme (primary, link or ground) with too little contrast to another color."""

    name: str
    color: Color
    other: Color
    ratio: float


def contrast_faults(theme: Theme) -> Iterator[ContrastFault]:
    """Yield the colors of a theme whose contrast to an adjacent color is less than ``TEXT``."""
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
    """Return the library's logo in a file or ``data:`` URL; None for a file of another type.

    Raises:
        SettingsError: the file cannot be read, is too large or is not a safe picture.
    """
    if text.startswith("data:"):
        return checked_logo(b64decode(text.partition(",")[2]))
    path = Path(text)
    if path.suffix.lower() not in _LOGO_MEDIA_TYPES:
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
    """Return a library's logo if it is a PNG or a safe SVG, else None.

    A safe SVG has no scripts and no external content.
    """
    if content.startswith(_PNG):
        return Logo(_LOGO_MEDIA_TYPES[".png"], content)
    return Logo(_LOGO_MEDIA_TYPES[".svg"], content) if _is_safe_svg(content) else None


def _is_safe_svg(svg: bytes) -> bool:
    """Return whether a file is an SVG without scripts and external content."""
    try:
        root = fromstring(svg)
    except (ParseError, DefusedXmlException, ValueError):
        return False
    elements: list[Any] = list(root.iter())
    return _local_name(root.tag) == "svg" and not any(map(_is_active, elements))


def _is_active(element: Any) -> bool:
    """Return whether an SVG element can run a script or fetch external content."""
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
