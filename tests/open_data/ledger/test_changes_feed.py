"""The feed of changes: who reads it on has what is public, and nothing else is ever in it."""

import gzip
import json
import sys
from dataclasses import replace
from importlib import import_module

import pytest
from sqlalchemy import update

from referral.app import create_app
from referral.duplicates.merge import merge_records
from referral.open_data.ledger.changes_feed import NotPublishedError, read_changes
from referral.open_data.ledger.entries import PUBLISHED_KINDS
from referral.open_data.ledger.ledger_updates import digest_of, update_ledger
from referral.open_data.rows import PublicationRow
from referral.store.rows import LocationRow, ServiceRow
from referral.store.rows_log import StoreStateRow
from tests.open_data.api.conftest import ApiClient, without_nulls
from tests.open_data.api.test_lists import statements_of
from tests.support.editing import HALL, PANTRY, PAT, SAFE_HOUSE, SHELTER
from tests.support.plants import planted
from tests.test_withheld import shown_in


def read_on(instance, cursor="0", limit=100):
    """Give all lines after a cursor, page by page."""
    found = []
    while lines := read_changes(instance, cursor, limit).lines:
        found += [without_nulls(json.loads(line)) for line in lines.splitlines()]
        cursor = found[-1]["cursor"]
    return found


def edit(instance, row_class, record_id, **values):
    with instance.store.write() as session:
        row = session.get_one(row_class, record_id)
        for name, value in values.items():
            setattr(row, name, value)


def test_every_record_is_told_as_the_ledger_compared_it(demo):
    update_ledger(demo)
    lines = read_on(demo)
    with demo.store.read() as session:
        digests = {(row.kind, row.record_id): row.digest for row in session.query(PublicationRow)}
    assert {each["kind"] for each in lines} == set(PUBLISHED_KINDS)
    assert {(each["kind"], each["id"]): digest_of(each["record"]) for each in lines} == digests
    assert shown_in(json.dumps(lines, ensure_ascii=False), planted()) == set()


def test_pages_of_any_size_tell_the_same(ledger):
    whole = read_on(ledger)
    assert [each["sequence"] for each in whole] == sorted(each["sequence"] for each in whole)
    for limit in (1, 3):
        parts = read_on(ledger, limit=limit)
        assert [(e["sequence"], e["record"]) for e in parts] == [
            (e["sequence"], e["record"]) for e in whole
        ]
    assert read_on(ledger, whole[-1]["cursor"]) == []


def test_what_was_edited_deleted_and_merged_is_told_after_the_cursor(ledger):
    cursor = read_on(ledger)[-1]["cursor"]
    edit(ledger, ServiceRow, PANTRY, name="Food shelf")
    edit(ledger, ServiceRow, SHELTER, retired_at=ledger.now())
    update_ledger(ledger)
    told = {each["id"]: each for each in read_on(ledger, cursor)}
    assert told[PANTRY]["record"]["name"] == "Food shelf"
    assert told[SHELTER]["gone"] is True
    assert "record" not in told[SHELTER]
    edit(ledger, ServiceRow, SHELTER, retired_at=None)
    merge_records(ledger, PAT, "service", PANTRY, SHELTER)
    update_ledger(ledger)
    told = {each["id"]: each for each in read_on(ledger, cursor)}
    assert told[SHELTER]["redirect_to"] == PANTRY


@pytest.mark.parametrize("seen", ["withheld", "staff"])
def test_what_was_withheld_a_second_ago_is_not_sent(ledger, seen):
    """And is not passed by, as it may be shown again before the ledger looks."""
    lines = read_on(ledger)
    number = next(n for n, e in enumerate(lines) if (e["kind"], e["id"]) == ("service", PANTRY))
    edit(ledger, ServiceRow, PANTRY, visibility=seen)
    before = lines[number - 1]["cursor"]
    assert json.loads(read_changes(ledger, "0").lines.splitlines()[-1])["cursor"] == before
    with pytest.raises(NotPublishedError):
        read_changes(ledger, before)
    update_ledger(ledger)
    told = {each["id"]: each for each in read_on(ledger, before)}
    assert told[PANTRY].keys() == {"cursor", "sequence", "kind", "id", "time", "gone"}
    assert PANTRY not in {each["id"] for each in read_on(ledger)}  # new readers need not hear it


