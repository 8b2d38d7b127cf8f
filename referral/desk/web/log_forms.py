"""Forms of the log of questions: a question in one step, closing an inquiry, correcting an entry.

A field that the library does not use is not in the form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import DateField, Form, IntegerField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional

from referral.desk.codes import Channel, Outcome, QuestionType, UnmetReason
from referral.desk.desk_list import Desk
from referral.desk.log_settings import LogField, LogSettings
from referral.desk.question_log import OUTCOMES
from referral.desk.records import Inquiry, Question, ReferenceData
from referral.desk.report_columns import MOST_AT_ONCE, MOST_MINUTES
from referral.desk.web.forms import desk_choices, parse_code
from referral.records.headings import Heading
from referral.web.code_labels import code_choices, code_label
from referral.web.listing_labels import heading_name

_NOT_SAID = lazy_gettext("Not said")
_READ_STEPS = (
    lazy_gettext("1: known at once"),
    lazy_gettext("2: one place to look"),
    lazy_gettext("3: some looking"),
    lazy_gettext("4: several sources"),
    lazy_gettext("5: research, more than one talk"),
    lazy_gettext("6: research over days"),
)
NEED, TYPE = "need:", "type:"
_KEYS = {
    f"{TYPE}{QuestionType.DIRECTIONAL}": "d",
    f"{TYPE}{QuestionType.REFERENCE}": "r",
    f"{TYPE}{QuestionType.TECHNOLOGY}": "t",
    Outcome.INFORMATION: "a",
    Outcome.UNMET: "n",
    Outcome.DECLINED: "p",
    Outcome.CRISIS: "c",
}
_MOST_DIGITS = 9


class _NumberField(IntegerField):
    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(gettext("Write a number.")) from None


class DayField(DateField):
    """A day, with words for what is none."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was sent."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(gettext("Choose a day.")) from None


class ReferenceForm(Form):
    """What statistics count besides the type; each field only where the library uses it."""

    prefix = "log-"
    minutes = _NumberField(
        lazy_gettext("Minutes"),
        validators=[
            Optional(),
            NumberRange(0, MOST_MINUTES, lazy_gettext("Write a number up to 600.")),
        ],
    )
    read_scale = SelectField(
        lazy_gettext("Effort (READ scale)"),
        choices=[
            SelectChoice("", _NOT_SAID),
            *(SelectChoice(str(at), step) for at, step in enumerate(_READ_STEPS, 1)),
        ],
        validate_choice=False,
    )
    count = _NumberField(
        lazy_gettext("How many of these"),
        validators=[
            Optional(),
            NumberRange(1, MOST_AT_ONCE, lazy_gettext("Write a number from 1 to 500.")),
        ],
    )
    day = DayField(lazy_gettext("Another day than today"), validators=[Optional()])

    def __init__(
        self, formdata: Any, settings: LogSettings, reference: ReferenceData, **data: Any
    ) -> None:
        values = {
            "minutes": reference.minutes,
            "read_scale": str(reference.read_scale or ""),
            "count": reference.count,
            "day": reference.happened_on,
        }
        super().__init__(formdata, data={**values, **data}, prefix=self.prefix)
        self._before = reference
        for field in LogField:
            if field not in settings.fields:
                del self[field.value]

    def reference(self, kind: QuestionType) -> ReferenceData:
        """What was said; a field that is not in the form keeps what it was."""
        read_scale = str(self._said("read_scale", self._before.read_scale) or "")
        return ReferenceData(
            question_type=kind,
            read_scale=int(read_scale) if read_scale.isdigit() else None,
            minutes=self._said("minutes", self._before.minutes),
            count=self._said("count", self._before.count) or 1,
            happened_on=self._said("day", self._before.happened_on),
        )

    @property
    def rare_fields(self) -> list[Any]:
        """The fields of this class, in their order."""
        names = ("minutes", "read_scale", "count", "day")
        return [self[name] for name in names if name in self]

    def _said(self, name: str, before: Any) -> Any:
        return self[name].data if name in self else before


