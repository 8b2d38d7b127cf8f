"""Opening hours in words: whether a service is open now, its week, and its recurring rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from flask import Flask
from flask_babel import gettext, lazy_gettext, pgettext

from referral.directory.view_models import HoursBlock
from referral.fields.clock_times import parse_span
from referral.fields.typed_hours import BY_APPOINTMENT, ON_HOLIDAYS, ON_MOST_HOLIDAYS
from referral.records.hsds import Schedule
from referral.records.schedules.events import days_of_event
from referral.records.schedules.opening_hours import DayHours, opening_state
from referral.web.current import current_settings
from referral.web.formatting import (
    capitalized,
    day_name,
    format_clock,
    format_date,
    format_listed,
    format_shortened,
    format_span,
)
from referral.web.i18n.catalogs import Catalogs, our_catalogs, page_locale

_BYDAY = re.compile(r"([+-]?\d)?(MO|TU|WE|TH|FR|SA|SU)\Z")
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NTH_DAY: dict[str, Callable[[str], str]] = {
    "1": lambda day: gettext("First %(day)s", day=day),
    "2": lambda day: gettext("Second %(day)s", day=day),
    "3": lambda day: gettext("Third %(day)s", day=day),
    "4": lambda day: gettext("Fourth %(day)s", day=day),
    "5": lambda day: gettext("Fifth %(day)s", day=day),
    "-1": lambda day: gettext("Last %(day)s", day=day),
}
# Hours as they are written in the list of national help lines, which every library has.
_NATIONAL_HOURS = {
    "Hours change by area.": lazy_gettext("Hours change by area."),
    "Mon-Fri 8 a.m. to 9 p.m. Eastern.": lazy_gettext(
        "Monday to Friday, 8 am to 9 pm, Eastern time."
    ),
    "Mon-Fri 1 p.m. to 9 p.m. Eastern; closed some holidays.": lazy_gettext(
        "Monday to Friday, 1 pm to 9 pm, Eastern time. Closed on some holidays."
    ),
}


# Notes that ``fields.typed_hours`` stores when it parses hours.
_REMARKS = {
    BY_APPOINTMENT: lazy_gettext("by appointment"),
    ON_HOLIDAYS: lazy_gettext("closed on holidays"),
    ON_MOST_HOLIDAYS: lazy_gettext("closed on most holidays"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenState:
    """Whether a service is open now, in words and as a state for its color.

    Attributes:
        kind: ``open``, ``closed`` or ``unknown``; chooses the style.
        is_as_written: whether the text is quoted from the list, in the list's language.
    """

    kind: str
    text: str
    is_as_written: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursRow:
    """A row of a table of opening hours, for consecutive weekdays with equal hours.

    ``is_closed`` is set only if the days are known to be closed.
    """

    days: str
    spans: tuple[str, ...]
    is_closed: bool = False
    has_today: bool = False


def init_app(app: Flask) -> None:
    """Register the template filters and globals for opening hours."""
    app.jinja_env.filters.update(
        has_hours=has_hours,
        hours_line=hours_line,
        hours_remarks=hours_remarks,
        open_state=open_state,
        week_rows=week_rows,
        schedule_parts=schedule_parts,
        schedule_text=schedule_text,
    )
    app.jinja_env.globals.update(ask_first=ask_first, hours_not_known=hours_not_known)


def has_hours(hours: HoursBlock) -> bool:
    """Return whether a listing has opening hours to show.

    A week without any opening does not count.
    """
    return (
        hours.always or hours.differ or bool(hours.others) or any(day.spans for day in hours.week)
    )


def has_regular_hours(hours: HoursBlock) -> bool:
    """Return whether a listing has opening hours to show, not counting those of events."""
    rules = tuple(rule for rule in hours.others if not rule.is_event)
    return has_hours(replace(hours, others=rules))


def ask_first(has_phone: object) -> str:
    """Return the advice "Call first.", or "Ask first." for a service without a listed phone."""
    return str(gettext("Call first.") if has_phone else gettext("Ask first."))


def hours_not_known(has_phone: object) -> str:
    """Return "Hours not known." with the advice to call or ask first."""
    return " ".join((gettext("Hours not known."), ask_first(has_phone)))


def _differ_by_place_text(hours: HoursBlock) -> str:
    return " ".join((gettext("Hours differ by place."), ask_first(hours.has_phone)))


def open_state(hours: HoursBlock, now: datetime | None = None) -> OpenState:
    """Return whether a service is open now, in words such as ``Open now until 4:30 pm``."""
    if hours.always:
        return OpenState(kind="open", text=gettext("Open day and night"))
    if not has_regular_hours(hours) and hours.next_opening is None:
        return OpenState(kind="unknown", text=hours_not_known(hours.has_phone))
    if hours.next_opening is None or hours.differ or _is_doubtful(hours):
        return _state_without_next_opening(hours, now)
    start, end = hours.next_opening
    if hours.is_holiday:
        return OpenState(kind="unknown", text=_holiday_text(hours, start, end, now))
    if hours.is_open:
        until = format_clock(f"{end:%H:%M}")
        return OpenState(kind="open", text=str(gettext("Open now until %(time)s", time=until)))
    day, today = start.date(), _today(now, start.tzinfo)
    opening_text = _closed_today_text if hours.closed_today else _opening_text
    text = opening_text(start.hour, start.minute, day, (day - today).days)
    return OpenState(kind="closed", text=text)


def _holiday_text(hours: HoursBlock, start: datetime, end: datetime, now: datetime | None) -> str:
    """Return the usual hours of a holiday of this week with the advice to ask first.

    A holiday further ahead is no state of today.
    """
    usual = format_span(f"{start:%H:%M}", f"{end:%H:%M}")
    days_ahead = (start.date() - _today(now, start.tzinfo)).days
    if days_ahead <= 0:
        advice = ask_first(hours.has_phone)
        return str(gettext("Holiday. %(ask)s Usual hours: %(hours)s", ask=advice, hours=usual))
    if days_ahead >= 7:
        return str(gettext("See the hours"))
    return str(
        gettext(
            "%(day)s is a holiday. %(ask)s Usual hours: %(hours)s",
            day=capitalized(day_name(start.weekday())), ask=ask_first(hours.has_phone), hours=usual,
        )
    )  # fmt: skip


def _is_doubtful(hours: HoursBlock) -> bool:
    """Return whether a service may open, at unknown hours, before its next known opening."""
    return hours.doubt_on is not None and not hours.is_open and bool(week_rows(hours))


def _state_without_next_opening(hours: HoursBlock, now: datetime | None = None) -> OpenState:
    if hours.differ:
        return OpenState(kind="unknown", text=_differ_by_place_text(hours))
    if hours.doubt_on and _is_doubtful(hours):
        return OpenState(kind="unknown", text=_not_known_text(hours.doubt_on, hours, now))
    if closed := _closed_text(hours, now):
        return OpenState(kind="closed", text=closed)
    rules = [rule for rule in hours.others if not rule.is_event]
    if not week_rows(hours) and rules:
        translated, as_listed = schedule_parts(rules[0])
        text = format_shortened(translated or as_listed, 60)
        return OpenState(kind="unknown", text=text, is_as_written=not translated)
    return OpenState(kind="unknown", text=gettext("See the hours"))


def _closed_text(hours: HoursBlock, now: datetime | None) -> str:
    """Return words for a service that is closed now or opens with a later season, else ""."""
    if hours.closed_today:
        return str(gettext("Closed today"))
    if season_start := _season_start(hours, now):
        return str(gettext("Opens %(day)s", day=format_date(season_start)))
    return str(gettext("Closed now")) if hours.is_open is False else ""


def _season_start(hours: HoursBlock, now: datetime | None) -> date | None:
    """Return the first day that a service is open if all its schedules begin in the future."""
    if any(schedule.closed or not schedule.opens_at for schedule in hours.schedules):
        return None
    zone = _time_zone(hours)
    starts = [schedule.valid_from for schedule in hours.schedules if schedule.valid_from]
    if not starts or len(starts) < len(hours.schedules) or min(starts) <= _today(now, zone):
        return None
    _, opening = opening_state(
        hours.schedules, datetime.combine(min(starts), time(), zone), str(zone)
    )
    return opening[0].date() if opening else None


def _not_known_text(day: date, hours: HoursBlock, now: datetime | None) -> str:
    """Return the sentence that a service's hours of one day are not known, and what to do."""
    days_ahead = (day - _today(now, _time_zone(hours))).days
    if days_ahead <= 0:
        sentence = gettext("Hours today not known.")
    elif days_ahead == 1:
        sentence = gettext("Hours tomorrow not known.")
    else:
        sentence = gettext("Hours on %(day)s not known.", day=day_name(day.weekday()))
    return f"{sentence} {ask_first(hours.has_phone)}"


