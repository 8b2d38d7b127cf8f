"""Static assets: styles, scripts and icons, all served from here.

Bootstrap's icons come out of the bootstrap-flask wheel, so that no copy of them has to be kept.
Addresses carry a digest of the file, so browsers may keep files for a year.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from markupsafe import Markup

YEAR = 365 * 24 * 60 * 60
_SYMBOL = re.compile(
    r'<symbol[^>]*viewBox="(?P<box>[\d ]+)"[^>]* id="(?P<name>[^"]+)">(?P<shape>.*?)</symbol>'
)


def init_app(app: Flask) -> None:
    """Serve static files with long-lived addresses and offer ``name | icon`` to templates."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = YEAR
    app.url_defaults(add_digest)
    app.jinja_env.filters["icon"] = icon  # of a constant: Jinja writes it into the template once


@lru_cache(maxsize=2)
def _static_folder(package: str, wheel: str) -> Path:
    """The static files of an installed package, found without running its code."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise FileNotFoundError(f"{wheel} is missing: install Referral again.")
    return Path(found.origin).parent / "static"


@lru_cache(maxsize=256)
def icon(name: str) -> Markup:
    """One Bootstrap icon as a decorative ``<svg>``; empty when there is no icon of that name."""
    if name not in _symbols():
        return Markup()
    view_box, shape = _symbols()[name]
    # Both come from the wheel's own sprite, and view_box is digits and spaces.
    return Markup(  # noqa: S704
        f'<svg class="icon" viewBox="{view_box}" aria-hidden="true" focusable="false">{shape}</svg>'
    )


@lru_cache(maxsize=1)
def _symbols() -> Mapping[str, tuple[str, str]]:
    """Name → view box and shape of every icon there is."""
    bootstrap = _static_folder("flask_bootstrap", "bootstrap-flask") / "bootstrap5"
    sprite = bootstrap / "icons" / "bootstrap-icons.svg"
    found = _SYMBOL.finditer(sprite.read_text(encoding="utf-8"))
    return {match["name"]: (match["box"], match["shape"]) for match in found}


def add_digest(endpoint: str, values: dict[str, Any]) -> None:
    """Add the digest of a static file to the values of its address."""
    folder = _FOLDERS.get(endpoint)
    if folder is not None and "v" not in values:
        path = Path(folder(), values["filename"])
        values["v"] = _digest(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _digest(path: Path, _changed_ns: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


_FOLDERS: dict[str, Callable[[], Any]] = {
    "static": lambda: current_app.static_folder,
}
