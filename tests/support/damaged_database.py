"""A SQLite file with an overwritten or altered page, as a failing disk leaves it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from referral.directory.instance import Instance

_INTERIOR_PAGE_TYPES = (2, 5)  # of an index and of a table; such pages have child pages


def overwrite_leaf(instance: Instance, name: str, *, keep_form: bool = False) -> None:
    """Overwrite the last leaf page of a table or index, after closing all connections.

    Args:
        keep_form: flip only one bit of the last record, so that the page remains well-formed.
    """
    path = instance.store.engine.url.database
    assert path
    instance.store.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [(number,)] = connection.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = ?", (name,)
        )
        [(size,)] = connection.execute("PRAGMA page_size")
    with Path(path).open("r+b") as file:
        while True:
            file.seek((number - 1) * size)
            page = file.read(size)
            if page[0] not in _INTERIOR_PAGE_TYPES:
                break
            number = int.from_bytes(page[8:12], "big")
        file.seek((number - 1) * size)
        file.write(page[:-1] + bytes([page[-1] ^ 1]) if keep_form else b"\xa5" * size)
