"""Page of reference statistics, and the question log as a CSV file."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from referral.desk.codes import Channel, QuestionType
from referral.formats.writing.sheets import CSV_TYPE, csv_table
from referral.records.accounts import Permission
from referral.reports.reference_statistics import (
    CountedBy,
    FiscalYear,
    ReferenceStatistics,
    read_log_lines,
    read_reference_statistics,
)
from referral.reports.web.labels import month_label
from referral.reports.web.views import SEE_LIVE_COUNTS, reports
from referral.web.code_labels import stored_code_label
from referral.web.current import current_instance
from referral.web.formatting import capitalized, day_name, format_time
from referral.web.staff.access import current_account, requires
from referral.web.staff.file_response import file_response

CSV_HEADER = ("date", "desk", "mode", "type", "read", "minutes", "count")
_TITLES = {
    CountedBy.MONTH: lazy_gettext("By month"),
    CountedBy.READ_SCALE: lazy_gettext("By effort (READ scale)"),
    CountedBy.CHANNEL: lazy_gettext("By how they came"),
    CountedBy.DESK: lazy_gettext("By branch and desk"),
    CountedBy.WEEKDAY: lazy_gettext("By day of the week"),
    CountedBy.HOUR: lazy_gettext("By hour"),
}


@reports.get("/statistics")
@requires(SEE_LIVE_COUNTS)
def statistics() -> ResponseReturnValue:
    """Show the reference statistics of a fiscal year."""
    found = read_reference_statistics(current_instance(), _requested_year())
    return render_template(
        "reports/statistics.html",
        found=found,
        titles=_TITLES,
        value_label=lambda by, value: _value_label(found, by, value),
        year_label=_year_label,
        kinds=[
            kind for kind in QuestionType if kind in {*found.settings.types, *found.total.numbers}
        ],
        may_change=current_account().may(Permission.CHANGE_SETTINGS),
    )


@reports.get("/statistics.csv")
@requires(SEE_LIVE_COUNTS)
def statistics_csv() -> ResponseReturnValue:
    """Download a fiscal year's question log, without needs or anything about a person."""
    lines = read_log_lines(current_instance(), _requested_year())
    rows = (
        (
            line.happened_on.isoformat(), line.desk, line.channel, line.question_type,
            "" if line.read_scale is None else line.read_scale,
            "" if line.minutes is None else line.minutes, line.count,
        )
        for line in lines
    )  # fmt: skip
    return file_response(csv_table(CSV_HEADER, rows), CSV_TYPE, "reference-statistics.csv")


def _requested_year() -> int | None:
    text = request.args.get("year", "")
    return int(text) if text.isdecimal() and len(text) == 4 else None


def _year_label(year: FiscalYear) -> str:
    """Return the label of a fiscal year, such as ``July 2026 – June 2027``."""
    first, last = (month_label(f"{day:%Y-%m}") for day in (year.first_day, year.last_day))
    return f"{first} – {last}"


def _value_label(found: ReferenceStatistics, by: CountedBy, value: str) -> str:
    if not value:
        return str(gettext("Not known"))
    if by is CountedBy.MONTH:
        return month_label(value)
    if by is CountedBy.CHANNEL:
        return stored_code_label(Channel, value)
    if by is CountedBy.DESK:
        return found.desk_labels.get(value, value)
    if by is CountedBy.WEEKDAY:
        return capitalized(day_name(int(value)))
    return format_time(f"{int(value):02}:00") if by is CountedBy.HOUR else value
