"""Checks of an installation, which find problems and their remedies.

``referral doctor``, ``referral verify``, the page for admins, ``/health/ready`` and ``/metrics``
use the same list, ``CHECKS``. Checks change nothing and send no mail.
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
_IDS_SHOWN = 5  # most ids in a sentence
_REMOVED_SETTINGS = (
    "REFERRAL_AWAY_MINUTES", "REFERRAL_LISTINGS_IN_MEMORY", "REFERRAL_OPEN_DATA_PER_MINUTE",
    "REFERRAL_CALL_FIRST_AFTER_DAYS", "REFERRAL_CAPACITY_HOURS", "REFERRAL_CONFIRM_AGAIN_DAYS",
    "REFERRAL_CONFIRM_MINUTES", "REFERRAL_FILE_ROOM", "REFERRAL_FOLLOW_UP_DAYS",
    "REFERRAL_IDLE_SECONDS", "REFERRAL_LARGEST_UPLOAD", "REFERRAL_OPENSEARCH",
    "REFERRAL_PASSWORD_MEMORY_KIB", "REFERRAL_PASSWORD_PASSES", "REFERRAL_SITEMAP",
    "REFERRAL_STRUCTURED_DATA",
)  # fmt: skip
"""Environment variables of earlier releases that have no effect."""
_DATABASE = message("database")
_REMOVED_FEATURES = {
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
"""Name of a note that migration 0049 stored → what was removed, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A problem that a check of the installation found, with its remedy, or a suggestion.

    Attributes:
        about: the part of the installation.
        what: the problem.
        do: the remedy.
        closes: whether this node must not get visitors meanwhile.
    """

    about: Message = NOTHING
    what: Message
    do: Message
    is_wrong: bool = True
    closes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """The results of an installation's checks: findings, parts that are fine, parts not checked."""

    findings: tuple[Finding, ...]
    fine: tuple[Message, ...]
    not_looked_at: tuple[Message, ...] = ()

    @property
    def is_wrong(self) -> bool:
        """Return whether the checks of the installation found a problem."""
        return any(each.is_wrong for each in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check of one part of an installation.

    Attributes:
        look: yields the findings.
        ready: the key in ``/health/ready`` that is false while a finding closes this node; "" for
            none. Such a check is quick.
        needs_database: whether the check is left out after a check of the database found a
            problem, because a damaged database has misleading contents.
        by_doctor: whether ``referral doctor`` runs the check.
        by_page: whether the page for admins runs it too; False if it reads the whole database.
        by_verify: whether ``referral verify`` runs it, as for checks of data. These may be slow.
    """

    about: Message
    look: Callable[[Instance], Iterator[Finding]]
    ready: str = ""
    needs_database: bool = True
    by_doctor: bool = True
    by_page: bool = True
    by_verify: bool = False


def diagnose(instance: Instance, checks: Sequence[Check]) -> Diagnosis:
    """Run checks of the installation.

    Those that need the database are left out if it has a problem.
    """
    findings: list[Finding] = []
    looked_at, not_looked_at = [], []
    has_database = True
    for check in checks:
        if check.needs_database and not has_database:
            not_looked_at.append(check.about)
            continue
        found = _run_check(check, instance)
        findings += found
        looked_at.append(check.about)
        has_database &= check.about != _DATABASE or not any(each.is_wrong for each in found)
    parts_with_findings = {each.about for each in findings}
    return Diagnosis(
        findings=tuple(sorted(findings, key=lambda each: not each.is_wrong)),
        fine=tuple(dict.fromkeys(each for each in looked_at if each not in parts_with_findings)),
        not_looked_at=tuple(each for each in not_looked_at if each not in parts_with_findings),
    )


def readiness(instance: Instance) -> dict[str, bool]:
    """Return for each part of the site that visitors need whether it works.

    If all do, the node is ready.
    """
    found: dict[str, bool] = {}
    has_database = True
    for check in CHECKS:
        if check.ready:
            is_made = has_database or not check.needs_database
            findings = _run_check(check, instance) if is_made else []
            found[check.ready] = is_made and not any(each.closes for each in findings)
            has_database &= check.about != _DATABASE or found[check.ready]
    return found


def _run_check(check: Check, instance: Instance) -> list[Finding]:
    try:
        return [replace(each, about=check.about) for each in check.look(instance)]
    except (SQLAlchemyError, InstanceError, OSError) as error:
        if isinstance(error, DatabaseDamagedError):
            return [replace(_DAMAGED, about=check.about)]
        what = message("It could not be looked at (%(kind)s).", kind=type(error).__name__)
        do = message("Mend what else is wrong, and look again.")
        return [Finding(about=check.about, what=what, do=do, closes=True)]


def _check_settings(instance: Instance) -> Iterator[Finding]:
    settings = instance.settings
    if gone := [name for name in _REMOVED_SETTINGS if name in os.environ]:
        yield _suggestion(
            message("%(names)s no longer sets anything.", names=", ".join(gone)),
            message("Remove it."),
        )
    if not settings.public_url:
        yield _suggestion(
            message("The site does not know its address. Mail and printed codes cannot lead here."),
            message("Set REFERRAL_PUBLIC_URL, such as https://help.example.org."),
        )
    elif urlsplit(settings.public_url).scheme != "https":
        yield _suggestion(
            message("The address of the site is not encrypted. Others can read what people type."),
            message("Serve it over https (docs/running.md) and set REFERRAL_PUBLIC_URL."),
        )
    elif not settings.secure_cookies:
        yield _problem(
            message("Cookies are sent without encryption too."),
            message("Set REFERRAL_SECURE_COOKIES=yes."),
        )
    if settings.sample_data:
        yield _suggestion(
            message("Pages say that the listings are samples."),
            message("Unset REFERRAL_SAMPLE_DATA."),
        )
    if not (settings.ask_phone or settings.ask_email or settings.ask_place):
        yield _suggestion(
            message("Patrons are not told how to ask a librarian."),
            message("Fill in the reference desk: Our library, in the menu of an admin."),
        )


def unnamed_proxy(instance: Instance) -> Iterator[Finding]:
    """Yield a finding if requests come through a proxy that the settings do not name."""
    if not instance.settings.trusted_proxies and has_unnamed_proxy(instance):
        yield _problem(
            message(
                "Requests come through a proxy that is not named. Nothing is limited by address."
            ),
            message("Set REFERRAL_TRUSTED_PROXIES to its address, such as 127.0.0.1."),
        )


def _check_permissions(instance: Instance) -> Iterator[Finding]:
    folder = instance.settings.instance_path
    if not os.access(folder, os.W_OK):
        yield _problem(
            message("%(folder)s cannot be written.", folder=str(folder)),
            message("The user of the server should own the folder. Run commands as that user."),
        )
    if os.name == "posix" and folder.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield _problem(
            message(
                "Other users of this machine can read %(folder)s: database, keys and uploads.",
                folder=str(folder),
            ),
            message("Run: chmod -R go= %(folder)s", folder=str(folder)),
        )


_DAMAGED = Finding(
    about=_DATABASE,
    what=message("The database is damaged."),
    do=message("Restore a backup: referral restore FILE --replace (docs/backups.md)."),
    closes=True,
)


def _check_database(instance: Instance) -> Iterator[Finding]:
    """Yield a finding if the database does not answer, is full, or reported a damaged file."""
    if instance.store.availability.is_damaged:
        yield _DAMAGED
        return
    try:
        instance.store.is_usable()
    except SQLAlchemyError as error:
        if isinstance(error, DatabaseDamagedError):
            yield _DAMAGED
        elif isinstance(error, DiskFullError):
            yield _problem(
                message("The disk of the database is full."),
                message("Make room there."),
                closes=True,
            )
        else:
            yield _problem(
                message("It does not answer (%(kind)s).", kind=type(error).__name__),
                message("Start it, and look whether DATABASE_URL is right."),
                closes=True,
            )


def _check_clock(instance: Instance) -> Iterator[Finding]:
    """Yield a finding if the clock differs too much from the database's for several nodes."""
    with instance.store.read() as session:
        ahead = (instance.now() - database_now(session)).total_seconds()
    if abs(ahead) > CLOCK_SKEW_SECONDS / 2:
        yield _problem(
            message(
                "It differs from the clock of the database by %(count)s s.", count=round(abs(ahead))
            ),
            message("Set the clock of both machines by NTP (docs/nodes.md)."),
        )


def _check_tables(instance: Instance) -> Iterator[Finding]:
    if not instance.store.is_usable():
        yield _problem(
            message("Its tables are not those of this release."),
            message("Make a backup, then run: referral migrate"),
            closes=True,
        )


def _check_damage(instance: Instance) -> Iterator[Finding]:
    with instance.store.read() as session:
        if find_damage(session.connection()):
            yield _DAMAGED


def _check_index(instance: Instance) -> Iterator[Finding]:
    status = instance.index.status()
    if status.available:
        instance.index.warm_up()
    else:
        yield _problem(
            message("Search cannot answer on this node."),
            message("Run: referral index rebuild"),
            closes=True,
        )
    if status.available and status.lag:
        yield _suggestion(
            message("%(count)s changes are not yet searchable.", count=status.lag),
            message(
                "A serving site follows within seconds. If none serves here, run: "
                "referral index sync"
            ),
        )


def _check_listings(instance: Instance) -> Iterator[Finding]:
    if not count_services(instance):
        yield _suggestion(
            message("The public sees no service."),
            message("Run: referral seed. Then bring in a list."),
        )


def _check_links(instance: Instance) -> Iterator[Finding]:
    with instance.store.read() as session:
        for table, column, count in count_broken_links(session.connection()):
            yield _problem(
                message(
                    "%(count)s rows of %(table)s name a %(column)s that is not there.",
                    count=count,
                    table=table,
                    column=column,
                ),
                message("Restore a backup (docs/backups.md)."),
            )


def _check_index_contents(instance: Instance) -> Iterator[Finding]:
    """Yield a finding if the search index has other services than the database."""
    try:
        differing = instance.index.differing_services()
    except IndexUnavailableError:
        return  # the check of the index has a finding for this
    if differing:
        yield _problem(
            message(
                "%(count)s services differ from the database, such as %(ids)s.",
                count=len(differing),
                ids=", ".join(differing[:_IDS_SHOWN]),
            ),
            message("If this stays so for some minutes, run: referral index rebuild"),
        )


def _check_files(instance: Instance) -> Iterator[Finding]:
    sizes = (
        select(
            StoredFilePieceRow.file_id,
            func.sum(func.length(StoredFilePieceRow.content)).label("size"),
        )
        .group_by(StoredFilePieceRow.file_id)
        .subquery()
    )
    broken = (
        select(func.count())
        .select_from(StoredFileRow)
        .join(sizes, sizes.c.file_id == StoredFileRow.id, isouter=True)
        .where(StoredFileRow.is_whole, func.coalesce(sizes.c.size, 0) != StoredFileRow.size)
    )
    with instance.store.read() as session:
        if count := session.scalar(broken):
            yield _problem(
                message("%(count)s stored files are not whole.", count=count),
                message("Restore a backup, or send and export these lists again."),
            )


def _check_jobs(instance: Instance) -> Iterator[Finding]:
    jobs = count_jobs(instance)
    if jobs.oldest_waiting_seconds > _LONGEST_WAIT_SECONDS:
        yield _problem(
            message(
                "A job has waited for %(count)s minutes.",
                count=round(jobs.oldest_waiting_seconds / 60),
            ),
            message("Start referral work, or serve with REFERRAL_RUN_JOBS=yes."),
        )
    why = message("Their pages (Imports, Export, Following) say why.")
    if count := jobs.by_state["stopped"]:
        yield _suggestion(message("%(count)s jobs stopped in the last day.", count=count), why)
    if count := jobs.by_state["failed"]:
        yield _suggestion(message("%(count)s jobs failed in the last day.", count=count), why)


def _check_daily_job(instance: Instance) -> Iterator[Finding]:
    done_on, today = read_last_tidy_date(instance), local_today(instance)
    if done_on is None:
        yield _suggestion(
            message("It was not done so far."),
            message("A serving site does it within minutes. If none serves, run: referral tidy"),
        )
    elif done_on > today:
        yield _problem(
            message("By the clock it was last done on %(day)s, a day to come.", day=str(done_on)),
            message("The clock is wrong, or was. Look at it, and at what was erased early."),
        )
    elif doubt := clock_in_doubt(done_on, today):
        yield _problem(doubt, CONFIRM_CLOCK)
    elif done_on < today - timedelta(days=2):
        yield _problem(
            message(
                "It was not done since %(day)s. What should be erased is still there.",
                day=str(done_on),
            ),
            message("Let the site serve, or run referral tidy every day."),
        )


def _check_disk(instance: Instance) -> Iterator[Finding]:
    free = shutil.disk_usage(instance.settings.instance_path).free
    if free < _LITTLE_DISK:
        yield _problem(
            message("%(count)s MB are free in the instance folder.", count=free // 1024**2),
            message("Make room. A new index and a backup need as much again as they have now."),
            closes=free < _LEAST_DISK,
        )


def _check_backups(instance: Instance) -> Iterator[Finding]:
    if not instance.settings.backup_folder:
        yield _suggestion(
            message("No backup is made by itself."),
            message(
                "In /etc/referral/referral.env write REFERRAL_BACKUP_FOLDER=/a/folder. "
                "Then run: systemctl restart referral"
            ),
        )
        return
    newest = newest_backup_at(instance.settings)
    if newest is None or newest < instance.now() - _OLDEST_BACKUP:
        yield _problem(
            message("The newest backup is of %(day)s.", day=f"{newest:%Y-%m-%d}")
            if newest
            else message("There is no backup."),
            message("Look in the log why, and run referral backup."),
        )
    if larger := larger_backup(instance.settings):
        yield _problem(
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


def _check_mail(instance: Instance) -> Iterator[Finding]:
    settings = instance.settings
    if not settings.sends_mail:
        yield _suggestion(
            message("No mail is set up. Links are shown to admins, who hand them over."),
            message("Set REFERRAL_SMTP_URL, REFERRAL_MAIL_FROM and REFERRAL_PUBLIC_URL."),
        )
        return
    try:
        check_mail_host(settings)
    except MailError as error:
        yield _problem(
            Message(str(error)),
            message("Look at REFERRAL_SMTP_URL, and whether this machine may reach the host."),
        )


def _check_keys(instance: Instance) -> Iterator[Finding]:
    with instance.store.read() as session:
        locked = session.scalars(select(FollowUpRow.contact).where(FollowUpRow.contact != "")).all()
    unread = sum(not _can_decrypt(instance.settings, each) for each in locked)
    if unread:
        yield _problem(
            message(
                "%(count)s of %(total)s contacts for follow-ups cannot be opened.",
                count=unread,
                total=len(locked),
            ),
            message(
                "Take the key that locked them. Put it into REFERRAL_CONTACT_KEYS, as the last."
            ),
        )


def _can_decrypt(settings: Settings, locked: str) -> bool:
    try:
        return bool(decrypt(settings, locked))
    except RefusedError:
        return False


def _check_accounts(instance: Instance) -> Iterator[Finding]:
    admins = [
        each
        for each in list_accounts(instance)
        if Role.ADMIN in each.roles and not each.is_disabled
    ]
    if not admins:
        yield _problem(
            message("Nobody can manage this site."),
            message("Run: referral account add --role admin EMAIL"),
        )
    if without := sum(each.has_password and not each.has_second_factor for each in admins):
        yield _suggestion(
            message(
                "%(count)s of %(total)s admins sign in with a password alone.",
                count=without,
                total=len(admins),
            ),
            message("Ask them to turn on the second step at Your account."),
        )


def _check_help_lines(instance: Instance) -> Iterator[Finding]:
    settings = instance.settings
    if problems := check_help_lines(settings):
        yield _problem(
            message("%(count)s of the library's own lines are left out.", count=len(problems)),
            message("The command referral help-lines says which, and why."),
        )
    if due := sum(is_due(line, local_today(instance)) for line in help_lines(settings)):
        yield _suggestion(
            message("%(count)s have to be called again.", count=due),
            message("The command referral help-lines says which."),
        )


def _check_words(instance: Instance) -> Iterator[Finding]:
    if missing := len(missing_words(instance)):
        yield _suggestion(
            message("%(count)s words of this version are not known here yet.", count=missing),
            message("Run: referral seed"),
        )


def _check_nodes(instance: Instance) -> Iterator[Finding]:
    for what, groups in differing_files(instance).items():
        yield _problem(
            message(
                "Nodes differ in %(what)s, so pages change from request to request: %(nodes)s.",
                what=what,
                nodes=" | ".join(", ".join(group) for group in groups),
            ),
            message("Give all nodes the same files and settings, and start them again."),
        )


def _check_removed_features(instance: Instance) -> Iterator[Finding]:
    with instance.store.read() as session:
        names = session.scalars(
            select(CheckpointRow.name).where(CheckpointRow.name.in_(_REMOVED_FEATURES))
        ).all()
    for name in names:
        yield _suggestion(*_REMOVED_FEATURES[name])


def forget_removed(instance: Instance) -> None:
    """Delete the notes about removed features, so that ``referral doctor`` shows each once."""
    with instance.store.write() as session:
        session.execute(delete(CheckpointRow).where(CheckpointRow.name.in_(_REMOVED_FEATURES)))


def _check_followed_sources(instance: Instance) -> Iterator[Finding]:
    if count := failing_sources(instance).count:
        yield _suggestion(
            message(
                "%(count)s lists that are followed could not be fetched for hours.", count=count
            ),
            message("The page Following (/admin/following) says why."),
        )


def _check_undone_merges(instance: Instance) -> Iterator[Finding]:
    """Yield a finding if addresses or phones are still withheld by merges that were undone."""
    undone = select(RecordMergeRow.group_id).where(RecordMergeRow.undone_at.is_not(None))
    left = select(func.count()).where(
        WithheldGroupRow.noted_group.in_(undone), WithheldGroupRow.decided_at.is_(None)
    )
    with instance.store.read() as session:
        count = session.scalar(left)
    if count:
        yield _suggestion(
            message(
                "%(count)s addresses or phone numbers are still held back for merges that were "
                "taken back.",
                count=count,
            ),
            message("Look at each on Held back (/curation/held-back), and say who shows it."),
        )


def _problem(what: Message, do: Message, *, closes: bool = False) -> Finding:
    return Finding(what=what, do=do, closes=closes)


def _suggestion(what: Message, do: Message) -> Finding:
    return Finding(what=what, do=do, is_wrong=False)


CHECKS = (
    Check(about=message("settings"), look=_check_settings, needs_database=False),
    Check(about=message("permissions"), look=_check_permissions, needs_database=False),
    Check(about=message("disk"), look=_check_disk, ready="disk", needs_database=False),
    Check(about=message("backups"), look=_check_backups, needs_database=False),
    Check(about=message("mail"), look=_check_mail, needs_database=False),
    Check(
        about=message("help lines"), look=_check_help_lines, needs_database=False, by_verify=True
    ),
    Check(
        about=_DATABASE,
        look=_check_database,
        ready="database",
        needs_database=False,
        by_verify=True,
    ),
    Check(about=_DATABASE, look=_check_tables, ready="schema", by_verify=True),
    Check(about=_DATABASE, look=_check_damage, by_page=False, by_verify=True),
    Check(about=message("clock"), look=_check_clock),
    Check(about=message("links"), look=_check_links, by_doctor=False, by_verify=True),
    Check(about=message("index"), look=_check_index, ready="index", by_verify=True),
    Check(about=message("listings"), look=_check_listings, by_verify=True),
    Check(
        about=message("contents of the index"),
        look=_check_index_contents,
        by_doctor=False,
        by_verify=True,
    ),
    Check(about=message("keys"), look=_check_keys, by_verify=True),
    Check(about=message("files"), look=_check_files, by_doctor=False, by_verify=True),
    Check(about=message("proxy"), look=unnamed_proxy),
    Check(about=message("jobs"), look=_check_jobs),
    Check(about=message("daily job"), look=_check_daily_job),
    Check(about=message("accounts"), look=_check_accounts),
    Check(about=message("words"), look=_check_words),
    Check(about=message("nodes"), look=_check_nodes),
    Check(about=message("removed parts"), look=_check_removed_features),
    Check(about=message("followed sources"), look=_check_followed_sources),
    Check(about=message("merges taken back"), look=_check_undone_merges),
)
DOCTOR = tuple(each for each in CHECKS if each.by_doctor)
PAGE = tuple(each for each in DOCTOR if each.by_page)
VERIFY = tuple(each for each in CHECKS if each.by_verify)
