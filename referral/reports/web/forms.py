"""Forms of reports, sent by GET: the period, and the measure, dimension and filters of a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask_babel import gettext, lazy_gettext
from wtforms import Form, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from referral.desk.desk_list import Desk
from referral.records.accounts import printable_line
from referral.records.headings import Heading
from referral.reports.counts import DIMENSIONS
from referral.reports.records import (
    NO_FILTERS,
    Dimension,
    Filters,
    Measure,
    Period,
    Scope,
    period_of,
    quarter_of,
)
from referral.reports.standard_reports import FILTERED
from referral.reports.web.labels import (
    DIMENSION_LABELS,
    MEASURE_LABELS,
    month_label,
    months_label,
    period_label,
)
from referral.web.listing_labels import heading_name

LAST_MONTHS = "12"
"""Form value for the last twelve full months."""


class ReportForm(Form):
    """A form for the period of a report, live or closed."""

    time = SelectField(lazy_gettext("Time"), choices=[], validate_choice=False)

    def set_closed(self, names: Sequence[str], first_month: str) -> None:
        """Fill the choices of a report's period with closed quarters and years.

        An unknown value becomes the last year, or the last quarter if no whole year is counted.
        """
        self._first_month, self.closed = first_month, frozenset(names)
        self.is_live = False
        years = [name for name in names if "Q" not in name]
        self.years = years[::-1]
        quarters = [name for name in names if "Q" in name]
        self._set_periods([(gettext("Years"), years[::-1]), (gettext("Quarters"), quarters[::-1])])
        whole_years = [name for name in years if first_month <= f"{name}-01"]
        self._use_default([*years[-1:], *quarters[-1:], *whole_years[-1:]])

    def set_live(self, first_month: str, current_month: str, closed: Iterable[str]) -> None:
        """Fill the choices of a report's period up to the current month.

        An unknown value becomes the year so far.

        Args:
            closed: the names of the closed quarters and years, which have files.
        """
        self._first_month, self._current_month = first_month or current_month, current_month
        self.closed = frozenset(closed)
        self.is_live = True
        months = Period(first_month=self._first_month, last_month=current_month).months
        quarters = sorted({quarter_of(month) for month in months})
        years = sorted({month[:4] for month in months})
        self.years = years[::-1]
        self._set_periods(
            [
                (gettext("Years"), [*years[::-1], LAST_MONTHS]),
                (gettext("Quarters"), quarters[::-1]),
                (gettext("Months"), months[::-1]),
            ]
        )
        self._use_default([years[-1]])

    def _set_periods(self, groups: Iterable[tuple[str, Sequence[str]]]) -> None:
        self.time.choices = [
            SelectChoice(name, self._label(name), optgroup=group)
            for group, names in groups
            for name in names
        ]

    def _use_default(self, names: Sequence[str]) -> None:
        if self.time.data not in {choice.value for choice in self.time.choices}:
            self.time.data = names[-1] if names else ""

    def scope(self) -> Scope | None:
        """Return the scope of a report for the chosen period, None if no period is closed yet."""
        return self.scope_of(NO_FILTERS) if self.time.data else None

    def scope_of(self, filters: Filters) -> Scope:
        """Return the scope of a report for the chosen period, with filters."""
        name = self.time.data
        return Scope(name=name, period=self._period(name), is_live=self.is_live, filters=filters)

    def address_values(self) -> dict[str, str]:
        """Return the chosen period of a report as a query parameter."""
        return {"time": self.time.data}

    def summary(self) -> str:
        """Return the label of the chosen report period, with its months."""
        if not self.time.data:
            return str(gettext("No quarter is over yet"))
        period, label = self._period(self.time.data), self._label(self.time.data)
        if period.first_month == period.last_month:
            return month_label(period.first_month)
        return f"{label}: {months_label(period)}"

    @property
    def has_files(self) -> bool:
        """Return whether the chosen report period has files to download."""
        return self.time.data in self.closed

    @property
    def last_closed(self) -> str:
        """Return the name of the last quarter with closed reports, "" if there is none."""
        return max((name for name in self.closed if "Q" in name), default="")

    def year_label(self, name: str) -> str:
        """Return the label of a year in reports, with its months unless all twelve are counted."""
        period, label = self._period(name), self._label(name)
        return label if len(period.months) == 12 else f"{label}: {months_label(period)}"

    def _period(self, name: str) -> Period:
        """Return a report period by name, limited to months that have counts."""
        if name == LAST_MONTHS:
            months = Period(first_month=self._first_month, last_month=self._current_month).months
            first = months[-13:][0]  # the first month with counts, if there are fewer months
            last = months[-2:][0]  # the month before the current one, which is not full
            return Period(first_month=first, last_month=last)
        period = period_of(name)
        last = min(period.last_month, self._current_month) if self.is_live else period.last_month
        return Period(first_month=max(period.first_month, self._first_month), last_month=last)

    def _label(self, name: str) -> str:
        if name == LAST_MONTHS:
            return str(gettext("Last 12 months"))
        if self.is_live and period_of(name).last_month >= self._current_month:
            return str(gettext("%(time)s so far", time=period_label(name)))
        return period_label(name)


class TableForm(ReportForm):
    """A form for a report table with live counts: measure, dimension and filters."""

    what = SelectField(lazy_gettext("What"), choices=[], validate_choice=False)
    by = SelectField(lazy_gettext("By"), choices=[], validate_choice=False)
    heading = SelectField(lazy_gettext("Heading"), choices=[], validate_choice=False)
    topic = SelectField(lazy_gettext("Topic"), choices=[], validate_choice=False)
    zip_code = StringField(
        lazy_gettext("ZIP code"),
        filters=[printable_line],
        render_kw={"autocomplete": "off", "inputmode": "numeric", "maxlength": "5"},
    )
    branch = SelectField(lazy_gettext("Branch"), choices=[], validate_choice=False)
    desk = SelectField(lazy_gettext("Desk"), choices=[], validate_choice=False)

    def set_choices(
        self,
        headings: Iterable[Heading],
        topics: Iterable[tuple[str, str]],
        desks: Iterable[Desk],
    ) -> None:
        """Fill the choices of a form for a report table; replace unknown values by the first.

        Args:
            topics: code and name of each topic that needs are coded with.
        """
        everything = ("", gettext("All"))
        desks = list(desks)
        self.what.choices = [(measure.value, str(MEASURE_LABELS[measure])) for measure in FILTERED]
        self._keep_known(self.what)
        self.by.choices = [
            (dimension.value, str(DIMENSION_LABELS[dimension]))
            for dimension in DIMENSIONS[self.measure]
        ]
        self.heading.choices = [
            everything,
            *((heading.slug, heading_name(heading)) for heading in headings),
        ]
        self.topic.choices = [everything, *sorted(topics, key=lambda topic: topic[1].casefold())]
        branches = sorted({desk.branch for desk in desks if desk.branch})
        self.branch.choices = [everything, *((name, name) for name in branches)]
        self.desk.choices = [everything, *((desk.id, desk.label) for desk in desks)]
        for field in (self.by, self.heading, self.topic, self.branch, self.desk):
            self._keep_known(field)

    @staticmethod
    def _keep_known(field: SelectField) -> None:
        known = [value for value, _ in field.choices]
        if field.data not in known:
            field.data = known[0]

    @property
    def measure(self) -> Measure:
        """Return the measure chosen for a report table."""
        return Measure(self.what.data)

    @property
    def dimension(self) -> Dimension:
        """Return the dimension chosen for a report table."""
        return Dimension(self.by.data)

    @property
    def filters(self) -> Filters:
        """Return the filters chosen for a report table."""
        return Filters(
            heading=self.heading.data,
            term=self.topic.data,
            zip_code=self.zip_code.data or "",
            branch=self.branch.data,
            desk=self.desk.data,
        )
