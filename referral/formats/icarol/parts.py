"""Phones, contacts, addresses, hours, languages and areas in one row of iCarol's CSV."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from referral.fields.phones import phone_type
from referral.fields.places.gazetteer import state_code
from referral.fields.text import clean_line, clean_text, split_list
from referral.formats.icarol import columns
from referral.formats.reading.addresses import complete_address
from referral.formats.reading.areas import areas_in_text
from referral.formats.reading.derived_fields import complete_keywords, complete_phone
from referral.formats.reading.items import Item
from referral.formats.reading.parts import Parts
from referral.formats.reading.protection_flags import (
    NOT_UNDERSTOOD,
    flag_visibility,
    status_visibility,
)
from referral.formats.reading.row_reader import RowReader, Values, apply_flags, content_key
from referral.formats.reading.taxonomy_terms import ListedTerm
from referral.message import message
from referral.records.visibility import Visibility, strictest

_STATE_FIRST = re.compile(r"(?P<state>[A-Z]{2}) ?[-–>] ?(?P<name>[^;>]+)\Z")
_STATUS_HELP = message(
    "This status is not known. The record was taken as active, its status kept aside."
)
_UNSPECIFIED = re.compile(r"unspecified\b", re.IGNORECASE)
_GENERIC_PHONE_NAME = re.compile(r"(?:phone|main|voice)? ?\d*\Z", re.IGNORECASE)


def part_visibility(reader: RowReader, if_marked: Visibility, *headers: str) -> Visibility:
    """Return the visibility of a part of an iCarol row by the private flag beside it.

    A part that is flagged gets ``if_marked``.
    """
    header = next((header for header in headers if header in reader.row.cells), "")
    if not header:
        return Visibility.PUBLIC
    required, is_understood = flag_visibility("isprivate", reader.row.get(header))
    reader.mark_used(header)
    if not is_understood:
        reader.leave_unmapped(header)
        reader.warn("flag-not-understood", NOT_UNDERSTOOD, header)
    return required if required is Visibility.PUBLIC else if_marked


def own_values(reader: RowReader, kind: str) -> Values:
    """Return an iCarol row's values for a record of a kind, with status and protection flags."""
    values = reader.fill(kind, columns.FIELDS[kind])
    _remove_placeholders(reader, values)
    complete_keywords(reader, values)
    _set_status(reader, kind, values)
    apply_flags(reader, values)
    return values


def _remove_placeholders(reader: RowReader, values: Values) -> None:
    """Remove placeholders that iCarol writes: "unspecified", and the key of a row itself."""
    for name, header in (("verified_by", columns.APPROVED_BY), ("keywords", columns.HINTS)):
        text = reader.row.get(header)
        if text == reader.row.get(columns.KEY) or _UNSPECIFIED.match(text):
            reader.mark_used(header)
            if values.get(name) == text:
                values.pop(name)


def parent_of(reader: RowReader) -> str:
    """Return the key of the agency of an iCarol row; ``0`` stands for none."""
    agency = reader.take("organization_id", columns.PARENT)
    return "" if agency == "0" else agency


def _set_status(reader: RowReader, kind: str, values: Values) -> None:
    """Set an iCarol record's status, and its visibility if the status restricts it."""
    text = clean_line(reader.take("status", columns.STATUS)).casefold()
    if not text or text == "active":
        return
    visibility = Visibility.PUBLIC
    if "not refer" in text:
        visibility = Visibility.WITHHELD
    elif "not publish" in text or "not display" in text or "hidden" in text:
        visibility = Visibility.STAFF
    elif text in {"inactive", "defunct"}:
        if kind == "service":
            values["status"] = text
        visibility = Visibility.PUBLIC if kind == "service" else status_visibility(text)
    else:
        reader.leave_unmapped(columns.STATUS)
        reader.warn("status-not-understood", _STATUS_HELP, columns.STATUS)
    if visibility is not Visibility.PUBLIC:
        values["visibility"] = visibility
        reader.headers["visibility"] = reader.show(columns.STATUS)


