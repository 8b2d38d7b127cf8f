"""Searches that found nothing: topics and single words, nothing that could name somebody."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from referral.directory.context import local_month
from referral.directory.missed_search_counts import (
    Review,
    drop_unreviewed_searches,
    write_missed_searches,
)
from referral.directory.missed_searches import CountedAs
from referral.records.accounts import COMMAND_LINE
from referral.reports.missed_searches import (
    classify_missed_search,
    discard_missed_search,
    list_missed_searches,
)
from referral.search.query import Answer, SearchQuery, UnderstoodWord, WordKind
from referral.store.rows_log import MissedSearchRow, UnknownWordKeyRow, UnknownWordRow
from tests.support.missed_words import count_missed_word

ODD_WORD = "zwieback"


def answer_of(*words, kind=WordKind.WORD):
    """An answer without results, whose words were taken for nothing else."""
    return Answer(
        total=0, hits=(), understood_words=tuple(UnderstoodWord(text=w, kind=kind) for w in words)
    )


def note(directory, *words, **more):
    directory.missed_searches.note(
        directory.index,
        " ".join(words),
        answer_of(*words, **more),
        "Crawford County, PA",
        local_month(directory),
    )


def gathered(directory):
    """What was gathered since the last look: how it is counted, and what."""
    taken = directory.missed_searches.gathered.take()
    return {(part.counted_as, part.value) for part in taken}


def rows(directory, table):
    with directory.store.read() as session:
        return session.scalars(select(table)).all()


def type_word(directory, time_machine, day, word=ODD_WORD):
    """Type a word at noon of a day of November, as a process that has just read its key."""
    time_machine.move_to(datetime(2026, 11, day, 17, tzinfo=UTC))
    write_missed_searches(directory)
    note(directory, word)
    write_missed_searches(directory)


@pytest.fixture
def noticing(demo):
    """The demo, with the key of the month read."""
    write_missed_searches(demo)
    return demo


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("dentures zwieback", {(CountedAs.TOPIC, "dentures")}),  # with a topic no word counts
        ('"lawyer school"', {(CountedAs.WORD, "lawyer"), (CountedAs.WORD, "school")}),
        ("8145550142", set()),
        ("call555now", set()),
        ("me@example.org wheelchair", set()),
        ("www.example.org/rosa", set()),
        ("meadville", set()),
        ("of the in", set()),
    ],
)
def test_what_a_search_counts_as(noticing, words, expected):
    answer = noticing.index.search(SearchQuery(words=words))
    noticing.missed_searches.note(noticing.index, words, answer, "", local_month(noticing))
    assert gathered(noticing) == expected


def test_a_word_that_no_list_of_ours_has_is_only_hashed(noticing):
    """Also one that listings or categories of others have, and our words that are names."""
    for word in (ODD_WORD, "rosa", "paul", "meadville"):
        note(noticing, word)
        [(how, value)] = gathered(noticing)
        assert how is CountedAs.UNKNOWN
        assert word not in value
        assert len(value) == 64


def test_the_plural_of_our_word_counts_as_our_word(noticing):
    own, other = noticing.index.own_word("wheelchair"), noticing.index.own_word("wheelchairs")
    assert own == "wheelchair"
    assert other in {"wheelchair", "wheelchairs"}
    assert noticing.index.own_word("wheelch") == ""


def test_a_story_counts_nowhere(noticing):
    note(noticing, *[f"wheelchair{'s' * n}" for n in range(20)])
    assert gathered(noticing) == set()


@pytest.mark.parametrize(
    "kind", sorted(set(WordKind) - {WordKind.WORD, WordKind.PHRASE, WordKind.TERM})
)
def test_places_organizations_and_what_is_said_besides_count_nowhere(noticing, kind):
    note(noticing, "wheelchair", kind=kind)
    assert gathered(noticing) == set()


@pytest.mark.slow
def test_a_topic_counts_at_once_and_a_word_when_it_was_read(demo):
    write_missed_searches(demo)
    for _ in range(2):
        answer = demo.index.search(SearchQuery(words="dentures"))
        demo.missed_searches.note(demo.index, "dentures", answer, "", local_month(demo))
    note(demo, "wheelchair")
    write_missed_searches(demo)
    found = {row.term_code: row for row in rows(demo, MissedSearchRow)}
    assert (found["dentures"].count, found["dentures"].word) == (2, "")
    assert (found["dentures"].status, found["dentures"].heading) == (Review.KEPT, "health")
    assert (found[""].word, found[""].status) == ("wheelchair", Review.PENDING)


def test_the_same_word_is_counted(directory):
    count_missed_word(directory, "dentures")
    count_missed_word(directory, "dentures", number=2)
    [missed] = list_missed_searches(directory)
    assert (missed.word, missed.count) == ("dentures", 3)


def test_a_decision_holds_for_other_counties_and_later_months(directory, time_machine):
    time_machine.move_to(datetime(2026, 11, 3, 17, tzinfo=UTC))
    count_missed_word(directory, "dentures", "Crawford County, PA")
    count_missed_word(directory, "dentures", "Erie County, PA")
    first, _ = list_missed_searches(directory)
    classify_missed_search(directory, COMMAND_LINE, first.id, heading="health")
    time_machine.move_to(datetime(2026, 12, 3, 17, tzinfo=UTC))
    count_missed_word(directory, "dentures", number=4)
    assert list_missed_searches(directory) == ()
    assert {(row.month, row.heading, row.count) for row in rows(directory, MissedSearchRow)} == {
        ("2026-11", "health", 1),
        ("2026-12", "health", 4),
    }


def test_our_word_that_is_no_need_does_not_come_again(noticing):
    note(noticing, "wheelchair")
    write_missed_searches(noticing)
    [missed] = list_missed_searches(noticing)
    discard_missed_search(noticing, COMMAND_LINE, missed.id)
    note(noticing, "wheelchair")
    write_missed_searches(noticing)
    assert list_missed_searches(noticing) == ()


def test_what_nobody_read_is_dropped(directory, time_machine):
    count_missed_word(directory, "dentures")
    assert drop_unreviewed_searches(directory) == 0
    time_machine.move_to(datetime.now(UTC) + timedelta(days=150))
    assert drop_unreviewed_searches(directory) == 1


@pytest.mark.both_databases
def test_a_word_becomes_readable_on_the_fifth_day(directory, time_machine):
    for day in (2, 3, 3, 3, 9, 10):
        type_word(directory, time_machine, day)
        assert rows(directory, MissedSearchRow) == []
        [row] = rows(directory, UnknownWordRow)
        assert ODD_WORD not in str(vars(row))
    assert (row.days, row.count) == (4, 6)
    type_word(directory, time_machine, 11)
    [missed] = list_missed_searches(directory)
    assert (missed.word, missed.count, missed.county) == (ODD_WORD, 7, "")
    assert not missed.is_known
    type_word(directory, time_machine, 11)
    assert [each.count for each in list_missed_searches(directory)] == [8]


def test_a_word_that_was_dropped_is_not_shown_again(directory, time_machine):
    for day in (2, 3, 4, 5, 6):
        type_word(directory, time_machine, day)
    [missed] = list_missed_searches(directory)
    discard_missed_search(directory, COMMAND_LINE, missed.id)
    for day in (7, 8):
        type_word(directory, time_machine, day)
    assert rows(directory, MissedSearchRow) == []


def test_a_word_that_was_kept_is_counted_by_itself_from_then_on(directory, time_machine):
    for day in (2, 3, 4, 5, 6):
        type_word(directory, time_machine, day)
    [missed] = list_missed_searches(directory)
    classify_missed_search(directory, COMMAND_LINE, missed.id, heading="health")
    type_word(directory, time_machine, 20)
    kept = rows(directory, MissedSearchRow)
    assert {row.heading for row in kept} == {"health"}
    assert sum(row.count for row in kept) == 6


@pytest.mark.both_databases
def test_the_key_and_all_hashes_go_with_the_month(directory, time_machine):
    for day in (27, 28, 29, 30):
        type_word(directory, time_machine, day)
    [old] = rows(directory, UnknownWordKeyRow)
    note(directory, ODD_WORD)  # gathered and not written before the month is over
    time_machine.move_to(datetime(2026, 12, 1, 17, tzinfo=UTC))
    note(directory, ODD_WORD)  # this process has no key of the new month yet
    write_missed_searches(directory)
    assert rows(directory, UnknownWordRow) == []
    [new] = rows(directory, UnknownWordKeyRow)
    assert (old.month, new.month) == ("2026-11", "2026-12")
    assert old.salt != new.salt
    note(directory, ODD_WORD)
    write_missed_searches(directory)
    [row] = rows(directory, UnknownWordRow)
    assert row.days == 1
