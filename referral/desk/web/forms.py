"""Forms of the desk: details of an inquiry, desk of this computer. Every field is optional."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, replace
from datetime import date
from enum import StrEnum
from typing import Any, Literal, TypeVar

from flask_babel import lazy_gettext
from wtforms import Form, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from referral.desk.codes import AccessNeed, AgeBand, Barrier, Channel, Household, Tried
from referral.desk.desk_list import Desk
from referral.desk.records import InquiryDetails
from referral.directory.search import count_services
from referral.errors import IndexUnavailableError
from referral.fields.places.lookup import Place, zip5
from referral.records.accounts import visible
from referral.search.query import SearchQuery
from referral.web.code_labels import code_choices
from referral.web.current import current_directory, kept_value
from referral.web.formatting import format_language
from referral.web.forms import checkbox_group

_COMMON = frozenset({
    "en", "es", "am", "ase", "ar", "zh", "fr", "de", "ht", "hi", "it", "ko", "ne", "pdc", "pl",
    "pt", "ru", "so", "sw", "tl", "uk", "ur", "vi",
})  # fmt: skip


def desk_languages() -> frozenset[str]:
    """Their codes."""
    return kept_value("desk_languages", lambda: _COMMON | _spoken())


def _spoken() -> frozenset[str]:
    try:
        found = count_services(current_directory(), SearchQuery())
    except IndexUnavailableError:
        return frozenset()
    return frozenset(each.value for each in found.facets.get("languages", ()))


CodeT = TypeVar("CodeT", bound=StrEnum)
PREFIX = "desk-"
MODE_PREFIX = "mode-"
_NOT_SAID = lazy_gettext("Not said")


def parse_code(kind: type[CodeT], text: str | None) -> CodeT | None:
    """The code of this kind; None for any other text."""
    try:
        return kind(text or "")
    except ValueError:
        return None


def parse_reason(kind: type[CodeT], text: str | None) -> CodeT | Literal[""] | None:
    """The code of this kind; None if the form did not ask, empty for any other text."""
    return None if text is None else parse_code(kind, text) or ""


def parse_codes(kind: type[CodeT], texts: Iterable[str]) -> tuple[CodeT, ...]:
    """The codes among these texts, each once, in the order of the kind."""
    asked = set(texts)
    return tuple(code for code in kind if code in asked)


def _select(label: Any, codes: type[StrEnum], why: Any) -> SelectField:
    return SelectField(
        label, choices=code_choices(codes, _NOT_SAID), validate_choice=False, description=why
    )


class DetailsForm(Form):
    """What may be known of the person's situation. Each field says why it is asked."""

    channel = _select(
        lazy_gettext("How they came"), Channel, lazy_gettext("Shows which doors people use.")
    )
    place = StringField(
        lazy_gettext("ZIP code, town or county"),
        filters=[visible],
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
        """What was said, without what cannot be read; ``place`` is what its words stand for."""
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
    """The stored details with the fields that this sender changed: members edit at the same time.

    Args:
        changed: names of the changed fields, from the autosave script.
        seen: without it, what the page showed (``serialize_details``), to find the changes.
    """
    shown = _parse_details(seen)
    names = {"place": ("zip_code", "area")}
    fields = {
        name
        for field in _DETAILS
        for name in names.get(field, (field,))
        if (
            PREFIX + field in changed
            if changed
            else _details_values(after)[name] != shown.get(name)
        )
    }
    return replace(before, **{name: getattr(after, name) for name in fields})


def serialize_details(details: InquiryDetails) -> str:
    """The details as JSON, to find later what was changed on a page."""
    return json.dumps(_details_values(details))


_DETAILS = (
    "channel", "place", "language", "age_band", "household", "tried", "barriers", "access_needs",
)  # fmt: skip


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
    """At which desk this computer stands, and how people usually come there."""

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
    """Desks in use, and the one that was chosen before; first none."""
    listed = [desk for desk in desks if desk.in_use or desk.id == chosen]
    return [
        SelectChoice("", lazy_gettext("No desk")),
        *(SelectChoice(desk.id, desk.label) for desk in listed),
    ]


def parse_day(text: str) -> date | None:
    """An ISO date, as browsers send it; None for any other text."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