class ICarolParts(Parts):
    """Builder of a record's phones, hours and other parts from a row of an iCarol export."""

    def phones(self) -> Iterator[Item]:
        """Yield the phones of an iCarol row; a private one is for staff."""
        extensions: dict[str, str] = {}
        for phone_columns in columns.PHONES:
            reader = self.reader.part()
            values = reader.fill("phone", {"number": phone_columns.number})
            visibility = part_visibility(reader, Visibility.STAFF, *phone_columns.private)
            if not values.get("number"):
                continue
            kind = clean_line(reader.text(*phone_columns.kind))
            reader.mark_used(*phone_columns.kind)
            name = "" if _GENERIC_PHONE_NAME.match(kind) else kind
            words = (
                phone_columns.words or name,
                clean_line(reader.text(*phone_columns.description)),
            )
            values["description"] = ". ".join(dict.fromkeys(word for word in words if word))
            values["type"] = phone_columns.type or (phone_type(kind) if kind else "voice")
            complete_phone(reader, values)
            if phone_columns.type:
                values["type"] = phone_columns.type
            if visibility is not Visibility.PUBLIC:
                values["visibility"] = visibility
            identity = {"tel": values.get("tel") or values["number"], "of": name}
            key = f"phone/{content_key(identity)}"
            extension = values.get("extension", "")
            if extensions.get(key, extension) != extension:  # an extension of the same number
                key = f"{key}/{extension}"
            if key not in extensions:
                extensions[key] = extension
                yield from self.add_read("phone", key, reader, values)

    def contacts(self) -> Iterator[Item]:
        """Yield the contacts of an iCarol row with their phones, for staff unless marked public."""
        for base in columns.CONTACTS:
            reader = self.reader.part()
            fields = {
                "name": (f"{base}name",),
                "title": (f"{base}title",),
                "email": (f"{base}emailaddress", f"{base}email"),
            }
            values = reader.fill("contact", fields)
            flag = f"{base}isprivate"
            visibility = part_visibility(reader, Visibility.STAFF, flag)
            # An unmarked number is hidden only with its contact: it may be that of the agency.
            contact_visibility = visibility if flag in reader.row.cells else Visibility.STAFF
            number = reader.fill("phone", {"number": (f"{base}phonenumber", f"{base}phone")})
            if not (values or number):
                continue
            marked = {} if visibility is Visibility.PUBLIC else {"visibility": visibility}
            of_person = (
                {}
                if contact_visibility is Visibility.PUBLIC
                else {"visibility": contact_visibility}
            )
            yield from self.add_read("contact", base, reader, {**values, **of_person})
            if number:
                complete_phone(reader, number)
                of_contact = {**number, "contact_id": f"{self.owner}/{base}", **marked}
                yield from self.add_read("phone", f"{base}/phone", reader, of_contact)

    def hours_of_row(self) -> Iterator[Item]:
        """Yield the schedules of an iCarol row."""
        header = self._filled(columns.HOURS)
        if text := clean_text(self.reader.text(header)):
            yield from self.hours(header, text, "hours/", {})

    def languages_of_row(self) -> Iterator[Item]:
        """Yield the languages of an iCarol row."""
        header = self._filled(columns.LANGUAGES)
        yield from self.languages(header, split_list(self.reader.text(header)))

    def areas(self, state: str) -> Iterator[Item]:
        """Yield the areas that an iCarol row serves.

        ``state`` completes towns that are named without their state.
        """
        header = self._filled(columns.AREAS)
        text = clean_text(self.reader.text(header))
        seen: set[str] = set()
        parts = [
            _move_state_last(part.strip()) for part in re.split(r"[;\n|]", text) if part.strip()
        ]
        for area in [area for part in parts for area in areas_in_text(part, state)]:
            key = f"area/{content_key({'name': area['name'].casefold()})}"
            if key not in seen:
                seen.add(key)
                yield from self.add("service_area", key, area, header)

    def documents(self) -> Iterator[Item]:
        """Yield the required documents of a service in an iCarol export."""
        if document := clean_text(self.reader.text(columns.DOCUMENTS)):
            values: Values = {"document": document}
            yield from self.add("required_document", "documents", values, columns.DOCUMENTS)

    def funding(self) -> Iterator[Item]:
        """Yield the source of funds of an iCarol row for staff only, as in iCarol."""
        if text := clean_line(self.reader.text(columns.FUNDING)).strip("; "):
            values: Values = {"funding_source": text, "visibility": Visibility.STAFF}
            yield from self.add("funding", "funding", values, columns.FUNDING)

    def capacity(self) -> Iterator[Item]:
        """Yield the capacity of an iCarol service; the export has only its maximum."""
        reader = self.reader.part()
        values = reader.fill("service_capacity", columns.CAPACITY)
        if "maximum" in values:
            yield from self.add_read("service_capacity", "capacity", reader, values)

    def access(self) -> Iterator[Item]:
        """Yield the accessibility of a location in an iCarol export."""
        if text := clean_text(self.reader.text(columns.ACCESS)):
            yield from self.add("accessibility", "access", {"description": text}, columns.ACCESS)

    def _filled(self, headers: Sequence[str]) -> str:
        return next((header for header in headers if header in self.reader.row.cells), "")


