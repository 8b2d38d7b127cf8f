"""Forms of the desk: details of an inquiry, desk of this computer, and the question log.

Every detail of an inquiry is optional. Fields of the log that the library does not use are left out
of its forms.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, replace
from datetime import date
from enum import StrEnum
from typing import Any, Literal, TypeVar

from flask_babel import gettext, lazy_gettext
from wtforms import DateField, Form, IntegerField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional

from referral.desk.codes import (
    AccessNeed,
    AgeBand,
    Barrier,
    Channel,
    Household,
    Outcome,
    QuestionType,
    Tried,
    UnmetReason,
)
from referral.desk.desk_list import Desk
from referral.desk.log_settings import LogField, LogSettings
from referral.desk.question_log import OUTCOMES
from referral.desk.records import Inquiry, InquiryDetails, Question, ReferenceData
from referral.desk.report_columns import MOST_AT_ONCE, MOST_MINUTES
from referral.directory.search import count_services
from referral.errors import IndexUnavailableError
from referral.fields.places.lookup import Place, zip5
from referral.records.accounts import printable_line
from referral.records.headings import Heading
from referral.search.query import SearchQuery
from referral.web.code_labels import code_choices, code_label
from referral.web.current import cached_value, current_instance
from referral.web.formatting import format_language
from referral.web.forms import checkbox_group
from referral.web.listing_labels import heading_name

_COMMON_LANGUAGES = frozenset({
    "en", "es", "am", "ase", "ar", "zh", "fr", "de", "ht", "hi", "it", "ko", "ne", "pdc", "pl",
    "pt", "ru", "so", "sw", "tl", "uk", "ur", "vi",
})  # fmt: skip
CodeT = TypeVar("CodeT", bound=StrEnum)
PREFIX = "desk-"
MODE_PREFIX = "mode-"
_NOT_SAID = lazy_gettext("Not said")
_DETAIL_FIELDS = (
    "channel", "place", "language", "age_band", "household", "tried", "barriers", "access_needs",
)  # fmt: skip
_READ_SCALE_LABELS = (
    lazy_gettext("1: known at once"),
    lazy_gettext("2: one place to look"),
    lazy_gettext("3: some looking"),
    lazy_gettext("4: several sources"),
    lazy_gettext("5: research, more than one talk"),
    lazy_gettext("6: research over days"),
)
_MOST_DIGITS = 9


def desk_languages() -> frozenset[str]:
    """Return the codes of languages in desk forms: common ones and those of listed services."""
    return cached_value("desk_languages", lambda: _COMMON_LANGUAGES | _listed_languages())


def _listed_languages() -> frozenset[str]:
    try:
        found = count_services(current_instance(), SearchQuery())
    except IndexUnavailableError:
        return frozenset()
    return frozenset(value.value for value in found.facets.get("languages", ()))


def parse_code(kind: type[CodeT], text: str | None) -> CodeT | None:
    """Return the member of an enum for a submitted desk code, None for any other text."""
    try:
        return kind(text or "")
    except ValueError:
        return None


def parse_reason(kind: type[CodeT], text: str | None) -> CodeT | Literal[""] | None:
    """Return the reason submitted by a desk form, "" if unknown, None for a missing field."""
    return None if text is None else parse_code(kind, text) or ""


def parse_codes(kind: type[CodeT], texts: Iterable[str]) -> tuple[CodeT, ...]:
    """Return the enum members among submitted desk codes, each once, in the order of the enum."""
    wanted = set(texts)
    return tuple(code for code in kind if code in wanted)


def _select(label: Any, codes: type[StrEnum], description: Any) -> SelectField:
    return SelectField(
        label,
        choices=code_choices(codes, _NOT_SAID),
        validate_choice=False,
        description=description,
    )


class DetailsForm(Form):
    """A form for details of a person's situation in a desk inquiry.

    Each field shows why the question is asked.
    """

    channel = _select(
        lazy_gettext("How they came"), Channel, lazy_gettext("Shows which doors people use.")
    )
    place = StringField(
        lazy_gettext("ZIP code, town or county"),
        filters=[printable_line],
        description=lazy_gettext("Finds what is near. Only the county is kept later."),
    )
    language = SelectField(
        lazy_gettext("Language"),
        choices=[],
        validate_choice=False,
        description=lazy_gettext("To send them where it is spoken."),
    )
    age_band = _select(
        lazy_gettext("About how old"), AgeBand, lazy_gettext("Many services have age limits.")
    )
    household = _select(
        lazy_gettext("Who lives together"),
        Household,
        lazy_gettext("Some help is for families, some for one person."),
    )
    tried = checkbox_group(
        lazy_gettext("What they tried (so that we do not send them back)"), code_choices(Tried)
    )
    barriers = checkbox_group(
        lazy_gettext("What stands in the way (so that help can be used)"), code_choices(Barrier)
    )
    access_needs = checkbox_group(
        lazy_gettext("What a place must allow for (so that they can use it)"),
        code_choices(AccessNeed),
    )

    def __init__(self, formdata: Any = None, details: InquiryDetails | None = None) -> None:
        super().__init__(formdata, obj=details, prefix=PREFIX)
        if formdata is None and details:
            self.place.data = details.zip_code or details.area
        languages = sorted((format_language(code), code) for code in desk_languages())
        self.language.choices = [SelectChoice("", _NOT_SAID)]
        self.language.choices += [SelectChoice(code, name) for name, code in languages]

    def details(self, place: Place | None) -> InquiryDetails:
        """Return the details of a person's situation that were entered, without unknown values.

        ``place`` is the place that the entered text was resolved to.
        """
        zip_code = zip5(self.place.data or "") if place else ""
        area = f"{place.county}, {place.state}" if place and place.county else ""
        return InquiryDetails(
            channel=parse_code(Channel, self.channel.data),
            language=self.language.data if self.language.data in desk_languages() else "",
            zip_code=zip_code,
            area="" if zip_code else area,
            age_band=parse_code(AgeBand, self.age_band.data),
            household=parse_code(Household, self.household.data),
            tried=parse_codes(Tried, self.tried.data or ()),
            barriers=parse_codes(Barrier, self.barriers.data or ()),
            access_needs=parse_codes(AccessNeed, self.access_needs.data or ()),
        )


def merge_details(
    before: InquiryDetails, after: InquiryDetails, changed: Collection[str], seen: str
) -> InquiryDetails:
    """Merge a submitted form into an inquiry's details, with only the fields that it changed.

    Members of an inquiry may edit its details at the same time.

    Args:
        changed: names of the changed fields, from the autosave script.
        seen: the details that the page showed (``serialize_details``), to find the changes if
            ``changed`` is empty.
    """
    shown = _parse_details(seen)
    columns_of_field = {"place": ("zip_code", "area")}
    fields = {
        name
        for field in _DETAIL_FIELDS
        for name in columns_of_field.get(field, (field,))
        if (
            PREFIX + field in changed
            if changed
            else _details_values(after)[name] != shown.get(name)
        )
    }
    return replace(before, **{name: getattr(after, name) for name in fields})


def serialize_details(details: InquiryDetails) -> str:
    """Return an inquiry's details as JSON, to find out later which fields a form changed."""
    return json.dumps(_details_values(details))


