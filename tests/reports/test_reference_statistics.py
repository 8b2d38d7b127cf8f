"""Reference statistics: a recount in plain SQL gives the same, whatever was logged."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from referral.desk.codes import Channel, Outcome, QuestionType
from referral.desk.log_settings import LogField, LogSettings, save_log_settings
from referral.desk.question_log import log_question
from referral.desk.records import Question, ReferenceData
from referral.directory.instance import local_today
from referral.records.accounts import COMMAND_LINE, Account, Role
from referral.reports.reference_statistics import CountedBy, read_reference_statistics
from tests.support.staff import add_account, post, signed_in_client

DEE = Account(id="d1", email="dee@example.org", name="Dee", roles=frozenset({Role.DESK}))

ENTRIES = st.builds(
    lambda kind, channel, desk, read, minutes, count, days: (
        kind, channel, desk, read, minutes, count, days,
    ),
    st.sampled_from(QuestionType),
    st.sampled_from([*Channel, None]),
    st.sampled_from(["", "north", "south"]),
    st.one_of(st.none(), st.integers(1, 6)),
    st.one_of(st.none(), st.integers(0, 600)),
    st.integers(1, 500),
    st.integers(0, 366),
)  # fmt: skip


def log(instance, entry, training=False):
    kind, channel, desk, read, minutes, count, days = entry
    is_need = kind is QuestionType.REFERRAL
    log_question(
        instance,
        DEE,
        Question(
            heading="legal" if is_need else "",
            outcome=Outcome.INFORMATION if is_need else None,
            channel=channel,
            desk=desk,
            reference=ReferenceData(
                question_type=kind,
                read_scale=read,
                minutes=minutes,
                count=count,
                happened_on=local_today(instance) - timedelta(days=days),
            ),
        ),
        training=training,
    )


def recount(session, where, by="''"):
    """Sum plain rows by a column, in SQL that shares nothing with the product."""
    found = session.execute(text(
        f"select coalesce(cast({by} as varchar(40)), ''), question_type, sum(count) from inquiry "
        f"where closed_at is not null and not training and {where} group by 1, 2"
    ))  # fmt: skip
    counts = {}
    for value, kind, number in found:
        counts.setdefault(value, {})[kind] = number
    return counts


BY_COLUMN = {
    CountedBy.READ_SCALE: "read_scale", CountedBy.CHANNEL: "channel", CountedBy.DESK: "desk",
    CountedBy.HOUR: "hour",
}  # fmt: skip


@given(
    entries=st.lists(ENTRIES, max_size=12),
    first_month=st.integers(1, 12),
    weeks=st.lists(st.integers(0, 50), max_size=3, unique=True),
    counted=st.sets(st.sampled_from(list(QuestionType)[1:])),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_recount_in_sql_gives_the_same(instance, entries, first_month, weeks, counted):
    with instance.store.write() as session:
        session.execute(text("delete from inquiry"))
    for entry in entries:
        log(instance, entry)
    log(instance, (QuestionType.REFERENCE, None, "north", 1, 1, 499, 0), training=True)
    today = local_today(instance)
    kept = LogSettings(
        counted=tuple(counted),
        first_month=first_month,
        weeks=tuple(today - timedelta(days=7 * week) for week in weeks),
    )
    save_log_settings(instance, COMMAND_LINE, kept)
    seen = 0
    for year in read_reference_statistics(instance).years:
        found = read_reference_statistics(instance, year.year)
        with instance.store.read() as session:
            days = f"happened_on between '{year.first_day}' and '{year.last_day}'"
            for by, column in BY_COLUMN.items():
                shown = {row.value: dict(row.numbers) for row in found.tables[by]}
                assert shown == recount(session, days, column)
            total = sum(sum(row.values()) for row in recount(session, days).values())
            over = [week for week in kept.weeks if year.first_day <= week <= year.last_day]
            over = [week for week in over if week + timedelta(days=6) < today]
            in_weeks = sum(
                number
                for week in over
                for row in recount(
                    session, f"happened_on between '{week}' and '{week + timedelta(days=6)}'"
                ).values()
                for kind, number in row.items()
                if kind in counted
            )
        for by in (CountedBy.MONTH, CountedBy.WEEKDAY):
            assert sum(row.total for row in found.tables[by]) == total
        assert found.total.total == total
        assert QuestionType.DIRECTIONAL not in found.settings.counted
        if over:
            assert (found.figure.weeks, found.figure.in_weeks) == (len(over), in_weeks)
            assert abs(found.figure.number - in_weeks * 52 / len(over)) <= 0.5
        else:
            assert (found.figure.number, found.figure.weeks) == (found.total.transactions, 0)
        seen += total
    assert seen == sum(entry[5] for entry in entries)


def test_an_estimate_is_rounded_half_up(instance, time_machine):
    time_machine.move_to(datetime(2026, 10, 1, 12, tzinfo=UTC))
    log(instance, (QuestionType.REFERENCE, None, "", None, None, 1, 120))  # on June 3
    for count, estimate in ((3, 17), (8, 7)):
        weeks = tuple(date(2026, 6, 1) + timedelta(days=7 * week) for week in range(count))
        save_log_settings(instance, COMMAND_LINE, LogSettings(weeks=weeks))
        assert read_reference_statistics(instance).figure.number == estimate


@pytest.fixture
def client(instance, app):
    add_account(instance, [Role.DESK, Role.ADMIN])
    return signed_in_client(app)


def test_the_page_says_what_counts_and_how(instance, client):
    for kind, count in ((QuestionType.DIRECTIONAL, 30), (QuestionType.REFERENCE, 4),
                        (QuestionType.TECHNOLOGY, 5)):  # fmt: skip
        log(instance, (kind, Channel.CHAT, "", 2, 5, count, 0))
    text = client.get("/desk/reports/statistics").text
    assert "CT: annual count" in text
    assert "<dd><strong>4</strong></dd>" in text
    for days, said in ((6, "CT: annual count"), (7, "ES: annual estimate")):  # the first ends today
        week = local_today(instance) - timedelta(days=days)
        save_log_settings(instance, COMMAND_LINE, LogSettings(weeks=(week,)))
        assert said in client.get("/desk/reports/statistics").text


def test_the_file_has_seven_columns_and_nothing_of_a_person(instance, client):
    log(instance, (QuestionType.REFERRAL, Channel.CHAT, "", 3, None, 2, 0))
    log(instance, (QuestionType.DIRECTIONAL, None, "", None, 1, 9, 0))
    content = client.get("/desk/reports/statistics.csv").get_data().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content)))
    assert list(rows[0]) == ["date", "desk", "mode", "type", "read", "minutes", "count"]
    today = local_today(instance).isoformat()
    assert sorted(map(tuple, (row.values() for row in rows))) == [
        (today, "", "", "directional", "", "1", "9"),
        (today, "", "chat", "referral", "3", "", "2"),
    ]
    assert "legal" not in content


def test_a_field_that_is_switched_off_is_on_no_form(instance, client):
    page = client.get("/desk").text
    assert all(name in page for name in ("log-minutes", "log-read_scale", "log-count", "log-day"))
    few = LogSettings(types=(QuestionType.REFERRAL,), fields=frozenset({LogField.DAY}))
    save_log_settings(instance, COMMAND_LINE, few)
    page = client.get("/desk").text
    assert not any(name in page for name in ("log-minutes", "log-read_scale", "log-count"))
    assert "log-day" in page
    assert "type:directional" not in page


@pytest.mark.slow
def test_an_admin_sets_what_is_logged_and_how_a_year_is_counted(instance, client):
    path = "/admin/desks/statistics"
    kept = {"types": ["reference"], "fields": ["minutes"], "counted": ["reference", "technology"],
            "first_month": "7", "weeks": "2026-10-04\n2026-03-01"}  # fmt: skip
    assert post(client, path, **kept).status_code == 302
    assert read_reference_statistics(instance).settings == LogSettings(
        types=(QuestionType.REFERENCE, QuestionType.REFERRAL),
        fields=frozenset({LogField.MINUTES}),
        counted=(QuestionType.REFERENCE, QuestionType.TECHNOLOGY),
        first_month=7,
        weeks=(date(2026, 3, 1), date(2026, 10, 4)),
    )
    for weeks in ("2026-10-04 2026-10-09", "October"):
        assert post(client, path, **{**kept, "weeks": weeks}).status_code == 400
