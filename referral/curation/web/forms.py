"""The record form of each kind, made from ``editable_fields.SHAPES``.

The fields take any text: ``form_parser`` reads it by the rules of imports, and its problems are
put at their fields afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any
from uuid import uuid4

from flask_babel import lazy_gettext
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

from referral.curation.editable_fields import LANGUAGE, SHAPES, rows_name
from referral.curation.form_text import FormText
from referral.curation.web.labels import CHOICE_LABELS, HINTS
from referral.records.kinds import MULTILINE_FIELDS
from referral.web.forms import checkbox_group
from referral.web.record_labels import FIELDS

TICKED = {"attribute": "taxonomy_term_id", "service_heading": "heading"}
_TEXTS = (MULTILINE_FIELDS - {"document", "keywords", "note"}) | {"area_codes"}
_SMALL_TEXTS = frozenset({"wait_time", "accreditations", "licenses", "interpretation_services"})
_DAYS = frozenset({"assured_date", "listed_from", "listed_until", "valid_from", "valid_to"})
_FOUND = frozenset({"organization_id", "parent_organization_id"})  # one of what a search brings
_CHOSEN = frozenset({"program_id", "location_id", "service_at_location_id"})
_ES = f"{LANGUAGE}_"


def _field_for(kind: str, name: str) -> Any:
    label = FIELDS[name]
    hint = HINTS.get(f"{kind}.{name}", HINTS.get(name, ""))
    if name in CHOICE_LABELS:
        choices = [SelectChoice(value, words) for value, words in CHOICE_LABELS[name].items()]
        return SelectField(label, choices=choices, validate_choice=False, description=hint)
    if name in _FOUND:
        return RadioField(label, choices=[], validate_choice=False, description=hint)
    if name in _CHOSEN:
        return SelectField(label, choices=[], validate_choice=False, description=hint)
    if name == "closed":
        return BooleanField(label)
    if name in _TEXTS:
        rows = 3 if kind in SHAPES and name not in _SMALL_TEXTS else 1
        return TextAreaField(label, description=hint, render_kw={"rows": rows})
    widget = DateInput() if name in _DAYS else EmailInput() if name == "email" else None
    return StringField(label, widget=widget, description=hint)


class RowForm(Form):
    """One row: a child record."""

    id = HiddenField()


class EditForm(FlaskForm):
    """A record and its children; ``form_class`` makes the form of a kind."""

    kind = ""
    fingerprint = HiddenField()
    accepted = HiddenField()

    def typed(self) -> FormText:
        """What stands in the form."""
        shape = SHAPES[self.kind]
        texts = {name: _text(self[name].data) for name in shape.fields}
        for name in shape.translated:
            texts[f"{LANGUAGE}.{name}"] = _text(self[f"{_ES}{name}"].data)
        if "schedule" in shape.rows:
            texts["hours"] = _text(self["hours"].data)
        rows: dict[str, tuple[Mapping[str, str], ...]] = {}
        for kind, row_shape in shape.rows.items():
            if kind in TICKED:
                values = self[kind].data or ()
                rows[kind] = tuple({"id": "", TICKED[kind]: value} for value in values)
                continue
            forms = [entry.form for entry in self[rows_name(kind)]]
            names = ("id", *row_shape.fields)
            rows[kind] = tuple({name: _text(form[name].data) for name in names} for form in forms)
            texts |= {
                f"hours.{form['id'].data}": _text(form["hours"].data)
                for form in forms
                if "hours" in form
            }
        return FormText(fields=texts, rows=rows)

    def add_row(self, kind: str) -> None:
        """One more row, with what is usual already chosen."""
        if kind in SHAPES[self.kind].rows and kind not in TICKED:
            self[rows_name(kind)].append_entry(
                {"id": str(uuid4()), **_USUAL, **_USUAL_OF.get(kind, {})}
            )

    def add_row_for_found(self) -> None:
        """A row to choose a place in that was looked for, where there is none yet."""
        kind = "service_at_location"
        is_asked = "place_search" in self and self["place_search"].data
        if is_asked and not self[rows_name(kind)].entries:
            self.add_row(kind)

    def remove_row(self, kind: str, number: int) -> None:
        """One row less; the others stay as they are typed."""
        if kind in SHAPES[self.kind].rows and kind not in TICKED:
            entries = self[rows_name(kind)].entries
            if 0 <= number < len(entries):
                entries.pop(number)

    def show_problem(self, place: str, detail: str) -> None:
        """Put a sentence at the field it is about (``phone/0/number``), else at the first one."""
        field = self.field_at(place)
        if detail not in field.errors:
            field.errors = (*field.errors, detail)

    def field_at(self, place: str) -> Any:
        """The field that a place (``phone/0/number``) is; the name when there is none."""
        kind, *rest = place.split("/")
        name = kind.replace(f"{LANGUAGE}.", _ES)
        if rest and kind in TICKED:
            return self[kind]
        if rest:
            number = int(rest[0])
            row = self[rows_name(kind)].entries[number].form
            wanted = rest[1] if len(rest) > 1 else SHAPES[self.kind].rows[kind].needed[0]
            return row[wanted] if wanted in row else row[SHAPES[self.kind].rows[kind].needed[0]]
        if name.startswith("hours."):
            for entry in self["service_at_location"]:
                if entry.form["id"].data == name.partition(".")[2]:
                    return entry.form["hours"]
        return self[name] if name in self else self["name"]


def form_data(kind: str, typed: FormText, fingerprint: str) -> dict[str, Any]:
    """What a new form of this kind is filled with."""
    data: dict[str, Any] = {
        name.replace(f"{LANGUAGE}.", _ES): text
        for name, text in typed.fields.items()
        if not name.startswith("hours.")
    }
    for row_kind, rows in typed.rows.items():
        if row_kind in TICKED:
            data[row_kind] = [row[TICKED[row_kind]] for row in rows]
        elif row_kind == "service_at_location":
            hours = {row["id"]: typed.fields.get(f"hours.{row['id']}", "") for row in rows}
            data[row_kind] = [{**row, "hours": hours[row["id"]]} for row in rows]
        else:
            data[rows_name(row_kind)] = [dict(row) for row in rows]
    return {**data, "fingerprint": fingerprint, "kind": kind}


@cache
def form_class(kind: str) -> type[EditForm]:
    """The form for a kind of record."""
    shape = SHAPES[kind]
    fields: dict[str, Any] = {name: _field_for(kind, name) for name in shape.fields}
    fields |= {f"{_ES}{name}": _field_for(kind, name) for name in shape.translated}
    if "schedule" in shape.rows:
        fields["hours"] = _hours_field()
    for row_kind, row_shape in shape.rows.items():
        if row_kind in TICKED:
            fields[row_kind] = checkbox_group(FIELDS[TICKED[row_kind]])
            continue
        cells = {name: _field_for(row_kind, name) for name in row_shape.fields}
        if row_kind == "service_at_location":
            cells["hours"] = _hours_field()
        row_class = type(f"{row_kind}_row", (RowForm,), cells)
        fields[rows_name(row_kind)] = FieldList(FormField(row_class))
    for name, label in _SEARCHES.items():
        fields[name] = StringField(label)
    return type(f"{kind}_form", (EditForm,), {"kind": kind, **fields})


def set_choices(field: Any, choices: Iterable[tuple[str, Any]]) -> None:
    """Set these choices, and keep a chosen value that is none of them."""
    offered = dict(choices)
    chosen = field.data if isinstance(field.data, list) else [field.data or ""]
    for value in chosen:
        offered.setdefault(value, value or lazy_gettext("(none)"))
    field.choices = [SelectChoice(value, words) for value, words in offered.items()]


def keep_stored_choices(form: Form) -> None:
    """Keep imported values that are none of the usual choices."""
    for field in form:
        if isinstance(field, FieldList):
            for entry in field:
                keep_stored_choices(entry.form)
        elif isinstance(field, SelectField) and field.choices:
            set_choices(field, [(each.value, each.label) for each in field.choices])


def _hours_field() -> Any:
    return TextAreaField(
        FIELDS["hours"],
        description=lazy_gettext("As you would say them: Mon-Fri 9-5; 1st Sat 10-2."),
        render_kw={"rows": 3},
    )


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return str(value or "")


_USUAL = {"visibility": "public"}
_USUAL_OF: Mapping[str, Mapping[str, str]] = {
    "phone": {"type": "voice"},
    "address": {"address_type": "physical", "country": "US"},
    "service_area": {"area_kind": "zip"},
    "cost_option": {"currency": "USD"},
}
_SEARCHES = {
    "organization_search": lazy_gettext("Find another organization"),
    "place_search": lazy_gettext("Find a place of another organization"),
    "term_search": lazy_gettext("Find topics to add"),
}