def _opening_text(hour: int, minute: int, day: date, days_ahead: int) -> str:
    time_label = format_clock(f"{hour:02}:{minute:02}")
    if days_ahead <= 0:
        return str(gettext("Opens today at %(time)s", time=time_label))
    if days_ahead == 1:
        return str(gettext("Opens tomorrow at %(time)s", time=time_label))
    day_label = day_name(day.weekday()) if days_ahead < 7 else format_date(day)
    return str(gettext("Opens %(day)s at %(time)s", day=day_label, time=time_label))


def _closed_today_text(hour: int, minute: int, day: date, days_ahead: int) -> str:
    """Return the next opening in words for a service whose listing has a closure today."""
    time_label = format_clock(f"{hour:02}:{minute:02}")
    if days_ahead <= 1:
        return str(gettext("Closed today. Opens tomorrow at %(time)s", time=time_label))
    day_label = day_name(day.weekday()) if days_ahead < 7 else format_date(day)
    return str(gettext("Closed today. Opens %(day)s at %(time)s", day=day_label, time=time_label))


def week_rows(hours: HoursBlock, today: int | None = None) -> list[HoursRow]:
    """Return the week's table of opening hours, one row for consecutive days with equal hours.

    ``today`` is 0 for Monday.
    """
    if not any(day.spans for day in hours.week):
        return []  # unknown hours, which is not the same as closed all week
    if today is None:
        today = datetime.now(UTC).astimezone(_time_zone(hours)).weekday()
    rows = []
    for run in _runs_of_equal_days(hours.week):
        first, last = run[0].weekday, run[-1].weekday
        rows.append(
            HoursRow(
                days=capitalized(_days_text(first, last)),
                spans=_spans_of_day(run[0]),
                is_closed=not run[0].spans and run[0].is_known,
                has_today=first <= today <= last,
            )
        )
    return rows


