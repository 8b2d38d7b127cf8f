"""Generator of ``docs/settings.md``, the table of all settings, from the class ``Settings``.

``python -m tests.support.settings_table`` writes the page.
"""

import inspect
import re
from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path

from referral.settings import LIBRARY_SETTINGS, VARIABLES, Settings, allowed

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "settings.md"
VARIABLE = re.compile(r"\b(?:REFERRAL|DATABASE)_[A-Z_]+\b")
_ENTRY = re.compile(r"^    (\w[\w, ]*): ", re.MULTILINE)
_HEAD = """# Settings

For whoever runs the site: every setting. Each is an environment variable; none is needed to try
Referral. Those but `REFERRAL_INSTANCE` may also be lines `NAME=value` of the file `settings.env` in the instance folder; the environment wins. Yes and no may be
written as `yes`, `no`, `1`, `0`. This page is made from `referral/settings.py` by
`python -m tests.support.settings_table`.

Those marked ● are the library's own: admins set them on the page *Our library*, without a restart. A
variable that is set here wins, and the page shows it as fixed.

| variable | what it sets | what it may be | without it |
|---|---|---|---|
"""


def settings_page() -> str:
    """Return the page of settings, as ``docs/settings.md`` must be."""
    return _HEAD + "\n".join(_rows()) + "\n"


def _rows() -> Iterator[str]:
    """Yield a table row for each entry of the docstring; several settings may share an entry."""
    _, _, attributes = (inspect.getdoc(Settings) or "").partition("Attributes:\n")
    parts = _ENTRY.split(attributes)[1:]
    for names, text in zip(parts[::2], parts[1::2], strict=True):
        variables = {name: VARIABLES[name] for name in names.split(", ") if name in VARIABLES}
        own = " ●" if set(variables) & set(LIBRARY_SETTINGS) else ""
        if variables:
            cells = (
                ", ".join(f"`{variable}`" for variable in variables.values()) + own,
                " ".join(text.replace("``", "`").split()).rstrip("."),
                ", ".join(dict.fromkeys(filter(None, map(allowed, variables)))) or "–",
                ", ".join(dict.fromkeys(map(_default, variables))),
            )
            yield f"| {' | '.join(cells)} |"


def _default(name: str) -> str:
    value = next(field.default for field in fields(Settings) if field.name == name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is MISSING or not value:
        return "–"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


if __name__ == "__main__":
    PAGE.write_text(settings_page(), encoding="utf-8")
