"""Paths of templates, static files, seed data and modules, in a checkout or an installed wheel."""

import os
import sys
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
# The wheel comes first: a "templates" folder beside an installed package is not Referral's.
_PARENT_FOLDERS = (_PACKAGE / "_resources", _PACKAGE.parent)


def resource_path(name: str) -> Path:
    """Return the path of Referral's folder "templates", "static" or "seed_data".

    Raises:
        FileNotFoundError: the folder is missing, so the installation is damaged.
    """
    for parent in _PARENT_FOLDERS:
        folder = parent / name
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"Referral's folder {name!r} is missing: install Referral again.")


def module_path() -> str:
    """Return a ``PYTHONPATH`` with which another process imports the same modules as this one."""
    return os.pathsep.join(entry for entry in sys.path if entry)