class ReadAddress(NamedTuple):
    """An address of an iCarol row: its reader, its values, and the prefix of its columns."""

    reader: RowReader
    values: Values
    base: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """The physical, mailing and other addresses of an iCarol row.

    Attributes:
        found: the addresses that the row contains.
        are_secret: whether the physical address is marked as private.
    """

    found: Sequence[ReadAddress]
    are_secret: bool

    @property
    def state(self) -> str:
        """Return the two letters of the first state in an iCarol row's addresses, "" if none."""
        codes = (state_code(str(found.values["state_province"])) for found in self.found)
        return next(filter(None, codes), "")


def addresses_of(row: RowReader) -> Addresses:
    """Return the addresses of an iCarol row."""
    found: list[ReadAddress] = []
    is_secret = False
    for address_columns in columns.ADDRESSES:
        reader = row.part()
        is_physical = address_columns.type == "physical"
        if_marked = Visibility.WITHHELD if is_physical else Visibility.STAFF
        visibility = part_visibility(reader, if_marked, address_columns.private)
        is_secret |= address_columns.base == "physical" and visibility is not Visibility.PUBLIC
        values = reader.fill("address", address_columns.fields())
        if not values.keys() & {"address_1", "city", "postal_code"}:
            reader.leave_unmapped(
                *(h for headers in address_columns.fields().values() for h in headers)
            )
            continue
        complete_address(values, address_columns.type)
        if visibility is not Visibility.PUBLIC:
            values["visibility"] = visibility
        found.append(ReadAddress(reader, values, address_columns.base))
    for address in found if is_secret else ():
        if address.values["address_type"] == "physical":
            known = address.values.get("visibility", Visibility.PUBLIC)
            address.values["visibility"] = strictest(Visibility.WITHHELD, known)
    return Addresses(found, is_secret)


def term_codes(reader: RowReader) -> list[list[ListedTerm]]:
    """Return the taxonomy terms of an iCarol row, grouped by combined meaning."""
    codes = _split_groups(reader.text(columns.TERM_CODES))
    names = _split_groups(reader.text(*columns.TERM_NAMES))
    if not codes:
        codes = names
    has_names = [len(group) for group in names] == [len(group) for group in codes]
    return [
        [
            ListedTerm(code, names[index][position] if has_names else "", reader.row.line)
            for position, code in enumerate(group)
        ]
        for index, group in enumerate(codes)
    ]


def _split_groups(text: str) -> list[list[str]]:
    groups = [part.split("*") for part in re.split(r"[;\n]", text)]
    cleaned = [[clean_line(code) for code in group if clean_line(code)] for group in groups]
    return [group for group in cleaned if group]


def _move_state_last(part: str) -> str:
    match = _STATE_FIRST.match(part)
    return f"{match['name'].strip()}, {match['state']}" if match else part
