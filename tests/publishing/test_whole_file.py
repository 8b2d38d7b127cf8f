"""The whole as one file: what the feed tells, and only while nothing has changed since."""

import gzip
import json

import pytest
from sqlalchemy import func, select

from referral.app.job_kinds import do_work
from referral.publishing.ledger_runs import queue_whole_file, run_ledger_job
from referral.publishing.ledger_updates import update_ledger
from referral.publishing.whole_file import WHOLE_FILE, make_whole_file, whole_file
from referral.store.files.rows import StoredFilePieceRow, StoredFileRow
from referral.store.rows import LocationRow, ServiceRow
from tests.hsds_api.conftest import ApiClient
from tests.publishing.test_changes_feed import edit, read_on
from tests.support.editing import HALL, PANTRY, SAFE_HOUSE
from tests.support.plants import planted
from tests.test_withheld import shown_in

ADDRESS = f"/{WHOLE_FILE}"


@pytest.fixture
def api(directory, app):
    """Ask the API of the county, whose file was made because somebody asked."""
    api = ApiClient(app)
    first = api.send(ADDRESS, status=503)
    assert first.headers["Retry-After"]
    do_work(directory, "w")
    return api


def take(api, **more):
    """Give the answer, read to its end."""
    return api.send(ADDRESS, buffered=True, **more)


def told_by(content):
    """Give the objects of a file, and the cursor of its end."""
    *lines, last = (json.loads(line) for line in gzip.decompress(content).splitlines())
    assert last.keys() == {"cursor"}
    return lines, last["cursor"]


def without_cursors(lines):
    return [{name: each[name] for name in each if name != "cursor"} for each in lines]


def test_it_tells_what_the_feed_tells_and_ends_where_that_goes_on(directory, api):
    lines, cursor = told_by(take(api).data)
    key = lambda each: (each["kind"], each["id"])  # noqa: E731
    assert sorted(lines, key=key) == sorted(without_cursors(read_on(directory)), key=key)
    assert read_on(directory, cursor) == []
    assert SAFE_HOUSE not in str(lines)
    edit(directory, ServiceRow, PANTRY, name="Food shelf")
    update_ledger(directory)
    assert PANTRY in {each["id"] for each in read_on(directory, cursor)}


def test_a_download_that_broke_off_goes_on(api):
    whole = take(api)
    assert whole.mimetype == "application/gzip"
    assert whole.headers["Cache-Control"] == "public, no-cache"
    tag, at = whole.headers["ETag"], whole.headers["Last-Modified"]
    rest = take(api, status=206, headers={"Range": "bytes=100-", "If-Range": tag})
    assert rest.headers["Content-Range"] == f"bytes 100-{len(whole.data) - 1}/{len(whole.data)}"
    assert whole.data[:100] + rest.data == whole.data
    other = take(api, headers={"Range": "bytes=100-", "If-Range": '"another"'})
    assert other.data == whole.data
    for known in ({"If-None-Match": tag}, {"If-Modified-Since": at}):
        assert not take(api, status=304, headers=known).data


def test_nothing_withheld_since_it_was_made_leaves_in_it(directory, api):
    assert HALL in gzip.decompress(take(api).data).decode()
    edit(directory, LocationRow, HALL, visibility="withheld")
    api.problem(ADDRESS, 503)
    assert whole_file(directory) is None
    run_ledger_job(directory, None)
    with directory.store.read() as session:  # and it is kept nowhere
        for row in (StoredFileRow, StoredFilePieceRow):
            assert session.scalar(select(func.count()).select_from(row)) == 0
    assert not list(directory.settings.copies_path.iterdir())
    do_work(directory, "w")
    make_whole_file(directory)
    assert HALL not in gzip.decompress(take(api).data).decode()


def test_who_asks_often_has_it_made_once(directory, api):
    edit(directory, ServiceRow, PANTRY, name="Food shelf")
    assert not queue_whole_file(directory)  # it was just made: people work here too
    api.problem(ADDRESS, 405, method="POST")
    assert api.problem(ADDRESS, query_string={"page": "2"})["parameter"] == "page"


def test_nothing_withheld_of_the_demo_is_in_it(demo):
    make_whole_file(demo)
    lines, _ = told_by(whole_file(demo).path.read_bytes())
    assert len(lines) == len(read_on(demo))
    assert shown_in(json.dumps(lines, ensure_ascii=False), planted()) == set()
