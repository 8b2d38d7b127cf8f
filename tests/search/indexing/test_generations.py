"""The index on disk: generations that switch under open readers, damage, crashes, one writer."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex

from bench.plain_schema import plain_schema
from referral.app.background import Round, run_rounds
from referral.errors import IndexUnavailableError
from referral.search import Index, schema
from referral.search.codec.array_codec import SUFFIX
from referral.search.indexing import sync_marks as marks
from referral.search.indexing.generations import Generations
from referral.search.indexing.sync import _MANY_SEGMENTS
from referral.search.query import SearchQuery
from referral.store import Store
from referral.store.change_log import prune_changes
from referral.store.rows import OrganizationRow, ServiceRow
from referral.store.rows_log import StoreStateRow
from tests.search.contents import contents_from_rows, contents_of
from tests.search.small_directory import fill

HELP = SearchQuery(words="help")


def rename(store: Store, name: str) -> None:
    with store.write() as session:
        session.get_one(ServiceRow, "service-0").name = name


def folder_of(index_path: Path) -> Path:
    generations = Generations(index_path)
    return generations.folder(generations.current_name())


def test_without_an_index_there_is_no_answer_and_a_sync_makes_one(store, index):
    fill(store)
    with pytest.raises(IndexUnavailableError, match="referral index sync"):
        index.search(HELP)
    assert not index.status().available
    report = index.sync()
    assert (report.rebuilt, report.waiting) == (True, False)
    assert index.search(HELP).total == 8
    status = index.status()
    assert (status.available, status.documents, status.lag) == (True, 8, 0)
    assert status.mark == report.mark


def test_an_empty_store_has_an_empty_answer(index):
    index.sync()
    answer = index.search(HELP)
    assert (answer.total, answer.hits) == (0, ())
    assert index.search(SearchQuery()).total == 0


def test_rebuilding_reports_its_progress(store, index):
    fill(store)
    told = []
    index.rebuild(lambda done, of: told.append((done, of)))
    assert told == [(8, 8)]


def test_the_old_generation_answers_until_the_new_one_is_whole(indexed, store):
    index = indexed()
    rename(store, "quokka help")
    seen = {}

    def look(point: str) -> None:
        seen[point] = index.search(SearchQuery(words="quokka")).total

    index._synchronizer.step = look
    index.rebuild()
    assert seen == {"rebuild-written": 0, "rebuild-committed": 0, "before-switch": 0, "switched": 1}


def test_an_open_view_keeps_its_generation_through_a_switch(indexed, store):
    index = indexed()
    view = index._snapshots.latest()
    rename(store, "quokka help")
    index.rebuild()
    assert view.columns.live.sum() == 8
    assert len(view.words.postings.docs("name", "help")) == 8
    assert index.search(SearchQuery(words="quokka")).total == 1


@pytest.mark.slow
def test_threads_search_while_the_index_changes(indexed, store):
    index = indexed()
    stop = threading.Event()
    totals: set[int] = set()
    errors: list[Exception] = []

    def ask() -> None:
        try:
            while not stop.is_set():
                totals.add(index.search(HELP).total)
        except Exception as error:  # noqa: BLE001  # whatever it is, the test wants to know
            errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(6):
        rename(store, f"numbat{number} help")
        index.sync()
        if number % 3 == 2:
            index.rebuild()
    stop.set()
    for thread in threads:
        thread.join()
    assert not errors
    assert totals == {8}


@pytest.mark.slow
@pytest.mark.parametrize(
    "way",
    ["flip", "remove", "cut", "empty"],
)
def test_damage_to_any_file_is_mended_by_the_next_sync(way, indexed, store, tmp_path):
    indexed().close()
    expected = contents_from_rows(store)
    for number in range(99):
        files = sorted(
            path
            for path in folder_of(tmp_path / "index").rglob("*")
            if path.is_file() and path.stat().st_size
        )
        if number >= len(files):
            break
        index = Index(tmp_path / "index", store)
        damage(files[number], way)
        try:
            assert index.search(HELP).total <= 8  # what has no damage on its way may answer
        except IndexUnavailableError:
            assert not index.status().available
        index.close()
        mended = Index(tmp_path / "index", store)
        mended.sync()
        assert contents_of(tmp_path / "index") == expected, files[number].name
        assert mended.search(HELP).total == 8
        mended.close()
    assert number == 3  # the mark, the table of contents, the segment


def test_a_lost_file_means_rebuilding_and_the_old_generation_answers_until_then(
    indexed, store, tmp_path
):
    index = indexed()
    assert index.search(HELP).total == 8
    folder = folder_of(tmp_path / "index")
    for path in folder.glob(f"*{SUFFIX}"):
        path.unlink()
    rename(store, "quokka help")
    seen = []
    index._synchronizer.step = lambda _point: seen.append(index.search(HELP).total)
    assert index.sync().rebuilt
    assert set(seen) == {8}
    assert folder_of(tmp_path / "index") != folder
    assert index.search(SearchQuery(words="quokka")).total == 1
    assert not index.sync().rebuilt


def test_an_index_of_another_release_is_made_again(indexed, store, tmp_path, caplog):
    indexed()
    folder = folder_of(tmp_path / "index")
    mark = marks.read_mark(folder)
    for path in folder.iterdir():
        path.unlink()
    with FileIndex.create(FileStorage(str(folder)), plain_schema()).writer() as writer:
        writer.add_document(service_id="service-1", name="help")
    marks.write_mark(
        folder, marks.with_current_files(folder, replace(mark, schema="other", files={}))
    )
    fresh = Index(tmp_path / "index", store)
    with pytest.raises(IndexUnavailableError):
        fresh.search(HELP)
    assert fresh.sync().rebuilt
    assert "another release" in caplog.text
    assert fresh.search(HELP).total == 8


def damage(path: Path, way: str) -> None:
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    if way == "remove":
        path.unlink()
        return
    if way == "flip":
        content[middle] ^= 0xFF
    path.write_bytes({"cut": content[:middle], "flip": content, "empty": b""}[way])


@pytest.mark.parametrize("current", ["", "nowhere", "../../etc", "\xff\xfe"])
def test_a_damaged_pointer_is_mended(current, indexed, store, tmp_path):
    indexed().close()
    (tmp_path / "index" / "CURRENT").write_bytes(current.encode("latin-1"))
    index = Index(tmp_path / "index", store)
    with pytest.raises(IndexUnavailableError):
        index.search(HELP)
    assert index.sync().rebuilt
    assert index.search(HELP).total == 8
    index.close()


def other_schema(mark: marks.Mark) -> marks.Mark:
    return replace(mark, schema="another")


def other_store(mark: marks.Mark) -> marks.Mark:
    return replace(mark, store_id="another")


def ahead(mark: marks.Mark) -> marks.Mark:
    return replace(mark, sequence=mark.sequence + 1)


@pytest.mark.parametrize("change", [other_schema, other_store, ahead])
def test_a_mark_that_cannot_be_followed_means_rebuilding(change, indexed, tmp_path):
    index = indexed()
    folder = folder_of(tmp_path / "index")
    marks.write_mark(folder, change(marks.read_mark(folder)))
    assert index.search(HELP).total == 8, "the old one answers meanwhile"
    report = index.sync()
    assert (report.rebuilt, report.applied) == (True, 0)
    assert folder_of(tmp_path / "index") != folder
    assert not folder.exists(), "the old one is swept away"


@pytest.mark.slow
def test_a_mark_older_than_the_log_means_rebuilding(indexed, store):
    index = indexed()
    rename(store, "quokka help")
    with store.write() as session:
        prune_changes(session, datetime(2200, 1, 1, tzinfo=UTC))
    assert index.sync().rebuilt
    assert index.search(SearchQuery(words="quokka")).total == 1
    assert not index.sync().rebuilt


def test_a_mark_that_was_tampered_with_is_not_believed(indexed, tmp_path):
    index = indexed()
    path = folder_of(tmp_path / "index") / marks.MARK_FILE
    values = json.loads(path.read_text())
    values["sequence"] -= 1
    path.write_text(json.dumps(values))
    assert index.sync().rebuilt


def test_a_restored_store_is_another_store(indexed, store):
    index = indexed()
    with store.write() as session:
        session.get_one(StoreStateRow, 1).store_id = "restored"
    assert index.sync().rebuilt


def test_fields_are_part_of_the_schema_hash(monkeypatch):
    before = schema.schema_hash()
    monkeypatch.setattr(schema, "DOCUMENT_VERSION", schema.DOCUMENT_VERSION + 1)
    assert schema.schema_hash() != before


def test_one_writes_and_others_wait(indexed, store, tmp_path):
    index = indexed()
    other = Index(tmp_path / "index", store)
    rename(store, "quokka help")
    reports = []
    index._synchronizer.step = lambda _point: reports.append((other.sync(), other.rebuild()))
    index.sync()
    assert reports
    assert all(report.waiting for pair in reports for report in pair)
    assert not other.sync().waiting
    assert other.search(SearchQuery(words="quokka")).total == 1
    other.close()


def test_threads_of_one_index_do_not_write_at_once(indexed, store):
    index = indexed()
    rename(store, "quokka help")
    reports = []

    def sync_in_a_thread(_point: str) -> None:
        thread = threading.Thread(target=lambda: reports.append(index.sync()))
        thread.start()
        thread.join()

    index._synchronizer.step = sync_in_a_thread
    index.sync()
    assert reports
    assert all(report.waiting for report in reports)


@pytest.mark.slow
def test_tidying_erases_withheld_text_from_the_files(indexed, store, tmp_path):
    rename_to = "numbatword help"
    index = indexed()
    rename(store, rename_to)
    index.sync()
    folder = folder_of(tmp_path / "index")
    assert b"numbatword" in files_of(folder)
    with store.write() as session:
        session.get_one(ServiceRow, "service-0").visibility = "withheld"
    index.sync()
    assert index.tidy()
    assert b"numbatword" not in files_of(folder)
    assert marks.read_mark(folder).must_purge is False
    assert contents_of(tmp_path / "index") == contents_from_rows(store)
    assert index.search(HELP).total == 7
    assert not index.tidy()
    assert not Index(tmp_path / "index", store).sync().rebuilt


@pytest.mark.slow
def test_tidying_takes_services_as_they_are_now(indexed, store, tmp_path):
    """A change that the index has not followed yet may come by a rewritten segment."""
    index = indexed()
    for number in range(_MANY_SEGMENTS + 1):
        rename(store, f"numbat{number} help")
        index.sync()
    rename(store, "quokka help")
    assert index.tidy()
    assert index.search(SearchQuery(words="quokka")).total == 1
    assert index.sync().applied == 1
    assert contents_of(tmp_path / "index") == contents_from_rows(store)


def files_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.slow
def test_tidying_merges_many_segments_and_changes_no_answer(indexed, store, tmp_path):
    index = indexed()
    for number in range(_MANY_SEGMENTS + 1):
        rename(store, f"numbat{number} help")
        index.sync()
        if number < _MANY_SEGMENTS - 1:
            assert not index.tidy()
    expected = contents_of(tmp_path / "index")
    ids = [hit.service_id for hit in index.search(HELP).hits]
    assert index.tidy()
    assert marks.read_mark(folder_of(tmp_path / "index")).segments == 2
    assert contents_of(tmp_path / "index") == expected
    assert [hit.service_id for hit in index.search(HELP).hits] == ids
    assert not index.tidy()
    assert index.sync().applied == 0


CRASHER = """
import os, sys
from pathlib import Path
from referral.search import Index
from referral.store import Store
url, path, point, action = sys.argv[1:]
index = Index(Path(path), Store(url))
index._synchronizer.step = lambda reached: os._exit(9) if reached == point else None
getattr(index, action)()
"""


@pytest.mark.parametrize(
    ("point", "action"),
    [
        ("documents-written", "sync"),
        ("committed", "sync"),
        ("before-switch", "rebuild"),
    ],
)
def test_a_killed_process_leaves_nothing_behind(point, action, indexed, store, tmp_path):
    """As kill -9 would: no block is left, no file closed, the lock just falls."""
    index = indexed()
    rename(store, "quokka help")
    url = store.engine.url.render_as_string(hide_password=False)
    arguments = [url, str(tmp_path / "index"), point, action]
    root = Path(__file__).resolve().parents[3]
    process = subprocess.run([sys.executable, "-c", CRASHER, *arguments], cwd=root, check=False)
    assert process.returncode == 9
    assert index.search(HELP).total == 8
    index.sync()
    assert contents_of(tmp_path / "index") == contents_from_rows(store)
    index.sync()
    folder = folder_of(tmp_path / "index")
    assert list(folder.parent.iterdir()) == [folder]
    mark = marks.read_mark(folder)
    left = {path.name for path in folder.rglob("*")} - mark.files.keys()
    assert left <= {"mark.json", "MAIN_WRITELOCK"}


def test_the_follower_follows_and_outlives_errors(indexed, store, caplog):
    index = indexed()
    stop = threading.Event()
    failed = threading.Event()
    whole = index._synchronizer.sync

    def fail_once(*arguments):
        if not failed.is_set():
            failed.set()
            raise RuntimeError("quokka 17 Secret Lane")
        return whole(*arguments)

    index._synchronizer.sync = fail_once
    rounds = [Round("Index sync", 0.01, partial(index.follow, stop))]
    thread = threading.Thread(target=run_rounds, args=(rounds, stop))
    with caplog.at_level(logging.WARNING):
        thread.start()
        assert failed.wait(5)
        with store.write() as session:
            session.get_one(OrganizationRow, "organization-0").name = "quokka agency"
        for _ in range(500):
            if index.search(SearchQuery(words="quokka")).total == 2:
                break
            stop.wait(0.01)
        stop.set()
        thread.join()
    assert index.search(SearchQuery(words="quokka")).total == 2
    assert "RuntimeError" in caplog.text
    assert "Secret" not in caplog.text


@pytest.mark.parametrize(("services", "rests"), [(50_000, False), (1_000_000, True)])
def test_a_large_index_rests_after_a_commit(indexed, tmp_path, monkeypatch, services, rests):
    index = indexed()
    monkeypatch.setattr(index, "count_services", lambda: services)
    assert index._is_resting() is rests
    mark = folder_of(tmp_path / "index") / "mark.json"
    os.utime(mark, (time.time() - 20, time.time() - 20))  # as long as a million services take
    assert not index._is_resting()
    os.utime(mark, (time.time() + 3600, time.time() + 3600))  # a clock was put back
    assert not index._is_resting()
