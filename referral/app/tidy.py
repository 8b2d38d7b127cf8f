"""Daily clean-up of expired data, under a lease that one node holds at a time."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from referral.accounts.rows import AccountSessionRow, LinkRow, SignInTryRow
from referral.accounts.sessions import LONGEST_SESSION
from referral.address_points.positions import refresh_positions
from referral.capacity.statements import delete_old_statements, retire_expired_capacities
from referral.desk.contact_encryption import encrypt_with_first_key
from referral.desk.data_retention import erase_expired
from referral.desk.rows import TABLES_OF_PEOPLE, ShiftNoteRow
from referral.desk.shift_notes import delete_expired_notes
from referral.directory.health import TIDY_JOB
from referral.directory.instance import Instance, local_today
from referral.errors import RefusedError
from referral.imports.batches import erase_settled_imports
from referral.message import NOTHING, Message, message
from referral.open_data.files.export_files import delete_expired_exports
from referral.reports.rounded_counts import close_periods
from referral.slips.slips import end_slips
from referral.store.change_log import prune_changes
from referral.store.rows_log import DailyJobRow
from referral.store.stored_files import delete_leftovers
from referral.terminal.rows import EndedVisitRow, TerminalDeviceRow

_LEASE = timedelta(hours=1)
_LONGEST_PAUSE = timedelta(days=7)  # after a longer one, the clock may be wrong
_TRUSTED_AFTER = timedelta(days=2)
_DOUBT_JOB = "clock in doubt"  # row with the day since which the daily job waits
_KEEP_CHANGES = timedelta(days=30)  # an index that lags longer is rebuilt
_KEEP_SIGN_IN_TRIES = timedelta(days=1)
_KEEP_TERMINALS = timedelta(days=400)  # for ended ones: browsers keep no cookie longer
_EXPIRING_TABLES = (
    *TABLES_OF_PEOPLE, ShiftNoteRow, AccountSessionRow, LinkRow, SignInTryRow,
    EndedVisitRow, TerminalDeviceRow,
)  # fmt: skip
CONFIRM_CLOCK = message(
    "A serving site erases on the third day by itself. "
    "To erase now, if the clock is right, run: referral tidy --clock-is-right"
)


def tidy(instance: Instance) -> dict[str, int]:
    """Delete expired data of all features, and return the numbers of deleted rows by kind.

    Safe to repeat.
    """
    close_periods(instance)  # before ZIP codes and other details are erased
    counts = {
        **erase_expired(instance),
        **encrypt_with_first_key(instance),
        "slips": end_slips(instance),
        "capacities": retire_expired_capacities(instance) + delete_old_statements(instance),
        "notes": delete_expired_notes(instance),
        "exports": delete_expired_exports(instance),
        "lists": erase_settled_imports(instance),
        "parts of files": delete_leftovers(instance.store, instance.now()),
        **_delete_old_access(instance),
    }
    with instance.store.write() as session:
        counts["changes"] = prune_changes(session, instance.now() - _KEEP_CHANGES)
    instance.store.erase_traces(*_EXPIRING_TABLES)  # also of rows deleted between two daily jobs
    refresh_positions(instance)
    return counts


def tidy_once_a_day(instance: Instance) -> dict[str, int] | None:
    """Run the daily clean-up, unless it ran today, runs on another node, or the clock may be wrong.

    Returns None then. A node that dies during the job blocks it on other nodes for an hour.
    """
    now, today = instance.now(), local_today(instance)
    with instance.store.write() as session:
        job = session.get_one(DailyJobRow, TIDY_JOB, with_for_update=True)
        # A lease that ends more than an hour from now is from a clock that was wrong.
        is_leased = job.leased_until is not None and now <= job.leased_until <= now + _LEASE
        if job.done_on == today or is_leased or _is_clock_in_doubt(session, job.done_on, today):
            return None
        job.leased_until = now + _LEASE
    return _tidy_and_record(instance)


def tidy_by_hand(instance: Instance, *, is_clock_right: bool) -> dict[str, int]:
    """Run the daily clean-up at an admin's command, even if it ran today.

    Args:
        is_clock_right: whether an admin confirms the clock, however long the pause was.

    Raises:
        RefusedError: the clock may be wrong.
    """
    if not is_clock_right:
        today = local_today(instance)
        with instance.store.write() as session:
            done_on = session.get_one(DailyJobRow, TIDY_JOB, with_for_update=True).done_on
            is_in_doubt = _is_clock_in_doubt(session, done_on, today)
        if is_in_doubt:
            raise RefusedError(clock_in_doubt(done_on, today).then(CONFIRM_CLOCK))
    return _tidy_and_record(instance)


def clock_in_doubt(done_on: date | None, today: date) -> Message:
    """Return a message if the last daily clean-up is so long ago that the clock may be wrong.

    Else the result is ``NOTHING``.
    """
    if done_on is None or today - done_on <= _LONGEST_PAUSE:
        return NOTHING
    return message(
        "Nothing is erased. By the clock it was last done %(count)s days ago, on %(day)s.",
        count=(today - done_on).days,
        day=str(done_on),
    )


def _is_clock_in_doubt(session: Session, done_on: date | None, today: date) -> bool:
    """Return whether the clock may be wrong, so that the daily clean-up may erase nothing yet.

    The clock is trusted once it has advanced by two more days without another leap.
    """
    if not clock_in_doubt(done_on, today):
        return False
    doubt = session.get(DailyJobRow, _DOUBT_JOB)
    if doubt is None:
        doubt = DailyJobRow(name=_DOUBT_JOB, done_on=today)
        session.add(doubt)
    since = doubt.done_on
    if since is None or not since <= today <= since + _LONGEST_PAUSE:
        doubt.done_on = since = today
    return today < since + _TRUSTED_AFTER


def _tidy_and_record(instance: Instance) -> dict[str, int]:
    counts = tidy(instance)
    with instance.store.write() as session:
        job = session.get_one(DailyJobRow, TIDY_JOB)
        job.done_on, job.leased_until, job.counts = local_today(instance), None, counts
        session.execute(delete(DailyJobRow).where(DailyJobRow.name == _DOUBT_JOB))
    return counts


def _delete_old_access(instance: Instance) -> dict[str, int]:
    now = instance.now()
    old = {
        "sessions": delete(AccountSessionRow).where(
            AccountSessionRow.started_at < now - LONGEST_SESSION
        ),
        "links": delete(LinkRow).where(LinkRow.expires_at <= now),
        "tries": delete(SignInTryRow).where(SignInTryRow.last_at < now - _KEEP_SIGN_IN_TRIES),
        "visits": delete(EndedVisitRow).where(EndedVisitRow.forget_at < now),
        "terminals": delete(TerminalDeviceRow)
        .where(TerminalDeviceRow.ended_on.is_not(None))
        .where(TerminalDeviceRow.seen_on < local_today(instance) - _KEEP_TERMINALS),
    }
    with instance.store.write() as session:
        return {
            name: int(session.execute(statement).rowcount)  # type: ignore[attr-defined]  # a delete gives a CursorResult
            for name, statement in old.items()
        }
