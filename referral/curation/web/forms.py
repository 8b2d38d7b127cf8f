"""Record forms by kind, built from ``editable_fields.SHAPES``.

The form fields accept any text: ``form_parser`` parses the text by the rules of imports, and its
problems are attached to the fields afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import uuid4

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import DateInput, EmailInput

from referral.curation.drafts import Draft
from referral.curation.editable_fields import LANGUAGE, SHAPES, rows_name
from referral.curation.find_records import find_records, read_record_names, read_related_records
from referral.curation.form_text import FormText
from referral.curation.web.labels import CHOICE_LABELS, HINTS
from referral.directory.browse import list_headings
from referral.directory.instance import Instance
from referral.directory.term_lookup import TermEntry, find_terms, name_terms
from referral.records.kinds import MULTILINE_FIELDS
from referral.records.visibility import Audience, Visibility
from referral.web.current import current_instance
from referral.web.forms import checkbox_group
from referral.web.listing_labels import heading_name
from referral.web.record_labels import FIELDS

CHECKBOX_FIELDS = {"attribute": "taxonomy_term_id", "service_heading": "heading"}
_TEXT_AREAS = (MULTILINE_FIELDS - {"document", "keywords", "note"}) | {"area_codes"}
_SMALL_TEXT_AREAS = frozenset(
    {"wait_time", "accreditations", "licenses", "interpretation_services"}
)
_DATE_FIELDS = frozenset({"assured_date", "listed_from", "listed_until", "valid_from", "valid_to"})
_SEARCHED_FIELDS = frozenset(
    {"organization_id", "parent_organization_id"}
)  # chosen from search results
_SELECT_FIELDS = frozenset({"program_id", "location_id", "service_at_location_id"})
_ES_PREFIX = f"{LANGUAGE}_"
_ROW_DEFAULTS = {"visibility": "public"}
_DEFAULTS_BY_KIND: Mapping[str, Mapping[str, str]] = {
    "phone": {"type": "voice"},
    "address": {"address_type": "physical", "country": "US"},
    "service_area": {"area_kind": "zip"},
    "cost_option": {"currency": "USD"},
}
_SEARCH_BOXES = {
    "organization_search": lazy_gettext("Find another organization"),
    "place_search": lazy_gettext("Find a place of another organization"),
    "term_search": lazy_gettext("Find topics to add"),
}
_ORGANIZATION_FIELDS = ("organization_id", "parent_organization_id")
# Fields that are rarely filled, which the form folds away.
RARE_IN_ROW: Mapping[str, frozenset[str]] = {
    "phone": frozenset({"description", "service_at_location_id"}),
    "schedule": frozenset({"valid_from", "valid_to", "notes", "group", "service_at_location_id"}),
    "service_at_location": frozenset({"description", "hours"}),
    "language": frozenset({"note"}),
    "cost_option": frozenset({"currency"}),
    "service_capacity": frozenset({"updated", "description"}),
    "contact": frozenset({"department"}),
}
_KINDS_WITH_OPEN_VISIBILITY = frozenset({"address"})  # people in danger may live there
_DEFAULT_VALUES = {"visibility": Visibility.PUBLIC.value, "currency": "USD", "status": "active"}


def _field_for(kind: str, name: str) -> Any:
    label = FIELDS[name]
    hint = HINTS.get(f"{kind}.{name}", HINTS.get(name, ""))
    if name in CHOICE_LABELS:
        choices = [SelectChoice(value, words) for value, words in CHOICE_LABELS[name].items()]
        return SelectField(label, choices=choices, validate_choice=False, description=hint)
    if name in _SEARCHED_FIELDS:
        return RadioField(label, choices=[], validate_choice=False, description=hint)
    if name in _SELECT_FIELDS:
        return SelectField(label, choices=[], validate_choice=False, description=hint)
    if name == "closed":
        return BooleanField(label)
    if name in _TEXT_AREAS:
        rows = 3 if kind in SHAPES and name not in _SMALL_TEXT_AREAS else 1
        return TextAreaField(label, description=hint, render_kw={"rows": rows})
    widget = DateInput() if name in _DATE_FIELDS else EmailInput() if name == "email" else None
    return StringField(label, widget=widget, description=hint)


class RowForm(Form):
    """A row of the record form, which edits a child record."""

    id = HiddenField()


class EditForm(FlaskForm):
    """Form for a record and its children; ``form_class`` builds the form of a kind."""

    kind = ""
    fingerprint = HiddenField()
    accepted = HiddenField()

    def typed(self) -> FormText:
        """Return the text that was typed into a record form."""
        shape = SHAPES[self.kind]
        texts = {name: _text_of_data(self[name].data) for name in shape.fields}
        for name in shape.translated:
            texts[f"{LANGUAGE}.{name}"] = _text_of_data(self[f"{_ES_PREFIX}{name}"].data)
        if "schedule" in shape.rows:
            texts["hours"] = _text_of_data(self["hours"].data)
        rows: dict[str, tuple[Mapping[str, str], ...]] = {}
        for kind, row_shape in shape.rows.items():
            if kind in CHECKBOX_FIELDS:
                values = self[kind].data or ()
                rows[kind] = tuple({"id": "", CHECKBOX_FIELDS[kind]: value} for value in values)
                continue
            forms = [entry.form for entry in self[rows_name(kind)]]
            names = ("id", *row_shape.fields)
            rows[kind] = tuple(
                {name: _text_of_data(form[name].data) for name in names} for form in forms
            )
            texts |= {
                f"hours.{form['id'].data}": _text_of_data(form["hours"].data)
                for form in forms
                if "hours" in form
            }
        return FormText(fields=texts, rows=rows)

    def add_row(self, kind: str) -> None:
        """Add a row with the usual values to the record form."""
        if kind in SHAPES[self.kind].rows and kind not in CHECKBOX_FIELDS:
            self[rows_name(kind)].append_entry(
                {"id": str(uuid4()), **_ROW_DEFAULTS, **_DEFAULTS_BY_KIND.get(kind, {})}
            )

    def add_row_for_found(self) -> None:
        """Add a row to the record form for a location that was searched for, unless it has one."""
        kind = "service_at_location"
        is_searched = "place_search" in self and self["place_search"].data
        if is_searched and not self[rows_name(kind)].entries:
            self.add_row(kind)

    def remove_row(self, kind: str, number: int) -> None:
        """Remove a row from the record form; the other rows keep their text."""
        if kind in SHAPES[self.kind].rows and kind not in CHECKBOX_FIELDS:
            entries = self[rows_name(kind)].entries
            if 0 <= number < len(entries):
                entries.pop(number)

    def show_problem(self, place: str, detail: str) -> None:
        """Show an error at the field of the record form to which it belongs.

        Without such a field the error is shown at the name.
        """
        field = self.field_at(place)
        if detail not in field.errors:
            field.errors = (*field.errors, detail)

    def field_at(self, place: str) -> Any:
        """Return the field at a place of the record form, such as ``phone/0/number``.

        Without such a field it is the name field.
        """
        kind, *rest = place.split("/")
        name = kind.replace(f"{LANGUAGE}.", _ES_PREFIX)
        if rest and kind in CHECKBOX_FIELDS:
            return self[kind]
        if rest:
            number = int(rest[0])
            row = self[rows_name(kind)].entries[number].form
            column = rest[1] if len(rest) > 1 else ""
            first_needed = SHAPES[self.kind].rows[kind].needed[0]
            return row[column if column in row else first_needed]
        if name.startswith("hours."):
            for entry in self["service_at_location"]:
                if entry.form["id"].data == name.partition(".")[2]:
                    return entry.form["hours"]
        return self[name] if name in self else self["name"]


def form_data(kind: str, typed: FormText, fingerprint: str) -> dict[str, Any]:
    """Return the data with which the record form is filled, for a kind of record."""
    data: dict[str, Any] = {
        name.replace(f"{LANGUAGE}.", _ES_PREFIX): text
        for name, text in typed.fields.items()
        if not name.startswith("hours.")
    }
    for row_kind, rows in typed.rows.items():
        if row_kind in CHECKBOX_FIELDS:
            data[row_kind] = [row[CHECKBOX_FIELDS[row_kind]] for row in rows]
        elif row_kind == "service_at_location":
            hours = {row["id"]: typed.fields.get(f"hours.{row['id']}", "") for row in rows}
            data[row_kind] = [{**row, "hours": hours[row["id"]]} for row in rows]
        else:
            data[rows_name(row_kind)] = [dict(row) for row in rows]
    return {**data, "fingerprint": fingerprint, "kind": kind}


@cache
def form_class(kind: str) -> type[EditForm]:
    """Build the record form's class for a kind of record."""
    shape = SHAPES[kind]
    fields: dict[str, Any] = {name: _field_for(kind, name) for name in shape.fields}
    fields |= {f"{_ES_PREFIX}{name}": _field_for(kind, name) for name in shape.translated}
    if "schedule" in shape.rows:
        fields["hours"] = _hours_field()
    for row_kind, row_shape in shape.rows.items():
        if row_kind in CHECKBOX_FIELDS:
            fields[row_kind] = checkbox_group(FIELDS[CHECKBOX_FIELDS[row_kind]])
            continue
        cells = {name: _field_for(row_kind, name) for name in row_shape.fields}
        if row_kind == "service_at_location":
            cells["hours"] = _hours_field()
        row_class = type(f"{row_kind}_row", (RowForm,), cells)
        fields[rows_name(row_kind)] = FieldList(FormField(row_class))
    for name, label in _SEARCH_BOXES.items():
        fields[name] = StringField(label)
    return type(f"{kind}_form", (EditForm,), {"kind": kind, **fields})


