"""Where templates, static files, seed data and modules are, in a checkout and in a wheel."""

import os
import sys
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
# In a wheel first: beside an installed package, a folder called "templates" is somebody else's.
_PLACES = (_PACKAGE / "_resources", _PACKAGE.parent)


def resource_path(name: str) -> Path:
    """Return the folder called name: "templates", "static" or "seed_data".

    Raises:
        FileNotFoundError: there is none, which means a damaged installation.
    """
    for place in _PLACES:
        folder = place / name
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"Referral's folder {name!r} is missing: install Referral again.")


def module_path() -> str:
    """Return a ``PYTHONPATH`` with which another process finds the very modules of this one."""
    return os.pathsep.join(entry for entry in sys.path if entry)
