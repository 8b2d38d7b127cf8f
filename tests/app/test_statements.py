"""How many SQL statements pages and objects need: numbers that must not creep up."""

import pytest
from sqlalchemy import event

from referral.open_data.hsds_objects import HsdsObjects
from referral.records.visibility import Audience
from referral.store.listings import load_listings


@pytest.fixture
def statements(sample_instance):
    """Give a list that every SQL statement is added to."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_more):
        seen.append(statement)

    event.listen(sample_instance.store.engine, "before_cursor_execute", note)
    yield seen
    event.remove(sample_instance.store.engine, "before_cursor_execute", note)


def test_fifty_listings_and_fifty_services_in_full_are_read_by_kind(sample_instance, statements):
    with sample_instance.store.read() as session:
        objects = HsdsObjects(sample_instance, session)
        ids = sorted(objects.public.ids("service"))
        objects.full("service", ids[:1])
        statements.clear()
        assert len(load_listings(session, ids[:50], Audience.PUBLIC)) == 50
        assert len(statements) <= 32, statements
        statements.clear()
        assert len(objects.full("service", ids[50:100])) == 50
        assert len(statements) <= 40, statements


@pytest.mark.parametrize(
    "address",
    [
        "/search?q=food&near=16335",
        "/search?q=rent&near=16335&at=2027-01-13T10:00&free=yes&within=25",
        "/search?topic=food",
        "/search?q=winter+coats+uniforms&near=16131&within=10&heading=emergency",  # finds nothing
    ],
)
def test_a_warm_results_page_needs_at_most_four_statements(sample_client, statements, address):
    sample_client.get(address)
    statements.clear()
    assert sample_client.get(address).status_code == 200
    asked = [statement for statement in statements if not statement.startswith("BEGIN")]
    assert len(asked) <= 4, asked