def set_choices(field: Any, choices: Iterable[tuple[str, Any]]) -> None:
    """Set the choices of a record form's field, and keep its value if it is not among them."""
    offered = dict(choices)
    chosen = field.data if isinstance(field.data, list) else [field.data or ""]
    for value in chosen:
        offered.setdefault(value, value or lazy_gettext("(none)"))
    field.choices = [SelectChoice(value, words) for value, words in offered.items()]


def keep_stored_choices(form: Form) -> None:
    """Add imported values to the choices of the record form's select fields."""
    for field in form:
        if isinstance(field, FieldList):
            for entry in field:
                keep_stored_choices(entry.form)
        elif isinstance(field, SelectField) and field.choices:
            set_choices(field, [(choice.value, choice.label) for choice in field.choices])


def _hours_field() -> Any:
    return TextAreaField(
        FIELDS["hours"],
        description=lazy_gettext("As you would say them: Mon-Fri 9-5; 1st Sat 10-2."),
        render_kw={"rows": 3},
    )


def _text_of_data(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return str(value or "")


def set_record_choices(form: EditForm, draft: Draft) -> None:
    """Fill the choices of a record form with related records and search results."""
    instance = current_instance()
    keep_stored_choices(form)
    for name in _ORGANIZATION_FIELDS:
        if name in form:
            _set_organization_choices(instance, form, name)
    related = read_related_records(instance, draft.kind, draft.record)
    if "program_id" in form:
        programs = {program.id: program.name for program in related.programs}
        programs |= read_record_names(instance, "program", [form.program_id.data or ""])
        set_choices(form.program_id, [("", gettext("(none)")), *programs.items()])
    if "service_at_location" in form:
        places = [
            (location.id, location.name)
            for location in related.locations
            if not location.is_retired
        ]
        _set_location_choices(instance, form, places)
        _set_term_choices(instance, form)
        headings = list_headings(instance, Audience.CURATION)
        set_choices(
            form.service_heading, [(heading.slug, heading_name(heading)) for heading, _ in headings]
        )


def _set_organization_choices(instance: Instance, form: EditForm, name: str) -> None:
    field, search = form[name], form.organization_search.data or ""
    choices = list(read_record_names(instance, "organization", [field.data or ""]).items())
    if name == "parent_organization_id" or not choices:
        choices.append(("", gettext("(none)")))
    if search.strip():
        found = find_records(instance, search, "organization", include_retired=False)
        choices += [(organization.id, organization.name) for organization in found]
    set_choices(field, choices)


def _set_location_choices(
    instance: Instance, form: EditForm, places: Iterable[tuple[str, str]]
) -> None:
    """Fill the location choices of a record form with related, chosen and found locations."""
    choices = dict(places)
    search = form.place_search.data or ""
    if search.strip():
        found = find_records(instance, search, "location", include_retired=False)
        choices |= {
            location.id: f"{location.name} ({location.organization})"
            if location.organization
            else location.name
            for location in found
        }
    rows = [entry.form for entry in form.service_at_location]
    chosen = [row.location_id.data for row in rows if row.location_id.data]
    names = {**read_record_names(instance, "location", chosen), **choices}
    for row in rows:
        set_choices(row.location_id, [("", gettext("(choose a place)")), *names.items()])
    linked = {row.id.data: names.get(row.location_id.data, "") for row in rows}
    link_choices = [(link_id, name) for link_id, name in linked.items() if name]
    for entry in (*form.phone, *form.schedule):
        set_choices(entry.form.service_at_location_id, [("", gettext("All places")), *link_choices])


def _set_term_choices(instance: Instance, form: EditForm) -> None:
    chosen = name_terms(instance, form.attribute.data or ())
    found = find_terms(instance, form.term_search.data or "", most=30)
    set_choices(
        form.attribute,
        topic_choices([*chosen, *found]),
    )


def topic_choices(topics: Sequence[TermEntry]) -> list[tuple[str, str]]:
    """Return the topics that can be chosen in a record form: id and path.

    Topics of source lists are marked if the library's own are among them.
    """
    has_own, mark = any(topic.is_own for topic in topics), gettext("from a list")
    paths = ((topic, " – ".join((*topic.above, topic.name))) for topic in topics)
    return [
        (topic.id, path if topic.is_own or not has_own else f"{path} ({mark})")
        for topic, path in paths
    ]


def is_filled_or_wrong(*fields: Any) -> bool:
    """Return whether one of some fields in a record form is filled or has an error."""
    return any(field.errors or _is_filled(field) for field in fields)


def rare_fields(row: Any, kind: str) -> list[Any]:
    """Return the rarely used fields that a row of the record form folds away."""
    rare = RARE_IN_ROW.get(kind, frozenset())
    if kind not in _KINDS_WITH_OPEN_VISIBILITY:
        rare |= {"visibility"}
    return [field for field in row if field.short_name in rare]


def visibility_exceptions(form: EditForm) -> Iterator[tuple[str, int, Any]]:
    """Yield kind, number and field of each row of the record form that is not public."""
    for kind in SHAPES[form.kind].rows:
        if kind in CHECKBOX_FIELDS:
            continue
        for number, entry in enumerate(form[rows_name(kind)], 1):
            for field in entry.form:
                if field.short_name == "visibility" and _is_filled(field):
                    yield kind, number, field


def _is_filled(field: Any) -> bool:
    if isinstance(field, FieldList):
        return len(field.entries) > 0
    return bool(field.data) and field.data != _DEFAULT_VALUES.get(field.short_name)
