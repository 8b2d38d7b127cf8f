"""Phones, contacts, addresses, hours, languages and areas in one row of iCarol's CSV."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from referral.fields.phones import phone_type
from referral.fields.text import clean_line, clean_text, split_list
from referral.formats.files.tables import Row, Table
from referral.formats.icarol import columns
from referral.formats.reading.addresses import complete_address
from referral.formats.reading.areas import areas_in_text
from referral.formats.reading.cells import Unreadable, read_cell
from referral.formats.reading.derived_fields import (
    complete_keywords,
    complete_language,
    complete_phone,
    schedules_in,
)
from referral.formats.reading.items import Item
from referral.formats.reading.protection_flags import (
    NOT_UNDERSTOOD,
    flag_visibility,
    status_visibility,
)
from referral.formats.reading.row_reader import (
    RecordBuilder,
    RowReader,
    Values,
    apply_flags,
    content_key,
)
from referral.message import message
from referral.records.visibility import Visibility, strictest

_STATE_FIRST = re.compile(r"(?P<state>[A-Z]{2}) ?[-–>] ?(?P<name>[^;>]+)\Z")
_STATUS_HELP = message(
    "This status is not known. The record was taken as active, its status kept aside."
)
_UNNAMED = re.compile(r"unspecified\b", re.IGNORECASE)
_PLAIN_KIND = re.compile(r"(?:phone|main|voice)? ?\d*\Z", re.IGNORECASE)


@dataclass(slots=True)
class WideRow:
    """A row of which several records are made; ``main`` keeps what none of them takes."""

    table: Table
    row: Row
    builder: RecordBuilder
    main: RowReader = field(init=False)

    def __post_init__(self) -> None:
        self.main = RowReader(self.row, self.table.shown)

    @property
    def key(self) -> str:
        """What the list calls the record of the row."""
        return self.row.get(columns.KEY)

    def child(self) -> RowReader:
        """A row reader for another record of the row."""
        return RowReader(self.row, self.table.shown)

    def text(self, *headers: str) -> str:
        """The first filled cell under these headers, taken from what the main record keeps."""
        found = next((header for header in headers if header in self.row.cells), "")
        if found:
            self.main.mark_used(found)
        return self.row.get(found) if found else ""

    def fill(self, reader: RowReader, kind: str, fields: Mapping[str, tuple[str, ...]]) -> Values:
        """The values of a record's fields; what cannot be read stays with the main record."""
        values: Values = {}
        for name, headers in fields.items():
            text = reader.take(name, *headers)
            if not text:
                continue
            header = next(h for h in headers if h in self.row.cells)
            value = read_cell(kind, name, text)
            if isinstance(value, Unreadable):
                self.main.leave_unmapped(header)
                reader.leave_unmapped(header)
                detail = value.message.then(message("It was kept aside as given."))
                self.main.warn(value.code, detail, header)
            elif value != "":
                self.main.mark_used(header)
                values[name] = value
        return values

    def private(self, otherwise: Visibility, *headers: str) -> Visibility:
        """What the mark under these headers asks for a part of the row."""
        header = next((header for header in headers if header in self.row.cells), "")
        if not header:
            return Visibility.PUBLIC
        asked, understood = flag_visibility("isprivate", self.row.get(header))
        self.main.mark_used(header)
        if not understood:
            self.main.leave_unmapped(header)
            self.main.warn("flag-not-understood", NOT_UNDERSTOOD, header)
        return asked if asked is Visibility.PUBLIC else otherwise


def own_values(wide: WideRow, reader: RowReader, kind: str) -> Values:
    """The fields of a row for a record of that kind, its status, and what its marks ask."""
    values = wide.fill(reader, kind, columns.FIELDS[kind])
    _mark_empty(wide, values)
    complete_keywords(reader, values)
    _set_status(reader, kind, values)
    apply_flags(reader, values)
    return values


def _mark_empty(wide: WideRow, values: Values) -> None:
    """Leave out what iCarol writes where it has nothing: nobody's name, the row's own number."""
    for name, header in (("verified_by", columns.APPROVED_BY), ("keywords", columns.HINTS)):
        text = wide.row.get(header)
        if text == wide.key or _UNNAMED.match(text):
            wide.main.mark_used(header)
            if values.get(name) == text:
                values.pop(name)


def parent_of(wide: WideRow) -> str:
    """The agency a row belongs to; ``0`` is none."""
    given = wide.main.take("organization_id", columns.PARENT)
    return "" if given == "0" else given


