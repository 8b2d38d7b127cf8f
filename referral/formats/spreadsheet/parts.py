"""Phones, hours, languages, areas, documents and terms of a spreadsheet row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from referral.fields.phones import ParsedPhone, parse_phones, phone_type
from referral.fields.text import clean_line, clean_text, fold_words, split_list
from referral.formats.reading.areas import are_zip_codes, area_of, area_values
from referral.formats.reading.derived_fields import schedules_in
from referral.formats.reading.items import Item
from referral.formats.reading.parts import Parts
from referral.formats.reading.row_reader import RowReader, Values, content_key
from referral.formats.reading.taxonomy_terms import is_code
from referral.formats.reading.yes_no import parse_yes_no
from referral.formats.spreadsheet.contact_cells import ContactPerson, read_contact_cell
from referral.formats.spreadsheet.locations import SheetLocation
from referral.formats.spreadsheet.mapped_rows import CONFIDENTIAL_SUFFIX, MappedSheet
from referral.message import message
from referral.records.headings import heading_named
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
_LANGUAGE_SEPARATORS = re.compile(r" (?:and|or|y|o) |/|&|, (?:and|or) ")
_HOURS_NOT_UNDERSTOOD = message(
    "These hours are not in a form that can be read. They are shown as given."
)


class RowsOfRecord:
    """The sheet rows of one record, with the distinct texts of each column.

    There may be thousands.
    """

    def __init__(self, readers: Iterable[RowReader]) -> None:
        self._rows = [reader.row for reader in readers]
        self._texts_by_header: dict[str, frozenset[str]] = {}

    def texts_in(self, header: str) -> frozenset[str]:
        """Return a column's distinct texts over all sheet rows of a record, "" for empty."""
        if header not in self._texts_by_header:
            self._texts_by_header[header] = frozenset(row.get(header) for row in self._rows)
        return self._texts_by_header[header]


