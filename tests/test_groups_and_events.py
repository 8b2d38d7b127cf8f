"""Hours in groups and events, as HSDS names them since July 2026: read, shown, given on."""

import json
from datetime import UTC, datetime

import pytest
import time_machine

from referral.open_data.records import ExportFormat
from referral.store.rows import ScheduleRow, ServiceRow
from tests.open_data.files.random_lists import exported
from tests.support.imported import import_list

YEAR = {"id": "h1", "freq": "WEEKLY", "byday": "MO,TU", "opens_at": "09:00", "closes_at": "15:00",
        "group": "School year"}  # fmt: skip
SUMMER = {"id": "h2", "freq": "WEEKLY", "byday": "TU", "opens_at": "10:00", "closes_at": "12:00",
          "group": "Summer break"}  # fmt: skip
FAIR = {"id": "e1", "dtstart": "2026-12-05", "opens_at": "18:00", "closes_at": "20:00",
        "description": "Coat fair"}  # fmt: skip
BEFORE = datetime(2026, 12, 1, 15, tzinfo=UTC)
AT_THE_FAIR = datetime(2026, 12, 6, 0, tzinfo=UTC)  # 7 pm of December 5 in the library


def write(path, **lists):
    service = {
        "id": "s1", "name": "After-school club", "status": "active",
        "organization": {"id": "o1", "name": "Hope"}, **lists,
    }  # fmt: skip
    path.write_text(json.dumps([service]), encoding="utf-8")
    return path


@pytest.fixture
def listed(instance, tmp_path):
    path = write(tmp_path / "list.json", operating_hours=[YEAR, SUMMER], events=[FAIR])
    import_list(instance, path, "county")
    return instance


def rows(instance):
    with instance.store.read() as session:
        found = session.query(ScheduleRow).filter(ScheduleRow.retired_at.is_(None))
        return {(row.id, row.group, row.is_event) for row in found}


def page(instance, app):
    with instance.store.read() as session:
        service = session.query(ServiceRow.id).scalar()
    return app.test_client().get(f"/services/{service}").text


def test_the_page_shows_groups_and_events(listed, app):
    with time_machine.travel(BEFORE, tick=False):
        text = page(listed, app)
    assert text.index("School year") < text.index("Summer break")
    assert "Coat fair" in text
    assert "Event on 5 December 2026" in text


def test_hours_of_day_and_night_need_no_labels(instance, app, tmp_path):
    days = {"byday": "MO,TU,WE,TH,FR,SA,SU", "opens_at": "00:00", "closes_at": "24:00"}
    path = write(tmp_path / "list.json", schedules=[{**YEAR, **days}])
    import_list(instance, path, "county")
    text = page(instance, app)
    assert "Open day and night" in text
    assert "School year" not in text


def test_an_event_is_never_open_now(listed, app):
    with time_machine.travel(AT_THE_FAIR, tick=False):
        assert "Open now" not in page(listed, app)
        found = app.test_client().get("/search", query_string={"q": "club", "open": "now"}).text
    assert "After-school club" not in found


def test_hours_under_both_names_are_one_and_keep_their_ids(listed, tmp_path):
    had = rows(listed)
    assert len(had) == 3
    again = write(
        tmp_path / "list.json",
        schedules=[YEAR, SUMMER], operating_hours=[YEAR, SUMMER], events=[FAIR],
    )  # fmt: skip
    import_list(listed, again, "county")
    assert rows(listed) == had
    import_list(
        listed, write(tmp_path / "list.json", schedules=[YEAR, SUMMER], events=[FAIR]), "county"
    )
    assert rows(listed) == had


def test_both_names_leave_and_come_back(listed, tmp_path):
    path = tmp_path / "out.json"
    path.write_bytes(exported(listed, ExportFormat.HSDS_JSON))
    (service,) = json.loads(path.read_bytes())["services"]
    assert service["schedules"] == service["operating_hours"]
    assert {each["group"] for each in service["operating_hours"]} == {"School year", "Summer break"}
    assert [each["description"] for each in service["events"]] == ["Coat fair"]
    had = rows(listed)
    import_list(listed, path, "county")
    assert rows(listed) == had


def test_tables_bring_groups_and_events_back(listed, tmp_path):
    path = tmp_path / "out.zip"
    path.write_bytes(exported(listed, ExportFormat.HSDS_CSV))
    had = rows(listed)
    import_list(listed, path, "county")
    assert rows(listed) == had
