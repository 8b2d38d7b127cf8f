"""What reports are narrowed by; sent by GET. What cannot be read does not narrow."""

from __future__ import annotations

from flask_babel import lazy_gettext
from wtforms import Form, SelectField
from wtforms.fields.choices import SelectChoice

from referral.reports.read import ReportChoices
from referral.reports.records import Period
from referral.reports.web.labels import month_words
from referral.web.listing_labels import heading_name

_MONTHS = 12  # of a report, if nobody chooses others


class ReportForm(Form):
    """Months, desk, heading and county."""

    first = SelectField(lazy_gettext("From"), choices=[], validate_choice=False)
    last = SelectField(lazy_gettext("To"), choices=[], validate_choice=False)
    desk = SelectField(lazy_gettext("Desk"), choices=[], validate_choice=False)
    heading = SelectField(lazy_gettext("Heading"), choices=[], validate_choice=False)
    county = SelectField(lazy_gettext("County"), choices=[], validate_choice=False)

    def offer(self, choices: ReportChoices) -> None:
        """Fill the lists, and let go of what is not in them."""
        everything = SelectChoice("", lazy_gettext("All"))
        months = [SelectChoice(month, month_words(month)) for month in reversed(choices.months)]
        self.first.choices = self.last.choices = months
        self.desk.choices = [everything, *(SelectChoice(each, each) for each in choices.desks)]
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
        """What the form asks for, once it has offered something."""
        return Period(
            first_month=self.first.data,
            last_month=self.last.data,
            desk=self.desk.data,
            heading=self.heading.data,
            county=self.county.data,
        )

    def address_values(self) -> dict[str, str]:
        """What is chosen, as an address carries it."""
        return {field.name: field.data for field in self if field.data}

    def said(self) -> str:
        """What is chosen, in a line: the months, then what else narrows."""
        first, last = month_words(self.first.data), month_words(self.last.data)
        months = first if first == last else f"{first} – {last}"
        others = [
            str({choice.value: choice.label for choice in field.choices}[field.data])
            for field in (self.desk, self.heading, self.county)
            if field.data
        ]
        return " · ".join([months, *others])
