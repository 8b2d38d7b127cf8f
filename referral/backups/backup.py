"""Writing of a backup while the instance serves: a snapshot of the database, and the files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from referral.backups.archive import (
    FILES,
    KEYS,
    LOGO,
    TABLES,
    BackupWriter,
    chunks_of_file,
    manifest_of,
)
from referral.backups.instance_files import files_to_keep
from referral.backups.records import FORMAT, BackupError, Manifest
from referral.backups.sealed_keys import check_values, seal_keys
from referral.errors import DatabaseDamagedError
from referral.settings import Settings
from referral.store import Store
from referral.store.change_log import store_state
from referral.store.migrations.upgrade import revision_of
from referral.store.table_copies import find_damage, lines_of, tables_of

# Settings whose values are stored in a backup, as they are not secret; of others only the name.
_PUBLIC_SETTINGS = frozenset(
    {
        "area_code", "ask_email", "ask_hours", "ask_phone", "ask_place", "exit_address",
        "library_name", "mail_from", "public_url", "timezone",
    }
)  # fmt: skip
_DAMAGED = "The database is damaged: restore a backup. No backup of it was made."
_UNLISTED_SETTINGS = frozenset({"instance_path", "testing", "secret_key", "contact_keys"})


def write_backup(settings: Settings, store: Store, path: Path) -> Manifest:
    """Write a backup to a file, replacing an existing one only when the new one is complete.

    Raises:
        BackupError: the database is damaged or cannot be read, the file cannot be written, or the
            existing backup has more than twice as many records.
    """
    try:
        writer = BackupWriter(path)
        try:
            with store.read() as session:
                manifest = _write_parts(settings, session, writer)
            _refuse_to_replace_larger(path, manifest)
            writer.finish(manifest)
        except BaseException:
            writer.abandon()
            raise
    except (OSError, SQLAlchemyError) as error:
        if isinstance(error, DatabaseDamagedError):
            raise BackupError(_DAMAGED) from error
        raise BackupError(f"The backup cannot be made: {type(error).__name__}.") from error
    return manifest


def _refuse_to_replace_larger(path: Path, manifest: Manifest) -> None:
    existing = manifest_of(path)
    if existing and manifest.has_far_fewer_than(existing):
        raise BackupError(
            f"{path.name} has {existing.records} records, and the database {manifest.records}: far "
            "fewer records. Nothing was replaced. If that is right, name another file; if not, "
            f"restore: referral restore {path} --replace"
        )


def _write_parts(settings: Settings, session: Session, writer: BackupWriter) -> Manifest:
    connection = session.connection()
    if find_damage(connection):  # reading all rows does not find all damage
        raise BackupError(_DAMAGED)
    state = store_state(session)
    for table in tables_of(connection):
        writer.add(f"{TABLES}{table.name}.jsonl", lines_of(connection, table), is_table=True)
    _add_files(settings, writer)
    if settings.backup_passphrase:
        writer.add(KEYS, [seal_keys(settings, settings.backup_passphrase)])
    return Manifest(
        format=FORMAT,
        version=version("referral"),
        made_at=datetime.now(UTC),
        revision=revision_of(connection),
        database=connection.dialect.name,
        store_id=state.store_id,
        last_change=state.last_sequence,
        parts=tuple(writer.parts),
        settings=_changed_settings(settings),
        keys=check_values(settings),
        has_sealed_keys=bool(settings.backup_passphrase),
    )


def _add_files(settings: Settings, writer: BackupWriter) -> None:
    for name, path in files_to_keep(settings):
        writer.add(f"{FILES}{name}", chunks_of_file(path))
    if settings.logo and "logo" in settings.fixed:
        ending = settings.logo.media_type.removeprefix("image/").partition("+")[0]
        writer.add(f"{LOGO}logo.{ending}", [settings.logo.content])


def _changed_settings(settings: Settings) -> Mapping[str, str]:
    """Return the settings that differ from their defaults, with "" for secret values."""
    changed = {}
    own_database_url = f"sqlite:///{settings.instance_path / 'referral.sqlite3'}"
    computed_defaults: dict[str, object] = {"database_url": own_database_url}
    for field in fields(settings):
        default = field.default_factory() if field.default_factory is not MISSING else field.default
        value = getattr(settings, field.name)
        default = computed_defaults.get(field.name, default)
        if field.name not in _UNLISTED_SETTINGS and value != default:
            is_public = field.name in _PUBLIC_SETTINGS or isinstance(value, bool | int | date)
            changed[field.name] = str(value) if is_public else ""
    return changed