def _details_values(details: InquiryDetails) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(details).items()
    }


def _parse_details(seen: str) -> dict[str, Any]:
    try:
        found = json.loads(seen)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


class ModeForm(Form):
    """A form for the desk where this computer stands, and how people usually contact that desk."""

    desk = SelectField(
        lazy_gettext("Desk"),
        choices=[],
        validate_choice=False,
        description=lazy_gettext("This computer remembers it. Reports can be read by desk."),
    )
    channel = _select(
        lazy_gettext("How people usually come here"),
        Channel,
        lazy_gettext("Filled in already when a question is logged."),
    )

    def __init__(
        self,
        formdata: Any = None,
        *,
        desks: Iterable[Desk] = (),
        desk: str = "",
        channel: Channel | None = None,
    ) -> None:
        super().__init__(
            formdata, data={"desk": desk, "channel": channel or ""}, prefix=MODE_PREFIX
        )
        self.desk.choices = desk_choices(desks)


def desk_choices(desks: Iterable[Desk], chosen: str = "") -> list[SelectChoice]:
    """Return the choices for a field of reference desks: none, those in use, and the chosen one."""
    listed = [desk for desk in desks if desk.in_use or desk.id == chosen]
    return [
        SelectChoice("", lazy_gettext("No desk")),
        *(SelectChoice(desk.id, desk.label) for desk in listed),
    ]


