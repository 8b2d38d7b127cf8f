"""Scale bars in miles and in kilometers."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10

from flask_babel import format_decimal

from referral.web.maps.frame import Frame

_LONGEST = 0.28  # of the width of the map
_KM_OF_A_MILE = 1.609344
_STEPS = (5, 2, 1)


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """A length on the map and what it stands for.

    Attributes:
        pixels: how long the bar is.
        text: ``5 mi`` or ``10 km``, in the digits of the page's language.
    """

    pixels: float
    text: str


def scale_bars(frame: Frame) -> tuple[ScaleBar, ScaleBar]:
    """The bar in miles and the one in kilometers, each of a round number."""
    miles = frame.miles_of_a_pixel
    most = frame.width * _LONGEST
    return _bar(miles, most, "mi"), _bar(miles * _KM_OF_A_MILE, most, "km")


def _bar(of_a_pixel: float, most: float, unit: str) -> ScaleBar:
    length = _round_length(of_a_pixel * most)
    shown = format_decimal(length)
    return ScaleBar(round(length / of_a_pixel, 1), f"{shown} {unit}")


def _round_length(longest: float) -> float:
    """The greatest of 1, 2 and 5 times a power of ten that is not longer."""
    power = 10.0 ** floor(log10(longest))
    return next(step * power for step in _STEPS if step * power <= longest)
