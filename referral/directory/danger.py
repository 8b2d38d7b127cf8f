"""Help lines for words that mean danger, or may mean it."""

from __future__ import annotations

from referral.directory.help_lines import help_lines
from referral.directory.instance import Instance
from referral.directory.site_texts import HOME
from referral.directory.view_models import RaisedLines
from referral.fields.places.home import find_home
from referral.fields.places.lookup import Place
from referral.search.query import Danger, Degree
from referral.settings import Settings


def raised_help_lines(settings: Settings, danger: Danger) -> RaisedLines:
    """Return the help lines for the danger that was recognized in words."""
    if not danger.lines:
        return RaisedLines()
    lines_by_key = {line.key: line for line in help_lines(settings)}
    if danger.degree is Degree.SURE:
        lines = (lines_by_key[key] for key in dict.fromkeys(danger.lines) if key in lines_by_key)
        return RaisedLines(danger=tuple(lines))
    perhaps = (lines_by_key[key] for key in (*danger.lines, "988") if key in lines_by_key)
    return RaisedLines(perhaps=next(perhaps, None))


def is_home_county(instance: Instance, place: Place | None) -> bool:
    """Return whether a place is in the county of the library, as set in *Our library*."""
    library = instance.texts.library_settings()
    home = find_home(library.get(HOME, ""), instance.settings.area_code)
    if home is None or place is None or not home.county:
        return False
    return (home.county, home.state) == (place.county, place.state)


def crisis_help_lines(instance: Instance, text: str) -> RaisedLines:
    """Return the help lines for the danger that a text speaks of; none for most texts."""
    return raised_help_lines(instance.settings, instance.index.danger_in(text))
