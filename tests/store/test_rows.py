"""Rows and records are two shapes of one thing: nothing may be in one and not in the other."""

from datetime import UTC, date, datetime

import pytest

from referral.records.hsds import Organization, Phone, Record, Schedule, Service
from referral.records.kinds import KINDS, PARENT_FIELDS, field_names
from referral.records.visibility import Visibility
from referral.store import Store
from referral.store.base import UtcInstant
from referral.store.conversion import ROWS, record_from, row_from

ORIGIN_COLUMNS = {
    "import_batch_id", "origin_file", "origin_line", "retired_at", "source", "source_key",
    "unmapped", "updated_at",
}  # fmt: skip


def test_every_kind_of_record_has_a_table():
    assert set(ROWS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_has_the_fields_of_its_record_and_an_origin(kind):
    assert set(ROWS[kind].__table__.columns.keys()) == set(field_names(kind)) | ORIGIN_COLUMNS


@pytest.mark.parametrize("kind", KINDS)
def test_every_reference_is_a_foreign_key(kind):
    columns = ROWS[kind].__table__.columns
    for name in PARENT_FIELDS.keys() & columns.keys():
        (key,) = columns[name].foreign_keys
        assert key.target_fullname == f"{PARENT_FIELDS[name]}.id"


def test_a_record_comes_back_as_it_went_in(database_url):
    store = Store(database_url)
    organization = Organization(id="o1", name="Niño's «Pantry» 北", year_incorporated=1990)
    service = Service(
        id="s1",
        organization_id="o1",
        name="Food",
        minimum_age=0.5,
        assured_date=date(2026, 2, 28),
        visibility=Visibility.STAFF,
    )
    phone = Phone(id="p1", service_id="s1", number="814-555-0101", tel="+18145550101")
    schedule = Schedule(id="h1", service_id="s1", closed=True, valid_from=date(2026, 12, 25))
    records: list[Record] = [phone, schedule, service, organization]
    with store.write() as session:
        session.add_all(row_from(record) for record in records)
    with store.read() as session:
        for record in records:
            (row,) = session.query(ROWS[_kind(record)]).all()
            assert record_from(row, type(record)) == record
    store.close()


def _kind(record: Record) -> str:
    return {row: kind for kind, row in KINDS.items()}[type(record)]


def test_an_instant_needs_a_time_zone_and_comes_back_as_utc(database_url):
    store = Store(database_url)
    noon = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    with store.write() as session:
        row = row_from(Organization(id="o1", name="A"))
        row.retired_at = noon
        session.add(row)
    with store.read() as session:
        assert session.get_one(ROWS["organization"], "o1").retired_at == noon
    store.close()
    with pytest.raises(ValueError, match="time zone"):
        UtcInstant().process_bind_param(datetime(2026, 1, 1), object())  # noqa: DTZ001
