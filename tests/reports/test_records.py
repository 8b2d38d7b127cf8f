"""Periods and cells of reports."""

from referral.reports.records import Period, is_month, next_month, period_of, quarter_of


def test_a_period_has_its_months():
    period = Period(first_month="2025-11", last_month="2026-02")
    assert period.months == ("2025-11", "2025-12", "2026-01", "2026-02")


def test_names_of_periods():
    assert [quarter_of(f"2026-{m:02}") for m in (1, 3, 4, 12)] == [
        "2026-Q1", "2026-Q1", "2026-Q2", "2026-Q4",
    ]  # fmt: skip
    assert is_month("2026-01")
    assert not is_month("2026-Q1")
    assert not is_month("2026")
    assert next_month("2026-12") == "2027-01"
    assert period_of("2026-Q3") == Period(first_month="2026-07", last_month="2026-09")
    assert period_of("2026") == Period(first_month="2026-01", last_month="2026-12")
    assert period_of("2026-08").months == ("2026-08",)
