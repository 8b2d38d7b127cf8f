"""Upgrading the tables under one lock, and which releases can serve on them.

A release only adds to the tables, so that nodes of the release before serve beside it. What takes
away or renames comes a release later, in a migration with ``contracts = True``: what is older than
that migration then refuses to start.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from referral.errors import SettingsError

if TYPE_CHECKING:
    from alembic.config import Config

_log = logging.getLogger(__name__)
_FOLDER = Path(__file__).parent
_FIRST = "0048"  # makes all tables; what was before it is no longer here
_LOCK = 0x72656665  # of PostgreSQL, for all nodes that migrate this database


def is_known(revision: str) -> bool:
    """Whether there are migrations from the tables of this revision to those of this release."""
    return _FIRST <= revision <= newest_migration()


def newest_migration() -> str:
    """The revision that the tables should have; files are numbered in their order."""
    return max(path.name for path in (_FOLDER / "versions").glob("[0-9]*.py")).split("_")[0]


def revision_of(connection: Connection) -> str:
    """The revision that the tables have; "" where there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")) or "")


def can_serve(connection: Connection) -> bool:
    """Whether the tables are those of this release, or of a later one that serves beside it."""
    have, newest = revision_of(connection), newest_migration()
    if have <= newest:
        return have == newest
    return str(connection.scalar(text("SELECT serves_from FROM schema_state")) or "") <= newest


def migrate_locked(connection: Connection) -> bool:
    """Upgrade the tables unless another node has done so; whether there was data before.

    Args:
        connection: in a transaction that writes. With SQLite it has the write lock.

    Raises:
        SettingsError: the tables are too old to be upgraded, or too new to serve on.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    have, newest = revision_of(connection), newest_migration()
    if have == newest:
        return False
    if have and have < _FIRST:
        raise SettingsError(
            f"The tables are those of migration {have}, and this release upgrades from {_FIRST} "
            "on. Make a backup, start a release that upgrades to it once, then this one."
        )
    if have > newest:
        if not can_serve(connection):
            raise SettingsError(
                "The tables are those of a later release, which this one cannot serve on. "
                "Install the later release."
            )
        _log.warning("The tables are those of a later release; this one serves beside it.")
        return False
    _upgrade(connection)
    return bool(have)


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  # dear, and seldom needed
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = alembic_config(connection)
    command.upgrade(config, "head")
    revisions = ScriptDirectory.from_config(config).walk_revisions()
    contracting = [one.revision for one in revisions if getattr(one.module, "contracts", False)]
    connection.execute(
        text("UPDATE schema_state SET serves_from = :oldest"),
        {"oldest": max(contracting, default="")},
    )


def alembic_config(connection: Connection | None = None) -> Config:
    """What Alembic needs to find the migrations, and the connection to run them on."""
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
