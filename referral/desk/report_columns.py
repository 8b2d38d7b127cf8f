"""Columns of a closed inquiry that reports read: month, type, effort, count, day, desk, county."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from referral.desk.codes import QuestionType
from referral.desk.records import ReferenceData
from referral.desk.rows import InquiryRow
from referral.directory.instance import Instance, local_today
from referral.errors import refused

READ_SCALE = range(1, 7)
MOST_MINUTES = 600
MOST_AT_ONCE = 500
DAYS_BACK = 366
_CORRECTION_DAYS = 3


def fill_report_columns(instance: Instance, row: InquiryRow, reference: ReferenceData) -> None:
    """Fill the columns of a closed inquiry that reports read, such as month, desk and county.

    Raises:
        RefusedError: a value is out of range, or the question type does not fit the needs.
    """
    today = local_today(instance)
    day = reference.happened_on or today
    _check_reference(reference, is_day_allowed=today - timedelta(days=DAYS_BACK) <= day <= today)
    if bool(row.needs) != row.with_need or (
        row.with_need and reference.question_type is QuestionType.DIRECTIONAL
    ):
        raise refused("A question with a need is not directional. Choose another type.")
    row.question_type = reference.question_type
    row.read_scale, row.minutes = reference.read_scale, reference.minutes
    row.count = reference.count
    if row.happened_on != day:
        row.happened_on, row.hour = day, None
        started = row.started_at.astimezone(ZoneInfo(instance.settings.timezone))
        if row.code and started.date() == day:  # an inquiry without code has lost its time of day
            row.hour = started.hour
    _copy_columns(row, "" if row.training else f"{day:%Y-%m}")


def last_closed_month(instance: Instance, days_open: int = _CORRECTION_DAYS) -> str:
    """Return the last month, such as ``2026-11``, that closed quarterly or yearly reports may have.

    Args:
        days_open: days after the end of a month in which its entries can still be corrected.
    """
    earlier = (local_today(instance) - timedelta(days_open)).replace(day=1) - timedelta(1)
    return f"{earlier:%Y-%m}"


def is_closed(instance: Instance, day: date) -> bool:
    """Return whether the quarterly report that includes a day is closed."""
    last = f"{day.year}-{(day.month + 2) // 3 * 3:02}"
    return last <= last_closed_month(instance)


def clear_report_columns(row: InquiryRow) -> None:
    """Clear the report columns of an inquiry that is open again, so that no report counts it.

    Its date is kept.
    """
    _copy_columns(row, "")


def _check_reference(reference: ReferenceData, *, is_day_allowed: bool) -> None:
    if reference.read_scale is not None and reference.read_scale not in READ_SCALE:
        raise refused("Choose a step of the READ scale from 1 to 6.")
    if reference.minutes is not None and not 0 <= reference.minutes <= MOST_MINUTES:
        raise refused("Write the minutes as a number up to %(most)s.", most=MOST_MINUTES)
    if not 1 <= reference.count <= MOST_AT_ONCE:
        raise refused("Write how many as a number from 1 to %(most)s.", most=MOST_AT_ONCE)
    if not is_day_allowed:
        raise refused("Choose today or a day of the last year.")


def _copy_columns(inquiry: InquiryRow, month: str) -> None:
    inquiry.month = month
    for need in inquiry.needs:
        need.month, need.desk, need.county = month, inquiry.desk, inquiry.county
        need.zip_code, need.count = inquiry.zip_code, inquiry.count
        for referral in need.referrals:
            referral.month, referral.desk, referral.county = month, inquiry.desk, inquiry.county
            referral.heading, referral.term_code = need.heading, need.term_code
            referral.count = inquiry.count
