"""The settings file in the instance folder, for a library without systemd or containers.

``settings.env`` has one ``NAME=value`` per line. Environment variables take precedence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from referral.errors import SettingsError

SETTINGS_FILE = "settings.env"
"""Name of the file in the instance folder. It may contain passwords, so backups leave it out."""
_LINE = re.compile(r"(?:export +)?(?P<name>[A-Za-z_]+) *= *(?P<value>.*)")
_ALLOWED_NAME = re.compile(r"(?:REFERRAL|DATABASE)_[A-Z_]+")
_NOT_IN_FILE = "REFERRAL_INSTANCE"  # cannot be set in the file, which is in that folder


def settings_of_file(folder: Path) -> Mapping[str, str]:
    """Return the settings file's values by variable name; empty if there is no file.

    Raises:
        SettingsError: a line cannot be parsed; the message has its number, never its text.
    """
    path = folder / SETTINGS_FILE
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read as text in UTF-8.") from error
    values = {}
    for number, line in enumerate(map(str.strip, lines), 1):
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        name = match["name"] if match else ""
        if match is None or not _ALLOWED_NAME.fullmatch(name) or name == _NOT_IN_FILE:
            raise SettingsError(
                f"{path}, line {number}: write NAME=value, with a name of docs/settings.md "
                f"other than {_NOT_IN_FILE}."
            )
        values[name] = _remove_quotes(match["value"])
    return values


def _remove_quotes(value: str) -> str:
    quotation = value[:1]
    is_quoted = len(value) > 1 and quotation in {'"', "'"} and value.endswith(quotation)
    return value[1:-1] if is_quoted else value