def _set_status(reader: RowReader, kind: str, values: Values) -> None:
    """Active, inactive, or active with a reservation that hides the record."""
    text = clean_line(reader.take("status", columns.STATUS)).casefold()
    if not text or text == "active":
        return
    asked = Visibility.PUBLIC
    if "not refer" in text:
        asked = Visibility.WITHHELD
    elif "not publish" in text or "not display" in text or "hidden" in text:
        asked = Visibility.STAFF
    elif text in {"inactive", "defunct"}:
        if kind == "service":
            values["status"] = text
        asked = Visibility.PUBLIC if kind == "service" else status_visibility(text)
    else:
        reader.leave_unmapped(columns.STATUS)
        reader.warn("status-not-understood", _STATUS_HELP, columns.STATUS)
    if asked is not Visibility.PUBLIC:
        values["visibility"] = asked
        reader.headers["visibility"] = reader.show(columns.STATUS)


def document_items(wide: WideRow, service: str) -> Iterator[Item]:
    """What to bring to a service."""
    document = clean_text(wide.text(columns.DOCUMENTS))
    if document:
        reader = wide.child()
        reader.headers["document"] = reader.show(columns.DOCUMENTS)
        values: Values = {"document": document, "service_id": service}
        key = f"{service}/documents"
        yield from wide.builder.items("required_document", key, reader, values, main=False)


def phone_items(wide: WideRow, parents: Values, owner: str) -> Iterator[Item]:
    """The phones of a row; a private one is for staff."""
    extensions: dict[str, str] = {}
    for given in columns.PHONES:
        reader = wide.child()
        values = wide.fill(reader, "phone", {"number": given.number})
        private = wide.private(Visibility.STAFF, *given.private)
        if not values.get("number"):
            continue
        kind = clean_line(wide.text(*given.kind))
        wide.main.mark_used(*given.kind)
        named = "" if _PLAIN_KIND.match(kind) else kind
        words = (given.words or named, clean_line(wide.text(*given.description)))
        values["description"] = ". ".join(dict.fromkeys(word for word in words if word))
        values["type"] = given.type or (phone_type(kind) if kind else "voice")
        complete_phone(reader, values)
        if given.type:
            values["type"] = given.type
        if private is not Visibility.PUBLIC:
            values["visibility"] = private
        told = {"tel": values.get("tel") or values["number"], "of": named}
        key = f"{owner}/phone/{content_key(told)}"
        extension = values.get("extension", "")
        if extensions.get(key, extension) != extension:  # another desk behind the same number
            key = f"{key}/{extension}"
        if key not in extensions:
            extensions[key] = extension
            yield from wide.builder.items("phone", key, reader, {**values, **parents}, main=False)


def contact_items(wide: WideRow, parents: Values, owner: str) -> Iterator[Item]:
    """The people a row names, with their own numbers: for staff, unless marked as public."""
    for base in columns.CONTACTS:
        reader = wide.child()
        fields = {
            "name": (f"{base}name",),
            "title": (f"{base}title",),
            "email": (f"{base}emailaddress", f"{base}email"),
        }
        values = wide.fill(reader, "contact", fields)
        flag = f"{base}isprivate"
        private = wide.private(Visibility.STAFF, flag)
        # A number that nobody marked is hidden by its person alone: it may be the agency's own.
        seen = private if flag in wide.row.cells else Visibility.STAFF
        number = wide.fill(reader, "phone", {"number": (f"{base}phonenumber", f"{base}phone")})
        if not (values or number):
            continue
        marked = {} if private is Visibility.PUBLIC else {"visibility": private}
        of_person = {} if seen is Visibility.PUBLIC else {"visibility": seen}
        key = f"{owner}/{base}"
        yield from wide.builder.items(
            "contact", key, reader, {**values, **parents, **of_person}, main=False
        )
        if number:
            complete_phone(reader, number)
            of_contact = {**number, "contact_id": key, **marked}
            yield from wide.builder.items("phone", f"{key}/phone", reader, of_contact, main=False)


@dataclass(frozen=True, slots=True)
class WideAddress:
    """An address of a row: its reader, values, and the end of its key."""

    reader: RowReader
    values: Values
    end: str


