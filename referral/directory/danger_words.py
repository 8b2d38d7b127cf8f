"""The help lines that words call for, wherever at the desk they are typed."""

from __future__ import annotations

from referral.directory.directory import Directory
from referral.directory.help_lines import help_lines
from referral.directory.pages import HelpLine


def danger_lines_for(directory: Directory, text: str) -> tuple[HelpLine, ...]:
    """The lines for words that mean danger, the right one first; nothing for other words."""
    lines = {line.key: line for line in help_lines(directory.settings)}
    return tuple(lines[key] for key in directory.index.danger_in(text) if key in lines)
