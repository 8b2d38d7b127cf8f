"""Forms for searches that found nothing: look for a topic, and say what the words stand for."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from referral.directory.term_lookup import TermEntry
from referral.records.headings import Heading
from referral.web.listing_labels import heading_name

_TERM, _HEADING = "term:", "heading:"


class FindForm(FlaskForm):
    """Other words to look for a topic with."""

    words = StringField(
        lazy_gettext("Look for a topic"),
        validators=[Length(max=200)],
        render_kw={"autocomplete": "off", "maxlength": 200},
    )


class MeaningForm(FlaskForm):
    """One topic, or one heading where no topic fits."""

    meaning = RadioField(
        lazy_gettext("What it stands for"),
        choices=[],
        validate_choice=False,
        validators=[DataRequired(lazy_gettext("Choose a topic or a heading."))],
    )

    def offer(self, topics: Iterable[TermEntry], headings: Iterable[Heading]) -> None:
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
