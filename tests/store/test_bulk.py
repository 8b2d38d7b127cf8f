"""What is added or retired in bulk leaves the same trail as what a session writes."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from referral.records import classification, hsds
from referral.records.edits import Author, MadeBy
from referral.records.kinds import KINDS, kind_of
from referral.records.visibility import Visibility
from referral.store.bulk import add_rows, retire_rows
from referral.store.change_log import changes_after, store_state
from referral.store.conversion import ROWS, columns_of, row_from
from referral.store.history import edits_of_group
from referral.store.rows import HeadingRow


@pytest.fixture
def store(each_store):
    with each_store.write() as session:
        session.merge(HeadingRow(slug="food", name="Food"))
    return each_store


def one_of_each(way):
    """Records of every kind that hang on each other; their ids begin with the way."""
    service = {"service_id": f"{way}-service"}
    place = {"location_id": f"{way}-location"}
    term = {"taxonomy_term_id": f"{way}-term"}
    linked = {"link_entity": "service", "link_id": f"{way}-service"}
    at = {"service_at_location_id": f"{way}-at"}
    held = {"visibility": Visibility.STAFF}
    d, c = hsds, classification
    return [
        c.Taxonomy(id=f"{way}-taxonomy", name="Topics"),
        c.TaxonomyTerm(id=f"{way}-term", name="Meals", taxonomy_id=f"{way}-taxonomy"),
        d.Organization(id=f"{way}-organization", name="Niño's 北", year_incorporated=1990),
        d.Program(id=f"{way}-program", organization_id=f"{way}-organization", name="P"),
        d.Service(
            id=f"{way}-service", organization_id=f"{way}-organization", name="Pantry",
            program_id=f"{way}-program", minimum_age=0.5, assured_date=date(2026, 2, 28),
        ),
        d.Location(id=f"{way}-location", organization_id=f"{way}-organization", latitude=41.5),
        d.ServiceAtLocation(id=f"{way}-at", **service, **place),
        d.Contact(id=f"{way}-contact", **service, name="Ann"),
        d.Phone(id=f"{way}-phone", **place, contact_id=f"{way}-contact", number="814-555-0101"),
        d.Address(id=f"{way}-address", **place, address_1="1 Elm St", **held),
        d.Schedule(id=f"{way}-schedule", **at, valid_from=date(2026, 12, 25)),
        d.ServiceArea(id=f"{way}-area", **service, name="Crawford County"),
        d.Language(id=f"{way}-language", **service, code="es"),
        d.Accessibility(id=f"{way}-accessibility", **place, description="Ramp"),
        d.CostOption(id=f"{way}-cost", **service, option="Free"),
        d.RequiredDocument(id=f"{way}-document", **service, document="Card"),
        d.ServiceCapacity(id=f"{way}-capacity", **service, unit="Bed", available=3.0),
        d.Funding(id=f"{way}-funding", **service, funding_source="City"),
        d.OrganizationIdentifier(
            id=f"{way}-identifier", organization_id=f"{way}-organization", identifier="7",
        ),
        d.Url(id=f"{way}-url", **service, url="https://example.org"),
        c.Metadata(id=f"{way}-metadata", **linked, field_name="name"),
        c.Attribute(id=f"{way}-attribute", **linked, **term),
        c.ServiceHeading(id=f"{way}-heading", **service, heading="food", set_by="curator"),
        c.Translation(id=f"{way}-text", **linked, language="es", field="name", text="Comida"),
    ]  # fmt: skip


def by_session(session, records):
    for record in records:
        row = row_from(record)
        row.source, row.unmapped = "county", {"Fax?": "yes"}
        session.add(row)


def in_bulk(session, records):
    origin = {"source": "county", "unmapped": {"Fax?": "yes"}}
    add_rows(session, ((kind_of(each), {**columns_of(each), **origin}) for each in records))


def retired_by_session(session, records):
    for record in records:
        row = session.get_one(ROWS[kind_of(record)], record.id)
        row.retired_at = datetime(2026, 11, 1, tzinfo=UTC)


def retired_in_bulk(session, records):
    assert [retire_rows(session, kind_of(each), [each.id, "nobody"]) for each in records] == [
        1 for _ in records
    ]


def left_by(store, way, change):
    """What a change leaves in the tables, the history and the log, with ids of no way."""
    records = one_of_each(way)
    author = Author(made_by=MadeBy.IMPORT, batch_id="b1", group_id=way)
    with store.read() as session:
        mark = store_state(session).last_sequence
    with store.write(author) as session:
        change(session, records)
    ids = [record.id for record in records]
    with store.read() as session:
        rows = {
            row.id.removeprefix(way): _bare(row, way)
            for kind in KINDS
            for row in session.execute(select(ROWS[kind].__table__).where(ROWS[kind].id.in_(ids)))
        }
        edits = {
            (edit.kind, edit.record_id.removeprefix(way), edit.action, tuple(edit.fields))
            for edit in edits_of_group(session, way)
        }
        noted = {
            (one.kind, one.record_id.removeprefix(way)) for one in changes_after(session, mark)
        }
    return rows, edits, noted


def _bare(row, way):
    values = dict(row._mapping)
    assert values.pop("updated_at").tzinfo is UTC
    values["retired_at"] = values["retired_at"] is not None
    return {
        name: value.removeprefix(f"{way}-") if isinstance(value, str) else value
        for name, value in values.items()
    }


def test_every_kind_of_record_is_among_those_compared():
    assert {kind_of(record) for record in one_of_each("x")} == set(KINDS)


def test_records_added_in_bulk_leave_what_a_session_leaves(store):
    rows, edits, noted = left_by(store, "one", by_session)
    assert (rows, edits, noted) == left_by(store, "two", in_bulk)
    assert len(rows) == len(edits)


def test_records_retired_in_bulk_leave_what_a_session_leaves(store):
    for way in ("one", "two"):
        left_by(store, way, in_bulk)
    rows, edits, noted = left_by(store, "one", retired_by_session)
    assert (rows, edits, noted) == left_by(store, "two", retired_in_bulk)
    assert all(row["retired_at"] for row in rows.values())


def test_what_is_retired_stays_retired_since_when_it_was(store):
    left_by(store, "one", in_bulk)
    left_by(store, "one", retired_by_session)
    with store.write(Author(made_by=MadeBy.IMPORT, group_id="again")) as session:
        assert retire_rows(session, "service", ["one-service"]) == 1
    with store.read() as session:
        row = session.get_one(ROWS["service"], "one-service")
        assert row.retired_at == datetime(2026, 11, 1, tzinfo=UTC)
        assert edits_of_group(session, "again") == []
