"""Parser of the record form: from text to a draft, by the rules of imports.

Unchanged text keeps its stored value, even where parsing it again would give another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from datetime import date
from typing import Any
from uuid import uuid4

from referral.curation.derived_fields import derive_position, derive_row_fields
from referral.curation.drafts import Draft, without_orphans
from referral.curation.editable_fields import LANGUAGE, SHAPES, RowShape, default_of
from referral.curation.form_text import (
    HOURS,
    FormText,
    format_field,
    hours_as_read,
    normalize_text,
    schedules_at,
)
from referral.fields.text import clean_text
from referral.formats.reading.cells import Unreadable, read_cell
from referral.message import message
from referral.records.classification import Attribute, ServiceHeading, Translation
from referral.records.hsds import Location, Record, Schedule, ServiceAtLocation
from referral.records.kinds import KINDS, field_names, kind_of
from referral.records.problems import Problem, Severity
from referral.records.record_ids import HAND_SOURCE, record_id
from referral.records.schedules.hours_formatter import format_hours, update_schedules
from referral.records.validation import validate_record

# Fields with a fixed set of choices.
_NEVER_EMPTY = frozenset({"visibility", "status", "location_type", "address_type"})
# Children that are identified by this field instead of their id.
_KEY_FIELDS = {"attribute": "taxonomy_term_id", "service_heading": "heading"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FormProblem:
    """A warning or error for a field of the record form.

    Attributes:
        place: ``name`` for a field, ``phone/0/number`` for one in the first row of phones.
    """

    place: str
    problem: Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedForm:
    """A parsed record form: the draft, and its warnings and errors."""

    draft: Draft
    problems: tuple[FormProblem, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Return whether a record form has errors, so that it cannot be saved."""
        return any(found.problem.severity is Severity.ERROR for found in self.problems)


def parse_form(typed: FormText, stored: Draft, today: date) -> ParsedForm:
    """Parse a submitted record form into a draft of the record.

    Args:
        today: in the time zone of the library.
    """
    parser = _Parser(typed, stored, today)
    record = parser.parse_record()
    children = [*parser.parse_rows(), *parser.parse_hours(), *parser.parse_translations()]
    children += [child for child in stored.children if _is_elsewhere(stored.kind, child)]
    linked = tuple(without_orphans(children, ServiceAtLocation))
    if isinstance(record, Location):
        record = derive_position(record, linked, stored)
    draft = replace(stored, record=record, children=linked)
    problems = [*parser.problems, *_validation_problems(draft, parser.places, today)]
    problems += _pin_problems(draft, stored)
    return ParsedForm(draft=draft, problems=tuple(problems))


def _pin_problems(draft: Draft, stored: Draft) -> Iterator[FormProblem]:
    """Yield an error where the record form gives a withheld location a new position."""
    place, before = draft.record, stored.record
    if not isinstance(place, Location) or place.position_source != "file":
        return
    stored_position = getattr(before, "latitude", None), getattr(before, "longitude", None)
    if draft.is_secret_place and (place.latitude, place.longitude) != stored_position:
        problem = Problem(
            code="position-of-secret-place",
            severity=Severity.ERROR,
            message=message("This place is private, so it gets no pin. Leave both fields empty."),
            column="latitude",
        )
        yield FormProblem(place="latitude", problem=problem)


def _is_empty(texts: Mapping[str, str], shape: RowShape) -> bool:
    """Return whether a row of the record form lacks its required fields."""
    is_nation = texts.get("area_kind") == "nation"
    return not is_nation and not any(texts[name].strip() for name in shape.needed)


def _is_elsewhere(kind: str, child: Record) -> bool:
    """Return whether a child record is not on the record form, such as another translation."""
    return isinstance(child, Translation) and (
        child.language != LANGUAGE or child.field not in SHAPES[kind].translated
    )


def _validation_problems(
    draft: Draft, places: Mapping[str, str], today: date
) -> Iterator[FormProblem]:
    for record in (draft.record, *draft.children):
        start = places.get(record.id, "")
        for problem in validate_record(record, today):
            place = f"{start}/{problem.column}" if "/" in start else start or problem.column
            yield FormProblem(place=place, problem=problem)


