"""Records that may be duplicates, stored for tests of duplicates and merging."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from referral.directory.instance import Instance
from referral.records.hsds import (
    Address,
    Contact,
    Language,
    Location,
    Organization,
    Phone,
    Record,
    Schedule,
    Service,
    ServiceAtLocation,
)
from referral.records.visibility import Visibility
from referral.store.conversion import ROWS, row_from


def store(instance: Instance, *records: Record, source: str = "one list") -> None:
    """Store records as an import of one source list does."""
    with instance.store.write() as session:
        for record in records:
            row = row_from(record)
            row.source, row.source_key = source, record.id
            session.add(row)


def everything(instance: Instance) -> dict[str, dict[str, Any]]:
    """Return every column of every stored record, except ``updated_at``."""
    with instance.store.read() as session:
        return {
            f"{kind} {row.id}": {
                column.key: getattr(row, column.key)
                for column in row.__table__.columns
                if column.key != "updated_at"
            }
            for kind, row_class in ROWS.items()
            for row in session.scalars(select(row_class))
        }


def pantry(number: int, **more: Any) -> list[Record]:
    """Return the records of an organization with a pantry, its location, phones and hours.

    Args:
        more: fields of the pantry, and ``tel``, ``street`` and ``agency``.
    """
    key = f"{number:08d}-0000-4000-8000-00000000000"
    values: dict[str, Any] = {"name": "Food Pantry", "tel": "+18145550101", "street": "12 Elm St"}
    values |= more
    seen = values.pop("visibility", Visibility.PUBLIC)
    tel, street, agency = values.pop("tel"), values.pop("street"), values.pop("agency", "Table")
    return [
        Organization(id=f"{key}1", name=agency, visibility=seen),
        Service(id=f"{key}2", organization_id=f"{key}1", visibility=seen, **values),
        Location(id=f"{key}3", organization_id=f"{key}1", name="Hall"),
        Address(
            id=f"{key}4", location_id=f"{key}3", address_1=street, city="Meadville",
            state_province="PA", postal_code="16335",
        ),
        ServiceAtLocation(id=f"{key}5", service_id=f"{key}2", location_id=f"{key}3"),
        Phone(id=f"{key}6", service_id=f"{key}2", number=tel, tel=tel),
        Phone(id=f"{key}7", organization_id=f"{key}1", number=tel, tel=tel),
        Contact(id=f"{key}8", service_id=f"{key}2", name="Maria"),
        Language(id=f"{key}9", phone_id=f"{key}6", name="Spanish", code="es"),
        Schedule(
            id=f"{key}a", service_id=f"{key}2", freq="WEEKLY", byday="MO", opens_at="09:00",
            closes_at="12:00",
        ),
    ]  # fmt: skip


def id_of(records: Iterable[Record], record_class: type[Record]) -> str:
    """Return the id of the first record of a class."""
    return next(record.id for record in records if type(record) is record_class)
