"""Danger in what people say: the help lines that it calls for."""

from __future__ import annotations

from referral.directory.context import Directory
from referral.directory.help_lines import help_lines
from referral.directory.view_models import HelpLine


def crisis_help_lines(directory: Directory, text: str) -> tuple[HelpLine, ...]:
    """The lines for words that mean danger, the right one first; nothing for other words."""
    lines = {line.key: line for line in help_lines(directory.settings)}
    return tuple(lines[key] for key in directory.index.danger_in(text) if key in lines)
