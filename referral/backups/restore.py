"""Restore of a backup: checks first, then one transaction, also while nodes run.

Nodes read the old rows until the transaction is committed. The database then has another identity,
so index and caches of every node notice it at the next request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import replace as changed
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, inspect, make_url, select
from sqlalchemy.exc import SQLAlchemyError

from referral.backups.archive import FILES, KEYS, LOGO, BackupFile
from referral.backups.backup import write_backup
from referral.backups.instance_files import SET_ASIDE, place_for
from referral.backups.present_state import PresentState, read_present, what_returns
from referral.backups.records import COUNTED, BackupError, RestoreReport, Returning
from referral.backups.restored_rows import LinesOfTable, lines_of_now, replace_rows
from referral.backups.sealed_keys import CONTACT, SECRET, check_values, open_keys
from referral.directory.context import store_of
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
    """Put a backup in place of what is there; what was there is set aside.

    Args:
        replace: although there are rows; without it that is refused.
        announce: called with what would be done, before anything is.

    Raises:
        BackupError: the backup is damaged, too old or too new, or there are rows in its place.
    """
    with BackupFile(path) as backup:
        backup.check()
        revision = backup.manifest.revision
        if not is_known(revision):
            other = "a newer" if revision > newest_migration() else "an older"
            raise BackupError(f"The backup was made by {other} version. Install that first.")
        for name in backup.names(""):
            place_for(settings.instance_path, name)
        keys = _keys_to_put_back(settings, backup)
        with _opened(settings) as store, lines_of_now(backup) as lines:
            present_rows = _count_rows(settings, store)
            present = _read_present(store) if present_rows else PresentState()
            report = RestoreReport(
                manifest=backup.manifest,
                replaces=present_rows,
                returning=what_returns(present, lines) if present_rows else Returning(),
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
            return _put_in_place(settings, store, backup, _Plan(report, lines, present, keys))


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be done, as it was reported, and with what."""

    report: RestoreReport
    lines: LinesOfTable
    present: PresentState
    keys: dict[str, str]


def _put_in_place(
    settings: Settings,
    store: Store,
    backup: BackupFile,
    plan: _Plan,
) -> RestoreReport:
    report = plan.report
    aside = settings.instance_path / SET_ASIDE / f"{datetime.now(UTC):%Y-%m-%d-%H%M%S}"
    if report.replaces < 0:
        with _replacing_file(store, aside) as new:
            held, away = _fill(new, plan)
    else:
        if report.replaces:
            store.migrate()
            write_backup(settings, store, aside / _NAME)
        held, away = _fill(store, plan)
    for name in backup.names(FILES):
        _put_file(backup, name, place_for(settings.instance_path, name.removeprefix(FILES)))
    for name in backup.names(LOGO):
        _put_file(backup, name, place_for(settings.instance_path, name.removeprefix(LOGO)))
    for name, key in plan.keys.items():
        _put_key(settings.instance_path / name, key, aside)
    store.erase_traces(*(mapper.class_ for mapper in Base.registry.mappers))
    set_aside = str(aside) if aside.is_dir() else ""
    return changed(report, still_held=held, still_away=away, set_aside=set_aside)


@contextmanager
def _opened(settings: Settings) -> Iterator[Store]:
    store = store_of(settings)
    try:
        yield store
    finally:
        store.close()


def _count_rows(settings: Settings, store: Store) -> int:
    """How many rows there are, -1 where the database is damaged."""
    url = make_url(settings.database_url)
    is_file = url.get_backend_name() == "sqlite"
    if is_file and not Path(url.database or "").is_file():
        return 0  # to look into it would make one
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
    """To say what changes, and of a damaged file also to go by; nothing of one that is none."""
    try:
        with store.engine.connect() as connection:
            tables = {table.name: table for table in tables_of(connection)}
            return read_present(connection, tables, partly=True)
    except SQLAlchemyError:
        return PresentState(is_known=False)


def _fill(store: Store, plan: _Plan) -> tuple[int, int]:
    """Put the rows in place; how many records stay withheld, and how many stay taken away."""
    store.migrate()
    return replace_rows(store, plan.lines, plan.present if plan.report.replaces < 0 else None)


@contextmanager
def _replacing_file(store: Store, aside: Path) -> Iterator[Store]:
    """Yield a store in a new file, which takes the place of a damaged one at the end of the block.

    Until then processes that serve have the damaged file, and then at once all of the new one.
    """
    path = Path(store.engine.url.database or "")
    new = path.with_name(f"{path.name}.new")
    for ending in ("", "-wal", "-shm"):  # of a restore that did not end
        new.with_name(f"{new.name}{ending}").unlink(missing_ok=True)
    filled = Store(store.engine.url.set(database=str(new)).render_as_string(hide_password=False))
    try:
        yield filled
    finally:
        filled.close()
        store.close()
    aside.mkdir(parents=True, exist_ok=True)
    for ending in ("-wal", "-shm"):
        log = path.with_name(f"{path.name}{ending}")
        if log.exists():  # SQLite would read the log of the old file into the new one
            log.replace(aside / log.name)
    try:
        (aside / path.name).hardlink_to(path)
    except OSError:  # a file system without links: for a moment there is no file
        path.replace(aside / path.name)
    new.replace(path)


def _keys_to_put_back(settings: Settings, backup: BackupFile) -> dict[str, str]:
    """The keys of the backup that go into files of the instance; none without the passphrase.

    Not where they come from the environment, and not several in one file.
    """
    if not backup.manifest.has_sealed_keys or not settings.backup_passphrase:
        return {}
    opened = open_keys(b"".join(backup.chunks(KEYS)), settings.backup_passphrase)
    present = {SECRET: settings.secret_key, CONTACT: ",".join(settings.contact_keys)}
    return {
        name: key
        for name, key in opened.items()
        if "," not in key
        and key != present[name]
        and _text_of(settings.instance_path / name) == present[name]
    }


def _unfit_keys(settings: Settings, backup: BackupFile, keys: dict[str, str]) -> tuple[str, ...]:
    present = check_values(settings)
    return tuple(
        name
        for name, values in backup.manifest.keys.items()
        if name not in keys and not set(values) <= set(present.get(name, ()))
    )


def _put_key(path: Path, key: str, aside: Path) -> None:
    aside.mkdir(parents=True, exist_ok=True)
    path.replace(aside / path.name)
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text(key, encoding="ascii")
    new.replace(path)


def _put_file(backup: BackupFile, name: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    with new.open("wb") as stream:
        for chunk in backup.chunks(name):
            stream.write(chunk)
    new.replace(path)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
