"""The invented year of the demo: only there, once, and always the same."""

from dataclasses import replace

from referral.demo.sample_inquiries import add_sample_inquiries
from referral.desk.codes import QuestionType
from referral.desk.desk_list import list_desks
from referral.directory.context import opened_directory
from referral.imports.seed_lists import load_sample
from referral.reports.counts import count_table, distinct_values
from referral.reports.missed_searches import list_missed_searches
from referral.reports.records import Dimension, Measure, Period
from referral.reports.reference_statistics import read_reference_statistics
from referral.reports.unmet_needs import Source, UnmetNeedsView, read_unmet_needs
from tests.conftest import settings_for


def months_counted(directory):
    """Return the months of inquiries that count."""
    with directory.store.read() as session:
        return distinct_values(session)[0]


def test_only_the_demo_gets_it(directory):
    assert add_sample_inquiries(directory) == 0
    assert months_counted(directory) == ()


def test_a_year_that_every_report_has_something_of(sqlite_databases, tmp_path):
    settings = settings_for(tmp_path, sqlite_databases.migrated(), sample_data=True)
    with opened_directory(settings) as directory:
        load_sample(directory)
        assert add_sample_inquiries(directory, 400) == 400
        assert add_sample_inquiries(directory, 400) == 0
        months = months_counted(directory)
        period = Period(first_month=months[0], last_month=months[-1])
        assert len(months) >= 14
        assert {desk.branch for desk in list_desks(directory)} == {
            "Main library", "North branch", "Bookmobile",
        }  # fmt: skip
        statistics = read_reference_statistics(directory)
        assert set(statistics.total.numbers) == set(QuestionType)
        for measure, dimension in (
            (Measure.NEEDS, Dimension.HEADING),
            (Measure.UNMET, Dimension.UNMET_REASON),
            (Measure.RESULTS, Dimension.RESULT),
            (Measure.FOLLOW_UPS, Dimension.STATUS),
        ):
            assert len(count_table(directory, measure, dimension, period).cells) > 2
        total = count_table(directory, Measure.INQUIRIES, Dimension.MONTH, period).total
        assert total.number == 400
        sources = read_unmet_needs(directory, period).tables[UnmetNeedsView.SOURCE].rows
        assert {value for value, _, _ in sources} == set(Source)
        assert list_missed_searches(directory)
        assert replace(period, desk="nowhere").months == period.months