def test_a_place_held_back_a_second_ago_is_nowhere_in_what_tells_of_it(ledger):
    assert HALL in str(read_on(ledger))
    cursor = read_on(ledger)[-1]["cursor"]
    edit(ledger, LocationRow, HALL, visibility="withheld")
    with pytest.raises(NotPublishedError):
        read_on(ledger)
    assert HALL not in read_changes(ledger, "0").lines.decode()
    update_ledger(ledger)
    assert HALL not in str(read_on(ledger))
    told = read_on(ledger, cursor)
    assert HALL not in str([each.get("record") for each in told])
    assert {"cursor", "sequence", "kind", "id", "time", "gone"} == next(
        each for each in told if each["id"] == HALL
    ).keys()
    assert SAFE_HOUSE not in str(told)


def test_a_page_takes_few_statements_whatever_the_size_of_the_directory(demo):
    """The number does not rise with the records on a page."""
    update_ledger(demo)
    read_changes(demo, "0")
    counts = []
    for limit in (20, 100):
        page = json.loads(read_changes(demo, "0", limit).lines.splitlines()[-1])
        asked = statements_of(demo, lambda: read_changes(demo, page["cursor"], limit))  # noqa: B023
        counts.append(len(asked))
    assert max(counts) <= 80, counts


def test_cursors_and_ends_are_answered_as_documented(ledger, app):
    api = ApiClient(app)
    about = api.get("/")
    assert about["changes"].endswith("/hsds/3.1/changes")
    response = api.send("/changes")
    assert response.mimetype == "application/x-ndjson"
    lines = [json.loads(line) for line in response.text.splitlines()]
    assert "Link" not in response.headers
    assert api.send("/changes", headers={"If-None-Match": response.headers["ETag"]}, status=304)
    assert api.send("/changes", query_string={"after": lines[-1]["cursor"]}).text == ""
    for cursor in ("7", "nothing", "4-" + "0" * 16):
        found = api.problem("/changes", 410, query_string={"after": cursor})
        assert found["changes"] == about["changes"]
    assert api.problem("/changes", query_string={"before": "0"})["parameter"] == "before"
    assert api.problem("/changes", query_string={"after": "1" * 201})["parameter"] == "after"
    api.problem("/changes", 405, method="POST")


@pytest.mark.parametrize("path", ["/all.ndjson.gz", "/changes.atom"])
def test_what_is_no_longer_here_names_the_pages_to_read_instead(app, path):
    detail = ApiClient(app).problem(path, 410)["detail"]
    for each in ("/hsds/3.1/services?full=true", "/hsds/3.1/changes"):
        assert f"http://localhost{each}" in detail


def test_after_a_restore_older_cursors_are_gone(ledger, app):
    api = ApiClient(app)
    cursor = json.loads(api.send("/changes").text.splitlines()[0])["cursor"]
    assert api.send("/changes", query_string={"after": cursor}).text
    with ledger.store.write() as session:
        session.execute(update(StoreStateRow).values(store_id="restored"))
    api.problem("/changes", 410, query_string={"after": cursor})


def test_before_the_ledger_is_filled_the_feed_says_when_to_come_again(instance, app):
    """An empty feed would say that everything is gone."""
    response = ApiClient(app).send("/changes", status=503)
    assert response.headers["Retry-After"]


def test_a_library_may_turn_it_off(ledger):
    app = create_app(replace(ledger.settings, open_data=False), ledger)
    assert ApiClient(app).plain.get("/hsds/3.1/changes").status_code == 404


@pytest.mark.slow
@pytest.mark.parametrize(
    ("accepted", "packed"),
    [("gzip, zstd", "zstd"), ("gzip", "gzip"), ("zstd;q=0.5, gzip", "gzip"), ("br", None)],
)
def test_lines_are_packed_as_the_client_accepts(ledger, app, accepted, packed):
    api = ApiClient(app)
    for address in ("/changes", "/services?format=ndjson&full=true"):
        plain = api.send(address)
        assert "Content-Encoding" not in plain.headers
        answer = api.send(address, headers={"Accept-Encoding": accepted})
        assert answer.headers.get("Content-Encoding") == packed
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert unpacked(answer) == plain.data
    tag = api.send("/changes", headers={"Accept-Encoding": accepted}).headers["ETag"]
    assert api.send("/changes", headers={"If-None-Match": tag}, status=304)


def unpacked(answer):
    name = answer.headers.get("Content-Encoding")
    if name == "zstd":
        library = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
        return import_module(library).decompress(answer.data)
    return gzip.decompress(answer.data) if name else answer.data
