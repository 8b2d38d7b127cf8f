"""Restore of a backup: all checks first, then one transaction, also while nodes run.

Nodes read the old rows until the transaction is committed. The database then has another store id,
by which index and caches of every node notice the restore at the next request.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, inspect, make_url, select
from sqlalchemy.exc import SQLAlchemyError

from referral.backups.archive import FILES, KEYS, LOGO, BackupFile
from referral.backups.backup import write_backup
from referral.backups.instance_files import SET_ASIDE, place_for
from referral.backups.present_state import PresentState, find_returning, read_present
from referral.backups.records import COUNTED, BackupError, RestoreReport, Returning
from referral.backups.restored_rows import LinesOfTable, replace_rows, upgraded_lines
from referral.backups.sealed_keys import CONTACT, SECRET, check_values, open_keys
from referral.directory.instance import store_of
from referral.errors import DiskFullError
from referral.settings import Settings
from referral.store import Store
from referral.store.base import Base
from referral.store.migrations.upgrade import is_known, newest_migration
from referral.store.table_copies import find_damage, tables_of

_NAME = "before-restore.zip"


def restore_backup(
    settings: Settings,
    path: Path,
    *,
    dry_run: bool = False,
    replace: bool = False,
    announce: Callable[[RestoreReport], object] = lambda _report: None,
) -> RestoreReport:
    """Restore a backup to an instance, and set the current data aside.

    Args:
        dry_run: whether to return the report without changing anything.
        replace: whether an instance with data may be replaced.
        announce: called with the report before anything is changed.

    Raises:
        BackupError: the backup is damaged, too old or too new, or the instance has data and
            ``replace`` is not set.
    """
    with BackupFile(path) as backup:
        backup.check()
        revision = backup.manifest.revision
        if not is_known(revision):
            other = "a newer" if revision > newest_migration() else "an older"
            raise BackupError(f"The backup was made by {other} version. Install that first.")
        for name in backup.names(""):
            place_for(settings.instance_path, name)
        keys = _keys_to_restore(settings, backup)
        with _open_store(settings) as store, upgraded_lines(backup) as lines:
            present_rows = _count_rows(settings, store)
            present = _read_present(store) if present_rows else PresentState()
            report = RestoreReport(
                manifest=backup.manifest,
                replaces=present_rows,
                returning=find_returning(present, lines) if present_rows else Returning(),
                is_present_known=present_rows > 0 or present.is_known,  # else read once more
                files=len(backup.names(FILES) + backup.names(LOGO)),
                keys=tuple(keys),
                unfit_keys=_unfit_keys(settings, backup, keys),
            )
            announce(report)
            if dry_run:
                return report
            if present_rows != 0 and not replace:
                raise BackupError(
                    "There is a directory in this place already. Nothing was changed. To put the "
                    "backup in its place, say --replace; what is there is set aside."
                )
            return _carry_out(settings, store, backup, _Plan(report, lines, present, keys))


@dataclass(frozen=True, slots=True)
class _Plan:
    """A restore as it was announced, with the data for it."""

    report: RestoreReport
    lines: LinesOfTable
    present: PresentState
    keys: dict[str, str]


def _carry_out(
    settings: Settings,
    store: Store,
    backup: BackupFile,
    plan: _Plan,
) -> RestoreReport:
    report = plan.report
    aside = settings.instance_path / SET_ASIDE / f"{datetime.now(UTC):%Y-%m-%d-%H%M%S}"
    if report.replaces < 0:
        with _replacing_file(store, aside) as new_store:
            withheld, retired = _fill_store(new_store, plan)
    else:
        if report.replaces:
            store.migrate()
            write_backup(settings, store, aside / _NAME)
        withheld, retired = _fill_store(store, plan)
    for name in backup.names(FILES):
        _write_file(backup, name, place_for(settings.instance_path, name.removeprefix(FILES)))
    for name in backup.names(LOGO):
        _write_file(backup, name, place_for(settings.instance_path, name.removeprefix(LOGO)))
    for name, key in plan.keys.items():
        _write_key(settings.instance_path / name, key, aside)
    store.erase_traces(*(mapper.class_ for mapper in Base.registry.mappers))
    set_aside = str(aside) if aside.is_dir() else ""
    return dataclasses.replace(
        report, still_withheld=withheld, still_retired=retired, set_aside=set_aside
    )


@contextmanager
def _open_store(settings: Settings) -> Iterator[Store]:
    store = store_of(settings)
    try:
        yield store
    finally:
        store.close()


def _count_rows(settings: Settings, store: Store) -> int:
    """Return the number of counted rows in the current database, -1 if it is damaged."""
    url = make_url(settings.database_url)
    is_file = url.get_backend_name() == "sqlite"
    if is_file and not Path(url.database or "").is_file():
        return 0  # connecting would create a file
    try:
        with store.engine.connect() as connection:
            if not inspect(connection).has_table("service"):
                return 0
            counts = [
                connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in tables_of(connection)
                if table.name in COUNTED
            ]
            if find_damage(connection):
                return -1
            return sum(counts)
    except SQLAlchemyError as error:
        if is_file and not isinstance(error, DiskFullError):
            return -1
        raise BackupError(f"The database does not answer: {type(error).__name__}.") from error


def _read_present(store: Store) -> PresentState:
    """Read the current state as far as possible; an unreadable file has an empty, unknown one.

    It is for the report and, if the file is damaged, also for the restore.
    """
    try:
        with store.engine.connect() as connection:
            tables = {table.name: table for table in tables_of(connection)}
            return read_present(connection, tables, partly=True)
    except SQLAlchemyError:
        return PresentState(is_known=False)


def _fill_store(store: Store, plan: _Plan) -> tuple[int, int]:
    """Replace all rows; return how many records stay withheld, and how many stay retired."""
    store.migrate()
    return replace_rows(store, plan.lines, plan.present if plan.report.replaces < 0 else None)


@contextmanager
def _replacing_file(store: Store, aside: Path) -> Iterator[Store]:
    """Yield a store in a new file, which replaces a damaged one at the end of the block.

    Processes that serve use the damaged file until then, and the complete new one afterwards.
    """
    path = Path(store.engine.url.database or "")
    new_path = path.with_name(f"{path.name}.new")
    for suffix in ("", "-wal", "-shm"):  # of an interrupted restore
        new_path.with_name(f"{new_path.name}{suffix}").unlink(missing_ok=True)
    new_store = Store(
        store.engine.url.set(database=str(new_path)).render_as_string(hide_password=False)
    )
    try:
        yield new_store
    finally:
        new_store.close()
        store.close()
    aside.mkdir(parents=True, exist_ok=True)
    for suffix in ("-wal", "-shm"):
        log_path = path.with_name(f"{path.name}{suffix}")
        if log_path.exists():  # SQLite would apply the log of the old file to the new one
            log_path.replace(aside / log_path.name)
    try:
        (aside / path.name).hardlink_to(path)
    except OSError:  # no hard links in this file system: for a moment there is no file
        path.replace(aside / path.name)
    new_path.replace(path)


def _keys_to_restore(settings: Settings, backup: BackupFile) -> dict[str, str]:
    """Return the keys of a backup to write to files of the instance; none without the passphrase.

    Keys that the environment provides are left out, and several keys under one name.
    """
    if not backup.manifest.has_sealed_keys or not settings.backup_passphrase:
        return {}
    backup_keys = open_keys(b"".join(backup.chunks(KEYS)), settings.backup_passphrase)
    current_keys = {SECRET: settings.secret_key, CONTACT: ",".join(settings.contact_keys)}
    return {
        name: key
        for name, key in backup_keys.items()
        if "," not in key
        and key != current_keys[name]
        and _read_key(settings.instance_path / name) == current_keys[name]
    }


def _unfit_keys(settings: Settings, backup: BackupFile, keys: dict[str, str]) -> tuple[str, ...]:
    current_values = check_values(settings)
    return tuple(
        name
        for name, values in backup.manifest.keys.items()
        if name not in keys and not set(values) <= set(current_values.get(name, ()))
    )


def _write_key(path: Path, key: str, aside: Path) -> None:
    aside.mkdir(parents=True, exist_ok=True)
    path.replace(aside / path.name)
    new_path = path.with_name(f"{path.name}.new")
    new_path.unlink(missing_ok=True)
    new_path.touch(mode=0o600)
    new_path.write_text(key, encoding="ascii")
    new_path.replace(path)


def _write_file(backup: BackupFile, name: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new_path = path.with_name(f"{path.name}.new")
    new_path.unlink(missing_ok=True)
    new_path.touch(mode=0o600)
    with new_path.open("wb") as stream:
        for chunk in backup.chunks(name):
            stream.write(chunk)
    new_path.replace(path)


def _read_key(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
