"""Phones in the service cells of ORServices lists: ids, or links to dial."""

from __future__ import annotations

from collections.abc import Iterator

from referral.fields.phones import ParsedPhone, parse_phone, parse_phones
from referral.fields.text import clean_text
from referral.formats.files.tables import Tables
from referral.formats.hsds import v2_columns as columns
from referral.formats.reading.items import Item
from referral.formats.reading.joins import Join, Joins, read_joins
from referral.formats.reading.row_reader import (
    FieldMap,
    RecordBuilder,
    RowReader,
    Values,
    read_rows,
)

_SERVICES = FieldMap(kind="phone", file="services", fields={})


def phone_joins(tables: Tables) -> Joins:
    """Which phone hangs on what, besides what its own row says."""
    joins = read_joins(tables, columns.PHONE_JOINS)
    phones = _phones_by_tel(tables)
    for reader, phone in _phones_in_cells(tables):
        known = phones.get(phone.tel)
        if known:
            joins.add(known, _join(reader))
    return joins


def phones_in_services(tables: Tables, builder: RecordBuilder) -> Iterator[Item]:
    """Phones that only a service's cell gives."""
    known = _phones_by_tel(tables)
    for reader, phone in _phones_in_cells(tables):
        if phone.tel in known:
            continue
        service = reader.row.get(*columns.SERVICE_ID)
        reader.headers["number"] = reader.show("service_phones")
        values: Values = {
            "service_id": service,
            "number": phone.number,
            "tel": phone.tel,
            "extension": phone.extension,
            "description": phone.note,
        }
        yield from builder.items("phone", f"{service}/{phone.tel}", reader, values, main=False)


def _join(reader: RowReader) -> Join:
    service = reader.row.get(*columns.SERVICE_ID)
    return Join("service_id", service, reader.row, "service_phones", "service_phones")


def _phones_by_tel(tables: Tables) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in tables.rows("phones"):
        phone = parse_phone(row.get("number"))
        if phone is not None and phone.tel:
            found.setdefault(phone.tel, row.get(*columns.PHONES.key))
    return found


def _phones_in_cells(tables: Tables) -> Iterator[tuple[RowReader, ParsedPhone]]:
    for reader, _ in read_rows(tables, _SERVICES):
        cell = reader.row.get("service_phones")
        if "<" not in cell:
            continue
        for phone in parse_phones(clean_text(cell)):
            if phone.tel:
                yield reader, phone
