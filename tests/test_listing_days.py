"""Listings that appear and end by date: outside their days they are on no public surface."""

import re
import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from referral.app import create_app
from referral.app.background import follow_day
from referral.directory.instance import Instance, list_by_today, local_today, opened_instance
from referral.directory.listings import read_service
from referral.guides.editing import add_guide, publish_guide
from referral.guides.records import GuideContent, GuideSection
from referral.open_data.ledger.entries import last_modified
from referral.open_data.records import ExportFormat
from referral.records.visibility import Audience
from referral.slips.records import SlipItem
from referral.slips.slips import make_slip
from referral.store.rows import AttributeRow, ServiceRow, TaxonomyTermRow
from tests.conftest import settings_for
from tests.open_data.files.random_lists import exported
from tests.support.editing import PANTRY, PAT, the_county_for_staff
from tests.support.staff import signed_in_client

NAME = "Zwieback Tax Table"
TOPIC = "food-pantries"
DAY = timedelta(days=1)


def county_with_a_guide(instance):
    """Fill a directory with a small list, of which one service has a topic and is in a guide."""
    the_county_for_staff(instance)
    with instance.store.write() as session:
        term = select(TaxonomyTermRow.id).where(TaxonomyTermRow.code == TOPIC)
        attribute = {"link_entity": "service", "taxonomy_term_id": session.scalars(term).one()}
        session.add(AttributeRow(id=str(UUID(int=1)), link_id=PANTRY, **attribute))
    part = GuideSection(title="Here", service_ids=(PANTRY,))
    guide = GuideContent(title="Food", slug="food", text="Read this.", sections=(part,))
    add_guide(instance, PAT, str(UUID(int=2)), guide)
    publish_guide(instance, PAT, str(UUID(int=2)))


@pytest.fixture
def listed(sqlite_databases, tmp_path):
    """Give such a directory."""
    url = sqlite_databases.filled(county_with_a_guide)
    with opened_instance(settings_for(tmp_path, url)) as instance:
        yield instance


def set_days(instance, service_id, first=None, last=None):
    """Set the days of a service, as the editor does, and let the index follow."""
    with instance.store.write() as session:
        row = session.get_one(ServiceRow, service_id)
        row.listed_from, row.listed_until = first, last
    instance.index.sync()


@pytest.fixture
def service_id(listed):
    """Give the service that the guide names, by a name that nothing else has."""
    with listed.store.write() as session:
        session.get_one(ServiceRow, PANTRY).name = NAME
    listed.index.sync()
    return PANTRY


@pytest.fixture
def visitor(listed, service_id):
    """Give a client that has the service on its list."""
    client = create_app(listed.settings, listed).test_client()
    client.post("/my-list/change", data={"add": service_id}, headers={"Origin": "http://localhost"})
    return client


@pytest.fixture
def surfaces(listed, visitor, service_id):
    """Give what everybody can look at: its name, and how to read it."""
    code = make_slip(listed, [SlipItem(service_id=service_id)])
    page = read_service(listed, service_id, Audience.PUBLIC)
    guide = re.findall(r'href="(/guides/[^"]+)"', visitor.get("/guides").text)
    staff = signed_in_client(visitor.application)
    paths = [
        "/search?q=zwieback", "/search?q=zwieback&map=1", "/search?q=zwieback&free=0",
        "/suggest?q=zwie", "/my-list", "/my-list/print", "/my-list/hours",
        f"/search?topic={page.terms[0].code}", f"/l/{code}", *guide,
        f"/organizations/{page.service.organization_id}",
        *(f"/services/{service_id}{end}" for end in ("", "/print", "/hours", "/wrong")),
    ]  # fmt: skip
    reading = {path: lambda path=path: visitor.get(path).text for path in paths}
    reading |= {
        form.value: lambda form=form: text_of(exported(listed, form)) for form in ExportFormat
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
def test_outside_its_days_a_listing_is_on_no_public_surface(listed, surfaces, service_id):
    shown = showing(surfaces)
    assert shown == surfaces.keys()
    today = local_today(listed)
    set_days(listed, service_id, today + DAY)
    assert showing(surfaces) == set()
    pages = {
        name: read for name, read in surfaces.items() if "/my-list" not in name and name[0] == "/"
    }
    for first, last, is_shown in (
        (None, today - DAY, False), (today - DAY, today - DAY, False), (today, today, True),
        (today, None, True), (None, today, True),
    ):  # fmt: skip
        set_days(listed, service_id, first, last)
        assert showing(pages) == (shown & pages.keys() if is_shown else set())


@pytest.mark.slow
def test_a_listing_appears_and_ends_at_midnight_where_the_library_is(
    listed, surfaces, service_id, monkeypatch
):
    zone = ZoneInfo(listed.settings.timezone)
    first = local_today(listed) + 30 * DAY
    set_days(listed, service_id, first, first + DAY)

    def at(day, hour, minute):
        now = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC)
        monkeypatch.setattr(Instance, "now", lambda _: now)
        count = list_by_today(listed)
        listed.index.sync()
        return count, bool(showing({name: surfaces[name] for name in ("/search?q=zwieback",)}))

    assert at(first - DAY, 23, 59) == (0, False)
    assert at(first, 0, 1) == (1, True)
    assert at(first + DAY, 23, 59) == (0, True)
    assert at(first + 2 * DAY, 0, 1) == (1, False)
    assert list_by_today(listed) == 0
    assert at(first, 12, 0) == (1, True), "a clock that was put right counts too"


@pytest.mark.slow
def test_the_background_moves_the_day(listed, service_id, monkeypatch):
    set_days(listed, service_id, local_today(listed) + DAY)
    tomorrow = listed.now() + DAY
    monkeypatch.setattr(Instance, "now", lambda _: tomorrow)
    follow_day(listed)
    assert read_service(listed, service_id, Audience.PUBLIC).service.name == NAME


def test_who_fetches_what_changed_since_hears_of_a_listing_that_appeared(listed, service_id):
    today = local_today(listed)
    with listed.store.write() as session:
        row = session.get_one(ServiceRow, service_id)
        row.listed_from = today
    with listed.store.read() as session:
        changed = last_modified(session, [service_id])[service_id]
    assert changed >= datetime(today.year, today.month, today.day, tzinfo=UTC)


@pytest.mark.slow
def test_staff_see_a_listing_outside_its_days_and_why(listed, service_id):
    staff = signed_in_client(create_app(listed.settings, listed))
    today = local_today(listed)
    page, edit = (f"/curation/records/service/{service_id}{end}" for end in ("", "/edit"))
    for first, last, said in (
        (today + DAY, None, "Only staff see it now. Everybody sees it from"),
        (None, today - DAY, "Only staff see it now. Its last day was"),
        (None, today + DAY, "Everybody sees it until"),
    ):
        set_days(listed, service_id, first, last)
        assert said in staff.get(page).text
    set_days(listed, service_id, today + DAY)
    assert "Not yet shown" in staff.get(f"/curation/records?q={service_id}").text
    assert 'name="listed_from"' in staff.get(edit).text
