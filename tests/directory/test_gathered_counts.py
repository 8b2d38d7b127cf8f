"""Counts in memory: by many threads, kept when they cannot be written."""

import threading
from datetime import UTC, datetime

from sqlalchemy import text

from referral.directory.gathered_counts import GatheredCounts
from referral.directory.view_counts import count_views


def test_threads_lose_no_count():
    counts: GatheredCounts[str] = GatheredCounts()

    def note():
        for _ in range(1000):
            counts.note("a")

    threads = [threading.Thread(target=note) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts.take() == {"a": 8000}
    assert counts.take() == {}


def test_what_cannot_be_written_waits_and_does_not_grow_without_end():
    counts: GatheredCounts[int] = GatheredCounts()
    for key in range(6000):
        counts.note(key)
    taken = counts.take()
    assert len(taken) == 5000
    counts.note(0)
    counts.put_back(taken)
    again = counts.take()
    assert (len(again), again[0]) == (5000, 2)


def test_counts_wait_while_the_database_does_not_answer(instance):
    store = instance.store
    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE opened_count RENAME TO away"))
    instance.view_counts.note("s1", datetime.now(UTC))
    instance.view_counts.write(store)
    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO opened_count"))
    instance.view_counts.write(store)
    with store.read() as session:
        assert count_views(session, datetime.now(UTC).date()) == {"s1": 1}
