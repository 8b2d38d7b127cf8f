"""Phones, hours, languages, areas, documents and terms of a spreadsheet row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from referral.fields.languages import language_code
from referral.fields.phones import ParsedPhone, parse_phones, phone_type
from referral.fields.text import clean_line, clean_text, fold_words, split_list
from referral.formats.reading.areas import are_zip_codes, area_of
from referral.formats.reading.derived_fields import schedules_in
from referral.formats.reading.items import Item
from referral.formats.reading.row_reader import RecordBuilder, RowReader, Values, content_key
from referral.formats.reading.taxonomy_terms import is_code
from referral.formats.reading.yes_no import parse_yes_no
from referral.formats.spreadsheet.contact_cells import read_contact_cell
from referral.formats.spreadsheet.locations import SheetLocation
from referral.formats.spreadsheet.mapped_rows import CONFIDENTIAL_SUFFIX, MappedSheet
from referral.message import message
from referral.records.headings import heading_named
from referral.records.kinds import SourcedRecord
from referral.records.record_ids import record_id
from referral.records.visibility import Visibility

_PHONES: Mapping[str, tuple[str, str]] = {
    "phone.number": ("", ""),
    "phone.hotline": ("voice", "Hotline"),
    "phone.toll_free": ("voice", "Toll free"),
    "phone.alternate": ("voice", ""),
    "phone.fax": ("fax", ""),
    "phone.tty": ("textphone", ""),
    "phone.text": ("text", ""),
}
PART_TARGETS = frozenset(
    {
        *_PHONES, "schedule.hours", "service_area.name", "language.name",
        "accessibility.description", "required_document.document", "taxonomy_term.name",
    }
)  # fmt: skip
ELIGIBILITY = "service.eligibility_description"
_LONGEST_LIST = 160
_BETWEEN_LANGUAGES = re.compile(r" (?:and|or|y|o) |/|&|, (?:and|or) ")
_HOURS = message("These hours are not in a form that can be read. They are shown as given.")


class RowsOfRecord:
    """The rows of one record, and what they say in a column: a service may have thousands."""

    def __init__(self, readers: Iterable[RowReader]) -> None:
        self._rows = [reader.row for reader in readers]
        self._said: dict[str, frozenset[str]] = {}

    def said(self, header: str) -> frozenset[str]:
        """The different texts of a column, "" where a row has none."""
        if header not in self._said:
            self._said[header] = frozenset(row.get(header) for row in self._rows)
        return self._said[header]


class RowParts:
    """Makes the children of one record: a service, an organization or a location.

    Args:
        done: ids of records that other rows gave.
    """

    def __init__(
        self, builder: RecordBuilder, sheet: MappedSheet, kind: str, key: str, done: set[str]
    ) -> None:
        self.builder = builder
        self.done = done
        self.sheet = sheet
        self.kind = kind
        self.key = key

    def of_row(
        self, reader: RowReader, site: SheetLocation | None, rows: RowsOfRecord
    ) -> Iterator[Item]:
        """The children that a row gives.

        Args:
            reader: the row.
            site: its place.
            rows: all rows of the service; what they say differently holds for their place only.
        """
        yield from self._phones(reader, site, rows)
        yield from self._contact(reader)
        if self.kind == "organization":
            return
        yield from self._hours(reader, site, rows)
        yield from self._languages(reader)
        yield from self._access(reader, site)
        if self.kind == "location":
            return
        yield from self._areas(reader)
        yield from self._documents(reader)
        yield from self._categories(reader)

    def is_new(self, item: Item) -> bool:
        """Whether no other row gave the same child."""
        if not isinstance(item, SourcedRecord):
            return True
        new = item.record.id not in self.done
        self.done.add(item.record.id)
        return new

    def _cells(self, reader: RowReader, target: str) -> Iterator[tuple[str, str]]:
        for header in self.sheet.columns.get(target, ()):
            text = reader.row.get(header)
            reader.mark_used(header)
            if text:
                yield header, text

    def _items(
        self, kind: str, key: str, reader: RowReader, values: Values, header: str
    ) -> Iterator[Item]:
        child = RowReader(reader.row, {})
        child.headers = dict.fromkeys(values, reader.show(header))
        yield from self.builder.items(kind, f"{self.key}/{key}", child, values, main=False)

    def _split(self, header: str, text: str, auto: Callable[[str], Sequence[str]]) -> Sequence[str]:
        """The parts of a cell: as the mapping says, else as it looks."""
        how = self.sheet.splits.get(header, "auto")
        if how == "auto":
            return auto(text)
        parts = [text] if how == "none" else text.split("\n" if how == "newline" else how)
        return [line for line in map(clean_line, parts) if line]

    def _parent(
        self, header: str, site: SheetLocation | None, rows: RowsOfRecord
    ) -> dict[str, str]:
        """The record itself, or (where rows of a service differ) the service at this place."""
        if site is None or len(rows.said(header)) == 1:
            return {f"{self.kind}_id": self.key}
        return {"service_at_location_id": f"{self.key}@{site.key}"}

    def _phones(
        self, reader: RowReader, site: SheetLocation | None, rows: RowsOfRecord
    ) -> Iterator[Item]:
        for target, (kind, label) in _PHONES.items():
            for header, text in self._cells(reader, target):
                parent = self._parent(header, site, rows)
                marks = self._marks(reader, header)
                for phone in self._phones_in(header, text):
                    words = ", ".join(part for part in (label, phone.note) if part)
                    values: Values = {
                        **parent,
                        "number": phone.number,
                        "tel": phone.tel,
                        "extension": phone.extension,
                        "description": words,
                        "type": kind or phone_type(phone.note),
                        **marks,
                    }
                    where = parent.get("service_at_location_id", "")
                    dialled = f"{phone.tel or phone.number}x{phone.extension}"
                    key = f"{where}{dialled}/{values['type']}"
                    yield from self._items("phone", key, reader, values, header)

    def _phones_in(self, header: str, text: str) -> Iterator[ParsedPhone]:
        for part in self._split(header, text, lambda whole: [whole]):
            yield from parse_phones(part)

    def _hours(
        self, reader: RowReader, site: SheetLocation | None, rows: RowsOfRecord
    ) -> Iterator[Item]:
        for position, (header, text) in enumerate(self._cells(reader, "schedule.hours")):
            parent = self._parent(header, site, rows)
            parts = schedules_in(text)
            if not parts:
                reader.warn("hours-not-understood", _HOURS, header)
                parts = [{"description": clean_text(text)}]
            key = f"{parent.get('service_at_location_id', '')}hours"
            if position or rows.said(header) - {"", text}:
                key += f"/{content_key({'hours': text, 'of': position})}/"
            for number, part in enumerate(parts):
                values: Values = {**parent, **part}
                yield from self._items("schedule", f"{key}{number}", reader, values, header)

    def _areas(self, reader: RowReader) -> Iterator[Item]:
        state = next((text for _, text in self._cells(reader, "address.state_province")), "")
        said = [
            *self._cells(reader, "service_area.name"),
            *filter(lambda cell: are_zip_codes(cell[1]), self._cells(reader, ELIGIBILITY)),
        ]
        for header, text in said:
            counties = "count" in header
            whole = [clean_line(text)] if area_of(text, state)[0] != "text" else []
            for name in whole or self._split(header, text, self._areas_in):
                kind, codes = area_of(name, state)
                if kind in {"text", "city"} and counties and " " not in name:
                    kind, codes = area_of(f"{name} County", state)
                values = {
                    "service_id": self.key,
                    "name": name,
                    "area_kind": kind,
                    "area_codes": codes,
                }
                key = f"area/{fold_words(name)}"
                yield from self._items("service_area", key, reader, values, header)

    def _languages(self, reader: RowReader) -> Iterator[Item]:
        for header, text in self._cells(reader, "language.name"):
            for name in self._split(header, text, _languages_in):
                values = {
                    f"{self.kind}_id": self.key,
                    "name": name,
                    "code": language_code(name),
                }
                key = f"language/{fold_words(name)}"
                yield from self._items("language", key, reader, values, header)

    def _documents(self, reader: RowReader) -> Iterator[Item]:
        for header, text in self._cells(reader, "required_document.document"):
            for document in self._split(header, text, self._listed):
                values = {"service_id": self.key, "document": document}
                key = f"document/{fold_words(document)[:100]}"
                yield from self._items("required_document", key, reader, values, header)

    @staticmethod
    def _listed(text: str) -> Sequence[str]:
        """The parts of a list; whole sentences stay together."""
        cleaned = clean_text(text)
        if len(cleaned) > _LONGEST_LIST or ". " in cleaned:
            return [cleaned]
        return split_list(cleaned)

    @staticmethod
    def _areas_in(text: str) -> Sequence[str]:
        cleaned = clean_text(text)
        listed = cleaned.count(",") + cleaned.count(";") > 2
        return [cleaned] if ". " in cleaned and not listed else split_list(cleaned)

    def _access(self, reader: RowReader, site: SheetLocation | None) -> Iterator[Item]:
        for header, text in self._cells(reader, "accessibility.description"):
            place = self.key if self.kind == "location" else site.key if site else ""
            if not place:
                reader.leave_unmapped(header)
                continue
            described = clean_line(text)
            if parse_yes_no(text) is not None:
                described = f"{reader.show(header)}: {described}"
            values = {"location_id": place, "description": described}
            key = f"{place}/access/{fold_words(described)[:100]}"
            yield from self._items("accessibility", key, reader, values, header)

    def _contact(self, reader: RowReader) -> Iterator[Item]:
        given = clean_line(next((text for _, text in self._cells(reader, "contact.title")), ""))
        columns = self.sheet.columns.get(f"{self.kind}.email", ())
        no_field = self.kind == "location" or any(reader.row.get(key) for key in columns)
        for header, text in self._cells(reader, "contact.name"):
            said = read_contact_cell(text)
            marks = self._marks(reader, header)
            people = said.people
            if not people and said.emails and (no_field or marks or len(said.emails) > 1):
                people = ((clean_line(text), "", ""),)
            for name, title, email in people:
                values: Values = {
                    f"{self.kind}_id": self.key,
                    "name": name,
                    "title": ", ".join(dict.fromkeys(filter(None, (given, title)))),
                    **({"email": email} if email else {}),
                    **marks,
                }
                key = f"contact/{fold_words(name)}"
                yield from self._items("contact", key, reader, values, header)
            for phone in said.phones:
                yield from self._phone_of_contact(reader, header, phone, marks)

    def _phone_of_contact(
        self, reader: RowReader, header: str, phone: ParsedPhone, marks: Values
    ) -> Iterator[Item]:
        values: Values = {
            f"{self.kind}_id": self.key,
            "number": phone.number,
            "tel": phone.tel,
            "extension": phone.extension,
            "description": phone.note,
            "type": "voice",
            **marks,
        }
        key = f"{phone.tel}x{phone.extension}/voice"
        yield from self._items("phone", key, reader, values, header)

    @staticmethod
    def _marks(reader: RowReader, header: str) -> Values:
        """The visibility of what a cell says, where the row marks its numbers as secret."""
        mark = f"{header}{CONFIDENTIAL_SUFFIX}"
        reader.mark_used(mark)
        return {"visibility": Visibility.WITHHELD} if reader.row.get(mark) else {}

    def _categories(self, reader: RowReader) -> Iterator[Item]:
        for header, text in self._cells(reader, "taxonomy_term.name"):
            slug = heading_named(text)
            for category in [text] if slug else self._split(header, text, split_list):
                yield from self._category(reader, header, clean_line(category))

    def _category(self, reader: RowReader, header: str, category: str) -> Iterator[Item]:
        slug = heading_named(category)
        if slug:
            values = {"service_id": self.key, "heading": slug, "set_by": "file"}
            yield from self._items("service_heading", f"heading/{slug}", reader, values, header)
            return
        term = f"term/{fold_words(category)}"
        if record_id(self.builder.source, "taxonomy_term", term) not in self.done:
            yield from self._term(reader, header, category, term)
        link = {"link_entity": "service", "link_id": self.key, "taxonomy_term_id": term}
        yield from self._items("attribute", term, reader, link, header)

    def _term(self, reader: RowReader, header: str, category: str, key: str) -> Iterator[Item]:
        taxonomy = self.builder.source
        child = RowReader(reader.row, {})
        child.headers = {"name": reader.show(header)}
        named: Values = {"name": taxonomy}
        yield from self.builder.items("taxonomy", taxonomy, child, named, main=False)
        values = {"name": category, "taxonomy": taxonomy, "taxonomy_id": taxonomy}
        if is_code(category):
            values["code"] = category
        yield from self.builder.items("taxonomy_term", key, child, values, main=False)


def _languages_in(text: str) -> Sequence[str]:
    return split_list(_BETWEEN_LANGUAGES.sub(", ", text))
