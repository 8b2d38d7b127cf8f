"""A place on a map, with the number by which list and map mean the same."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext
from markupsafe import Markup, escape

from referral.web.maps.directions import Directions


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPoint:
    """A public place of a card or a page.

    Attributes:
        latitude: WGS 84 degrees, as is ``longitude``.
        lang_attr: the attributes that say in which language its name is.
        anchor: of the page's element about it, ``place-3``.
        city: of its address.
        directions: to it, where they are offered.
        is_approximate: only the middle of its ZIP code is known.
    """

    number: int
    name: str
    latitude: float
    longitude: float
    lang_attr: Markup
    anchor: str
    city: str = ""
    directions: Directions | None = None
    is_approximate: bool = False

    @property
    def words(self) -> str:
        """What it is, for whoever cannot see where it is."""
        name = self.name
        if self.is_approximate:
            name = str(gettext("%(name)s (about here)", name=name))
        return f"{self.number}. {name}"

    @property
    def shown(self) -> Markup:
        """The same without its number for a page, where a name in another language is marked."""
        name = Markup("<span{}>{}</span>").format(self.lang_attr, self.name)
        if self.is_approximate:
            return escape(gettext("%(name)s (about here)")) % {"name": name}
        return name
