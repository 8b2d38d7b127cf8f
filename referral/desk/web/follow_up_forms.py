"""Forms of follow-ups: what a person agrees to, and how a try ended with all that came of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import Form, RadioField, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from referral.desk.codes import AttemptResult, ContactKind, FurthestStep, WhyNot
from referral.desk.records import FollowUp, Inquiry, ReferralResult, furthest_step, result_of_step
from referral.desk.web.forms import parse_code
from referral.desk.web.log_forms import DayField
from referral.records.accounts import visible
from referral.web.code_labels import code_choices

LONGEST_CONTACT = 200
STOP = "stop"
_KEYS = {
    AttemptResult.REACHED: "r",
    AttemptResult.NO_ANSWER: "n",
    AttemptResult.LEFT_WORD: "m",
    AttemptResult.WRONG_CONTACT: "w",
    STOP: "s",
}
_NEXT_DAY = frozenset({AttemptResult.NO_ANSWER, AttemptResult.LEFT_WORD})


class AgreementForm(Form):
    """How a person who agreed may be reached. Without a yes, no message is left."""

    kind = RadioField(lazy_gettext("How may we reach them?"), validate_choice=False)
    message = RadioField(
        lazy_gettext("Is it safe to leave a message?"),
        choices=[
            SelectChoice("no", lazy_gettext("No, or not sure")),
            SelectChoice("yes", lazy_gettext("Yes, they said so")),
        ],
        default="no",
        validate_choice=False,
    )
    contact = StringField(
        lazy_gettext("Number or address"),
        filters=[visible],
        validators=[Length(max=LONGEST_CONTACT)],
        description=lazy_gettext("Not needed if they come back. No name is needed."),
    )
    due_on = DayField(lazy_gettext("Ask again on"), validators=[Optional()])

    def __init__(self, formdata: Any = None) -> None:
        super().__init__(formdata)
        self.kind.choices = code_choices(ContactKind)

    def validate_kind(self, field: RadioField) -> None:
        """One of the ways."""
        if parse_code(ContactKind, field.data) is None:
            raise ValidationError(gettext("Choose a way."))

    @property
    def contact_kind(self) -> ContactKind:
        """The way that was chosen, in a form that is valid."""
        return ContactKind(self.kind.data)


class FollowUpForm(Form):
    """One try: how it ended, the next day, and what became of each service that was given."""

    result = RadioField(lazy_gettext("You tried: how did it end?"), validate_choice=False)
    again_on = DayField(lazy_gettext("If not reached: try again on"), validators=[Optional()])

    def validate_result(self, field: RadioField) -> None:
        """One of the choices: none of them would be taken for a stop."""
        if field.data not in {value for value, *_ in field.iter_choices()}:
            raise ValidationError(gettext("Choose how the try ended."))

    @property
    def attempt(self) -> AttemptResult | None:
        """How the try ended, in a form that is valid; None where trying stops."""
        return parse_code(AttemptResult, self.result.data)

    @property
    def next_day(self) -> date | None:
        """The day to try again, where the person was not reached."""
        return self.again_on.data if self.attempt in _NEXT_DAY else None

    def keyed_results(self) -> Iterator[tuple[str, Any, bool, str, str]]:
        """The choices of a result: value, label, whether chosen, its key, and where it leads on."""
        steps = [field.id for field in self if field.name.startswith("step-")]
        for value, label, is_chosen, _ in self.result.iter_choices():
            leads_to = self.again_on.id if value in _NEXT_DAY else ""
            if value == AttemptResult.REACHED and steps:
                leads_to = steps[0]
            yield value, label, is_chosen, _KEYS[value], leads_to

    def became(self, inquiry: Inquiry) -> dict[str, ReferralResult]:
        """What became of the services, by the ids of the referrals."""
        return {
            referral.id: result_of_step(
                parse_code(FurthestStep, self[f"step-{referral.id}"].data),
                parse_code(WhyNot, self[f"why_not-{referral.id}"].data),
            )
            for need in inquiry.needs
            for referral in need.referrals
        }


def follow_up_form(
    follow_up: FollowUp, inquiry: Inquiry, next_day: date, formdata: Any = None
) -> FollowUpForm:
    """The form of a follow-up, with a pair of fields for each service; filled with what is known.

    Args:
        next_day: stands there for the next try.
    """

    class _Form(FollowUpForm):
        pass

    for need in inquiry.needs:
        for referral in need.referrals:
            step, why = f"step-{referral.id}", f"why_not-{referral.id}"
            known = furthest_step(referral.result)
            setattr(_Form, step, _select(lazy_gettext("How far they got"), FurthestStep, known))
            setattr(
                _Form, why, _select(lazy_gettext("If not: why"), WhyNot, referral.result.why_not)
            )
    form = _Form(formdata, data={"again_on": next_day})
    form.result.choices = [
        *(
            each
            for each in code_choices(AttemptResult)
            if each.value != AttemptResult.LEFT_WORD or follow_up.may_leave_message
        ),
        SelectChoice(STOP, lazy_gettext("Stop trying")),
    ]
    return form


def _select(label: Any, codes: Any, chosen: Any) -> SelectField:
    unknown = lazy_gettext("Unknown")
    return SelectField(
        label, choices=code_choices(codes, unknown), default=chosen or "", validate_choice=False
    )
