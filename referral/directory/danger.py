"""Help lines that words call for: those that mean danger, and those that perhaps do."""

from __future__ import annotations

from collections.abc import Iterable

from referral.directory.context import Directory
from referral.directory.help_lines import help_lines
from referral.directory.view_models import RaisedLines
from referral.search.query import Notice
from referral.settings import Settings


def raised_help_lines(settings: Settings, notices: Iterable[Notice]) -> RaisedLines:
    """The help lines that the notices of a search call for."""
    keys: dict[str, list[str]] = {}
    for notice in notices:
        if "line" in notice.details:
            keys.setdefault(notice.kind, []).append(notice.details["line"])
    if not keys:
        return RaisedLines()
    known = {line.key: line for line in help_lines(settings)}
    perhaps = [known[key] for key in (*keys.get("perhaps-crisis", ()), "988") if key in known]
    return RaisedLines(
        danger=tuple(known[key] for key in dict.fromkeys(keys.get("crisis", ())) if key in known),
        perhaps=perhaps[0] if "perhaps-crisis" in keys and perhaps else None,
    )


def crisis_help_lines(directory: Directory, text: str) -> RaisedLines:
    """The help lines that a text calls for; none for most texts."""
    return raised_help_lines(directory.settings, directory.index.crisis_notices(text))
