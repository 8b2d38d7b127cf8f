"""Reading the publication ledger: what is live, what is gone, and who may read on from where."""

from datetime import UTC, datetime, timedelta

import pytest

from referral.open_data.ledger.entries import (
    Cursor,
    Published,
    Tombstone,
    cursors_after,
    entries_after,
    is_known,
    last_sequence,
    modified_at_of,
    modified_since,
    parse_cursor,
    published,
    tombstone,
)
from referral.open_data.rows import (
    PublicationRow,
    PublicationRunRow,
    PublicationStateRow,
)

NOW = datetime(2026, 11, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def session(session):
    """Give a ledger of two runs: a service, one that is gone, and a place with the id of one."""
    session.add_all([
        PublicationRow(kind="service", record_id="a", digest="1", sequence=1,
                       modified_at=NOW, redirect_to=""),
        PublicationRow(kind="service", record_id="b", digest="", sequence=3,
                       modified_at=NOW, gone_at=NOW, redirect_to="a"),
        PublicationRow(kind="location", record_id="a", digest="2", sequence=2,
                       modified_at=NOW - HOUR, redirect_to=""),
        PublicationRow(kind="service", record_id="c", digest="3", sequence=4,
                       modified_at=NOW + HOUR, redirect_to=""),
        PublicationRunRow(last_sequence=2, token="one", made_at=NOW),
        PublicationRunRow(last_sequence=4, token="two", made_at=NOW),
    ])  # fmt: skip
    session.flush()
    return session


def test_only_what_is_live_of_a_kind_is_published(session):
    assert published(session, "service", ["a", "b", "x"]) == {"a": Published("1", 1, NOW)}
    assert modified_at_of(session, "service") == {"a": NOW, "c": NOW + HOUR}
    assert tombstone(session, "service", "b") == Tombstone(NOW, "a")
    assert tombstone(session, "service", "a") is None
    assert tombstone(session, "location", "b") is None


@pytest.mark.parametrize(
    ("since", "found"),
    [(NOW, ["a", "c"]), (NOW + timedelta(seconds=1), ["c"]), (NOW + 2 * HOUR, [])],
)
def test_what_changed_at_an_instant_or_later(session, since, found):
    assert sorted(session.scalars(modified_since("service", since))) == found


def sequences(entries):
    return [each.sequence for each in entries]


def test_who_begins_hears_of_what_is_gone_only_after_that(session):
    start = Cursor()
    assert sequences(entries_after(session, start, 10)) == [1, 2, 4]
    assert sequences(entries_after(session, start, 2)) == [1, 2]
    (began,) = cursors_after(session, start, [2])
    assert (began.sequence, began.began) == (2, 4)
    assert sequences(entries_after(session, began, 10)) == [4]
    (end,) = cursors_after(session, began, [4])
    assert (end.sequence, end.began) == (4, 0)
    older = Cursor(2, began.check)
    assert sequences(entries_after(session, older, 10)) == [3, 4]
    assert last_sequence(session) == 4


@pytest.mark.parametrize(("forgotten", "known"), [(0, True), (2, True), (3, False)])
def test_a_cursor_is_known_as_long_as_nothing_after_it_was_forgotten(session, forgotten, known):
    cursor = Cursor(2, cursors_after(session, Cursor(), [2])[0].check)
    session.get_one(PublicationStateRow, 1).forgotten_through = forgotten
    session.flush()
    assert is_known(session, cursor) is known
    assert is_known(session, Cursor(2, cursor.check, began=4)), "what was gone before is not told"
    assert is_known(session, Cursor())
    assert not is_known(session, Cursor(2, "0" * 16, began=4))
    assert not is_known(session, Cursor(9, cursor.check, began=9))


def test_the_check_of_a_sequence_is_that_of_its_run(session):
    first, second, third, fourth = (
        each.check for each in cursors_after(session, Cursor(), [1, 2, 3, 4])
    )
    assert first == second != third == fourth


@pytest.mark.parametrize(
    ("text", "cursor"),
    [
        ("", Cursor()),
        ("0", Cursor()),
        ("7-0123456789abcdef", Cursor(7, "0123456789abcdef")),
        ("7-0123456789abcdef-9", Cursor(7, "0123456789abcdef", 9)),
        ("7-0123456789abcde", None),
        ("7", None),
        ("-1", None),
        ("7-0123456789abcdef\n", None),
    ],
)
def test_a_cursor_is_a_text(text, cursor):
    assert parse_cursor(text) == cursor
    assert cursor is None or str(cursor) == (text or "0")


def test_a_beginning_that_is_passed_is_not_told():
    assert str(Cursor(7, "c", 7)) == "7-c"
    assert str(Cursor(7, "c", 8)) == "7-c-8"
