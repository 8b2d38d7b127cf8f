"""Secret keys of the site, from the environment or, with SQLite, from the instance folder."""

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
    """Return the secret keys that the settings lack, from files in the instance folder.

    Args:
        given: settings by name; keys among them are left out of the result.
        shared: whether other nodes use the same database, and so need the same keys. Then no key
            is taken from a file of this node.

    Raises:
        SettingsError: a key is missing.
    """
    missing = [name for name in _FILES if not given.get(name)]
    if shared and missing:
        raise SettingsError(
            "With PostgreSQL all nodes need the same keys, from their environment. "
            f"Not set: {', '.join(map(_variable_name, missing))}. "
            "Run “referral keys” once, and set what it prints on every node."
        )
    keys = {name: _read_or_create_key(instance_path / _FILES[name]) for name in missing}
    return {name: (key,) if name == "contact_keys" else key for name, key in keys.items()}


def environment_lines(
    instance_path: Path | None = None, environ: Mapping[str, str] = os.environ
) -> list[str]:
    """Return lines that set the site's secret keys in the environment of every node.

    A key in use is repeated: from the environment, or else from the instance folder. Other keys are
    new and are not stored.
    """
    folder = instance_path or Path(environ.get("REFERRAL_INSTANCE") or "instance")
    return [
        f"{_variable_name(name)}="
        f"{environ.get(_variable_name(name)) or _read_key(folder / file) or secrets.token_hex(32)}"
        for name, file in _FILES.items()
    ]


def _variable_name(name: str) -> str:
    return f"REFERRAL_{name.upper()}"


def _read_or_create_key(path: Path) -> str:
    """Return a secret key from its file, which is created on first use for its owner only."""
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
