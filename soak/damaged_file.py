"""Soak test that overwrites, truncates or empties the SQLite file of a site while people read.

A backup is restored afterwards, alternately while the site serves and after it was started again on
the damaged file. Notes that were acknowledged before the backup or after the restore must be kept,
and pages may fail only by a 503 with the help lines. SQLite only: PostgreSQL checks its pages itself
and has its own means of recovery.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from pathlib import Path

from sqlalchemy.engine import make_url

from referral.backups.backup import write_backup
from referral.backups.restore import restore_backup
from referral.settings import Settings
from referral.store import Store
from soak.failover import Crowd, check_crowd, check_kept, prepare_site, served
from soak.progress import Progress
from tests.conftest import settings_for
from tests.support.server import until

_DAMAGED_SECONDS = 5.0
_PAGE = 4096
_DAMAGES = ("overwritten pages", "no header", "cut off", "emptied")


def run_damaged_file(progress: Progress, rounds: int) -> None:
    """Damage and restore the database until ``rounds`` rounds are done in all."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o700)
        url = f"sqlite:///{(folder / 'referral.sqlite3').as_posix()}"
        prepare_site(folder, url)
        while (done := progress.numbers.get("rounds", 0)) < rounds:
            damage, is_restarted = _DAMAGES[done % len(_DAMAGES)], done // len(_DAMAGES) % 2 == 1
            _run_round(progress, settings_for(folder, url), damage, is_restarted=is_restarted)
            progress.add("rounds")
            progress.add(f"{damage}, {'started anew' if is_restarted else 'restored as it served'}")
            progress.save()


def _run_round(progress: Progress, settings: Settings, damage: str, *, is_restarted: bool) -> None:
    folder, url, kept = settings.instance_path, settings.database_url, list[str]()
    with served(folder, url) as address:
        crowd = Crowd(address, f"{time.time():.0f} first")
        with crowd.running():
            until(lambda: len(crowd.acknowledged) > 5, "Staff cannot write.")
            kept += crowd.acknowledged
            backup = _back_up(settings)
            _damage(Path(make_url(url).database or ""), damage)
            time.sleep(_DAMAGED_SECONDS)
            if not is_restarted:
                kept += _restore(settings, backup, crowd)
        check_crowd(progress, crowd)
    if is_restarted:
        with served(folder, url, first="/help-now") as address:
            crowd = Crowd(address, f"{time.time():.0f} second")
            with crowd.running():
                time.sleep(_DAMAGED_SECONDS)
                kept += _restore(settings, backup, crowd)
            check_crowd(progress, crowd)
    check_kept(progress, kept, url)


def _back_up(settings: Settings) -> Path:
    path = settings.instance_path / "last.zip"
    path.unlink(missing_ok=True)
    store = Store(settings.database_url)
    try:
        write_backup(settings, store, path)
    finally:
        store.close()
    return path


def _restore(settings: Settings, backup: Path, crowd: Crowd) -> list[str]:
    """Restore a backup while the site serves, and return the notes acknowledged afterwards."""
    restore_backup(settings, backup, replace=True)
    written = len(crowd.acknowledged) + 1  # a request may have been on its way
    until(lambda: len(crowd.acknowledged) > written + 3, "Staff cannot write again.")
    return crowd.acknowledged[written:]


def _damage(path: Path, damage: str) -> None:
    size = path.stat().st_size
    if damage in {"cut off", "emptied"}:
        os.truncate(path, size // 2 if damage == "cut off" else 0)
        return
    with path.open("r+b") as file:
        if damage == "no header":
            file.write(bytes(_PAGE))
        else:
            for _ in range(size // _PAGE // 4):
                file.seek(random.randrange(1, size // _PAGE) * _PAGE)
                file.write(random.randbytes(_PAGE))
