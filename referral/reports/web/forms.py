"""The form of reports, sent by GET: which period."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext, lazy_gettext
from wtforms import Form, SelectField
from wtforms.fields.choices import SelectChoice

from referral.reports.records import Period, is_month, quarter_of
from referral.reports.web.labels import month_label, period_label

LAST_MONTHS = "12"
"""The period of the last twelve months that are published."""


class ReportForm(Form):
    """Which period."""

    time = SelectField(lazy_gettext("Time"), choices=[], validate_choice=False)

    def set_choices(self, published: Sequence[str], present: str) -> None:
        """Fill the list; a value that is not in it becomes the year so far, or the year before.

        Args:
            published: the names of the published months and quarters, sorted.
            present: the month that is counted when nothing is published.
        """
        self._months = [name for name in published if is_month(name)] or [present]
        quarters = [name for name in published if not is_month(name)]
        years = sorted({name[:4] for name in self._months})
        self._last_year = years[-1]
        self.time.choices = [
            *(
                SelectChoice(year, self._label(year), optgroup=gettext("Years"))
                for year in years[::-1]
            ),
            SelectChoice(LAST_MONTHS, self._label(LAST_MONTHS), optgroup=gettext("Years")),
            *(
                SelectChoice(name, period_label(name), optgroup=gettext("Quarters"))
                for name in quarters[::-1]
            ),
            *(
                SelectChoice(name, period_label(name), optgroup=gettext("Months"))
                for name in self._months[::-1]
            ),
        ]
        if self.time.data not in {choice.value for choice in self.time.choices}:
            so_far = [name for name in quarters if name.startswith(years[-1])]
            self.time.data = years[-1] if so_far else years[-2:][0]

    def period(self) -> Period:
        """The period of the form, after ``set_choices``."""
        chosen = self.time.data
        if chosen == LAST_MONTHS:
            found = self._months[-12:]
        else:
            found = [name for name in self._months if chosen in {name, quarter_of(name), name[:4]}]
        return Period(first_month=found[0], last_month=found[-1])

    def address_values(self) -> dict[str, str]:
        """The chosen period as a query parameter."""
        return {"time": self.time.data}

    def summary(self) -> str:
        """The chosen period in a line, with its months."""
        period, label = self.period(), self._label(self.time.data)
        if period.first_month == period.last_month:
            return month_label(period.first_month)
        first, last = month_label(period.first_month), month_label(period.last_month)
        return f"{label}: {first} – {last}"

    def _label(self, name: str) -> str:
        if name == LAST_MONTHS:
            return str(gettext("Last 12 months"))
        is_open = name == self._last_year and not self._months[-1].endswith("-12")
        return str(gettext("%(year)s so far", year=name)) if is_open else period_label(name)
