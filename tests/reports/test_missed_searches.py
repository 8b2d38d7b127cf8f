"""Searches that found nothing: counted by month, without anybody in them, reviewed before use."""

from datetime import UTC, datetime, timedelta

import pytest

from referral.directory.missed_searches import Review, count_missed_search, drop_unreviewed_searches
from referral.records.accounts import COMMAND_LINE
from referral.reports.missed_searches import (
    classify_missed_search,
    discard_missed_search,
    list_missed_searches,
)


def test_the_same_words_are_counted(directory):
    for words in ("Glass  Eyes", "glass eyes"):
        count_missed_search(directory, words)
    [missed] = list_missed_searches(directory)
    assert (missed.words, missed.count) == ("glass eyes", 2)


@pytest.mark.parametrize(
    "words", ["", "call 8145550142", "me@example.org", "www.example.org", "a b c d e f g"]
)
def test_what_could_name_somebody_is_not_kept(directory, words):
    count_missed_search(directory, words)
    assert list_missed_searches(directory) == ()


def test_words_count_once_somebody_has_read_them(directory):
    count_missed_search(directory, "glass eyes")
    count_missed_search(directory, "somebody")
    kept, dropped = sorted(list_missed_searches(directory), key=lambda missed: missed.words)
    classify_missed_search(directory, COMMAND_LINE, kept.id, heading="health")
    discard_missed_search(directory, COMMAND_LINE, dropped.id)
    assert list_missed_searches(directory) == ()
    assert [missed.words for missed in list_missed_searches(directory, Review.KEPT)] == [
        "glass eyes"
    ]


def test_what_nobody_read_is_dropped(directory, time_machine):
    count_missed_search(directory, "glass eyes")
    assert drop_unreviewed_searches(directory) == 0
    time_machine.move_to(datetime.now(UTC) + timedelta(days=150))
    assert drop_unreviewed_searches(directory) == 1
