"""Table of all settings, ``docs/settings.md``, made from the docstrings of the settings.

``python -m tests.support.settings_table`` writes it anew.
"""

import inspect
import re
import typing
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path

from referral.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "settings.md"
VARIABLE = re.compile(r"\b(?:REFERRAL|DATABASE)_[A-Z_]+\b")
_ENTRY = re.compile(r"^    (\w[\w, ]*): ", re.MULTILINE)
_BRACKET = re.compile(r"\s*\[([^\]]*\b(?:REFERRAL|DATABASE)_[A-Z_]+[^\]]*)\]")
_HEAD = """# Settings

Each is an environment variable; none is needed to try Referral. Those but `REFERRAL_INSTANCE` may also be
lines `NAME=value` of the file `settings.env` in the instance folder; the environment wins. Yes and no may be
written as `yes`, `no`, `1`, `0`. This page is made from `referral/settings.py` by
`python -m tests.support.settings_table`.

| variable | what it sets | without it |
|---|---|---|
"""


def settings_page() -> str:
    """The page as it should be."""
    return _HEAD + "\n".join(_rows(Settings)) + "\n"


def _rows(settings: type) -> Iterator[str]:
    types = typing.get_type_hints(settings)
    by_name = {field.name: field for field in fields(settings)}
    for names, text in _entries(settings):
        kind = types.get(names[0])
        kinds = [kind, *typing.get_args(kind)]  # one of its own, or that or None
        below = [
            row
            for one in kinds
            if isinstance(one, type) and is_dataclass(one)
            for row in _rows(one)
        ]
        if below:
            yield from below
        elif found := _BRACKET.search(text):
            variables = VARIABLE.sub(lambda match: f"`{match[0]}`", " ".join(found[1].split()))
            meaning = " ".join(_BRACKET.sub("", text).replace("``", "`").split()).rstrip(".")
            defaults = [_default(by_name[name]) for name in names if name in by_name]
            yield f"| {variables} | {meaning} | {', '.join(dict.fromkeys(defaults))} |"


def _entries(settings: type) -> list[tuple[list[str], str]]:
    """The names and the text of each attribute with a variable that the docstring explains."""
    _, _, attributes = (inspect.getdoc(settings) or "").partition("Attributes:\n")
    parts = _ENTRY.split(attributes)[1:]
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return [(names.split(", "), text) for names, text in pairs]


def _default(field: "Field[object]") -> str:
    value = field.default
    if value is MISSING or value in ("", (), None, frozenset()):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | frozenset):
        return ", ".join(map(str, value))
    return str(value)


if __name__ == "__main__":
    PAGE.write_text(settings_page(), encoding="utf-8")
