"""The table of places, made once in a test process and lent to every instance that it makes.

A worker that a test starts would else make it anew, which takes two seconds.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from referral.records.gazetteer import GAZETTEER

_made: list[Path] = []


@pytest.fixture(scope="session", autouse=True)
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Make the table."""
    folder = tmp_path_factory.mktemp("places")
    GAZETTEER.keep_in(folder)
    GAZETTEER.zip_code("16335")
    _made.extend(folder.iterdir())
    yield
    _made.clear()


def lend_places(instance: Path) -> None:
    """Put the table where a process that opens this instance looks for it."""
    instance.mkdir(parents=True, exist_ok=True)
    for path in _made:
        lent = instance / path.name
        if not lent.exists():
            os.link(path, lent)
