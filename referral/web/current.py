"""Settings, directory and public address of the current app; page and mode of the request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar, cast

from flask import current_app, g, request, session

from referral.directory.context import Directory
from referral.settings import Settings

Value = TypeVar("Value")
NO_DATABASE = "without_database"
"""In ``g`` for a page that must need no database: that of an error, and the help lines."""
_KEPT_FOR = timedelta(minutes=10)


def current_settings() -> Settings:
    """The settings of this site at this moment."""
    given = cast(Settings, current_app.config["REFERRAL_SETTINGS"])
    return current_directory().texts.settings(given)


def current_directory() -> Directory:
    """The open directory of this site."""
    return cast(Directory, current_app.extensions["referral"])


def kept_value(name: str, make: Callable[[], Value], version: object = None) -> Value:
    """What ``make`` returns, made again after ten minutes, or when ``version`` is another.

    A page that must need no database takes what is kept, however old, and so does every page while
    the database is away.

    Args:
        name: its key in extensions.
    """
    directory = current_directory()
    now = directory.now()
    kept: tuple[datetime, object, Value] | None = current_app.extensions.get(name)
    if NO_DATABASE in g or directory.store.availability.is_away:
        return kept[2] if kept else make()
    if kept is None or kept[1] != version or not timedelta(0) <= now - kept[0] < _KEPT_FOR:
        kept = current_app.extensions[name] = now, version, make()
    return kept[2]


def public_address() -> str:
    """Where people reach this site, without a slash at the end."""
    return current_settings().public_url or request.url_root.rstrip("/")


def path_below(path: str) -> str:
    """A path of ``url_for`` without the folder in which the site is served: its address has it."""
    return path.removeprefix(request.root_path)


def cookie_path() -> str:
    """The path of our cookies: no other page of a host that has the site in a folder gets them."""
    return request.root_path or "/"


_TRAINING = "training"


def is_training() -> bool:
    """Whether what is done in this browser is done to learn."""
    return bool(session.get(_TRAINING))


def set_training(*, training: bool) -> None:
    """Remember it for this browser's session."""
    session[_TRAINING] = training


LARGEST_PAGE = 999_999


def page_number() -> int:
    """The number after ``page=``.

    Anything but ASCII digits (nothing, a sign, words, a fraction) and zero ask for the first page.
    A number past the last page asks for the last one, which only the list itself knows; numbers
    that no list reaches become ``LARGEST_PAGE``, so that no database refuses an offset.
    """
    text = request.args.get("page", "")
    if not (text.isascii() and text.isdecimal()):
        return 1
    return min(int(text.lstrip("0")[:7] or 1), LARGEST_PAGE)
