"""The table of places, built once in a test process and shared with every instance of its tests.

Otherwise each worker that a test starts would build it again, which takes two seconds.
"""

import os
from pathlib import Path

from referral.fields.places.gazetteer import GAZETTEER

_files: list[Path] = []


def make_places(folder: Path) -> None:
    """Build the table of places in a folder."""
    GAZETTEER.use_folder(folder)
    GAZETTEER.zip_code("16335")
    _files.extend(folder.iterdir())


def lend_places(instance_path: Path) -> None:
    """Link the table of places into the folder of an instance, where its processes look for it."""
    instance_path.mkdir(parents=True, exist_ok=True)
    for path in _files:
        link = instance_path / path.name
        if not link.exists():
            os.link(path, link)
