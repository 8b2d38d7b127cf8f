"""Counts of openings, reports, and the order of checks."""

from datetime import UTC, date, datetime, timedelta

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from referral.cli import main
from referral.directory.view_counts import ViewCounts, count_views, months_before
from referral.records.accounts import COMMAND_LINE
from referral.records.hsds import Service
from referral.store.rows import ServiceRow
from referral.store.rows_log import ViewCountRow
from referral.verification.check_queue import (
    check_age,
    count_verification,
    list_verification,
    urgency,
)
from referral.verification.feedback import (
    handle_report,
    list_reports,
    put_reports_aside,
    record_report,
    waiting_reports,
    withdraw_report,
)
from referral.verification.records import CheckAge, ReportKind, ReportStatus
from referral.verification.rows import ProblemReportRow
from tests.support.pairs import id_of, pantry, store

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_openings_are_gathered_and_written_together(instance):
    counts = ViewCounts()
    for service_id in ("s1", "s1", "s1", "s2"):
        counts.note(service_id, NOW)
    with instance.store.read() as session:
        assert count_views(session, NOW.date()) == {}
    counts.write(instance.store)
    with instance.store.read() as session:
        assert count_views(session, NOW.date()) == {"s1": 3, "s2": 1}


def test_three_months_count_and_a_year_is_kept(instance):
    counts = ViewCounts()
    for month in ("2025-10", "2025-11", "2026-08", "2026-09", "2026-11"):
        counts.note("s1", datetime.fromisoformat(f"{month}-15T12:00:00+00:00"))
        counts.write(instance.store)
    with instance.store.read() as session:
        assert count_views(session, NOW.date()) == {"s1": 2}
        assert set(session.scalars(select(ViewCountRow.month))) == {
            "2025-10", "2025-11", "2026-08", "2026-09", "2026-11",
        }  # fmt: skip
    counts.note("s1", NOW + timedelta(days=30))
    counts.write(instance.store)
    with instance.store.read() as session:
        assert "2025-10" not in set(session.scalars(select(ViewCountRow.month)))


def test_months():
    assert months_before(date(2026, 2, 1), 2) == "2025-12"
    assert months_before(date(2026, 12, 31), 0) == "2026-12"


def test_the_same_report_is_noted_once_a_day(instance):
    records = pantry(1)
    store(instance, *records)
    service = id_of(records, Service)
    for words in ("", "", "Gone.", "  Gone. "):
        record_report(instance, service, ReportKind.CLOSED, words)
    with instance.store.read() as session:
        assert sorted(session.scalars(select(ProblemReportRow.words))) == ["", "Gone."]


def test_a_report_is_withdrawn_or_put_aside_without_any_other(instance, time_machine):
    noon = datetime(2026, 11, 24, 17, tzinfo=UTC)
    one, other = (id_of(records, Service) for records in (pantry(1), pantry(2)))
    store(instance, *pantry(1), *pantry(2))
    time_machine.move_to(noon - timedelta(days=1))
    record_report(instance, one, ReportKind.PHONE)
    time_machine.move_to(noon)
    for service, kind, words in (
        (one, ReportKind.PHONE, ""), (one, ReportKind.PHONE, "It rings."),
        (one, ReportKind.HOURS, ""), (other, ReportKind.PHONE, ""),
    ):  # fmt: skip
        record_report(instance, service, kind, words)

    def waiting(service):
        with instance.store.read() as session:
            return list_reports(session, [service])

    withdraw_report(instance, one, ReportKind.PHONE, noon.date())
    first = waiting(one)[0]
    assert [each.reported_on for each in waiting(one)] == [
        first.reported_on, noon.date(), noon.date(),
    ]  # fmt: skip
    assert {(each.kind, each.words) for each in waiting(one)[1:]} == {
        (ReportKind.PHONE, "It rings."), (ReportKind.HOURS, ""),
    }  # fmt: skip
    handle_report(instance, COMMAND_LINE, first.id, ReportStatus.DONE)
    withdraw_report(instance, one, ReportKind.PHONE, first.reported_on)
    with instance.store.write() as session:
        put_reports_aside(session, COMMAND_LINE, one, instance.now())
    assert (waiting(one), len(waiting(other))) == ((), 1)
    with instance.store.read() as session:
        found = session.scalars(select(ProblemReportRow.status).filter_by(service_id=one)).all()
    assert sorted(found) == ["declined", "declined", "done"]
    record_report(instance, one, ReportKind.HOURS)
    assert len(waiting(one)) == 1, "one that was seen to may be reported again"


def test_reports_of_a_listing_wait_while_everybody_sees_it(instance):
    one, other = (id_of(records, Service) for records in (pantry(1), pantry(2)))
    store(instance, *pantry(1), *pantry(2))
    for service in (one, other):
        record_report(instance, service, ReportKind.PHONE)
    with instance.store.write() as session:
        session.get_one(ServiceRow, other).visibility = "withheld"
    assert waiting_reports(instance).count == 1


def test_a_report_brings_a_fresh_listing_into_the_queue(instance):
    records = pantry(1)
    store(instance, *records)
    service, today = id_of(records, Service), instance.now().date()
    with instance.store.write() as session:
        session.get_one(ServiceRow, service).assured_date = today
    assert (list_verification(instance).lines.total, count_verification(instance)) == (0, 0)
    record_report(instance, service, ReportKind.PHONE)
    [line] = list_verification(instance).lines
    assert (line.service_id, line.reports, line.age) == (service, 1, CheckAge.FRESH)
    assert list_verification(instance, "reported").lines.total == count_verification(instance) == 1
    assert list_verification(instance, "never").lines.total == 0


@pytest.mark.parametrize(
    ("days", "age"),
    [
        (0, CheckAge.FRESH), (300, CheckAge.FRESH), (301, CheckAge.DUE), (365, CheckAge.DUE),
        (366, CheckAge.OVERDUE),
    ],
)  # fmt: skip
def test_ages(days, age):
    assert check_age(NOW.date() - timedelta(days=days), NOW.date()) is age
    assert check_age(None, NOW.date()) is CheckAge.NEVER


@given(st.integers(0, 3000), st.integers(0, 10_000), st.integers(0, 5), st.sampled_from(range(3)))
def test_older_more_used_and_more_reported_is_more_urgent(days, opened, reports, more):
    today = NOW.date()
    less = urgency(today - timedelta(days=days), today, opened, reports)
    days, opened, reports = days + 10 * (more == 0), opened + (more == 1), reports + (more == 2)
    assert urgency(today - timedelta(days=days), today, opened, reports) >= less


@pytest.mark.slow
def test_the_command_brings_both_up_to_date(tmp_path):
    result = CliRunner().invoke(main, ["--instance", str(tmp_path), "check"])
    assert result.output == "0 records compared: 0 new pairs.\n0 listings looked at.\n"
