"""Static assets: styles, scripts and icons, all served by this site.

Bootstrap's icons are read from the bootstrap-flask wheel, so that no copy has to be maintained.
Addresses contain a digest of the file, so browsers may cache files for a year.
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
_FOLDERS: dict[str, Callable[[], Any]] = {
    "static": lambda: current_app.static_folder,
}


def init_app(app: Flask) -> None:
    """Register digests in the URLs of static files, and the template filter ``name | icon``."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = YEAR
    app.url_defaults(add_digest)
    app.jinja_env.filters["icon"] = icon  # Jinja evaluates it once for a constant name


@lru_cache(maxsize=2)
def _static_folder(package: str, wheel: str) -> Path:
    """Return the static folder of an installed package without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"{wheel} is missing: install Referral again.")
    return Path(spec.origin).parent / "static"


@lru_cache(maxsize=256)
def icon(name: str) -> Markup:
    """Return a Bootstrap icon as a decorative inline ``<svg>``, or "" for an unknown icon name."""
    if name not in _symbols():
        return Markup()
    view_box, shape = _symbols()[name]
    # Both come from the wheel's own sprite, and view_box is digits and spaces.
    return Markup(  # noqa: S704
        f'<svg class="icon" viewBox="{view_box}" aria-hidden="true" focusable="false">{shape}</svg>'
    )


@lru_cache(maxsize=1)
def _symbols() -> Mapping[str, tuple[str, str]]:
    """Return a mapping from the name of each Bootstrap icon to its SVG view box and shape."""
    bootstrap = _static_folder("flask_bootstrap", "bootstrap-flask") / "bootstrap5"
    sprite = bootstrap / "icons" / "bootstrap-icons.svg"
    matches = _SYMBOL.finditer(sprite.read_text(encoding="utf-8"))
    return {match["name"]: (match["box"], match["shape"]) for match in matches}


def add_digest(endpoint: str, values: dict[str, Any]) -> None:
    """Add a digest of the file's content to the URL of a static file, for caches."""
    folder = _FOLDERS.get(endpoint)
    if folder is not None and "v" not in values:
        path = Path(folder(), values["filename"])
        values["v"] = _digest(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _digest(path: Path, _changed_ns: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]