def addresses_of(wide: WideRow) -> tuple[list[WideAddress], bool]:
    """The addresses of a row, and whether where it is must not be told."""
    found: list[WideAddress] = []
    secret = False
    for given in columns.ADDRESSES:
        reader = wide.child()
        is_place = given.type == "physical"
        private = wide.private(Visibility.WITHHELD if is_place else Visibility.STAFF, given.private)
        secret |= given.base == "physical" and private is not Visibility.PUBLIC
        values = wide.fill(reader, "address", given.fields())
        if not values.keys() & {"address_1", "city", "postal_code"}:
            wide.main.leave_unmapped(
                *(header for headers in given.fields().values() for header in headers)
            )
            continue
        complete_address(values, given.type)
        if private is not Visibility.PUBLIC:
            values["visibility"] = private
        found.append(WideAddress(reader, values, given.base))
    if secret:
        for address in found:
            if address.values["address_type"] == "physical":
                known = address.values.get("visibility", Visibility.PUBLIC)
                address.values["visibility"] = strictest(Visibility.WITHHELD, known)
    return found, secret


def hours_items(wide: WideRow, parents: Values, owner: str) -> Iterator[Item]:
    """The hours of a row: rules where the words are understood, else the words."""
    header = next((h for h in columns.HOURS if h in wide.row.cells), "")
    text = clean_text(wide.text(header)) if header else ""
    if not text:
        return
    for number, part in enumerate(schedules_in(text) or [{"description": text}]):
        reader = wide.child()
        reader.headers.update(dict.fromkeys(part, reader.show(header)))
        yield from wide.builder.items(
            "schedule", f"{owner}/hours/{number}", reader, {**part, **parents}, main=False
        )


def language_items(wide: WideRow, parents: Values, owner: str) -> Iterator[Item]:
    """The languages of a row."""
    header = next((h for h in columns.LANGUAGES if h in wide.row.cells), "")
    for name in split_list(wide.text(header)) if header else ():
        reader = wide.child()
        reader.headers["name"] = reader.show(header)
        values: Values = {"name": name, **parents}
        complete_language(reader, values)
        key = f"{owner}/language/{name.casefold()}"
        yield from wide.builder.items("language", key, reader, values, main=False)


def area_items(wide: WideRow, parents: Values, owner: str, state: str) -> Iterator[Item]:
    """The areas a row serves; ``state`` is that of its place, for towns named alone."""
    header = next((h for h in columns.AREAS if h in wide.row.cells), "")
    text = clean_text(wide.text(header)) if header else ""
    seen: set[str] = set()
    parts = [_state_last(part.strip()) for part in re.split(r"[;\n|]", text) if part.strip()]
    for area in [area for part in parts for area in areas_in_text(part, state)]:
        key = f"{owner}/area/{content_key({'name': area['name'].casefold()})}"
        if key in seen:
            continue
        seen.add(key)
        reader = wide.child()
        reader.headers.update(dict.fromkeys(area, reader.show(header)))
        yield from wide.builder.items("service_area", key, reader, {**area, **parents}, main=False)


def funding_items(wide: WideRow, parents: Values, owner: str) -> Iterator[Item]:
    """Who pays, which iCarol shows to nobody but its own people."""
    text = clean_line(wide.text(columns.FUNDING)).strip("; ")
    if text:
        reader = wide.child()
        reader.headers["funding_source"] = reader.show(columns.FUNDING)
        values = {**parents, "funding_source": text, "visibility": Visibility.STAFF}
        key = f"{owner}/funding"
        yield from wide.builder.items("funding", key, reader, values, main=False)


def capacity_items(wide: WideRow, parents: Values, owner: str) -> Iterator[Item]:
    """How much of something the service has; what is free of it the list does not say."""
    reader = wide.child()
    values = wide.fill(reader, "service_capacity", columns.CAPACITY)
    if "maximum" in values:
        said = {**parents, **values}
        key = f"{owner}/capacity"
        yield from wide.builder.items("service_capacity", key, reader, said, main=False)


def term_codes(wide: WideRow) -> list[list[tuple[str, str, int]]]:
    """The terms of a row, those that are linked to one meaning together: (code, name, line)."""
    codes = _groups(wide.text(columns.TERM_CODES))
    names = _groups(wide.text(*columns.TERM_NAMES))
    if not codes:
        codes = names
    named = [len(group) for group in names] == [len(group) for group in codes]
    return [
        [
            (code, names[at][inner] if named else "", wide.row.line)
            for inner, code in enumerate(group)
        ]
        for at, group in enumerate(codes)
    ]


def _groups(text: str) -> list[list[str]]:
    groups = [part.split("*") for part in re.split(r"[;\n]", text)]
    cleaned = [[clean_line(code) for code in group if clean_line(code)] for group in groups]
    return [group for group in cleaned if group]


def _state_last(part: str) -> str:
    match = _STATE_FIRST.match(part)
    return f"{match['name'].strip()}, {match['state']}" if match else part
