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
_LONGEST_PAUSE = timedelta(days=7)  # a clock that went on further may be wrong
_BELIEVED_AFTER = timedelta(days=2)
_DOUBT = "clock in doubt"  # its row has the day since which the daily job waits
_KEEP_CHANGES = timedelta(days=30)  # an index that lagged longer is made again
_KEEP_TRIES = timedelta(days=1)
_KEEP_TERMINALS = timedelta(days=400)  # of those taken back: browsers keep no mark longer
_WHAT_ENDS = (
    *TABLES_OF_PEOPLE, ShiftNoteRow, AccountSessionRow, LinkRow, SignInTryRow,
    EndedVisitRow, TerminalDeviceRow,
)  # fmt: skip


def tidy(instance: Instance) -> dict[str, int]:
    """Do the daily job now; gives how many of each thing went. Doing it twice does no harm."""
    close_periods(instance)  # before ZIP codes and the like are erased
    counts = {
        **erase_expired(instance),
        **encrypt_with_first_key(instance),
        "slips": end_slips(instance),
        "capacities": retire_expired_capacities(instance) + delete_old_statements(instance),
        "notes": delete_expired_notes(instance),
        "exports": delete_expired_exports(instance),
        "lists": erase_settled_imports(instance),
        "parts of files": delete_leftovers(instance.store, instance.now()),
        **_drop_old_doors(instance),
    }
    with instance.store.write() as session:
        counts["changes"] = prune_changes(session, instance.now() - _KEEP_CHANGES)
    instance.store.erase_traces(*_WHAT_ENDS)  # also of what ended between two daily jobs
    refresh_positions(instance)
    return counts


def tidy_once_a_day(instance: Instance) -> dict[str, int] | None:
    """Do the daily job, unless it was done today, another node is at it, or the clock may be wrong.

    Returns None then. A node that dies in the middle holds the others up for an hour.
    """
    now, today = instance.now(), local_today(instance)
    with instance.store.write() as session:
        job = session.get_one(DailyJobRow, TIDY_JOB, with_for_update=True)
        # A lease or a day that lies ahead is of a clock that was wrong.
        is_leased = job.leased_until is not None and now <= job.leased_until <= now + _LEASE
        if job.done_on == today or is_leased or _is_clock_in_doubt(session, job.done_on, today):
            return None
        job.leased_until = now + _LEASE
    return _tidy_and_note(instance)


def tidy_by_hand(instance: Instance, *, is_clock_right: bool) -> dict[str, int]:
    """Do the daily job also where it was done today.

    Args:
        is_clock_right: whether an admin says that the clock is right, however far it went on.

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
    return _tidy_and_note(instance)


def clock_in_doubt(done_on: date | None, today: date) -> Message:
    """Return what to say where so much time went by that the clock may be wrong, else nothing."""
    if done_on is None or today - done_on <= _LONGEST_PAUSE:
        return NOTHING
    return message(
        "Nothing is erased. By the clock it was last done %(count)s days ago, on %(day)s.",
        count=(today - done_on).days,
        day=str(done_on),
    )


CONFIRM_CLOCK = message(
    "A serving site erases on the third day by itself. "
    "To erase now, if the clock is right, run: referral tidy --clock-is-right"
)


def _is_clock_in_doubt(session: Session, done_on: date | None, today: date) -> bool:
    """Return whether the clock went on so far that nothing may be erased yet.

    It is believed when it has moved on by two further days, and not by another leap.
    """
    if not clock_in_doubt(done_on, today):
        return False
    doubt = session.get(DailyJobRow, _DOUBT)
    if doubt is None:
        doubt = DailyJobRow(name=_DOUBT, done_on=today)
        session.add(doubt)
    since = doubt.done_on
    if since is None or not since <= today <= since + _LONGEST_PAUSE:
        doubt.done_on = since = today
    return today < since + _BELIEVED_AFTER


def _tidy_and_note(instance: Instance) -> dict[str, int]:
    counts = tidy(instance)
    with instance.store.write() as session:
        job = session.get_one(DailyJobRow, TIDY_JOB)
        job.done_on, job.leased_until, job.counts = local_today(instance), None, counts
        session.execute(delete(DailyJobRow).where(DailyJobRow.name == _DOUBT))
    return counts


def _drop_old_doors(instance: Instance) -> dict[str, int]:
    now = instance.now()
    old = {
        "sessions": delete(AccountSessionRow).where(
            AccountSessionRow.started_at < now - LONGEST_SESSION
        ),
        "links": delete(LinkRow).where(LinkRow.expires_at <= now),
        "tries": delete(SignInTryRow).where(SignInTryRow.last_at < now - _KEEP_TRIES),
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
