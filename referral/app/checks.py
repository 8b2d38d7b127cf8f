"""Checks of an installation: what is wrong, and what to do about it.

One list (``CHECKS``) for ``referral doctor`` and ``referral verify``. ``/health/ready`` and
``/metrics`` read the quick facts behind "database", "index" and "disk" (``directory.health``).

Nothing is changed, and no mail is sent. Only notes of what a release removed are deleted, since
each is given once.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy import delete, func, select
from sqlalchemy.exc import SQLAlchemyError

from referral.accounts.account_admin import list_accounts
from referral.accounts.mail import MailError, check_mail_host
from referral.backups.daily_backups import newest_backup_at
from referral.desk.contact_encryption import decrypt
from referral.desk.rows import FollowUpRow
from referral.directory.context import Directory, local_today
from referral.directory.health import check_health, read_last_tidy_date
from referral.directory.help_lines import check_help_lines, help_lines, is_due
from referral.directory.node_files import differing_files
from referral.errors import (
    DirectoryError,
    DiskFullError,
    IndexUnavailableError,
    RefusedError,
    is_damage,
)
from referral.following.followed_sources import failing_sources
from referral.jobs.job_queue import count_jobs
from referral.records.accounts import Role
from referral.settings import Settings
from referral.store.files.rows import StoredFilePieceRow, StoredFileRow
from referral.store.rows_log import CheckpointRow
from referral.store.tables.broken_links import count_broken_links, find_damage
from referral.vocabulary.shipped_words import missing_words

_LONGEST_WAIT_SECONDS = 15 * 60
_OLDEST_BACKUP = timedelta(days=2)
_LITTLE_DISK = 2 * 1024**3
_NAMED = 5  # ids in a sentence; the rest is a number


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is wrong, or, where ``is_wrong`` is not set, could be better.

    Attributes:
        about: the part of the installation.
        what: what was found.
        do: what to do about it.
    """

    about: str
    what: str
    do: str
    is_wrong: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """All findings, the parts without any, and those that wait for the database."""

    findings: tuple[Finding, ...]
    fine: tuple[str, ...]
    not_looked_at: tuple[str, ...] = ()

    @property
    def is_wrong(self) -> bool:
        """Whether anything has to be done."""
        return any(each.is_wrong for each in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One part of an installation to look at.

    Attributes:
        look: gives what it finds.
        needs_database: whether it is left out where the check of the database finds a fault: what
            a damaged database says misleads.
        by_doctor: whether ``referral doctor`` makes it.
        by_verify: whether ``referral verify`` makes it: those of the data. They may take a while.
    """

    about: str
    look: Callable[[Directory], Iterator[Finding]]
    needs_database: bool = True
    by_doctor: bool = True
    by_verify: bool = False


_GONE_SETTINGS = (
    "REFERRAL_AWAY_MINUTES", "REFERRAL_LISTINGS_IN_MEMORY", "REFERRAL_OPEN_DATA_PER_MINUTE",
    "REFERRAL_CALL_FIRST_AFTER_DAYS", "REFERRAL_CAPACITY_HOURS", "REFERRAL_CONFIRM_AGAIN_DAYS",
    "REFERRAL_CONFIRM_MINUTES", "REFERRAL_FILE_ROOM", "REFERRAL_FOLLOW_UP_DAYS",
    "REFERRAL_IDLE_SECONDS", "REFERRAL_LARGEST_UPLOAD", "REFERRAL_OPENSEARCH",
    "REFERRAL_PASSWORD_MEMORY_KIB", "REFERRAL_PASSWORD_PASSES", "REFERRAL_SITEMAP",
    "REFERRAL_STRUCTURED_DATA",
)  # fmt: skip
"""Variables of earlier releases."""


def diagnose(directory: Directory, checks: Sequence[Check]) -> Diagnosis:
    """Make these checks; those in the database only where that is as it should be."""
    findings: list[Finding] = []
    fine, not_looked_at = [], []
    has_database = True
    for check in checks:
        if check.needs_database and not has_database:
            not_looked_at.append(check.about)
            continue
        found = _look(check, directory)
        findings += found
        if not found:
            fine.append(check.about)
        if check.about == "database":
            has_database = not any(each.is_wrong for each in found)
    return Diagnosis(
        findings=tuple(sorted(findings, key=lambda each: not each.is_wrong)),
        fine=tuple(fine),
        not_looked_at=tuple(not_looked_at),
    )


def _look(check: Check, directory: Directory) -> list[Finding]:
    try:
        return list(check.look(directory))
    except (SQLAlchemyError, DirectoryError, OSError) as error:
        if is_damage(error):
            return [replace(_DAMAGED, about=check.about)]
        what = f"It could not be looked at ({type(error).__name__})."
        return [
            Finding(about=check.about, what=what, do="Mend what else is wrong, and look again.")
        ]


def _settings(directory: Directory) -> Iterator[Finding]:
    settings = directory.settings
    if gone := [name for name in _GONE_SETTINGS if name in os.environ]:
        yield _better("settings", f"{', '.join(gone)} no longer sets anything.", "Remove it.")
    if not settings.public_url:
        yield _better(
            "settings",
            "The site does not know its address, so mail and printed codes cannot lead to it.",
            "Set REFERRAL_PUBLIC_URL, such as https://help.example.org.",
        )
    elif urlsplit(settings.public_url).scheme != "https":
        yield _better(
            "settings",
            "The address of the site is not encrypted: words of patrons can be read on the way.",
            "Serve it over https (docs/running.md) and set REFERRAL_PUBLIC_URL.",
        )
    elif not settings.secure_cookies:
        yield Finding(
            about="settings",
            what="Cookies are sent without encryption too.",
            do="Set REFERRAL_SECURE_COOKIES=yes.",
        )
    if settings.sample_data:
        yield _better(
            "settings", "Pages say that the listings are samples.", "Unset REFERRAL_SAMPLE_DATA."
        )
    if not (settings.ask_phone or settings.ask_email or settings.ask_place):
        yield _better(
            "settings",
            "Patrons are not told how to ask a librarian.",
            "Set REFERRAL_ASK_PHONE, REFERRAL_ASK_EMAIL or REFERRAL_ASK_PLACE.",
        )


def _permissions(directory: Directory) -> Iterator[Finding]:
    folder = directory.settings.instance_path
    if not os.access(folder, os.W_OK):
        yield Finding(
            about="permissions",
            what=f"{folder} cannot be written.",
            do="Run this command as the user of the server, who should own the folder.",
        )
    if os.name == "posix" and folder.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Finding(
            about="permissions",
            what=f"Other users of this machine can read {folder}: database, keys and uploads.",
            do=f"chmod -R go= {folder}",
        )


_DAMAGED = Finding(
    about="database",
    what="The database is damaged.",
    do="Restore a backup: referral restore FILE --replace (docs/backups.md).",
)


def _database(directory: Directory) -> Iterator[Finding]:
    try:
        is_usable = directory.store.is_usable()
        with directory.store.read() as session:
            is_whole = not find_damage(session.connection())
    except SQLAlchemyError as error:
        if is_damage(error):
            yield _DAMAGED
            return
        if isinstance(error, DiskFullError):
            yield Finding(about="database", what="Its disk is full.", do="Make room there.")
            return
        yield Finding(
            about="database",
            what=f"It does not answer ({type(error).__name__}).",
            do="Start it, and look whether DATABASE_URL is right.",
        )
        return
    if not is_whole:
        yield _DAMAGED
    elif not is_usable:
        yield Finding(
            about="database",
            what="Its tables are not those of this release.",
            do="referral migrate (after a backup)",
        )


def _index(directory: Directory) -> Iterator[Finding]:
    health = check_health(directory)
    if not health.index:
        yield Finding(
            about="index", what="Search cannot answer on this node.", do="referral index rebuild"
        )
    elif health.index_lag:
        yield _better(
            "index",
            f"{health.index_lag} changes are not yet searchable.",
            "A serving site follows within seconds. If none serves here: referral index sync",
        )
    if not health.services:
        yield _better(
            "listings", "The public sees no service.", "referral seed, then referral import LIST"
        )


def _links(directory: Directory) -> Iterator[Finding]:
    with directory.store.read() as session:
        for table, column, count in count_broken_links(session.connection()):
            yield Finding(
                about="links",
                what=f"{count} rows of {table} name a {column} that is not there.",
                do="Restore a backup (docs/backups.md).",
            )


def _contents(directory: Directory) -> Iterator[Finding]:
    """Each service is in the index as in the database."""
    try:
        differing = directory.index.differing_services()
    except IndexUnavailableError:
        return  # the check of the index says so
    if differing:
        yield Finding(
            about="contents of the index",
            what=(
                f"{len(differing)} services differ from the database, such as "
                f"{', '.join(differing[:_NAMED])}."
            ),
            do="If this stays so for some minutes: referral index rebuild",
        )


def _files(directory: Directory) -> Iterator[Finding]:
    file, piece = StoredFileRow, StoredFilePieceRow
    sizes = (
        select(piece.file_id, func.sum(func.length(piece.content)).label("size"))
        .group_by(piece.file_id)
        .subquery()
    )
    broken = (
        select(func.count())
        .select_from(file)
        .join(sizes, sizes.c.file_id == file.id, isouter=True)
        .where(file.is_whole, func.coalesce(sizes.c.size, 0) != file.size)
    )
    with directory.store.read() as session:
        if count := session.scalar(broken):
            yield Finding(
                about="files",
                what=f"{count} stored files are not whole.",
                do="Restore a backup, or send and export these lists again.",
            )
    logo = directory.settings.logo
    if logo and not logo.is_file():
        yield Finding(
            about="files", what=f"The logo {logo.name} is not there.", do="Put it there again."
        )


def _jobs(directory: Directory) -> Iterator[Finding]:
    jobs = count_jobs(directory)
    if jobs.oldest_waiting_seconds > _LONGEST_WAIT_SECONDS:
        minutes = round(jobs.oldest_waiting_seconds / 60)
        yield Finding(
            about="jobs",
            what=f"A job has waited for {minutes} minutes.",
            do="Start referral work, or serve with REFERRAL_RUN_JOBS=yes.",
        )
    for state in ("stopped", "failed"):
        if count := jobs.by_state[state]:
            yield _better(
                "jobs",
                f"{count} jobs {state} in the last day.",
                "Their pages (Imports, Export, Following) say why.",
            )


def _daily(directory: Directory) -> Iterator[Finding]:
    done_on = read_last_tidy_date(directory)
    if done_on is None:
        yield _better(
            "daily job",
            "It was not done so far.",
            "A serving site does it within a quarter of an hour. If none serves: referral tidy",
        )
    elif done_on < local_today(directory) - timedelta(days=2):
        yield Finding(
            about="daily job",
            what=f"It was not done since {done_on}: what should be erased is still there.",
            do="Let the site serve, or run referral tidy every day.",
        )


def _disk(directory: Directory) -> Iterator[Finding]:
    free = shutil.disk_usage(directory.settings.instance_path).free
    if free < _LITTLE_DISK:
        yield Finding(
            about="disk",
            what=f"{free // 1024**2} MB are free in the instance folder.",
            do="Make room. A new index and a backup need as much again as they have now.",
        )


def _backups(directory: Directory) -> Iterator[Finding]:
    if not directory.settings.backup_folder:
        yield _better(
            "backups",
            "No backup is made by itself.",
            "Set REFERRAL_BACKUP_FOLDER, or run referral backup every day.",
        )
        return
    newest = newest_backup_at(directory.settings)
    if newest is None or newest < directory.now() - _OLDEST_BACKUP:
        when = f"is of {newest:%Y-%m-%d}" if newest else "is missing"
        yield Finding(
            about="backups",
            what=f"The newest backup {when}.",
            do="Look in the log why, and run referral backup.",
        )


def _mail(directory: Directory) -> Iterator[Finding]:
    settings = directory.settings
    if not settings.sends_mail:
        yield _better(
            "mail",
            "No mail is set up: links are shown to admins, who hand them over.",
            "Set REFERRAL_SMTP_URL, REFERRAL_MAIL_FROM and REFERRAL_PUBLIC_URL.",
        )
        return
    try:
        check_mail_host(settings)
    except MailError as error:
        yield Finding(
            about="mail",
            what=str(error),
            do="Look at REFERRAL_SMTP_URL, and whether this machine may reach the host.",
        )


def _keys(directory: Directory) -> Iterator[Finding]:
    row = FollowUpRow
    with directory.store.read() as session:
        locked = session.scalars(select(row.contact).where(row.contact != "")).all()
    unread = sum(not _opens(directory.settings, each) for each in locked)
    if unread:
        yield Finding(
            about="keys",
            what=f"{unread} of {len(locked)} contacts for follow-ups cannot be opened.",
            do="Put the key that they were locked with into REFERRAL_CONTACT_KEYS, as the last.",
        )


def _opens(settings: Settings, locked: str) -> bool:
    try:
        return bool(decrypt(settings, locked))
    except RefusedError:
        return False


def _accounts(directory: Directory) -> Iterator[Finding]:
    admins = [
        each
        for each in list_accounts(directory)
        if Role.ADMIN in each.roles and not each.is_disabled
    ]
    if not admins:
        yield Finding(
            about="accounts",
            what="Nobody can manage this site.",
            do="referral account add --role admin EMAIL",
        )
    without = sum(each.has_password and not each.second_factor for each in admins)
    if without:
        yield _better(
            "accounts",
            f"{without} of {len(admins)} admins sign in with a password alone.",
            "Ask them to turn on the second factor at Your account.",
        )


def _help_lines(directory: Directory) -> Iterator[Finding]:
    settings = directory.settings
    if problems := check_help_lines(settings):
        yield Finding(
            about="help lines",
            what=f"{len(problems)} of the library's own lines are left out.",
            do="referral help-lines says which, and why.",
        )
    due = sum(is_due(line, local_today(directory)) for line in help_lines(settings))
    if due:
        yield _better("help lines", f"{due} have to be called again.", "referral help-lines")


def _words(directory: Directory) -> Iterator[Finding]:
    if missing := len(missing_words(directory)):
        yield _better(
            "words",
            f"{missing} words that came with this version are not known here yet.",
            "referral seed",
        )


def _nodes(directory: Directory) -> Iterator[Finding]:
    for what, groups in differing_files(directory).items():
        nodes = " | ".join(", ".join(group) for group in groups)
        yield Finding(
            about="nodes",
            what=f"Nodes differ in {what}, so pages change from request to request: {nodes}.",
            do="Give all nodes the same files and settings, and start them again.",
        )


_REMOVED = {
    "removed api_key": (
        "Keys for open data are gone: none is needed, since requests are limited by address.",
        "Tell the partners who had one.",
    ),
    "removed webhook": (
        "Webhooks are gone: partners ask the feed of changes each hour instead.",
        "Tell the partners whose programs were called (docs/open-data.md).",
    ),
}
"""By the name of the note that migration 0049 left: what takes the place, and what to do."""


def _removed(directory: Directory) -> Iterator[Finding]:
    row = CheckpointRow
    with directory.store.read() as session:
        names = session.scalars(select(row.name).where(row.name.in_(_REMOVED))).all()
    if names:
        with directory.store.write() as session:
            session.execute(delete(row).where(row.name.in_(names)))
    for name in names:
        yield _better("open data", *_REMOVED[name])


def _followed_sources(directory: Directory) -> Iterator[Finding]:
    if count := failing_sources(directory).count:
        yield _better(
            "followed sources",
            f"{count} lists that are followed could not be fetched for hours.",
            "The page Following (/admin/following) says why.",
        )


def _better(about: str, what: str, do: str) -> Finding:
    return Finding(about=about, what=what, do=do, is_wrong=False)


CHECKS = (
    Check(about="settings", look=_settings, needs_database=False),
    Check(about="permissions", look=_permissions, needs_database=False),
    Check(about="disk", look=_disk, needs_database=False),
    Check(about="backups", look=_backups, needs_database=False),
    Check(about="mail", look=_mail, needs_database=False),
    Check(about="help lines", look=_help_lines, needs_database=False, by_verify=True),
    Check(about="database", look=_database, needs_database=False, by_verify=True),
    Check(about="links", look=_links, by_doctor=False, by_verify=True),
    Check(about="index", look=_index, by_verify=True),
    Check(about="contents of the index", look=_contents, by_doctor=False, by_verify=True),
    Check(about="keys", look=_keys, by_verify=True),
    Check(about="files", look=_files, by_doctor=False, by_verify=True),
    Check(about="jobs", look=_jobs),
    Check(about="daily job", look=_daily),
    Check(about="accounts", look=_accounts),
    Check(about="words", look=_words),
    Check(about="nodes", look=_nodes),
    Check(about="removed parts", look=_removed),
    Check(about="followed sources", look=_followed_sources),
)
DOCTOR = tuple(each for each in CHECKS if each.by_doctor)
VERIFY = tuple(each for each in CHECKS if each.by_verify)
