"""Files of a drop folder, names of fetched lists, what a feed tells last, and due sources."""

import gzip
import os
import time
from datetime import timedelta

import pytest

from referral.errors import RefusedError
from referral.following import fetched_list
from referral.following.changes_feed import _Changes, feed_base
from referral.following.drop_folder import SETTLED_SECONDS, fetch_from_folder
from referral.following.fetched_list import FetchedList, _with_telling_suffix
from referral.following.followed_sources import (
    failing_sources,
    publisher_report_page,
    pull_now,
    save_followed,
)
from referral.following.pulls import queue_due_pulls, with_stored_ids
from referral.following.records import SourceForm, SourceKind
from referral.following.rows import FollowedSourceRow
from referral.formats.open_referral.api_pages import FeedLine, documents_in
from referral.imports.absences import ListScope
from referral.imports.reused_ids import note_keys
from referral.records.hsds import Organization, Service
from referral.records.record_ids import record_id
from referral.store.conversion import row_from
from referral.store.rows import ServiceRow
from tests.support.rows import change_row

NOTHING = FetchedList(path=None)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "drops").mkdir()
    return tmp_path / "drops"


def put(folder, name, text="id\n1\n", age=SETTLED_SECONDS + 60):
    path = folder / name
    path.write_text(text)
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def fetch(folder, known=NOTHING, *, is_together=False, largest=1000):
    into = folder.parent / "into"
    into.mkdir(exist_ok=True)
    return fetch_from_folder(folder, into, known, is_together=is_together, largest=largest)


def test_the_newest_file_is_the_list_unless_all_are_one(folder):
    put(folder, "old.csv", "old", age=500)
    put(folder, "NEW.CSV", "new", age=100)
    found = fetch(folder)
    assert (found.path.name, found.path.read_text()) == ("list.csv", "new")
    assert fetch(folder, found) is found, "it is known"
    assert fetch(folder, is_together=True).path.name == "list.zip"
    put(folder, "old.csv", "other", age=500)
    assert fetch(folder, found) is found


def test_of_files_of_one_moment_the_last_by_name_counts(folder):
    paths = [put(folder, name, name) for name in ("b.csv", "a.csv")]
    for path in paths:
        os.utime(path, (1_000, 1_000))
    assert fetch(folder).path.read_text() == "b.csv"


@pytest.mark.parametrize("is_together", [False, True])
def test_a_file_that_is_being_written_is_waited_for(folder, is_together):
    put(folder, "old.csv")
    put(folder, "new.csv", age=SETTLED_SECONDS - 20)
    with pytest.raises(RefusedError, match="still being written"):
        fetch(folder, is_together=is_together)


def test_hidden_files_and_links_are_no_lists_and_size_is_of_all_together(folder):
    put(folder, ".hidden.csv")
    put(folder, "~lock.csv")
    (folder / "link.csv").symlink_to(put(folder.parent, "secret.csv"))
    (folder / "folder").mkdir()
    with pytest.raises(RefusedError, match="no file"):
        fetch(folder)
    put(folder, "a.csv", "x" * 600)
    put(folder, "b.csv", "x" * 400)
    assert fetch(folder, is_together=True, largest=1000).path
    with pytest.raises(RefusedError, match="too large"):
        fetch(folder, is_together=True, largest=999)
    assert fetch(folder, largest=600).path
    link = folder.parent / "linked"
    link.symlink_to(folder)
    with pytest.raises(RefusedError, match="no such folder"):
        fetch(link)


@pytest.mark.parametrize(
    ("url", "content", "name"),
    [
        ("https://a.example/all.csv", b"id", "list.csv"),
        ("https://a.example/All.ZIP?x=1", b"id", "list.zip"),
        ("https://a.example/all.csv.gz", gzip.compress(b"id", mtime=0), "list.csv"),
        ("https://a.example/download", b"PK\x03\x04", "list.zip"),
        ("https://a.example/download", b" [1]", "list.json"),
        ("https://a.example/download", b"\xef\xbb\xbf<a/>", "list.xml"),
        ("https://a.example/download.php", gzip.compress(b"{}", mtime=0), "list.json"),
        ("https://a.example/", b"id,name", "list.csv"),
    ],
)
def test_a_fetched_file_has_a_name_that_says_what_it_is(tmp_path, url, content, name):
    (tmp_path / "list").write_bytes(content)
    assert _with_telling_suffix(tmp_path / "list", url, 1000).name == name


def test_a_list_that_is_too_large_unpacked_is_refused(tmp_path):
    (tmp_path / "list").write_bytes(gzip.compress(b"x" * 1000, mtime=0))
    assert _with_telling_suffix(tmp_path / "list", "https://a.example/", 1000)
    (tmp_path / "list").write_bytes(gzip.compress(b"x" * 1001, mtime=0))
    with pytest.raises(RefusedError, match="too large"):
        _with_telling_suffix(tmp_path / "list", "https://a.example/", 1000)
    (tmp_path / "list").write_bytes(gzip.compress(b"x" * 1000, mtime=0)[:-9])
    with pytest.raises(RefusedError, match="broken"):
        _with_telling_suffix(tmp_path / "list", "https://a.example/", 1000)


