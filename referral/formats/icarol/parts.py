"""Phones, contacts, addresses, hours, languages and areas in one row of iCarol's CSV."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
from referral.message import message
from referral.records.visibility import Visibility, strictest

_STATE_FIRST = re.compile(r"(?P<state>[A-Z]{2}) ?[-–>] ?(?P<name>[^;>]+)\Z")
_STATUS_HELP = message(
    "This status is not known. The record was taken as active, its status kept aside."
)
_UNNAMED = re.compile(r"unspecified\b", re.IGNORECASE)
_PLAIN_KIND = re.compile(r"(?:phone|main|voice)? ?\d*\Z", re.IGNORECASE)


def part_visibility(reader: RowReader, otherwise: Visibility, *headers: str) -> Visibility:
    """Return what the mark under these headers asks for a part of the row."""
    header = next((header for header in headers if header in reader.row.cells), "")
    if not header:
        return Visibility.PUBLIC
    asked, understood = flag_visibility("isprivate", reader.row.get(header))
    reader.mark_used(header)
    if not understood:
        reader.leave_unmapped(header)
        reader.warn("flag-not-understood", NOT_UNDERSTOOD, header)
    return asked if asked is Visibility.PUBLIC else otherwise


def own_values(reader: RowReader, kind: str) -> Values:
    """Return the fields of a row for a record of that kind, its status, and what its marks ask."""
    values = reader.fill(kind, columns.FIELDS[kind])
    _mark_empty(reader, values)
    complete_keywords(reader, values)
    _set_status(reader, kind, values)
    apply_flags(reader, values)
    return values


def _mark_empty(reader: RowReader, values: Values) -> None:
    """Leave out what iCarol writes where it has nothing: nobody's name, the row's own number."""
    for name, header in (("verified_by", columns.APPROVED_BY), ("keywords", columns.HINTS)):
        text = reader.row.get(header)
        if text == reader.row.get(columns.KEY) or _UNNAMED.match(text):
            reader.mark_used(header)
            if values.get(name) == text:
                values.pop(name)


def parent_of(reader: RowReader) -> str:
    """Return the agency a row belongs to; ``0`` is none."""
    given = reader.take("organization_id", columns.PARENT)
    return "" if given == "0" else given


def _set_status(reader: RowReader, kind: str, values: Values) -> None:
    """Set the status of a record, and its visibility where iCarol's status restricts it."""
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


