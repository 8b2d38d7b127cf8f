"""The invented year of the demo: only there, once, and always the same."""

import pytest

from referral.demo.sample_inquiries import add_sample_inquiries
from referral.desk.codes import QuestionType
from referral.desk.desk_list import list_desks
from referral.reports.counts import count_by_month, first_month
from referral.reports.records import Dimension, Measure, Period, Scope, Source
from referral.reports.reference_statistics import read_reference_statistics
from referral.reports.standard_reports import read_reports


def test_only_the_demo_gets_it(instance):
    assert add_sample_inquiries(instance) == 0
    with instance.store.read() as session:
        assert first_month(session) == ""


@pytest.mark.slow
def test_a_year_that_every_report_has_something_of(demo):
    assert add_sample_inquiries(demo, 400) == 400
    assert add_sample_inquiries(demo, 400) == 0
    with demo.store.read() as session:
        counts = count_by_month(session, Measure.INQUIRIES, Dimension.DESK, "2000-01", "9999-12")
        assert sum(counts.values()) == 400
        months = sorted({month for _, _, month in counts})
        assert len(months) >= 14
    period = Period(first_month=months[0], last_month=months[-1])
    wanted = (
        (Measure.NEEDS, Dimension.HEADING),
        (Measure.UNMET, Dimension.UNMET_REASON),
        (Measure.RESULTS, Dimension.RESULT),
        (Measure.FOLLOW_UPS, Dimension.STATUS),
        (Measure.ALL_UNMET, Dimension.SOURCE),
    )
    found = read_reports(demo, Scope(name="", period=period, is_live=True), wanted)
    assert all(len(table.cells) > 1 for table in found.tables)
    assert {cell.value for cell in found.tables[-1].cells} == set(Source)
    assert {desk.branch for desk in list_desks(demo)} == {
        "Main library", "North branch", "Bookmobile",
    }  # fmt: skip
    assert set(read_reference_statistics(demo).total.numbers) == set(QuestionType)
