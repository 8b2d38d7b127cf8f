"""How many SQL statements a warm page needs: a number that must not creep up."""

import pytest
from sqlalchemy import event


@pytest.fixture
def statements(sample_directory):
    """Give a list that every SQL statement is added to."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_more):
        seen.append(statement)

    event.listen(sample_directory.store.engine, "before_cursor_execute", note)
    yield seen
    event.remove(sample_directory.store.engine, "before_cursor_execute", note)


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