def test_what_a_feed_says_last_of_a_record_counts():
    told = _Changes()
    told.take(FeedLine("service", "a", "c-1", b'{"name":"1"}'))
    told.take(FeedLine("service", "a", "c-2"))
    told.take(FeedLine("service", "b", "c-3"))
    told.take(FeedLine("service", "b", "c-4", b'{"name":"2"}'))
    told.take(FeedLine("location", "b", "c-5", b"null"))
    assert told.gone == {("service", "a"), ("location", "b")}
    assert told.objects == {("service", "b"): b'{"name":"2"}'}
    assert told.cursor == "c-5"
    assert feed_base("https://a.example/hsds/3.1/changes") == "https://a.example/hsds/3.1"


def test_a_feed_may_not_tell_of_more_records_than_are_kept(monkeypatch):
    monkeypatch.setattr(fetched_list, "_MOST_RECORDS", 2)
    told = _Changes()
    for _ in range(2):
        told.take(FeedLine("service", "a", "c-1", b"{}"))
        told.take(FeedLine("service", "b", "c-2"))
    with pytest.raises(RefusedError, match="more than 2 records"):
        told.take(FeedLine("service", "c", "c-3"))


def test_the_documents_of_a_service_are_it_and_its_places(instance):
    places = [{"location": {"id": "l"}}, {"location": {}}, {}, "odd"]
    assert documents_in({"id": "s", "service_at_locations": places}) == (
        ("service", "s"), ("location", "l"),
    )  # fmt: skip
    scope = ListScope(is_whole=False, documents=[("service", "s")], gone=[("location", "l")])
    with instance.store.read() as session:
        ours = with_stored_ids(session, "erie", scope)
    assert ours.documents == [("service", record_id("erie", "service", "s"))]
    assert ours.gone == [("location", record_id("erie", "location", "l"))]
    assert not ours.is_whole


def test_a_list_of_changes_names_records_by_the_keys_of_the_last_whole_list(instance):
    with instance.store.write() as session:
        session.add(ServiceRow(id="s-1", name="Pantry", source="erie", source_key="old"))
        session.flush()
        note_keys(session, {("service", "s-1"): "new"})
        gone = ListScope(is_whole=False, gone=[("service", "new"), ("service", "other")])
        assert with_stored_ids(session, "erie", gone).gone == [
            ("service", "s-1"), ("service", record_id("erie", "service", "other")),
        ]  # fmt: skip


def follow(instance, name="erie", **more):
    said = {"kind": SourceKind.FILE, "address": "https://lists.example.org/all.zip", "is_on": True}
    return save_followed(instance, SourceForm(name=name, **{**said, **more}))


@pytest.mark.parametrize(
    ("minutes", "is_on", "is_due"), [(-1, True, True), (5, True, False), (-1, False, False)]
)
def test_a_source_is_pulled_when_it_is_due_and_on(instance, minutes, is_on, is_due):
    source = follow(instance)
    change_row(
        instance.store,
        FollowedSourceRow,
        source,
        is_on=is_on,
        next_at=instance.now() + timedelta(minutes=minutes),
    )
    later = follow(instance, "later")
    change_row(
        instance.store, FollowedSourceRow, later, next_at=instance.now() + timedelta(hours=1)
    )
    assert queue_due_pulls(instance) == (1 if is_due else 0)
    assert queue_due_pulls(instance) == 0


@pytest.mark.parametrize(
    ("failures", "is_on", "count"), [(4, True, 0), (5, True, 1), (5, False, 0)]
)
def test_a_source_fails_after_five_pulls_in_a_row(instance, failures, is_on, count):
    change_row(instance.store, FollowedSourceRow, follow(instance), failures=failures, is_on=is_on)
    assert failing_sources(instance).count == count


@pytest.mark.parametrize(
    "said",
    [{"name": " "}, {"name": "n" * 201}, {"every_hours": 0}, {"every_hours": 745},
     {"small_changes": frozenset({"addresses"})}],
)  # fmt: skip
def test_what_cannot_be_followed_is_refused(instance, said):
    with pytest.raises(RefusedError):
        follow(instance, **{"name": "erie", **said})
    follow(instance, "n" * 200, every_hours=744, small_changes=frozenset({"phones"}))
    follow(instance, "hourly", every_hours=1)


def test_one_name_is_followed_once_and_a_source_that_is_off_is_not_pulled(instance):
    source = follow(instance)
    with pytest.raises(RefusedError, match="already"):
        follow(instance)
    change_row(instance.store, FollowedSourceRow, source, is_on=False)
    with pytest.raises(RefusedError, match="off"):
        pull_now(instance, source)


@pytest.mark.parametrize(
    ("kind", "source", "is_told"),
    [(SourceKind.REFERRAL, "erie", True), (SourceKind.FILE, "erie", False),
     (SourceKind.REFERRAL, "other", False)],
)  # fmt: skip
def test_only_another_referral_is_told_of_mistakes_on_a_page(instance, kind, source, is_told):
    follow(instance, kind=kind, address="https://erie.example/hsds/3.1")
    with instance.store.write() as session:
        session.add(row_from(Organization(id="o", name="Table")))
        row = row_from(Service(id="s", organization_id="o", name="Pantry"))
        row.source, row.source_key = source, "their/id"
        session.add(row)
    page = publisher_report_page(instance, "s")
    assert page == ("https://erie.example/services/their%2Fid/wrong" if is_told else "")
