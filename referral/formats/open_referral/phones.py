"""Phones that only a cell of a service contains (ORServices writes them there as links)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from referral.fields.phones import ParsedPhone, parse_phone, parse_phones
from referral.fields.text import clean_text
from referral.formats.files.tables import Tables
from referral.formats.open_referral.sheets import PHONE_ID, SERVICE_ID
from referral.formats.reading.items import Item
from referral.formats.reading.joins import Join, Joins
from referral.formats.reading.row_reader import (
    FieldMap,
    RecordBuilder,
    RowReader,
    Values,
    read_rows,
)

_CELL = "service_phones"
_SERVICES = FieldMap(kind="phone", file="services", fields={})


class PhonesInCells:
    """The phones that an ORServices list has in cells of services."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add_joins(self, joins: Joins) -> None:
        """Join phones of an ORServices phone table to the services whose cells contain them."""
        for reader, phone in self._iter_phones():
            if known := self._ids_by_number.get(phone.tel):
                service = reader.row.get(*SERVICE_ID)
                joins.add(known, Join("service_id", service, reader.row, _CELL, _CELL))

    def items(self, builder: RecordBuilder) -> Iterator[Item]:
        """Yield phones in cells of ORServices services that are missing in the phone table."""
        for reader, phone in self._iter_phones():
            if phone.tel in self._ids_by_number:
                continue
            service = reader.row.get(*SERVICE_ID)
            reader.headers["number"] = reader.show(_CELL)
            values: Values = {
                "service_id": service,
                "number": phone.number,
                "tel": phone.tel,
                "extension": phone.extension,
                "description": phone.note,
            }
            yield from builder.items(
                "phone", f"{service}/{phone.tel}", reader, values, is_main=False
            )

    @cached_property
    def _ids_by_number(self) -> dict[str, str]:
        """Return the id of the first phone of each number in the phone table of a list."""
        found: dict[str, str] = {}
        for row in self._tables.rows("phones"):
            phone = parse_phone(row.get("number"))
            if phone is not None and phone.tel:
                found.setdefault(phone.tel, row.get(*PHONE_ID))
        return found

    def _iter_phones(self) -> Iterator[tuple[RowReader, ParsedPhone]]:
        if not self._tables.has("services", _CELL):
            return
        for reader, _ in read_rows(self._tables, _SERVICES):
            cell = reader.row.get(_CELL)
            if "<" not in cell:
                continue
            for phone in parse_phones(clean_text(cell)):
                if phone.tel:
                    yield reader, phone