class ICarolParts(Parts):
    """The parts of a record that its row gives."""

    def phones(self) -> Iterator[Item]:
        """Yield the phones; a private one is for staff."""
        extensions: dict[str, str] = {}
        for given in columns.PHONES:
            reader = self.reader.part()
            values = reader.fill("phone", {"number": given.number})
            private = part_visibility(reader, Visibility.STAFF, *given.private)
            if not values.get("number"):
                continue
            kind = clean_line(reader.text(*given.kind))
            reader.mark_used(*given.kind)
            named = "" if _PLAIN_KIND.match(kind) else kind
            words = (given.words or named, clean_line(reader.text(*given.description)))
            values["description"] = ". ".join(dict.fromkeys(word for word in words if word))
            values["type"] = given.type or (phone_type(kind) if kind else "voice")
            complete_phone(reader, values)
            if given.type:
                values["type"] = given.type
            if private is not Visibility.PUBLIC:
                values["visibility"] = private
            told = {"tel": values.get("tel") or values["number"], "of": named}
            key = f"phone/{content_key(told)}"
            extension = values.get("extension", "")
            if extensions.get(key, extension) != extension:  # another desk behind the same number
                key = f"{key}/{extension}"
            if key not in extensions:
                extensions[key] = extension
                yield from self.add_read("phone", key, reader, values)

    def contacts(self) -> Iterator[Item]:
        """Yield the people, with their own numbers: for staff, unless marked as public."""
        for base in columns.CONTACTS:
            reader = self.reader.part()
            fields = {
                "name": (f"{base}name",),
                "title": (f"{base}title",),
                "email": (f"{base}emailaddress", f"{base}email"),
            }
            values = reader.fill("contact", fields)
            flag = f"{base}isprivate"
            private = part_visibility(reader, Visibility.STAFF, flag)
            # A number that nobody marked is hidden by its person alone: it may be the agency's.
            seen = private if flag in reader.row.cells else Visibility.STAFF
            number = reader.fill("phone", {"number": (f"{base}phonenumber", f"{base}phone")})
            if not (values or number):
                continue
            marked = {} if private is Visibility.PUBLIC else {"visibility": private}
            of_person = {} if seen is Visibility.PUBLIC else {"visibility": seen}
            yield from self.add_read("contact", base, reader, {**values, **of_person})
            if number:
                complete_phone(reader, number)
                of_contact = {**number, "contact_id": f"{self.owner}/{base}", **marked}
                yield from self.add_read("phone", f"{base}/phone", reader, of_contact)

    def hours_of_row(self) -> Iterator[Item]:
        """Yield the hours."""
        header = self._filled(columns.HOURS)
        if text := clean_text(self.reader.text(header)):
            yield from self.hours(header, text, "hours/", {})

    def languages_of_row(self) -> Iterator[Item]:
        """Yield the languages."""
        header = self._filled(columns.LANGUAGES)
        yield from self.languages(header, split_list(self.reader.text(header)))

    def areas(self, state: str) -> Iterator[Item]:
        """Yield the areas served; ``state`` is that of the place, for towns named alone."""
        header = self._filled(columns.AREAS)
        text = clean_text(self.reader.text(header))
        seen: set[str] = set()
        parts = [_state_last(part.strip()) for part in re.split(r"[;\n|]", text) if part.strip()]
        for area in [area for part in parts for area in areas_in_text(part, state)]:
            key = f"area/{content_key({'name': area['name'].casefold()})}"
            if key not in seen:
                seen.add(key)
                yield from self.add("service_area", key, area, header)

    def documents(self) -> Iterator[Item]:
        """Yield what to bring."""
        if document := clean_text(self.reader.text(columns.DOCUMENTS)):
            values: Values = {"document": document}
            yield from self.add("required_document", "documents", values, columns.DOCUMENTS)

    def funding(self) -> Iterator[Item]:
        """Yield who pays, which iCarol shows to nobody but its own people."""
        if text := clean_line(self.reader.text(columns.FUNDING)).strip("; "):
            values: Values = {"funding_source": text, "visibility": Visibility.STAFF}
            yield from self.add("funding", "funding", values, columns.FUNDING)

    def capacity(self) -> Iterator[Item]:
        """Yield how much of something there is; what is free of it the list does not say."""
        reader = self.reader.part()
        values = reader.fill("service_capacity", columns.CAPACITY)
        if "maximum" in values:
            yield from self.add_read("service_capacity", "capacity", reader, values)

    def access(self) -> Iterator[Item]:
        """Yield how a place can be reached and used by everybody."""
        if text := clean_text(self.reader.text(columns.ACCESS)):
            yield from self.add("accessibility", "access", {"description": text}, columns.ACCESS)

    def _filled(self, headers: Sequence[str]) -> str:
        return next((header for header in headers if header in self.reader.row.cells), "")


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of a row.

    Attributes:
        found: reader, values, and the end of the key of each.
        are_secret: whether where it is must not be told.
    """

    found: Sequence[tuple[RowReader, Values, str]]
    are_secret: bool

    @property
    def state(self) -> str:
        """Return the two letters of the first state among the addresses, "" if none has one."""
        codes = (state_code(str(values["state_province"])) for _, values, _ in self.found)
        return next(filter(None, codes), "")


def addresses_of(row: RowReader) -> Addresses:
    """Return the addresses of a row."""
    found: list[tuple[RowReader, Values, str]] = []
    secret = False
    for given in columns.ADDRESSES:
        reader = row.part()
        is_place = given.type == "physical"
        hidden = Visibility.WITHHELD if is_place else Visibility.STAFF
        private = part_visibility(reader, hidden, given.private)
        secret |= given.base == "physical" and private is not Visibility.PUBLIC
        values = reader.fill("address", given.fields())
        if not values.keys() & {"address_1", "city", "postal_code"}:
            reader.leave_unmapped(*(h for headers in given.fields().values() for h in headers))
            continue
        complete_address(values, given.type)
        if private is not Visibility.PUBLIC:
            values["visibility"] = private
        found.append((reader, values, given.base))
    for _, values, _ in found if secret else ():
        if values["address_type"] == "physical":
            known = values.get("visibility", Visibility.PUBLIC)
            values["visibility"] = strictest(Visibility.WITHHELD, known)
    return Addresses(found, secret)


def term_codes(reader: RowReader) -> list[list[tuple[str, str, int]]]:
    """Return the terms of a row, those of one meaning together: (code, name, line)."""
    codes = _groups(reader.text(columns.TERM_CODES))
    names = _groups(reader.text(*columns.TERM_NAMES))
    if not codes:
        codes = names
    named = [len(group) for group in names] == [len(group) for group in codes]
    return [
        [
            (code, names[at][inner] if named else "", reader.row.line)
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