@dataclass(slots=True, kw_only=True)
class RowParts(Parts):
    """Builder of phones, hours and other parts of a record from one of its sheet rows.

    Attributes:
        sheet: the sheet of the row.
        kind: kind of the record.
        rows: all rows of the record; parts in which they differ belong to one place only.
        done: ids of records that other rows gave.
        site: the place of the row.
    """

    sheet: MappedSheet
    kind: str
    rows: RowsOfRecord
    done: set[str]
    site: SheetLocation | None = None

    def items(self) -> Iterator[Item]:
        """Yield the phones, hours and other parts of a record's sheet row."""
        yield from self._phones()
        yield from self._contact()
        if self.kind == "organization":
            return
        yield from self._hours()
        yield from self._languages()
        yield from self._accessibility()
        if self.kind == "location":
            return
        yield from self._areas()
        yield from self._documents()
        yield from self._topics()

    def _cells(self, target: str) -> Iterator[tuple[str, str]]:
        for header in self.sheet.columns.get(target, ()):
            if text := self.reader.text(header):
                yield header, text

    def _split(self, header: str, text: str, auto: Callable[[str], Sequence[str]]) -> Sequence[str]:
        """Split a spreadsheet cell by the separator of its column mapping, or automatically."""
        how = self.sheet.splits.get(header, "auto")
        if how == "auto":
            return auto(text)
        parts = [text] if how == "none" else text.split("\n" if how == "newline" else how)
        return [line for line in map(clean_line, parts) if line]

    def _service_at_location_key(self, header: str) -> str:
        """Return the key of a service at its location if a column differs by row, else ""."""
        if self.site is None or len(self.rows.texts_in(header)) == 1:
            return ""
        return f"{self.owner}@{self.site.key}"

    def _phones(self) -> Iterator[Item]:
        for target, (kind, label) in _PHONES.items():
            for header, text in self._cells(target):
                for phone in self._phones_in(header, text):
                    words = ", ".join(part for part in (label, phone.note) if part)
                    type_ = kind or phone_type(phone.note)
                    yield from self._phone(
                        header, phone, words, type_, self._service_at_location_key(header)
                    )

    def _phone(
        self, header: str, phone: ParsedPhone, words: str, type_: str, place: str = ""
    ) -> Iterator[Item]:
        values: Values = {
            **_parent_values(place),
            "number": phone.number,
            "tel": phone.tel,
            "extension": phone.extension,
            "description": words,
            "type": type_,
            **self._visibility_values(header),
        }
        key = f"{place}{phone.tel or phone.number}x{phone.extension}/{type_}"
        yield from self.add("phone", key, values, header)

    def _phones_in(self, header: str, text: str) -> Iterator[ParsedPhone]:
        for part in self._split(header, text, lambda whole: [whole]):
            yield from parse_phones(part)

    def _hours(self) -> Iterator[Item]:
        for position, (header, text) in enumerate(self._cells("schedule.hours")):
            place = self._service_at_location_key(header)
            if not schedules_in(text):
                self.reader.warn("hours-not-understood", _HOURS_NOT_UNDERSTOOD, header)
            key = f"{place}hours"
            if position or self.rows.texts_in(header) - {"", text}:
                key += f"/{content_key({'hours': text, 'of': position})}/"
            yield from self.hours(header, text, key, _parent_values(place))

    def _areas(self) -> Iterator[Item]:
        state = next((text for _, text in self._cells("address.state_province")), "")
        cells = [
            *self._cells("service_area.name"),
            *filter(lambda cell: are_zip_codes(cell[1]), self._cells(ELIGIBILITY)),
        ]
        for header, text in cells:
            is_of_counties = "count" in header
            as_one_area = [clean_line(text)] if area_of(text, state).kind != "text" else []
            for name in as_one_area or self._split(header, text, self._split_areas):
                kind, codes = area_of(name, state)
                if kind in {"text", "city"} and is_of_counties and " " not in name:
                    kind, codes = area_of(f"{name} County", state)
                values = area_values(kind, name, codes)
                yield from self.add("service_area", f"area/{fold_words(name)}", values, header)

    def _languages(self) -> Iterator[Item]:
        for header, text in self._cells("language.name"):
            yield from self.languages(
                header, self._split(header, text, _split_languages), fold_words
            )

    def _documents(self) -> Iterator[Item]:
        for header, text in self._cells("required_document.document"):
            for document in self._split(header, text, self._split_documents):
                key = f"document/{fold_words(document)[:100]}"
                yield from self.add("required_document", key, {"document": document}, header)

    @staticmethod
    def _split_documents(text: str) -> Sequence[str]:
        """Split a cell of required documents; a text with sentences stays whole."""
        cleaned = clean_text(text)
        if len(cleaned) > _LONGEST_LIST or ". " in cleaned:
            return [cleaned]
        return split_list(cleaned)

    @staticmethod
    def _split_areas(text: str) -> Sequence[str]:
        cleaned = clean_text(text)
        listed = cleaned.count(",") + cleaned.count(";") > 2
        return [cleaned] if ". " in cleaned and not listed else split_list(cleaned)

    def _accessibility(self) -> Iterator[Item]:
        for header, text in self._cells("accessibility.description"):
            site = self.site.key if self.site else ""
            location = self.owner if self.kind == "location" else site
            if not location:
                self.reader.leave_unmapped(header)
                continue
            described = clean_line(text)
            if parse_yes_no(text) is not None:
                described = f"{self.reader.show(header)}: {described}"
            values = {"location_id": location, "description": described}
            key = f"{location}/access/{fold_words(described)[:100]}"
            yield from self.add("accessibility", key, values, header)

    def _contact(self) -> Iterator[Item]:
        given = clean_line(next((text for _, text in self._cells("contact.title")), ""))
        columns = self.sheet.columns.get(f"{self.kind}.email", ())
        has_no_field = self.kind == "location" or any(map(self.reader.row.get, columns))
        for header, text in self._cells("contact.name"):
            contact, visibility = read_contact_cell(text), self._visibility_values(header)
            people = contact.people
            if (
                not people
                and contact.emails
                and (has_no_field or visibility or len(contact.emails) > 1)
            ):
                people = (ContactPerson(clean_line(text)),)
            for name, title, email in people:
                values: Values = {
                    "name": name,
                    "title": ", ".join(dict.fromkeys(filter(None, (given, title)))),
                    **({"email": email} if email else {}),
                    **visibility,
                }
                yield from self.add("contact", f"contact/{fold_words(name)}", values, header)
            for phone in contact.phones:
                yield from self._phone(header, phone, phone.note, "voice")

    def _visibility_values(self, header: str) -> Values:
        """Return the visibility of a cell's content, where the row marks its numbers as secret."""
        is_secret = self.reader.text(f"{header}{CONFIDENTIAL_SUFFIX}")
        return {"visibility": Visibility.WITHHELD} if is_secret else {}

    def _topics(self) -> Iterator[Item]:
        for header, text in self._cells("taxonomy_term.name"):
            slug = heading_named(text)
            for category in [text] if slug else self._split(header, text, split_list):
                yield from self._topic(header, clean_line(category))

    def _topic(self, header: str, category: str) -> Iterator[Item]:
        if slug := heading_named(category):
            values: Values = {"heading": slug, "set_by": "file"}
            yield from self.add("service_heading", f"heading/{slug}", values, header)
            return
        term = f"term/{fold_words(category)}"
        if record_id(self.builder.source, "taxonomy_term", term) not in self.done:
            yield from self._term(header, category, term)
        link = {"link_entity": "service", "link_id": self.owner, "taxonomy_term_id": term}
        yield from self.add("attribute", term, link, header)

    def _term(self, header: str, category: str, key: str) -> Iterator[Item]:
        taxonomy = self.builder.source
        reader = self.reader.part()
        reader.headers["name"] = reader.show(header)
        taxonomy_values: Values = {"name": taxonomy}
        yield from self.builder.items("taxonomy", taxonomy, reader, taxonomy_values, is_main=False)
        values = {"name": category, "taxonomy": taxonomy, "taxonomy_id": taxonomy}
        if is_code(category):
            values["code"] = category
        yield from self.builder.items("taxonomy_term", key, reader, values, is_main=False)


def _parent_values(place: str) -> Values:
    """Return the parent of a part that belongs to a service at one location only; empty if none."""
    return {"service_at_location_id": place} if place else {}


def _split_languages(text: str) -> Sequence[str]:
    return split_list(_LANGUAGE_SEPARATORS.sub(", ", text))