@dataclass(slots=True)
class _Parser:
    """Parser of one submitted record form.

    ``places`` maps the id of a child to its place in the form.
    """

    typed: FormText
    stored: Draft
    today: date
    problems: list[FormProblem] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)

    def parse_record(self) -> Record:
        """Parse the main record of the record form."""
        record = self.stored.record
        shape = SHAPES[self.stored.kind]
        read: Record = self._parse_fields(record, self.typed.fields, shape.fields, "")
        if (
            isinstance(read, Location)
            and isinstance(record, Location)
            and ((read.latitude, read.longitude) != (record.latitude, record.longitude))
        ):
            return replace(read, position_source="file")
        return read

    def parse_rows(self) -> Iterator[Record]:
        """Yield the child records in the rows of the record form."""
        found: dict[str, Record] = {}
        for kind, shape in SHAPES[self.stored.kind].rows.items():
            for number, row in enumerate(self.typed.rows.get(kind, ())):
                before = self._stored_or_new_child(kind, row)
                texts = {name: row.get(name, "") for name in shape.fields}
                if _is_empty(texts, shape) and not self._is_stored_empty(before, shape):
                    continue
                place = f"{kind}/{number}"
                self.places[before.id] = place
                read = self._parse_fields(before, texts, shape.fields, place)
                completed, problems = derive_row_fields(read, before, texts)
                remaining = {name: format_field(completed, name) for name in shape.fields}
                if _is_empty(remaining, shape) and not self._is_stored_empty(before, shape):
                    continue  # only placeholders, such as n/a
                self._add_problems(place, problems)
                found[before.id] = completed
        yield from found.values()

    def parse_hours(self) -> Iterator[Schedule]:
        """Yield the schedules parsed from hours that staff typed into the record form."""
        if "schedule" not in SHAPES[self.stored.kind].rows:
            return
        for name, text in self.typed.fields.items():
            if name == HOURS or name.startswith(f"{HOURS}."):
                yield from self._parse_hours_text(name, name.partition(".")[2], text)

    def parse_translations(self) -> Iterator[Translation]:
        """Yield the translations typed into the record form, without empty texts."""
        stored_by_field = {
            translation.field: translation
            for translation in self.stored.of_kind("translation")
            if translation.language == LANGUAGE
        }
        for name in SHAPES[self.stored.kind].translated:
            place = f"{LANGUAGE}.{name}"
            text = self.typed.fields.get(place, "")
            before = stored_by_field.get(name)
            if before and normalize_text(text) == normalize_text(before.text):
                yield before
            elif cleaned := clean_text(text):
                base = before or self._new_translation(name)
                self.places[base.id] = place
                yield replace(base, text=cleaned, status="person-checked")

    def _parse_hours_text(self, name: str, link_id: str, text: str) -> Iterator[Schedule]:
        stored_schedules = schedules_at(self.stored, link_id)
        stored_text, _ = format_hours(stored_schedules)
        if normalize_text(text) == stored_text:
            yield from stored_schedules
            return
        if not clean_text(text):
            return
        template = self._new_child("schedule", str(uuid4()))
        assert isinstance(template, Schedule)  # noqa: S101  # narrows the type for mypy
        template = replace(template, service_at_location_id=link_id)
        self.places[template.id] = name
        read = hours_as_read(normalize_text(text), self.today)
        self._add_problems(name, (read.problem,) if read.problem else ())
        for schedule in (
            *update_schedules(read.parts, stored_schedules, template),
            *([replace(template, description=read.words)] if read.words else []),
        ):
            yield schedule if schedule.id != template.id else replace(schedule, id=str(uuid4()))

    def _parse_fields(
        self, before: Record, texts: Mapping[str, str], names: Sequence[str], place: str
    ) -> Any:
        kind = kind_of(before)
        values: dict[str, Any] = {}
        for name in names:
            text = normalize_text(texts.get(name, ""))
            if text == normalize_text(format_field(before, name)) or name == "area_codes":
                continue
            if not text and name in _NEVER_EMPTY:
                continue
            value = read_cell(kind, name, text) if text else default_of(kind, name)
            if isinstance(value, Unreadable):
                problem = Problem(
                    code=value.code, severity=Severity.ERROR, message=value.message, column=name
                )
                self._add_problems(place, (problem,))
            else:
                values[name] = value
        return replace(before, **values)

    def _stored_or_new_child(self, kind: str, row: Mapping[str, str]) -> Record:
        """Return the stored child record that a row of the form edits, or a new one."""
        stored_by_id = {child.id: child for child in self.stored.of_kind(kind)}
        key_field = _KEY_FIELDS.get(kind)
        if key_field is None:
            identity = row.get("id", "")
            known: Record | None = stored_by_id.get(identity)
            new_id = record_id(HAND_SOURCE, kind, identity) if identity else str(uuid4())
            return known if known is not None else self._new_child(kind, new_id)
        wanted = row.get(key_field, "")
        for child in stored_by_id.values():
            if (
                isinstance(child, Attribute | ServiceHeading)
                and getattr(child, key_field) == wanted
            ):
                return child
        return self._new_child(
            kind, record_id(HAND_SOURCE, kind, f"{self.stored.record.id}/{wanted}")
        )

    def _is_stored_empty(self, before: Record, shape: RowShape) -> bool:
        """Return whether a stored child record lacks its required fields.

        Such a row is deleted only by its own button.
        """
        texts = {name: format_field(before, name) for name in shape.fields}
        return before in self.stored.children and _is_empty(texts, shape)

    def _new_child(self, kind: str, identity: str) -> Record:
        """Create an empty child record for a new row of the record form."""
        declared = fields(KINDS[kind])
        values: dict[str, Any] = {
            declared_field.name: ""
            for declared_field in declared
            if declared_field.default is MISSING
        }
        links = {"link_id": self.stored.record.id, "link_entity": self.stored.kind}
        links[f"{self.stored.kind}_id"] = self.stored.record.id
        values |= {name: value for name, value in links.items() if name in field_names(kind)}
        return KINDS[kind](**{**values, "id": identity})

    def _new_translation(self, name: str) -> Translation:
        kind, parent_id = self.stored.kind, self.stored.record.id
        return Translation(
            id=record_id(HAND_SOURCE, "translation", f"{kind}/{parent_id}/{LANGUAGE}/{name}"),
            link_entity=kind,
            link_id=parent_id,
            language=LANGUAGE,
            field=name,
            text="",
        )

    def _add_problems(self, place: str, problems: Sequence[Problem]) -> None:
        for problem in problems:
            parts = [part for part in (place, problem.column) if part]
            self.problems.append(FormProblem(place="/".join(parts), problem=problem))
