"""Checks of an installation: what is wrong, and what to do about it.

One list (``CHECKS``) for ``referral doctor``, ``referral verify``, the page for admins,
``/health/ready`` and ``/metrics``. Nothing is changed, and no mail is sent.
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
from referral.app.tidy import CONFIRM_CLOCK, clock_in_doubt
from referral.backups.daily_backups import larger_backup, newest_backup_at
from referral.desk.contact_encryption import decrypt
from referral.desk.rows import FollowUpRow
from referral.directory.health import count_services, has_unnamed_proxy, read_last_tidy_date
from referral.directory.help_lines import check_help_lines, help_lines, is_due
from referral.directory.instance import CLOCK_SKEW_SECONDS, Instance, local_today
from referral.directory.node_files import differing_files
from referral.errors import (
    DatabaseDamagedError,
    DiskFullError,
    IndexUnavailableError,
    InstanceError,
    RefusedError,
)
from referral.following.followed_sources import failing_sources
from referral.jobs.job_queue import count_jobs
from referral.message import NOTHING, Message, message
from referral.records.accounts import Role
from referral.settings import Settings
from referral.store.availability import database_now
from referral.store.rows_log import CheckpointRow, RecordMergeRow
from referral.store.rows_texts import WithheldGroupRow
from referral.store.stored_files import StoredFilePieceRow, StoredFileRow
from referral.store.table_copies import count_broken_links, find_damage
from referral.vocabulary.shipped_words import missing_words

_LONGEST_WAIT_SECONDS = 15 * 60
_OLDEST_BACKUP = timedelta(days=2)
_LITTLE_DISK, _LEAST_DISK = 2 * 1024**3, 100 * 1024**2
_NAMED = 5  # ids in a sentence; the rest is a number


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is wrong, or, where ``is_wrong`` is not set, could be better.

    Attributes:
        about: the part of the installation.
        what: what was found.
        do: what to do about it.
        closes: whether no visitor is to be sent to this node meanwhile.
    """

    about: Message = NOTHING
    what: Message
    do: Message
    is_wrong: bool = True
    closes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """All findings, the parts without any, and those that wait for the database."""

    findings: tuple[Finding, ...]
    fine: tuple[Message, ...]
    not_looked_at: tuple[Message, ...] = ()

    @property
    def is_wrong(self) -> bool:
        """Whether anything has to be done."""
        return any(each.is_wrong for each in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One part of an installation to look at.

    Attributes:
        look: gives what it finds.
        ready: the part of ``/health/ready`` that says whether it finds anything that closes this
            node, "" for none. Such a check is quick.
        needs_database: whether it is left out where a check of the database finds a fault: what a
            damaged database says misleads.
        by_doctor: whether ``referral doctor`` makes it.
        by_page: whether the page for admins makes it too; not where it reads the whole database.
        by_verify: whether ``referral verify`` makes it: those of the data. They may take a while.
    """

    about: Message
    look: Callable[[Instance], Iterator[Finding]]
    ready: str = ""
    needs_database: bool = True
    by_doctor: bool = True
    by_page: bool = True
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


def diagnose(instance: Instance, checks: Sequence[Check]) -> Diagnosis:
    """Make these checks; those in the database only where that is as it should be."""
    findings: list[Finding] = []
    looked_at, not_looked_at = [], []
    has_database = True
    for check in checks:
        if check.needs_database and not has_database:
            not_looked_at.append(check.about)
            continue
        found = _look(check, instance)
        findings += found
        looked_at.append(check.about)
        has_database &= check.about != _DATABASE or not any(each.is_wrong for each in found)
    amiss = {each.about for each in findings}
    return Diagnosis(
        findings=tuple(sorted(findings, key=lambda each: not each.is_wrong)),
        fine=tuple(dict.fromkeys(each for each in looked_at if each not in amiss)),
        not_looked_at=tuple(each for each in not_looked_at if each not in amiss),
    )


def readiness(instance: Instance) -> dict[str, bool]:
    """Whether each part that visitors need is as it should be: all, and they may be sent here."""
    found: dict[str, bool] = {}
    has_database = True
    for check in CHECKS:
        if check.ready:
            is_made = has_database or not check.needs_database
            findings = _look(check, instance) if is_made else []
            found[check.ready] = is_made and not any(each.closes for each in findings)
            has_database &= check.about != _DATABASE or found[check.ready]
    return found


def _look(check: Check, instance: Instance) -> list[Finding]:
    try:
        return [replace(each, about=check.about) for each in check.look(instance)]
    except (SQLAlchemyError, InstanceError, OSError) as error:
        if isinstance(error, DatabaseDamagedError):
            return [replace(_DAMAGED, about=check.about)]
        what = message("It could not be looked at (%(kind)s).", kind=type(error).__name__)
        do = message("Mend what else is wrong, and look again.")
        return [Finding(about=check.about, what=what, do=do, closes=True)]


def _settings(instance: Instance) -> Iterator[Finding]:
    settings = instance.settings
    if gone := [name for name in _GONE_SETTINGS if name in os.environ]:
        yield _better(
            message("%(names)s no longer sets anything.", names=", ".join(gone)),
            message("Remove it."),
        )
    if not settings.public_url:
        yield _better(
            message("The site does not know its address. Mail and printed codes cannot lead here."),
            message("Set REFERRAL_PUBLIC_URL, such as https://help.example.org."),
        )
    elif urlsplit(settings.public_url).scheme != "https":
        yield _better(
            message("The address of the site is not encrypted. Others can read what people type."),
            message("Serve it over https (docs/running.md) and set REFERRAL_PUBLIC_URL."),
        )
    elif not settings.secure_cookies:
        yield _wrong(
            message("Cookies are sent without encryption too."),
            message("Set REFERRAL_SECURE_COOKIES=yes."),
        )
    if settings.sample_data:
        yield _better(
            message("Pages say that the listings are samples."),
            message("Unset REFERRAL_SAMPLE_DATA."),
        )
    if not (settings.ask_phone or settings.ask_email or settings.ask_place):
        yield _better(
            message("Patrons are not told how to ask a librarian."),
            message("Fill in the reference desk: Our library, in the menu of an admin."),
        )


def unnamed_proxy(instance: Instance) -> Iterator[Finding]:
    """Yield a finding if requests come through a proxy that the settings do not name."""
    if not instance.settings.trusted_proxies and has_unnamed_proxy(instance):
        yield _wrong(
            message(
                "Requests come through a proxy that is not named. Nothing is limited by address."
            ),
            message("Set REFERRAL_TRUSTED_PROXIES to its address, such as 127.0.0.1."),
        )


def _permissions(instance: Instance) -> Iterator[Finding]:
    folder = instance.settings.instance_path
    if not os.access(folder, os.W_OK):
        yield _wrong(
            message("%(folder)s cannot be written.", folder=str(folder)),
            message("The user of the server should own the folder. Run commands as that user."),
        )
    if os.name == "posix" and folder.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield _wrong(
            message(
                "Other users of this machine can read %(folder)s: database, keys and uploads.",
                folder=str(folder),
            ),
            message("Run: chmod -R go= %(folder)s", folder=str(folder)),
        )


_DATABASE = message("database")
_DAMAGED = Finding(
    about=_DATABASE,
    what=message("The database is damaged."),
    do=message("Restore a backup: referral restore FILE --replace (docs/backups.md)."),
    closes=True,
)


def _database(instance: Instance) -> Iterator[Finding]:
    """The database answers, and never said of its file that it is damaged."""
    if instance.store.availability.is_damaged:
        yield _DAMAGED
        return
    try:
        instance.store.is_usable()
    except SQLAlchemyError as error:
        if isinstance(error, DatabaseDamagedError):
            yield _DAMAGED
        elif isinstance(error, DiskFullError):
            yield _wrong(
                message("The disk of the database is full."),
                message("Make room there."),
                closes=True,
            )
        else:
            yield _wrong(
                message("It does not answer (%(kind)s).", kind=type(error).__name__),
                message("Start it, and look whether DATABASE_URL is right."),
                closes=True,
            )


def _clock(instance: Instance) -> Iterator[Finding]:
    """The clock is near that of the database, so that two nodes take what either has dated."""
    with instance.store.read() as session:
        ahead = (instance.now() - database_now(session)).total_seconds()
    if abs(ahead) > CLOCK_SKEW_SECONDS / 2:
        yield _wrong(
            message(
                "It differs from the clock of the database by %(count)s s.", count=round(abs(ahead))
            ),
            message("Set the clock of both machines by NTP (docs/nodes.md)."),
        )


def _tables(instance: Instance) -> Iterator[Finding]:
    if not instance.store.is_usable():
        yield _wrong(
            message("Its tables are not those of this release."),
            message("Make a backup, then run: referral migrate"),
            closes=True,
        )


def _damage(instance: Instance) -> Iterator[Finding]:
    with instance.store.read() as session:
        if find_damage(session.connection()):
            yield _DAMAGED


def _index(instance: Instance) -> Iterator[Finding]:
    status = instance.index.status()
    if status.available:
        instance.index.warm_up()
    else:
        yield _wrong(
            message("Search cannot answer on this node."),
            message("Run: referral index rebuild"),
            closes=True,
        )
    if status.available and status.lag:
        yield _better(
            message("%(count)s changes are not yet searchable.", count=status.lag),
            message(
                "A serving site follows within seconds. If none serves here, run: "
                "referral index sync"
            ),
        )


def _listings(instance: Instance) -> Iterator[Finding]:
    if not count_services(instance):
        yield _better(
            message("The public sees no service."),
            message("Run: referral seed. Then bring in a list."),
        )


def _links(instance: Instance) -> Iterator[Finding]:
    with instance.store.read() as session:
        for table, column, count in count_broken_links(session.connection()):
            yield _wrong(
                message(
                    "%(count)s rows of %(table)s name a %(column)s that is not there.",
                    count=count,
                    table=table,
                    column=column,
                ),
                message("Restore a backup (docs/backups.md)."),
            )


def _contents(instance: Instance) -> Iterator[Finding]:
    """Each service is in the index as in the database."""
    try:
        differing = instance.index.differing_services()
    except IndexUnavailableError:
        return  # the check of the index says so
    if differing:
        yield _wrong(
            message(
                "%(count)s services differ from the database, such as %(ids)s.",
                count=len(differing),
                ids=", ".join(differing[:_NAMED]),
            ),
            message("If this stays so for some minutes, run: referral index rebuild"),
        )


def _files(instance: Instance) -> Iterator[Finding]:
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
    with instance.store.read() as session:
        if count := session.scalar(broken):
            yield _wrong(
                message("%(count)s stored files are not whole.", count=count),
                message("Restore a backup, or send and export these lists again."),
            )


def _jobs(instance: Instance) -> Iterator[Finding]:
    jobs = count_jobs(instance)
    if jobs.oldest_waiting_seconds > _LONGEST_WAIT_SECONDS:
        yield _wrong(
            message(
                "A job has waited for %(count)s minutes.",
                count=round(jobs.oldest_waiting_seconds / 60),
            ),
            message("Start referral work, or serve with REFERRAL_RUN_JOBS=yes."),
        )
    why = message("Their pages (Imports, Export, Following) say why.")
    if count := jobs.by_state["stopped"]:
        yield _better(message("%(count)s jobs stopped in the last day.", count=count), why)
    if count := jobs.by_state["failed"]:
        yield _better(message("%(count)s jobs failed in the last day.", count=count), why)


def _daily(instance: Instance) -> Iterator[Finding]:
    done_on, today = read_last_tidy_date(instance), local_today(instance)
    if done_on is None:
        yield _better(
            message("It was not done so far."),
            message("A serving site does it within minutes. If none serves, run: referral tidy"),
        )
    elif done_on > today:
        yield _wrong(
            message("By the clock it was last done on %(day)s, a day to come.", day=str(done_on)),
            message("The clock is wrong, or was. Look at it, and at what was erased early."),
        )
    elif doubt := clock_in_doubt(done_on, today):
        yield _wrong(doubt, CONFIRM_CLOCK)
    elif done_on < today - timedelta(days=2):
        yield _wrong(
            message(
                "It was not done since %(day)s. What should be erased is still there.",
                day=str(done_on),
            ),
            message("Let the site serve, or run referral tidy every day."),
        )


def _disk(instance: Instance) -> Iterator[Finding]:
    free = shutil.disk_usage(instance.settings.instance_path).free
    if free < _LITTLE_DISK:
        yield _wrong(
            message("%(count)s MB are free in the instance folder.", count=free // 1024**2),
            message("Make room. A new index and a backup need as much again as they have now."),
            closes=free < _LEAST_DISK,
        )


def _backups(instance: Instance) -> Iterator[Finding]:
    if not instance.settings.backup_folder:
        yield _better(
            message("No backup is made by itself."),
            message(
                "In /etc/referral/referral.env write REFERRAL_BACKUP_FOLDER=/a/folder. "
                "Then run: systemctl restart referral"
            ),
        )
        return
    newest = newest_backup_at(instance.settings)
    if newest is None or newest < instance.now() - _OLDEST_BACKUP:
        yield _wrong(
            message("The newest backup is of %(day)s.", day=f"{newest:%Y-%m-%d}")
            if newest
            else message("There is no backup."),
            message("Look in the log why, and run referral backup."),
        )
    if larger := larger_backup(instance.settings):
        yield _wrong(
            message(
                "The newest backup has far fewer records than %(name)s: %(count)s, not %(more)s.",
                name=larger.path.name,
                count=larger.newest_records,
                more=larger.records,
            ),
            message(
                "If records are lost, run: referral restore %(path)s --replace. "
                "If all is right, delete that file.",
                path=str(larger.path),
            ),
        )


def _mail(instance: Instance) -> Iterator[Finding]:
    settings = instance.settings
    if not settings.sends_mail:
        yield _better(
            message("No mail is set up. Links are shown to admins, who hand them over."),
            message("Set REFERRAL_SMTP_URL, REFERRAL_MAIL_FROM and REFERRAL_PUBLIC_URL."),
        )
        return
    try:
        check_mail_host(settings)
    except MailError as error:
        yield _wrong(
            Message(str(error)),
            message("Look at REFERRAL_SMTP_URL, and whether this machine may reach the host."),
        )


def _keys(instance: Instance) -> Iterator[Finding]:
    row = FollowUpRow
    with instance.store.read() as session:
        locked = session.scalars(select(row.contact).where(row.contact != "")).all()
    unread = sum(not _opens(instance.settings, each) for each in locked)
    if unread:
        yield _wrong(
            message(
                "%(count)s of %(total)s contacts for follow-ups cannot be opened.",
                count=unread,
                total=len(locked),
            ),
            message(
                "Take the key that locked them. Put it into REFERRAL_CONTACT_KEYS, as the last."
            ),
        )


def _opens(settings: Settings, locked: str) -> bool:
    try:
        return bool(decrypt(settings, locked))
    except RefusedError:
        return False


def _accounts(instance: Instance) -> Iterator[Finding]:
    admins = [
        each
        for each in list_accounts(instance)
        if Role.ADMIN in each.roles and not each.is_disabled
    ]
    if not admins:
        yield _wrong(
            message("Nobody can manage this site."),
            message("Run: referral account add --role admin EMAIL"),
        )
    if without := sum(each.has_password and not each.has_second_factor for each in admins):
        yield _better(
            message(
                "%(count)s of %(total)s admins sign in with a password alone.",
                count=without,
                total=len(admins),
            ),
            message("Ask them to turn on the second step at Your account."),
        )


def _help_lines(instance: Instance) -> Iterator[Finding]:
    settings = instance.settings
    if problems := check_help_lines(settings):
        yield _wrong(
            message("%(count)s of the library's own lines are left out.", count=len(problems)),
            message("The command referral help-lines says which, and why."),
        )
    if due := sum(is_due(line, local_today(instance)) for line in help_lines(settings)):
        yield _better(
            message("%(count)s have to be called again.", count=due),
            message("The command referral help-lines says which."),
        )


def _words(instance: Instance) -> Iterator[Finding]:
    if missing := len(missing_words(instance)):
        yield _better(
            message("%(count)s words of this version are not known here yet.", count=missing),
            message("Run: referral seed"),
        )


def _nodes(instance: Instance) -> Iterator[Finding]:
    for what, groups in differing_files(instance).items():
        yield _wrong(
            message(
                "Nodes differ in %(what)s, so pages change from request to request: %(nodes)s.",
                what=what,
                nodes=" | ".join(", ".join(group) for group in groups),
            ),
            message("Give all nodes the same files and settings, and start them again."),
        )


_REMOVED = {
    "removed api_key": (
        message(
            "Keys for open data are gone. None is needed, since requests are limited by address."
        ),
        message("Tell the partners who had one."),
    ),
    "removed webhook": (
        message("Webhooks are gone. Partners ask the feed of changes each hour instead."),
        message("Tell the partners whose programs were called (docs/open-data.md)."),
    ),
}
"""By the name of the note that migration 0049 left: what takes the place, and what to do."""


def _removed(instance: Instance) -> Iterator[Finding]:
    row = CheckpointRow
    with instance.store.read() as session:
        names = session.scalars(select(row.name).where(row.name.in_(_REMOVED))).all()
    for name in names:
        yield _better(*_REMOVED[name])


def forget_removed(instance: Instance) -> None:
    """Delete the notes of what a release removed; ``referral doctor`` gives each once."""
    with instance.store.write() as session:
        session.execute(delete(CheckpointRow).where(CheckpointRow.name.in_(_REMOVED)))


def _followed_sources(instance: Instance) -> Iterator[Finding]:
    if count := failing_sources(instance).count:
        yield _better(
            message(
                "%(count)s lists that are followed could not be fetched for hours.", count=count
            ),
            message("The page Following (/admin/following) says why."),
        )


def _hidden_by_undone_merges(instance: Instance) -> Iterator[Finding]:
    """Tell of numbers still hidden by merges that an earlier release took back."""
    group, merge = WithheldGroupRow, RecordMergeRow
    undone = select(merge.group_id).where(merge.undone_at.is_not(None))
    left = select(func.count()).where(group.noted_group.in_(undone), group.decided_at.is_(None))
    with instance.store.read() as session:
        count = session.scalar(left)
    if count:
        yield _better(
            message(
                "%(count)s addresses or phone numbers are still held back for merges that were "
                "taken back.",
                count=count,
            ),
            message("Look at each on Held back (/curation/held-back), and say who shows it."),
        )


def _wrong(what: Message, do: Message, *, closes: bool = False) -> Finding:
    return Finding(what=what, do=do, closes=closes)


def _better(what: Message, do: Message) -> Finding:
    return Finding(what=what, do=do, is_wrong=False)


CHECKS = (
    Check(about=message("settings"), look=_settings, needs_database=False),
    Check(about=message("permissions"), look=_permissions, needs_database=False),
    Check(about=message("disk"), look=_disk, ready="disk", needs_database=False),
    Check(about=message("backups"), look=_backups, needs_database=False),
    Check(about=message("mail"), look=_mail, needs_database=False),
    Check(about=message("help lines"), look=_help_lines, needs_database=False, by_verify=True),
    Check(about=_DATABASE, look=_database, ready="database", needs_database=False, by_verify=True),
    Check(about=_DATABASE, look=_tables, ready="schema", by_verify=True),
    Check(about=_DATABASE, look=_damage, by_page=False, by_verify=True),
    Check(about=message("clock"), look=_clock),
    Check(about=message("links"), look=_links, by_doctor=False, by_verify=True),
    Check(about=message("index"), look=_index, ready="index", by_verify=True),
    Check(about=message("listings"), look=_listings, by_verify=True),
    Check(about=message("contents of the index"), look=_contents, by_doctor=False, by_verify=True),
    Check(about=message("keys"), look=_keys, by_verify=True),
    Check(about=message("files"), look=_files, by_doctor=False, by_verify=True),
    Check(about=message("proxy"), look=unnamed_proxy),
    Check(about=message("jobs"), look=_jobs),
    Check(about=message("daily job"), look=_daily),
    Check(about=message("accounts"), look=_accounts),
    Check(about=message("words"), look=_words),
    Check(about=message("nodes"), look=_nodes),
    Check(about=message("removed parts"), look=_removed),
    Check(about=message("followed sources"), look=_followed_sources),
    Check(about=message("merges taken back"), look=_hidden_by_undone_merges),
)
DOCTOR = tuple(each for each in CHECKS if each.by_doctor)
PAGE = tuple(each for each in DOCTOR if each.by_page)
VERIFY = tuple(each for each in CHECKS if each.by_verify)
