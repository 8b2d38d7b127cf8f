"""The store: an engine, its sessions and its migrations, owned by one object."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, event, inspect, text
from sqlalchemy.orm import Session

from referral.errors import DirectoryError
from referral.records.history import Author
from referral.store import change_log as changes
from referral.store import history
from referral.store.engine import for_reading, make_engine

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"


class NotedSession(Session):
    """Notes its changes in the log and the history; bulk methods would not, so they raise."""

    def _refuse(self, *_arguments: object, **_options: object) -> None:
        raise changes.UnnotedChangeError("Bulk methods skip the change log; use add_all.")

    bulk_save_objects = _refuse
    bulk_insert_mappings = _refuse
    bulk_update_mappings = _refuse


class _ReadingSession(NotedSession):
    """Refuses to write."""


def _refuse_writing(session: Session, _context: object, _instances: object) -> None:
    if session.new or session.dirty or session.deleted:
        raise DirectoryError("This session only reads; change records inside store.write().")


changes.watch(NotedSession)
event.listen(NotedSession, "before_flush", history.keep_history)
event.listen(_ReadingSession, "before_flush", _refuse_writing)


class Store:
    """Opens sessions on one database.

    Args:
        database_url: SQLAlchemy URL; SQLite or PostgreSQL.
    """

    def __init__(self, database_url: str) -> None:
        self.engine = make_engine(database_url)
        self._reading = for_reading(self.engine)
        self._writing = self.engine.execution_options(writing=True)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one moment and may not write."""
        with _ReadingSession(self._reading, autoflush=False) as session:
            yield session

    @contextmanager
    def write(self, author: Author | None = None) -> Iterator[Session]:
        """A transaction: committed at the end, rolled back when the block raises.

        Args:
            author: whose changes these are in the history of records.
        """
        with NotedSession(self._writing, autoflush=False) as session, session.begin():
            history.set_author(session, author or Author())
            yield session

    def migrate(self) -> None:
        """Bring the tables up to date; does nothing when they are."""
        if not self.is_current():
            from alembic import command  # noqa: PLC0415  # dear, and seldom needed

            with self._writing.begin() as connection:
                command.upgrade(_alembic(connection), "head")

    def migrate_down(self, revision: str) -> None:
        """Take the tables back to an earlier revision (``base`` for none), with what they lose."""
        from alembic import command  # noqa: PLC0415

        with self._writing.begin() as connection:
            command.downgrade(_alembic(connection), revision)

    def is_current(self) -> bool:
        """Whether the tables are those that this version of Referral expects."""
        with self.engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return False
            have = connection.scalar(text("SELECT version_num FROM alembic_version"))
            return bool(have == newest_migration())

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def newest_migration() -> str:
    """The revision that the tables should have; files are numbered in their order."""
    return max(path.name for path in (_MIGRATIONS / "versions").glob("[0-9]*.py")).split("_")[0]


def _alembic(connection: Connection | None = None) -> Config:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
