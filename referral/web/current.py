"""Settings, instance and public address of the current app; page number and training mode."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar, cast

from flask import current_app, g, request, session

from referral.directory.instance import Instance
from referral.settings import Settings

Value = TypeVar("Value")
NO_DATABASE = "without_database"
"""Set in ``g`` on pages that must not use the database: error pages and help lines."""
_CACHED_FOR = timedelta(minutes=10)
_TRAINING = "training"
LARGEST_PAGE = 999_999


def current_settings() -> Settings:
    """Return the settings in effect for the current app, including those that staff changed."""
    configured = cast(Settings, current_app.config["REFERRAL_SETTINGS"])
    return current_instance().texts.settings(configured)


def current_instance() -> Instance:
    """Return the open instance (settings, database, index) of the current Flask app."""
    return cast(Instance, current_app.extensions["referral"])


class _CachedValue(NamedTuple):
    made_at: datetime
    version: object
    value: Any


def cached_value(name: str, make: Callable[[], Value], version: object = None) -> Value:
    """Return a value cached in the app for ten minutes, or until its ``version`` changes.

    A cached value of any age is returned on pages that must not use the database, and on all pages
    while the database is unavailable.

    Args:
        name: key of the cache in ``app.extensions``.
    """
    instance = current_instance()
    now = instance.now()
    cached: _CachedValue | None = current_app.extensions.get(name)
    if NO_DATABASE in g or instance.store.availability.is_away:
        return cast(Value, cached.value) if cached else make()
    is_current = (
        cached is not None
        and cached.version == version
        and timedelta(0) <= now - cached.made_at < _CACHED_FOR
    )
    if cached is None or not is_current:
        cached = current_app.extensions[name] = _CachedValue(now, version, make())
    return cast(Value, cached.value)


def public_address() -> str:
    """Return the public URL of the site, without a final slash."""
    return current_settings().public_url or request.url_root.rstrip("/")


def path_below(path: str) -> str:
    """Return a path of ``url_for`` without the folder under which the site is served."""
    return path.removeprefix(request.root_path)


def cookie_path() -> str:
    """Return the path for cookies: the folder of the site, so that no other site gets them."""
    return request.root_path or "/"


def is_training() -> bool:
    """Return whether this browser is in the desk's training mode."""
    return bool(session.get(_TRAINING))


def set_training(*, training: bool) -> None:
    """Turn training mode of the desk on or off for this browser's session."""
    session[_TRAINING] = training


def page_number() -> int:
    """Return the page number in the URL of the current request, 1 if it is missing or invalid.

    The result is 1 for zero and for anything but ASCII digits (nothing, a sign, words, a fraction).
    Only the list itself can reduce a number past its last page; numbers that no list reaches become
    ``LARGEST_PAGE``, so that no database refuses an offset.
    """
    text = request.args.get("page", "")
    if not (text.isascii() and text.isdecimal()):
        return 1
    return min(int(text.lstrip("0")[:7] or 1), LARGEST_PAGE)
