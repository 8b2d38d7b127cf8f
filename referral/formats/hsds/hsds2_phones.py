"""Phones that ORServices writes into the cells of services, as ids or as links to dial."""

from __future__ import annotations

from collections.abc import Iterator

from referral.fields.phones import ParsedPhone, parse_phone, parse_phones
from referral.fields.text import clean_text
from referral.formats.files.tables import Tables
from referral.formats.hsds import v2_columns as columns
from referral.formats.reading.items import Item
from referral.formats.reading.joins import Join, Joins, read_joins
from referral.formats.reading.row_reader import (
    Draft,
    Maker,
    Recipe,
    Values,
    drafts_of,
)

_SERVICES = Recipe(kind="phone", file="services", fields={})


def phone_joins(tables: Tables) -> Joins:
    """Which phone hangs on what, besides what its own row says."""
    joins = read_joins(tables, columns.PHONE_JOINS)
    phones = _phones_by_tel(tables)
    for draft, phone in _dialled_in_services(tables):
        known = phones.get(phone.tel)
        if known:
            joins.add(known, _join(draft))
    return joins


def phones_in_services(tables: Tables, maker: Maker) -> Iterator[Item]:
    """Phones that only a service's cell gives."""
    known = _phones_by_tel(tables)
    for draft, phone in _dialled_in_services(tables):
        if phone.tel in known:
            continue
        service = draft.row.get(*columns.SERVICE_ID)
        draft.headers["number"] = draft.show("service_phones")
        values: Values = {
            "service_id": service,
            "number": phone.number,
            "tel": phone.tel,
            "extension": phone.extension,
            "description": phone.note,
        }
        yield from maker.items("phone", f"{service}/{phone.tel}", draft, values, main=False)


def _join(draft: Draft) -> Join:
    service = draft.row.get(*columns.SERVICE_ID)
    return Join("service_id", service, draft.row, "service_phones", "service_phones")


def _phones_by_tel(tables: Tables) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in tables.rows("phones"):
        phone = parse_phone(row.get("number"))
        if phone is not None and phone.tel:
            found.setdefault(phone.tel, row.get(*columns.PHONES.key))
    return found


def _dialled_in_services(tables: Tables) -> Iterator[tuple[Draft, ParsedPhone]]:
    for draft, _ in drafts_of(tables, _SERVICES):
        cell = draft.row.get("service_phones")
        if "<" not in cell:
            continue
        for phone in parse_phones(clean_text(cell)):
            if phone.tel:
                yield draft, phone
