"""Labels of measures, dimensions, codes and periods in reports and their files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from babel.dates import format_date as babel_date
from flask_babel import gettext, lazy_gettext

from referral.desk.codes import (
    AgeBand,
    Barrier,
    Channel,
    FollowUpStatus,
    Household,
    Outcome,
    UnmetGroup,
    UnmetReason,
    WhyNot,
)
from referral.reports.records import GAP, IN_ORDER, Dimension, Measure, Period, Source, is_month
from referral.reports.rounded_counts import FEW
from referral.reports.standard_reports import CodeNames
from referral.web.code_labels import stored_code_label
from referral.web.formatting import capitalized, day_name, format_language, format_time
from referral.web.i18n.catalogs import page_locale
from referral.web.listing_labels import heading_name

MEASURE_LABELS: Mapping[Measure, Any] = {
    Measure.INQUIRIES: lazy_gettext("Inquiries"),
    Measure.NEEDS: lazy_gettext("Needs"),
    Measure.UNMET: lazy_gettext("Needs unmet or partly met"),
    Measure.REFERRALS: lazy_gettext("Services given"),
    Measure.FOLLOW_UPS: lazy_gettext("Follow-ups"),
    Measure.RESULTS: lazy_gettext("Results of services given"),
    Measure.BARRIERS: lazy_gettext("Barriers"),
    Measure.ALL_UNMET: lazy_gettext("Unmet needs"),
}
DIMENSION_LABELS: Mapping[Dimension, Any] = {
    Dimension.MONTH: lazy_gettext("Month"),
    Dimension.WEEKDAY: lazy_gettext("Weekday"),
    Dimension.HOUR: lazy_gettext("Hour"),
    Dimension.DESK: lazy_gettext("Desk"),
    Dimension.CHANNEL: lazy_gettext("How they came"),
    Dimension.LANGUAGE: lazy_gettext("Language"),
    Dimension.AGE_BAND: lazy_gettext("Age"),
    Dimension.HOUSEHOLD: lazy_gettext("Household"),
    Dimension.BARRIER: lazy_gettext("Barrier"),
    Dimension.COUNTY: lazy_gettext("County"),
    Dimension.ZIP_CODE: lazy_gettext("ZIP code"),
    Dimension.HEADING: lazy_gettext("Heading"),
    Dimension.TERM: lazy_gettext("Topic"),
    Dimension.OUTCOME: lazy_gettext("Outcome"),
    Dimension.UNMET_GROUP: lazy_gettext("Kind of gap"),
    Dimension.UNMET_REASON: lazy_gettext("Why there was no help"),
    Dimension.SERVICE: lazy_gettext("Service"),
    Dimension.RESULT: lazy_gettext("How far it led"),
    Dimension.WHY_NOT: lazy_gettext("Why it did not help"),
    Dimension.STATUS: lazy_gettext("How it stands"),
    Dimension.SOURCE: lazy_gettext("Who told us"),
}
_TITLES: Mapping[tuple[Measure, Dimension], Any] = {
    (Measure.NEEDS, Dimension.OUTCOME): lazy_gettext("How needs ended at the desk"),
    (Measure.UNMET, Dimension.UNMET_REASON): lazy_gettext("Why there was no help"),
    (Measure.UNMET, Dimension.OUTCOME): lazy_gettext("Unmet, or only partly met"),
    (Measure.BARRIERS, Dimension.BARRIER): lazy_gettext("What made it hard to get help"),
    (Measure.REFERRALS, Dimension.SERVICE): lazy_gettext("Services given most often"),
    (Measure.RESULTS, Dimension.RESULT): lazy_gettext("What became of services given"),
    (Measure.RESULTS, Dimension.WHY_NOT): lazy_gettext("Why a service did not help"),
    (Measure.FOLLOW_UPS, Dimension.STATUS): lazy_gettext("Where follow-ups stand"),
    (Measure.ALL_UNMET, Dimension.SOURCE): lazy_gettext("Unmet needs by who told us"),
}
GROUP_LABELS: Mapping[str, Any] = {
    UnmetGroup.NOT_AVAILABLE: lazy_gettext("Not available"),
    UnmetGroup.NOT_ELIGIBLE: lazy_gettext("Not eligible"),
    UnmetGroup.NOT_FOUND: lazy_gettext("Not found"),
}
SOURCE_LABELS: Mapping[str, Any] = {
    Source.DESK: lazy_gettext("The desk"),
    Source.SEARCHES: lazy_gettext("Searches that found nothing"),
    Source.SLIPS: lazy_gettext("Answers to slips"),
}
RESULT_LABELS: Mapping[str, Any] = {
    "solved": lazy_gettext("Solved"),
    "got_help": lazy_gettext("Got help"),
    "reached": lazy_gettext("Reached, no help"),
    "tried": lazy_gettext("Tried, not reached"),
    "not_tried": lazy_gettext("Not tried"),
}
_CODE_CLASSES: Mapping[Dimension, type[StrEnum]] = {
    Dimension.CHANNEL: Channel,
    Dimension.AGE_BAND: AgeBand,
    Dimension.HOUSEHOLD: Household,
    Dimension.BARRIER: Barrier,
    Dimension.OUTCOME: Outcome,
    Dimension.UNMET_REASON: UnmetReason,
    Dimension.WHY_NOT: WhyNot,
    Dimension.STATUS: FollowUpStatus,
}


def report_title(measure: Measure, dimension: Dimension, *, is_rounded: bool) -> str:
    """Return the title of a report table, such as ``Needs by heading``.

    Months of closed periods are called quarters.
    """
    if is_rounded and dimension is Dimension.MONTH:
        return str(gettext("%(what)s by quarter", what=MEASURE_LABELS[measure]))
    if (measure, dimension) in _TITLES:
        return str(_TITLES[measure, dimension])
    dimension_label = str(DIMENSION_LABELS[dimension])
    dimension_label = (
        dimension_label
        if dimension is Dimension.ZIP_CODE
        else dimension_label[:1].lower() + dimension_label[1:]
    )
    return str(gettext("%(what)s by %(by)s", what=MEASURE_LABELS[measure], by=dimension_label))


def value_label(dimension: Dimension, value: str, names: CodeNames) -> str:
    """Return the label in reports for a value of a dimension, such as a month or desk."""
    if not value:
        not_said = gettext("Not known") if dimension in IN_ORDER else gettext("Not said")
        return str(
            gettext("It helped, or not said") if dimension is Dimension.WHY_NOT else not_said
        )
    if value == GAP:
        return str(gettext("Unmet or partly met"))
    if names.settings.is_outside(dimension, value):
        return str(gettext("%(place)s, outside our area", place=value))
    if dimension in _CODE_CLASSES:
        return stored_code_label(_CODE_CLASSES[dimension], value)
    label_of: Mapping[Dimension, Callable[[str], str]] = {
        Dimension.MONTH: period_label,
        Dimension.WEEKDAY: lambda day: capitalized(day_name((int(day) - 1) % 7)),
        Dimension.HOUR: lambda hour: format_time(f"{int(hour):02}:00"),
        Dimension.UNMET_GROUP: lambda group: str(GROUP_LABELS[group]),
        Dimension.SOURCE: lambda source: str(SOURCE_LABELS[source]),
        Dimension.RESULT: lambda step: str(RESULT_LABELS.get(step, step)),
        Dimension.DESK: lambda desk_id: names.desks.get(desk_id, desk_id),
        Dimension.LANGUAGE: format_language,
        Dimension.HEADING: lambda slug: (
            heading_name(names.headings[slug]) if slug in names.headings else slug
        ),
        Dimension.TERM: lambda code: names.terms.get(code, code),
        Dimension.SERVICE: lambda service_id: (
            names.services.get(service_id) or str(gettext("A service that is gone or not public"))
        ),
    }
    return label_of[dimension](value) if dimension in label_of else value


def number_label(number: int | None, *, is_rounded: bool) -> str:
    """Return a report number as text, such as ``1,204`` or ``fewer than 5``."""
    if number is None:
        return "–"
    return str(gettext("fewer than 5")) if is_rounded and number == FEW else f"{number:,}"


def month_label(month: str) -> str:
    """Return the label of a month in reports, such as ``November 2026``."""
    return str(babel_date(_first_day(month), "MMMM y", locale=page_locale()))


def tick_label(dimension: Dimension, value: str) -> str:
    """Return a short label for a chart's axis, such as ``Nov``, ``Tue`` or ``10``."""
    if dimension is Dimension.MONTH and not is_month(value):
        return str(gettext("Q%(number)s", number=value[-1]))
    if dimension is Dimension.MONTH:
        return str(babel_date(_first_day(value), "MMM", locale=page_locale()))
    if dimension is Dimension.WEEKDAY:
        return str(page_locale().days["stand-alone"]["abbreviated"][(int(value) - 1) % 7])
    return format_time(f"{int(value):02}:00")


def period_label(name: str) -> str:
    """Return the label of a report period, such as ``November 2026`` or ``2026, quarter 3``."""
    if is_month(name):
        return month_label(name)
    year, _, quarter = name.partition("-Q")
    return (
        str(gettext("%(year)s, quarter %(number)s", year=year, number=quarter)) if quarter else year
    )


def months_label(period: Period) -> str:
    """Return the months of a report period, as ``August 2026 – September 2026``."""
    return f"{month_label(period.first_month)} – {month_label(period.last_month)}"


def _first_day(month: str) -> date:
    return date(int(month[:4]), int(month[5:]), 1)