class InquiryForm(ReferenceForm):
    """How an inquiry with needs counts: when it is closed, and when that is corrected."""

    prefix = "inquiry-"
    question_type = SelectField(lazy_gettext("Kind of question"), validate_choice=False)
    channel = SelectField(lazy_gettext("How they came"), validate_choice=False)
    desk = SelectField(lazy_gettext("Desk"), validate_choice=False)

    def __init__(
        self, formdata: Any, settings: LogSettings, inquiry: Inquiry, desks: Iterable[Desk] = ()
    ) -> None:
        super().__init__(
            formdata,
            settings,
            inquiry.reference,
            question_type=inquiry.reference.question_type,
            channel=inquiry.details.channel or "",
            desk=inquiry.desk,
        )
        kinds = {*settings.types, inquiry.reference.question_type} - {QuestionType.DIRECTIONAL}
        self.question_type.choices = [
            SelectChoice(kind, code_label(kind)) for kind in QuestionType if kind in kinds
        ]
        self.channel.choices = code_choices(Channel, _NOT_SAID)
        self.desk.choices = desk_choices(desks, inquiry.desk)

    @property
    def kind(self) -> QuestionType:
        """The type that was chosen."""
        return parse_code(QuestionType, self.question_type.data) or QuestionType.REFERRAL

    def question(self) -> Question:
        """What is to be written of an inquiry whose needs stay as they are."""
        return Question(
            channel=parse_code(Channel, self.channel.data),
            desk=known_desk(self.desk),
            reference=self.reference(self.kind),
        )


class QuestionForm(ReferenceForm):
    """A question in one step: a heading and an outcome, or a type that has no need."""

    what = RadioField(
        lazy_gettext("What was it about?"),
        validators=[InputRequired(lazy_gettext("Choose what the person needs."))],
        validate_choice=False,
    )
    outcome = RadioField(lazy_gettext("How did it end?"), validate_choice=False)
    unmet_reason = SelectField(lazy_gettext("Why was it not met?"), validate_choice=False)
    channel = SelectField(lazy_gettext("How they came"), validate_choice=False)
    desk = SelectField(lazy_gettext("Desk"), validate_choice=False)

    def __init__(  # what its choices are made of
        self,
        formdata: Any,
        settings: LogSettings,
        question: Question,
        *,
        headings: Iterable[Heading],
        desks: Iterable[Desk],
    ) -> None:
        super().__init__(
            formdata,
            settings,
            question.reference,
            what=_what(question),
            outcome=question.outcome or "",
            unmet_reason=question.unmet_reason or "",
            channel=question.channel or "",
            desk=question.desk,
        )
        named = [SelectChoice(f"{NEED}{each.slug}", heading_name(each)) for each in headings]
        kinds = {*settings.types, question.reference.question_type} - {QuestionType.REFERRAL}
        self.what.choices = [
            *named,
            *(
                SelectChoice(f"{TYPE}{kind}", code_label(kind))
                for kind in QuestionType
                if kind in kinds
            ),
        ]
        self.outcome.choices = code_choices(OUTCOMES)
        self.unmet_reason.choices = code_choices(UnmetReason, lazy_gettext("Choose the nearest"))
        self.channel.choices = code_choices(Channel, _NOT_SAID)
        self.desk.choices = desk_choices(desks, question.desk)

    def keyed(self, name: str) -> Iterator[tuple[str, Any, bool, str]]:
        """The choices of a group: value, label, whether chosen, and the key that chooses it."""
        for at, (value, label, is_chosen, _) in enumerate(self[name].iter_choices(), start=1):
            digit = str(at) if at <= _MOST_DIGITS else ""
            yield value, label, is_chosen, _KEYS.get(value, digit)

    def question(self) -> Question:
        """What was said; nothing that is not among the choices."""
        known = {choice.value for choice in self.what.choices}
        what = self.what.data if self.what.data in known else ""
        kind = parse_code(QuestionType, what.removeprefix(TYPE)) or QuestionType.REFERRAL
        return Question(
            heading=what.removeprefix(NEED) if what.startswith(NEED) else "",
            outcome=parse_code(Outcome, self.outcome.data),
            unmet_reason=parse_code(UnmetReason, self.unmet_reason.data),
            channel=parse_code(Channel, self.channel.data),
            desk=known_desk(self.desk),
            reference=self.reference(kind),
        )


def known_desk(field: SelectField) -> str:
    """The id of the desk that was chosen, "" for one that is not among the choices."""
    known = {choice.value for choice in field.choices or ()}
    return str(field.data) if field.data in known else ""


def _what(question: Question) -> str:
    kind = question.reference.question_type
    if kind is QuestionType.REFERRAL:
        return f"{NEED}{question.heading}" if question.heading else ""
    return f"{TYPE}{kind}"
