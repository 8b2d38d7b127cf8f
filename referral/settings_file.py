"""A file of settings in the instance folder, for a library without systemd or containers.

``settings.env`` has one ``NAME=value`` in a line. The environment wins over it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from referral.errors import SettingsError

SETTINGS_FILE = "settings.env"
"""Its name in the instance folder. It may have passwords, so a backup leaves it out."""
_LINE = re.compile(r"(?:export +)?(?P<name>[A-Za-z_]+) *= *(?P<value>.*)")
_OURS = re.compile(r"(?:REFERRAL|DATABASE)_[A-Z_]+")
_ELSEWHERE = "REFERRAL_INSTANCE"  # the file lies in that folder


def settings_of_file(folder: Path) -> Mapping[str, str]:
    """What the file says by the names of variables; nothing where there is none.

    Raises:
        SettingsError: a line cannot be read; the message has its number, never its words.
    """
    path = folder / SETTINGS_FILE
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read as text in UTF-8.") from error
    found = {}
    for number, line in enumerate(map(str.strip, lines), 1):
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        name = match["name"] if match else ""
        if match is None or not _OURS.fullmatch(name) or name == _ELSEWHERE:
            raise SettingsError(
                f"{path}, line {number}: write NAME=value, with a name of docs/settings.md "
                f"other than {_ELSEWHERE}."
            )
        found[name] = _unquoted(match["value"])
    return found


def _unquoted(value: str) -> str:
    quotation = value[:1]
    is_quoted = len(value) > 1 and quotation in {'"', "'"} and value.endswith(quotation)
    return value[1:-1] if is_quoted else value
