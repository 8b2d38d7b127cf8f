"""Keys of this site: from the environment, or with SQLite from files of the instance folder."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from referral.errors import SettingsError

_FILES = {"secret_key": "secret_key", "contact_keys": "contact_key"}


def keys_of_instance(
    given: Mapping[str, object], instance_path: Path, *, shared: bool
) -> dict[str, object]:
    """The settings ``secret_key`` and ``contact_keys``, without those that are given.

    Args:
        given: settings by their names.
        shared: whether other nodes use the same database, and so need the same keys. None is then
            taken from a file of this node.

    Raises:
        SettingsError: a key is missing.
    """
    missing = [name for name in _FILES if not given.get(name)]
    if shared and missing:
        raise SettingsError(
            "With PostgreSQL all nodes need the same keys, from their environment. "
            f"Not set: {', '.join(map(_variable, missing))}. "
            "Run “referral keys” once, and set what it prints on every node."
        )
    kept = {name: _kept_key(instance_path / _FILES[name]) for name in missing}
    return {name: (key,) if name == "contact_keys" else key for name, key in kept.items()}


def environment_lines(
    instance_path: Path | None = None, environ: Mapping[str, str] = os.environ
) -> list[str]:
    """Lines for the environment of every node.

    A key that is in use stays: that of the environment, else that of this folder. Others are new,
    and kept nowhere.
    """
    folder = instance_path or Path(environ.get("REFERRAL_INSTANCE") or "instance")
    return [
        f"{_variable(name)}="
        f"{environ.get(_variable(name)) or _read_key(folder / file) or secrets.token_hex(32)}"
        for name, file in _FILES.items()
    ]


def _variable(name: str) -> str:
    return f"REFERRAL_{name.upper()}"


def _kept_key(path: Path) -> str:
    """A key of this instance, made the first time and readable by its owner only."""
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
