"""Daily clean-up of expired data, under a lease that one node holds at a time."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, or_, update

from referral.accounts.rows import AccountSessionRow, LinkRow, SignInTryRow
from referral.accounts.sessions import LONGEST_SESSION
from referral.capacity.statements import drop_old_statements, end_capacities
from referral.desk.contact_encryption import encrypt_with_first_key
from referral.desk.data_retention import erase_expired
from referral.desk.rows import TABLES_OF_PEOPLE, ShiftNoteRow
from referral.desk.shift_notes import delete_expired_notes
from referral.directory.context import Directory, local_today
from referral.directory.health import TIDY_JOB
from referral.imports.batches import erase_settled_imports
from referral.imports.positions import refresh_positions
from referral.open_data.files.export_files import delete_expired_exports
from referral.reports.rounded_counts import close_periods
from referral.slips.slips import end_slips
from referral.store.change_log import prune_changes
from referral.store.rows_log import DailyJobRow
from referral.store.stored_files import delete_leftovers
from referral.terminal.rows import EndedVisitRow, TerminalDeviceRow

_LEASE = timedelta(hours=1)
_KEEP_CHANGES = timedelta(days=30)  # an index that lagged longer is made again
_KEEP_TRIES = timedelta(days=1)
_KEEP_TERMINALS = timedelta(days=400)  # of those taken back: browsers keep no mark longer
_WHAT_ENDS = (
    *TABLES_OF_PEOPLE, ShiftNoteRow, AccountSessionRow, LinkRow, SignInTryRow,
    EndedVisitRow, TerminalDeviceRow,
)  # fmt: skip


def tidy(directory: Directory) -> dict[str, int]:
    """Do the daily job now; gives how many of each thing went. Doing it twice does no harm."""
    close_periods(directory)  # before ZIP codes and the like are erased
    counts = {
        **erase_expired(directory),
        **encrypt_with_first_key(directory),
        "slips": end_slips(directory),
        "capacities": end_capacities(directory) + drop_old_statements(directory),
        "notes": delete_expired_notes(directory),
        "exports": delete_expired_exports(directory),
        "lists": erase_settled_imports(directory),
        "parts of files": delete_leftovers(directory.store, directory.now()),
        **_drop_old_doors(directory),
    }
    with directory.store.write() as session:
        counts["changes"] = prune_changes(session, directory.now() - _KEEP_CHANGES)
    directory.store.erase_traces(*_WHAT_ENDS)  # also of what ended between two daily jobs
    refresh_positions(directory)
    return counts


def tidy_once_a_day(directory: Directory) -> dict[str, int] | None:
    """Do the daily job unless it was done today or another node is at it; None then.

    A node that dies in the middle holds the others up for an hour.
    """
    if not _take_lease(directory):
        return None
    counts = tidy(directory)
    with directory.store.write() as session:
        job = session.get_one(DailyJobRow, TIDY_JOB)
        job.done_on, job.leased_until, job.counts = local_today(directory), None, counts
    return counts


def _take_lease(directory: Directory) -> bool:
    now, today = directory.now(), local_today(directory)
    statement = (
        update(DailyJobRow)
        .where(DailyJobRow.name == TIDY_JOB)
        .where(or_(DailyJobRow.done_on.is_(None), DailyJobRow.done_on < today))
        .where(or_(DailyJobRow.leased_until.is_(None), DailyJobRow.leased_until < now))
        .values(leased_until=now + _LEASE)
        .returning(DailyJobRow.name)
    )
    with directory.store.write() as session:
        return session.execute(statement).first() is not None


def _drop_old_doors(directory: Directory) -> dict[str, int]:
    now = directory.now()
    old = {
        "sessions": delete(AccountSessionRow).where(
            AccountSessionRow.started_at < now - LONGEST_SESSION
        ),
        "links": delete(LinkRow).where(LinkRow.expires_at <= now),
        "tries": delete(SignInTryRow).where(SignInTryRow.last_at < now - _KEEP_TRIES),
        "visits": delete(EndedVisitRow).where(EndedVisitRow.forget_at < now),
        "terminals": delete(TerminalDeviceRow)
        .where(TerminalDeviceRow.ended_on.is_not(None))
        .where(TerminalDeviceRow.seen_on < local_today(directory) - _KEEP_TERMINALS),
    }
    with directory.store.write() as session:
        return {
            name: int(session.execute(statement).rowcount)  # type: ignore[attr-defined]  # a delete gives a CursorResult
            for name, statement in old.items()
        }