def parse_day(text: str) -> date | None:
    """Parse an ISO date that a browser submitted to a desk form, None for any other text."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


NEED, TYPE = "need:", "type:"
_ACCESS_KEYS = {
    f"{TYPE}{QuestionType.DIRECTIONAL}": "d",
    f"{TYPE}{QuestionType.REFERENCE}": "r",
    f"{TYPE}{QuestionType.TECHNOLOGY}": "t",
    Outcome.INFORMATION: "a",
    Outcome.UNMET: "n",
    Outcome.DECLINED: "p",
    Outcome.CRISIS: "c",
}


class _NumberField(IntegerField):
    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(gettext("Write a number.")) from None


class DayField(DateField):
    """A date field with the project's own message for an invalid date."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Parse the date submitted to a desk form."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(gettext("Choose a day.")) from None


class ReferenceForm(Form):
    """A form for an inquiry's statistics: minutes, effort, count and day."""

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
            *(SelectChoice(str(number), step) for number, step in enumerate(_READ_SCALE_LABELS, 1)),
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
        """Return the statistics entered for an inquiry; absent fields keep their values."""
        read_scale = str(self._value_of("read_scale", self._before.read_scale) or "")
        return ReferenceData(
            question_type=kind,
            read_scale=int(read_scale) if read_scale.isdigit() else None,
            minutes=self._value_of("minutes", self._before.minutes),
            count=self._value_of("count", self._before.count) or 1,
            happened_on=self._value_of("day", self._before.happened_on),
        )

    @property
    def rare_fields(self) -> list[Any]:
        """Return the statistics fields of an inquiry's form that the library uses."""
        names = ("minutes", "read_scale", "count", "day")
        return [self[name] for name in names if name in self]

    def _value_of(self, name: str, before: Any) -> Any:
        return self[name].data if name in self else before


class InquiryForm(ReferenceForm):
    """A form for the statistics of an inquiry with needs, shown when it is closed or corrected."""

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
        """Return the question type chosen for an inquiry, by default a referral."""
        return parse_code(QuestionType, self.question_type.data) or QuestionType.REFERRAL

    def question(self) -> Question:
        """Return the corrected statistics of an inquiry whose needs do not change."""
        return Question(
            channel=parse_code(Channel, self.channel.data),
            desk=known_desk(self.desk),
            reference=self.reference(self.kind),
        )


class QuestionForm(ReferenceForm):
    """A form to log a question in one step: heading and outcome, or a type without need."""

    what = RadioField(
        lazy_gettext("What was it about?"),
        validators=[InputRequired(lazy_gettext("Choose what the person needs."))],
        validate_choice=False,
    )
    outcome = RadioField(lazy_gettext("How did it end?"), validate_choice=False)
    unmet_reason = SelectField(lazy_gettext("Why was it not met?"), validate_choice=False)
    channel = SelectField(lazy_gettext("How they came"), validate_choice=False)
    desk = SelectField(lazy_gettext("Desk"), validate_choice=False)

    def __init__(
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
            what=_question_value(question),
            outcome=question.outcome or "",
            unmet_reason=question.unmet_reason or "",
            channel=question.channel or "",
            desk=question.desk,
        )
        named = [
            SelectChoice(f"{NEED}{heading.slug}", heading_name(heading)) for heading in headings
        ]
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
        """Yield the choices of a radio group in the question log's form, with their access keys."""
        for position, (value, label, is_chosen, _) in enumerate(self[name].iter_choices(), start=1):
            digit = str(position) if position <= _MOST_DIGITS else ""
            yield value, label, is_chosen, _ACCESS_KEYS.get(value, digit)

    def question(self) -> Question:
        """Return the question entered in the desk's log, without unknown values."""
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
    """Return the id of the reference desk chosen in a form, "" if it is not among the choices."""
    known = {choice.value for choice in field.choices or ()}
    return str(field.data) if field.data in known else ""


def _question_value(question: Question) -> str:
    kind = question.reference.question_type
    if kind is QuestionType.REFERRAL:
        return f"{NEED}{question.heading}" if question.heading else ""
    return f"{TYPE}{kind}"
