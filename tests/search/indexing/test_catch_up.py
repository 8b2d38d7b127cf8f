"""Many changes are written by another process; when it cannot, this one writes them."""

import threading
import time

import pytest
from sqlalchemy import select

from referral.app.background import index_round, run_rounds
from referral.records.visibility import Visibility
from referral.search.indexing import catch_up, sync
from referral.search.indexing.catch_up import catch_up_apart
from referral.search.indexing.generations import Generations
from referral.search.indexing.sync import Synchronizer
from referral.store.rows import ServiceRow
from tests.search.contents import contents_from_rows, contents_of
from tests.support.pairs import pantry, store


@pytest.fixture
def behind(instance, monkeypatch):
    """A directory whose index lacks some services, of which there are many."""
    monkeypatch.setattr(sync, "_MANY_CHANGES", 2)
    instance.index.sync()
    for number in range(3):
        store(instance, *pantry(number, name=f"Pantry {number}"))
    return instance


def path_of(instance):
    return instance.settings.instance_path / "index"


def is_up_to_date(instance):
    return contents_of(path_of(instance)) == contents_from_rows(instance.store)


def synchronizer(instance):
    return Synchronizer(Generations(path_of(instance)), instance.store)


def test_another_process_writes_what_is_much(behind):
    assert synchronizer(behind).has_much_to_write(0)
    catch_up_apart(behind.store, path_of(behind), threading.Event())
    assert not synchronizer(behind).has_much_to_write(0)
    assert is_up_to_date(behind)
    assert behind.index.status().lag == 0


def test_an_index_of_which_most_changed_is_made_anew_beside_the_one_that_answers(
    behind, monkeypatch
):
    behind.index.sync()
    written = []
    monkeypatch.setattr(sync, "replace_documents", lambda *given: written.append(given[2]))
    rename_all(behind)
    assert behind.index.sync().rebuilt
    assert not written
    assert is_up_to_date(behind)
    store(behind, *pantry(9, name="Pantry 9"))
    monkeypatch.undo()
    assert not behind.index.sync().rebuilt, "one more of four is not most of them"


def test_few_changes_are_followed_whatever_part_of_the_directory_they_are(behind, monkeypatch):
    behind.index.sync()
    monkeypatch.setattr(sync, "_MANY_CHANGES", 1_000)
    rename_all(behind)
    assert not behind.index.sync().rebuilt
    assert is_up_to_date(behind)


def rename_all(instance):
    with instance.store.write() as session:
        for row in session.scalars(select(ServiceRow)):
            row.name = f"{row.name}, renamed"


def test_a_site_that_stops_does_not_wait_for_it(behind):
    stop = threading.Event()
    stop.set()
    catch_up_apart(behind.store, path_of(behind), stop)
    assert not is_up_to_date(behind)


def test_text_that_must_leave_the_files_of_a_large_index_is_much(behind):
    behind.index.sync()
    assert not synchronizer(behind).has_much_to_write(10**6)
    with behind.store.write() as session:
        session.scalars(select(ServiceRow)).first().visibility = Visibility.WITHHELD
    behind.index.sync()
    assert synchronizer(behind).has_much_to_write(10**6)
    assert not synchronizer(behind).has_much_to_write(10)


@pytest.mark.slow
def test_this_process_writes_it_where_another_cannot(behind, monkeypatch, caplog):
    monkeypatch.setattr(catch_up, "_MODULE", "referral.no_such_module")
    stop = threading.Event()
    rounds = [index_round(behind, stop, 0.05)]
    follower = threading.Thread(target=run_rounds, args=(rounds, stop))
    follower.start()
    try:
        deadline = time.monotonic() + 30
        while not is_up_to_date(behind) and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        stop.set()
        follower.join()
    assert is_up_to_date(behind)
    assert "ended early" in caplog.text
