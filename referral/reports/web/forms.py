"""Forms of reports: filters, sent by GET, and the classification of searches without results."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import starmap

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import Form, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from referral.directory.term_lookup import TermEntry
from referral.records.headings import Heading
from referral.reports.records import Period
from referral.reports.standard_reports import ReportFilters
from referral.reports.web.labels import month_label
from referral.web.listing_labels import heading_name

_TERM, _HEADING = "term:", "heading:"


class TopicSearchForm(FlaskForm):
    """Other words to look for a topic with."""

    words = StringField(
        lazy_gettext("Look for a topic"),
        validators=[Length(max=200)],
        render_kw={"autocomplete": "off", "maxlength": 200},
    )


class MissedSearchForm(FlaskForm):
    """One topic, or one heading where no topic fits."""

    meaning = RadioField(
        lazy_gettext("What it stands for"),
        choices=[],
        validate_choice=False,
        validators=[DataRequired(lazy_gettext("Choose a topic or a heading."))],
    )

    def set_choices(self, topics: Iterable[TermEntry], headings: Iterable[Heading]) -> None:
        """Fill the list: topics first, then all headings."""
        self.meaning.choices = [
            *(
                SelectChoice(f"{_TERM}{topic.code}", ": ".join((*topic.above, topic.name)))
                for topic in topics
            ),
            *(
                SelectChoice(
                    f"{_HEADING}{each.slug}",
                    gettext("No such topic, but: %(heading)s", heading=heading_name(each)),
                )
                for each in headings
            ),
        ]

    @property
    def term_chosen(self) -> str:
        """The code of the topic, "" when a heading is chosen."""
        return self._chosen(_TERM)

    @property
    def heading_chosen(self) -> str:
        """The heading, "" when a topic is chosen."""
        return self._chosen(_HEADING)

    def _chosen(self, kind: str) -> str:
        value = str(self.meaning.data or "")
        return value.removeprefix(kind) if value.startswith(kind) else ""


_MONTHS = 12  # of a report, if nobody chooses others


class ReportForm(Form):
    """Months, desk, heading and county."""

    first = SelectField(lazy_gettext("From"), choices=[], validate_choice=False)
    last = SelectField(lazy_gettext("To"), choices=[], validate_choice=False)
    desk = SelectField(lazy_gettext("Desk"), choices=[], validate_choice=False)
    heading = SelectField(lazy_gettext("Heading"), choices=[], validate_choice=False)
    county = SelectField(lazy_gettext("County"), choices=[], validate_choice=False)

    def set_choices(self, choices: ReportFilters) -> None:
        """Fill the lists; values that are in none of them are reset."""
        everything = SelectChoice("", lazy_gettext("All"))
        months = [SelectChoice(month, month_label(month)) for month in reversed(choices.months)]
        self.first.choices = self.last.choices = months
        self.desk.choices = [everything, *starmap(SelectChoice, choices.desks.items())]
        self.county.choices = [everything, *(SelectChoice(each, each) for each in choices.counties)]
        self.heading.choices = [
            everything, *(SelectChoice(each.slug, heading_name(each)) for each in choices.headings)
        ]  # fmt: skip
        usual = {"first": choices.months[-_MONTHS:][0], "last": choices.months[-1]}
        for field in self:
            if field.data not in {choice.value for choice in field.choices}:
                field.data = usual.get(field.name, "")
        if self.first.data > self.last.data:
            self.first.data, self.last.data = self.last.data, self.first.data

    def period(self) -> Period:
        """The period of the form, after ``set_choices``."""
        return Period(
            first_month=self.first.data,
            last_month=self.last.data,
            desk=self.desk.data,
            heading=self.heading.data,
            county=self.county.data,
        )

    def address_values(self) -> dict[str, str]:
        """The chosen filters as query parameters."""
        return {field.name: field.data for field in self if field.data}

    def summary(self) -> str:
        """The chosen filters in a line: the months, then the others."""
        first, last = month_label(self.first.data), month_label(self.last.data)
        months = first if first == last else f"{first} – {last}"
        others = [
            str({choice.value: choice.label for choice in field.choices}[field.data])
            for field in (self.desk, self.heading, self.county)
            if field.data
        ]
        return " · ".join([months, *others])
