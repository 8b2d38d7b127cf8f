"""The whole as one file: what the feed tells, and only while nothing of it is gone since."""

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from referral.app.job_kinds import do_work
from referral.publishing.ledger_runs import queue_whole_file, run_ledger_job
from referral.publishing.ledger_updates import update_ledger
from referral.publishing.whole_file import WHOLE_FILE, make_whole_file, whole_file
from referral.records.directory import Address, Location, Phone
from referral.records.local_notes import LocalField
from referral.records.visibility import Visibility
from referral.store.change_log import log_changes
from referral.store.conversion import row_from
from referral.store.files.rows import StoredFilePieceRow, StoredFileRow
from referral.store.rows import AddressRow, LocationRow, OrganizationRow, PhoneRow, ServiceRow
from referral.store.rows_texts import LocalNoteRow
from tests.hsds_api.conftest import ApiClient
from tests.publishing.test_changes_feed import edit, read_on
from tests.support.editing import HALL, PANTRY, SAFE_HOUSE
from tests.support.plants import planted
from tests.test_withheld import shown_in

PHONE = "p9"
NOON = datetime(2031, 3, 5, 17, tzinfo=UTC)
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


@pytest.mark.slow
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


def withhold_phone(session):
    session.get_one(PhoneRow, PHONE).visibility = "withheld"


def replace_phone(session):
    session.get_one(PhoneRow, PHONE).number = "814-555-0178"


def delete_phone(session):
    session.delete(session.get_one(PhoneRow, PHONE))


def withhold_address(session):
    address = session.scalars(select(AddressRow).where(AddressRow.location_id == HALL)).one()
    address.visibility = "staff"


def withhold_its_street_elsewhere(session):
    address = session.scalars(select(AddressRow).where(AddressRow.location_id == HALL)).one()
    session.add_all(
        map(
            row_from,
            (
                Location(id="l9", name="Safe place", visibility=Visibility.WITHHELD),
                Address(
                    id="a9", location_id="l9", address_1=address.address_1, city=address.city,
                    postal_code=address.postal_code, state_province=address.state_province,
                ),
            ),
        )
    )  # fmt: skip


def withhold_organization(session):
    service = session.get_one(ServiceRow, PANTRY)
    session.get_one(OrganizationRow, service.organization_id).visibility = "withheld"


def end_service(session):
    session.get_one(ServiceRow, PANTRY).status = "defunct"


def empty_text(session):
    session.get_one(ServiceRow, PANTRY).description = ""


def hide_here(session):
    now = datetime.now(UTC)
    note = {"field": LocalField.HIDDEN.value, "value": "yes", "changed_at": now}
    session.add(LocalNoteRow(service_id=PANTRY, upstream="", **note))
    log_changes(session, [("service", PANTRY)])


@pytest.mark.parametrize(
    "act",
    [
        withhold_phone, replace_phone, delete_phone, withhold_address, withhold_its_street_elsewhere,
        withhold_organization, end_service, empty_text, hide_here,
    ],
    ids=lambda act: act.__name__,
)  # fmt: skip
def test_it_is_refused_at_once_when_anything_of_it_is_withheld_or_gone(directory, act):
    with directory.store.write() as session:
        session.add(row_from(Phone(id=PHONE, service_id=PANTRY, number="814-555-0177")))
        session.get_one(ServiceRow, PANTRY).description = "Groceries"
    make_whole_file(directory)
    assert whole_file(directory) is not None
    with directory.store.write() as session:
        act(session)
    assert whole_file(directory) is None


@pytest.mark.slow
def test_edits_leave_it_there_and_the_feed_goes_on_from_it(directory, api):
    before = take(api)
    for number in range(5):
        edit(directory, ServiceRow, PANTRY, name=f"Food shelf {number}")
        run_ledger_job(directory, None)
    assert take(api).headers["ETag"] == before.headers["ETag"]
    lines, cursor = told_by(before.data)
    told = {each["id"]: each for each in read_on(directory, cursor)}
    assert told[PANTRY]["record"]["name"] == "Food shelf 4"
    assert "Food shelf" not in str(lines)


@pytest.mark.slow
def test_an_old_one_is_handed_out_while_it_is_made_anew(directory, app):
    api = ApiClient(app)
    with time_machine.travel(NOON):
        make_whole_file(directory)
        edit(directory, ServiceRow, PANTRY, name="Food shelf")
    with time_machine.travel(NOON + timedelta(hours=2)):
        assert "Food shelf" not in gzip.decompress(take(api).data).decode()
        do_work(directory, "w")
        assert "Food shelf" in gzip.decompress(take(api).data).decode()
    with time_machine.travel(NOON + timedelta(days=1)):
        api.problem(ADDRESS, 503)  # its day is over


def test_who_asks_often_has_it_made_once(directory, api):
    edit(directory, ServiceRow, PANTRY, name="Food shelf")
    assert not queue_whole_file(directory)  # it was just made: people work here too
    api.problem(ADDRESS, 405, method="POST")
    assert api.problem(ADDRESS, query_string={"page": "2"})["parameter"] == "page"


@pytest.mark.slow
def test_nothing_withheld_of_the_demo_is_in_it(demo):
    make_whole_file(demo)
    lines, _ = told_by(whole_file(demo).path.read_bytes())
    assert len(lines) == len(read_on(demo))
    assert shown_in(json.dumps(lines, ensure_ascii=False), planted()) == set()