def _spans_of_day(day: DayHours) -> tuple[str, ...]:
    """Return a weekday's opening hours in words; "Closed" only if known to be closed."""
    spans = tuple(format_span(start, end) for start, end in _merged_spans(day.spans))
    if day.is_known:
        return spans or (gettext("Closed"),)
    return (*spans, gettext("Ask for other hours")) if spans else (gettext("Not known, ask first"),)


def _merged_spans(spans: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Merge overlapping opening hours of a day. Openings that end after midnight stay separate."""
    joined: list[tuple[str, str]] = []
    for opens, closes in sorted(spans):
        first, last = joined[-1] if joined else ("", "")
        if joined and opens < last and first < last and opens < closes:
            joined[-1] = first, max(last, closes)
        else:
            joined.append((opens, closes))
    return joined


def hours_line(hours: HoursBlock) -> str:
    """Return the opening hours of an ordinary week on one line, for print.

    ``Monday to Friday 9 am to noon, 1 pm to 5 pm; Saturday 9 am to noon``; "" if none are known.
    """
    if hours.differ:
        return _differ_by_place_text(hours)
    if hours.parts != (hours,):
        part_lines = [(part.label, hours_line(part)) for part in hours.parts]
        return ". ".join(f"{label}: {line}" if label else line for label, line in part_lines)
    language = page_locale().language
    line = _week_line(our_catalogs(), language, hours.week, hours.others, always=hours.always)
    return ". ".join(filter(None, (line, *hours_remarks(hours)))) if line else ""


def hours_remarks(hours: HoursBlock) -> list[str]:
    """Return sentences such as "Closed on holidays", unless an opening rule includes them."""
    all_notes = {note for schedule in hours.schedules for note in schedule.notes.split(", ")}
    rule_notes = {note for schedule in hours.others for note in schedule.notes.split(", ")}
    holidays = (ON_HOLIDAYS, ON_MOST_HOLIDAYS)
    return [capitalized(str(_REMARKS[note])) for note in holidays if note in all_notes - rule_notes]


@lru_cache(maxsize=4096)
def _week_line(  # the first two arguments are only part of the cache key
    _catalogs: Catalogs,
    _language: str,
    week: tuple[DayHours, ...],
    others: tuple[Schedule, ...],
    *,
    always: bool,
) -> str:
    rows = week_rows(HoursBlock(week=week), today=0)
    days = [f"{row.days} {', '.join(row.spans)}" for row in rows if not row.is_closed]
    if always:
        days = [gettext("Open day and night")]
        others = tuple(rule for rule in others if rule.closed or rule.opens_at)
    return "; ".join([*days, *filter(None, map(schedule_text, others))])


def _today(now: datetime | None, zone: tzinfo | None) -> date:
    return (now or datetime.now(UTC)).astimezone(zone).date()


def _time_zone(hours: HoursBlock) -> tzinfo:
    """Return the time zone of a service's next opening, or the library's time zone."""
    if hours.next_opening and hours.next_opening[0].tzinfo:
        return hours.next_opening[0].tzinfo
    return ZoneInfo(current_settings().timezone)


def _runs_of_equal_days(week: tuple[DayHours, ...]) -> list[list[DayHours]]:
    runs: list[list[DayHours]] = []
    for day in week:
        last = runs[-1][-1] if runs else None
        if last and (last.spans, last.is_known) == (day.spans, day.is_known):
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _days_text(first: int, last: int) -> str:
    if (first, last) == (0, 6):
        return str(gettext("Every day"))
    if first == last:
        return day_name(first)
    return str(
        pgettext("days", "%(first)s to %(last)s", first=day_name(first), last=day_name(last))
    )


def schedule_text(schedule: Schedule) -> str:
    """Return a monthly or other rule in words: ``Second Tuesday of the month: 9 am to noon``."""
    rule = ". ".join(part for part in schedule_parts(schedule) if part)
    return ": ".join(filter(None, (schedule.group, rule)))


def schedule_parts(schedule: Schedule) -> tuple[str, str]:
    """Return an opening rule in the page's language, and the source list's remark on the rule."""
    if national := _NATIONAL_HOURS.get(schedule.description):
        return str(national), ""
    remarks = _remarks_text(schedule.notes)
    rule = _rule_text(schedule, remarks)
    added = list(filter(None, (schedule.description, "" if remarks else schedule.notes)))
    # Without added words the final point stays; it may belong to an abbreviation: "2:30 p. m."
    rule = rule.rstrip(".") if added else rule
    return rule, ". ".join(part.rstrip(".") for part in added)


def _rule_text(schedule: Schedule, remarks: str) -> str:
    """Return an opening rule in words: ``Monday: 9 am to noon (from 3 May)``."""
    days = _event_days_text(schedule) if schedule.is_event else _recurring_days_text(schedule)
    hours = ""
    if schedule.opens_at and schedule.closes_at:
        hours = format_span(schedule.opens_at, schedule.closes_at)
    elif schedule.closed:
        hours = gettext("closed")
    elif days and not (schedule.description or schedule.notes):
        hours = gettext("hours not known, call first")
    if hours and remarks:
        hours = f"{hours}, {remarks}"
    rule = ": ".join(filter(None, (days, hours or remarks)))
    season = _season_text(schedule)
    if season and not (schedule.is_event and season in days):
        return f"{rule} ({season})" if rule else season
    return rule


def _remarks_text(notes: str) -> str:
    """Translate the remarks of an opening rule on holidays; "" unless all are known."""
    texts = []
    for note in notes.split(", ") if notes else ():
        times, _, remark = note.rpartition(f" {BY_APPOINTMENT}")
        span = parse_span(*times.split("-", 1)) if times and not remark and "-" in times else None
        if span:
            texts.append(gettext("%(hours)s by appointment", hours=format_span(*span)))
        elif note in _REMARKS:
            texts.append(str(_REMARKS[note]))
        else:
            return ""
    return ", ".join(texts)


def _recurring_days_text(schedule: Schedule) -> str:
    if schedule.bymonthday:
        days = format_listed(schedule.bymonthday.split(","))
        return str(gettext("Day %(days)s of the month", days=days))
    matches = [_BYDAY.match(part.strip()) for part in schedule.byday.split(",") if part.strip()]
    day_texts = [_nth_day_text(match.group(1), match.group(2)) for match in matches if match]
    if not day_texts:
        return ""
    has_ordinal = any(match and match.group(1) for match in matches)
    listed_days = capitalized(format_listed(day_texts))
    if has_ordinal:
        return str(gettext("%(days)s of the month", days=listed_days))
    if (schedule.interval or 1) == 2:
        return str(gettext("Every other week on %(days)s", days=listed_days))
    return listed_days


def _event_days_text(schedule: Schedule) -> str:
    if days := _recurring_days_text(schedule):
        return str(gettext("Event: %(days)s", days=days))
    first, last = days_of_event(schedule)
    if first and first == last:
        return str(gettext("Event on %(day)s", day=format_date(first)))
    return str(gettext("Event: %(days)s", days=_period_text(first, last)))


def days_text(byday: str) -> str:
    """Return the days of an opening rule in words: ``Monday to Friday``, ``Second Tuesday``.

    An unknown ``byday`` is returned unchanged.
    """
    matches_or_none = [_BYDAY.match(part.strip()) for part in byday.split(",")]
    matches = [match for match in matches_or_none if match]
    if len(matches) < len(matches_or_none):
        return byday
    days = [_DAYS.index(match.group(2)) for match in matches]
    is_consecutive = days == list(range(days[0], days[-1] + 1)) and len(days) > 2
    if is_consecutive and not any(match.group(1) for match in matches):
        return _days_text(days[0], days[-1])
    return format_listed([_nth_day_text(match.group(1), match.group(2)) for match in matches])


def _nth_day_text(nth: str | None, code: str) -> str:
    day = day_name(_DAYS.index(code))
    ordinal = _NTH_DAY.get((nth or "").lstrip("+"))
    return str(ordinal(day)) if ordinal else day


def _season_text(schedule: Schedule) -> str:
    return _period_text(schedule.valid_from, schedule.valid_to or schedule.until)


def _period_text(start: date | None, end: date | None) -> str:
    if start and end:
        return str(gettext("from %(start)s to %(end)s", start=format_date(start),
                           end=format_date(end)))  # fmt: skip
    if start:
        return str(gettext("from %(start)s", start=format_date(start)))
    return str(gettext("until %(end)s", end=format_date(end))) if end else ""
