"""Everything that an instance stores, searched by tests for texts that must not be stored."""

from pathlib import Path

from sqlalchemy import make_url, select

from referral.directory.instance import Instance
from referral.store.base import Base


def rows_of(instance: Instance) -> dict[str, set[str]]:
    """Return every row of every table as text, by table, as a database dump would contain it."""
    with instance.store.read() as session:
        return {
            table.name: {str(row) for row in session.execute(select(table))}
            for table in Base.metadata.sorted_tables
        }


def bytes_on_disk(instance: Instance) -> bytes:
    """Return the bytes of all files of an instance, and of SQLite's database file with its log."""
    files = [path for path in instance.settings.instance_path.rglob("*") if path.is_file()]
    if instance.store.has_one_writer:
        database = Path(make_url(instance.settings.database_url).database or "")
        files += database.parent.glob(f"{database.name}*")
    return b"\n".join(path.read_bytes() for path in files)
