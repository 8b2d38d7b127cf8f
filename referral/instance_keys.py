"""Keys of this site: from the environment, or with SQLite from files of the instance folder."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from referral.errors import SettingsError

SECRET_KEY, CONTACT_KEYS = "REFERRAL_SECRET_KEY", "REFERRAL_CONTACT_KEYS"
_SHORTEST = 32
_WISH = f"give {_SHORTEST} letters or more, chosen by chance"
_FILES = {SECRET_KEY: "secret_key", CONTACT_KEYS: "contact_key"}


def read_keys(
    environ: Mapping[str, str], instance_path: Path, *, shared: bool
) -> dict[str, object]:
    """The values of the settings ``secret_key`` and ``contact_keys``.

    Args:
        shared: whether other nodes use the same database, and so need the same keys. None is then
            taken from a file of this node.

    Raises:
        SettingsError: a key is missing or too short.
    """
    if shared:
        _refuse_missing(environ)
    secret_key = environ.get(SECRET_KEY, "").strip()
    if secret_key and len(secret_key.encode()) < _SHORTEST:
        raise SettingsError(f"{SECRET_KEY} is too short; {_WISH}.")
    keys = tuple(filter(None, map(str.strip, environ.get(CONTACT_KEYS, "").split(","))))
    if any(len(key) < _SHORTEST for key in keys):
        raise SettingsError(f"A key in {CONTACT_KEYS} is too short; {_WISH}.")
    return {
        "secret_key": secret_key or _kept_key(instance_path, _FILES[SECRET_KEY]),
        "contact_keys": keys or (_kept_key(instance_path, _FILES[CONTACT_KEYS]),),
    }


def environment_lines(
    instance_path: Path | None = None, environ: Mapping[str, str] = os.environ
) -> list[str]:
    """Lines for the environment of every node.

    A key that is in use stays: that of the environment, else that of this folder. Others are new,
    and kept nowhere.
    """
    folder = instance_path or Path(environ.get("REFERRAL_INSTANCE") or "instance")
    return [
        f"{name}={environ.get(name) or _read_key(folder / file) or secrets.token_hex(32)}"
        for name, file in _FILES.items()
    ]


def _refuse_missing(environ: Mapping[str, str]) -> None:
    missing = [name for name in _FILES if not environ.get(name, "").strip()]
    if missing:
        raise SettingsError(
            "With PostgreSQL all nodes need the same keys, from their environment. "
            f"Not set: {', '.join(missing)}. "
            "Run “referral keys” once, and set what it prints on every node."
        )


def _kept_key(instance_path: Path, name: str) -> str:
    """A key of this instance, made the first time and readable by its owner only."""
    path = instance_path / name
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_key(path)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        key = secrets.token_hex(32)
        file.write(key)
    return key


def _read_key(path: Path) -> str:
    return path.read_text(encoding="ascii").strip() if path.is_file() else ""
