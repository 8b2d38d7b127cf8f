"""Listings that appear and end by date: outside their days they are on no public surface."""

import re
import threading
import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from referral.app import create_app
from referral.app.background import follow_day_until
from referral.directory.context import Directory, list_by_today, local_today
from referral.directory.listings import read_service
from referral.exports.records import ExportFormat
from referral.records.accounts import Role
from referral.records.visibility import Audience
from referral.slips.records import SlipItem
from referral.slips.slips import make_slip
from referral.store.public.modification_times import last_modified
from referral.store.rows import ServiceRow
from tests.exports.random_lists import exported
from tests.support.staff import add_account, signed_in_client

IN_A_GUIDE = "Family Doctor Visits"
NAME = "Zwieback Tax Table"
DAY = timedelta(days=1)


def set_days(directory, service_id, first=None, last=None):
    """Set the days of a service, as the editor does, and let the index follow."""
    with directory.store.write() as session:
        row = session.get_one(ServiceRow, service_id)
        row.listed_from, row.listed_until = first, last
    directory.index.sync()


@pytest.fixture
def service_id(demo):
    """Give a service that a guide names, by a name that nothing else has."""
    with demo.store.write() as session:
        row = session.scalars(select(ServiceRow).where(ServiceRow.name == IN_A_GUIDE)).one()
        row.name = NAME
        found = row.id
    demo.index.sync()
    return found


@pytest.fixture
def visitor(demo, service_id):
    """Give a client that has the service on its list."""
    client = create_app(demo.settings, demo).test_client()
    client.post("/my-list/change", data={"add": service_id}, headers={"Origin": "http://localhost"})
    return client


@pytest.fixture
def surfaces(demo, visitor, service_id):
    """Give what everybody can look at: its name, and how to read it."""
    code = make_slip(demo, [SlipItem(service_id=service_id)])
    page = read_service(demo, service_id, Audience.PUBLIC)
    guide = re.findall(r'href="(/guides/[^"]+)"', visitor.get("/guides").text)
    add_account(demo, [Role.DESK])
    staff = signed_in_client(visitor.application)
    paths = [
        "/search?q=zwieback", "/search?q=zwieback&map=1", "/search?q=zwieback&free=0",
        "/suggest?q=zwie", "/my-list", "/my-list/print", "/my-list/call",
        f"/search?topic={page.terms[0].code}", f"/l/{code}", *guide,
        f"/organizations/{page.service.organization_id}",
        *(f"/services/{service_id}{end}" for end in ("", "/print", "/call", "/wrong")),
    ]  # fmt: skip
    reading = {path: lambda path=path: visitor.get(path).text for path in paths}
    reading |= {
        form.value: lambda form=form: text_of(exported(demo, form)) for form in ExportFormat
    }
    reading["booklet"] = lambda: staff.get("/admin/exports/booklet/print").text
    reading["desk"] = lambda: staff.get("/search?q=zwieback").text
    return reading


def text_of(content):
    """Give the text of an exported file; that of a zip file is that of all in it."""
    if content[:2] != b"PK":
        return content.decode("utf-8")
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return "\n".join(
            archive.read(name).decode("utf-8", "replace") for name in archive.namelist()
        )


def showing(surfaces):
    """Give the surfaces on which the name stands, but for the words that were asked for."""
    return {name for name, read in surfaces.items() if NAME in read()}


@pytest.mark.slow
def test_outside_its_days_a_listing_is_on_no_public_surface(demo, surfaces, service_id):
    shown = showing(surfaces)
    assert len(shown) >= len(surfaces) - 1, set(surfaces) - shown  # one of two guides names it
    today = local_today(demo)
    set_days(demo, service_id, today + DAY)
    assert showing(surfaces) == set()
    pages = {
        name: read for name, read in surfaces.items() if "/my-list" not in name and name[0] == "/"
    }
    for first, last, is_shown in (
        (None, today - DAY, False), (today - DAY, today - DAY, False), (today, today, True),
        (today, None, True), (None, today, True),
    ):  # fmt: skip
        set_days(demo, service_id, first, last)
        assert showing(pages) == (shown & pages.keys() if is_shown else set())


def test_a_listing_appears_and_ends_at_midnight_where_the_library_is(
    demo, surfaces, service_id, monkeypatch
):
    zone = ZoneInfo(demo.settings.timezone)
    first = local_today(demo) + 30 * DAY
    set_days(demo, service_id, first, first + DAY)

    def at(day, hour, minute):
        now = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC)
        monkeypatch.setattr(Directory, "now", lambda _: now)
        count = list_by_today(demo)
        demo.index.sync()
        return count, bool(showing({name: surfaces[name] for name in ("/search?q=zwieback",)}))

    assert at(first - DAY, 23, 59) == (0, False)
    assert at(first, 0, 1) == (1, True)
    assert at(first + DAY, 23, 59) == (0, True)
    assert at(first + 2 * DAY, 0, 1) == (1, False)
    assert list_by_today(demo) == 0
    assert at(first, 12, 0) == (1, True), "a clock that was put right counts too"


def test_a_thread_moves_the_day(demo, service_id, monkeypatch):
    stop = threading.Event()
    set_days(demo, service_id, local_today(demo) + DAY)
    tomorrow = demo.now() + DAY
    monkeypatch.setattr(Directory, "now", lambda _: tomorrow)
    monkeypatch.setattr(stop, "wait", lambda _seconds: stop.set())
    follow_day_until(demo, stop)
    assert read_service(demo, service_id, Audience.PUBLIC).service.name == NAME


def test_who_fetches_what_changed_since_hears_of_a_listing_that_appeared(demo, service_id):
    today = local_today(demo)
    with demo.store.write() as session:
        row = session.get_one(ServiceRow, service_id)
        row.listed_from = today
    with demo.store.read() as session:
        changed = last_modified(session, [service_id])[service_id]
    assert changed >= datetime(today.year, today.month, today.day, tzinfo=UTC)


def test_staff_see_a_listing_outside_its_days_and_why(demo, service_id):
    add_account(demo, Role)
    staff = signed_in_client(create_app(demo.settings, demo))
    today = local_today(demo)
    page, edit = (f"/curation/records/service/{service_id}{end}" for end in ("", "/edit"))
    for first, last, said in (
        (today + DAY, None, "Only staff see it now. Everybody sees it from"),
        (None, today - DAY, "Only staff see it now. Its last day was"),
        (None, today + DAY, "Everybody sees it until"),
    ):
        set_days(demo, service_id, first, last)
        assert said in staff.get(page).text
    set_days(demo, service_id, today + DAY)
    assert "Not yet shown" in staff.get(f"/curation/records?q={service_id}").text
    assert 'name="listed_from"' in staff.get(edit).text
