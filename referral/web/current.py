"""Settings, directory and public address of the current app."""

from __future__ import annotations

from typing import cast

from flask import current_app, request

from referral.directory.context import Directory
from referral.settings import Settings


def current_settings() -> Settings:
    """The settings of this site."""
    return cast(Settings, current_app.config["REFERRAL_SETTINGS"])


def current_directory() -> Directory:
    """The open directory of this site."""
    return cast(Directory, current_app.extensions["referral"])


def public_address() -> str:
    """Where people reach this site, without a slash at the end."""
    return current_settings().public_url or request.url_root.rstrip("/")
