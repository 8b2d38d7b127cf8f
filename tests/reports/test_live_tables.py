"""Live tables: every cell is what plain SQL counts, with filters and after details are erased."""

import random
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from referral.desk.data_retention import erase_expired
from referral.desk.desk_list import save_desk
from referral.desk.rows import InquiryRow, NeedRow, ReferralRow
from referral.directory.instance import Instance
from referral.records.accounts import COMMAND_LINE
from referral.reports.counts import DIMENSIONS
from referral.reports.records import Dimension, Filters, Measure, Scope, period_of
from referral.reports.standard_reports import FILTERED, read_reports
from tests.support.inquiries import add_random_inquiries, add_random_results, add_services

YEAR = "2025"
_NEEDS = "FROM need n JOIN inquiry i ON i.id = n.inquiry_id"
_REFERRALS = "FROM referral r JOIN need n ON n.id = r.need_id JOIN inquiry i ON i.id = n.inquiry_id"
_RESULT = (
    "CASE WHEN r.solved THEN 'solved' WHEN r.got_help THEN 'got_help' WHEN r.reached THEN 'reached'"
    " WHEN r.tried THEN 'tried' ELSE 'not_tried' END"
)
_GROUP = (
    "CASE WHEN n.unmet_reason IN ('not_eligible', 'documents', 'limit_reached') THEN"
    " 'not_eligible' WHEN n.unmet_reason IN ('none_exists', 'other') THEN 'not_found' ELSE"
    " 'not_available' END"
)
SQL = {
    (Measure.INQUIRIES, Dimension.DESK): ("FROM inquiry i", "i.desk"),
    (Measure.INQUIRIES, Dimension.CHANNEL): ("FROM inquiry i", "i.channel"),
    (Measure.INQUIRIES, Dimension.HOUR): ("FROM inquiry i", "i.hour"),
    (Measure.INQUIRIES, Dimension.LANGUAGE): ("FROM inquiry i", "i.language"),
    (Measure.INQUIRIES, Dimension.AGE_BAND): ("FROM inquiry i", "i.age_band"),
    (Measure.INQUIRIES, Dimension.HOUSEHOLD): ("FROM inquiry i", "i.household"),
    (Measure.INQUIRIES, Dimension.COUNTY): ("FROM inquiry i", "i.county"),
    (Measure.INQUIRIES, Dimension.ZIP_CODE): ("FROM inquiry i", "i.zip_code"),
    (Measure.INQUIRIES, Dimension.MONTH): ("FROM inquiry i", "i.month"),
    (Measure.NEEDS, Dimension.DESK): (_NEEDS, "n.desk"),
    (Measure.NEEDS, Dimension.HEADING): (_NEEDS, "n.heading"),
    (Measure.NEEDS, Dimension.TERM): (_NEEDS, "n.term_code"),
    (Measure.NEEDS, Dimension.ZIP_CODE): (_NEEDS, "n.zip_code"),
    (Measure.NEEDS, Dimension.OUTCOME): (
        _NEEDS, "CASE WHEN n.unmet_reason <> '' THEN 'gap' ELSE n.outcome END",
    ),
    (Measure.UNMET, Dimension.HEADING): (f"{_NEEDS} AND n.unmet_reason <> ''", "n.heading"),
    (Measure.UNMET, Dimension.TERM): (f"{_NEEDS} AND n.unmet_reason <> ''", "n.term_code"),
    (Measure.UNMET, Dimension.UNMET_REASON): (
        f"{_NEEDS} AND n.unmet_reason <> ''", "n.unmet_reason",
    ),
    (Measure.UNMET, Dimension.UNMET_GROUP): (f"{_NEEDS} AND n.unmet_reason <> ''", _GROUP),
    (Measure.UNMET, Dimension.ZIP_CODE): (f"{_NEEDS} AND n.unmet_reason <> ''", "n.zip_code"),
    (Measure.REFERRALS, Dimension.SERVICE): (_REFERRALS, "r.service_id"),
    (Measure.REFERRALS, Dimension.HEADING): (_REFERRALS, "n.heading"),
    (Measure.RESULTS, Dimension.RESULT): (f"{_REFERRALS} AND r.tried IS NOT NULL", _RESULT),
    (Measure.RESULTS, Dimension.WHY_NOT): (f"{_REFERRALS} AND r.tried IS NOT NULL", "r.why_not"),
}  # fmt: skip


@pytest.fixture
def year(instance, monkeypatch):
    """A year of invented inquiries, which is over."""
    then = instance.now().replace(year=2026, month=3, day=20, hour=18)
    monkeypatch.setattr(Instance, "now", lambda _: then)
    chance = random.Random(5)
    add_services(instance)
    for month in range(1, 13):
        name = f"{YEAR}-{month:02}"
        add_random_inquiries(instance, chance, name, 30)
        add_random_results(instance, chance, name, 30)
    with instance.store.write() as session:
        for row in (InquiryRow, NeedRow, ReferralRow):
            session.execute(update(row).where(row.month == f"{YEAR}-02").values(count=3))
    return instance


def cells_by_sql(instance, measure, dimension, where="TRUE", more=""):
    tables, value = SQL[measure, dimension]
    number = "r.count" if " r " in tables else "n.count" if " n " in tables else "i.count"
    join = " JOIN need n ON n.inquiry_id = i.id" if more and tables == "FROM inquiry i" else ""
    statement = (
        f"SELECT {value}, SUM({number}) {tables}{join}"
        f"{' AND' if ' AND ' in tables else ' WHERE'} i.month LIKE '{YEAR}-%' AND {where}"
        f" GROUP BY {value}"
    )
    with instance.store.read() as session:
        found = session.execute(text(statement)).all()
    counts = Counter()
    for key, n in found:
        counts["" if key is None else str(key)] += int(n)
    return counts


def cells_of(instance, measure, dimension, filters=None):
    scope = Scope(name=YEAR, period=period_of(YEAR), is_live=True, filters=filters or Filters())
    [table] = read_reports(instance, scope, [(measure, dimension)]).tables
    counts = Counter()

    def add(cells):
        for cell in cells:
            if cell.parts:
                add(cell.parts)
            else:
                counts[cell.value] += cell.number

    nested = dimension in {Dimension.TERM, Dimension.ZIP_CODE, Dimension.UNMET_REASON}
    for cell in table.cells:
        if nested and cell.parts:
            add(cell.parts)
        else:
            counts["" if nested else cell.value] += cell.number
    assert counts.total() == table.total
    return +counts


@pytest.mark.parametrize(("measure", "dimension"), SQL, ids=str)
def test_each_cell_is_what_plain_sql_counts(year, measure, dimension):
    assert cells_of(year, measure, dimension) == cells_by_sql(year, measure, dimension)


@pytest.mark.parametrize(
    ("filters", "where"),
    [
        ({"heading": "health"}, "n.heading = 'health'"),
        ({"term": "food"}, "n.term_code = 'food'"),
        ({"zip_code": "16316"}, "n.zip_code = '16316'"),
        ({"heading": "legal", "desk": "North"}, "n.heading = 'legal' AND n.desk = 'North'"),
    ],
)
def test_filters_narrow_each_cell(year, filters, where):
    narrowed = Filters(**filters)
    for report in (
        (Measure.NEEDS, Dimension.OUTCOME),
        (Measure.UNMET, Dimension.UNMET_REASON),
        (Measure.REFERRALS, Dimension.SERVICE),
        (Measure.RESULTS, Dimension.RESULT),
    ):
        assert cells_of(year, *report, narrowed) == cells_by_sql(year, *report, where)
    narrow = f"i.id IN (SELECT n.inquiry_id FROM need n WHERE {where})"
    languages = (Measure.INQUIRIES, Dimension.LANGUAGE)
    assert cells_of(year, *languages, narrowed) == cells_by_sql(year, *languages, narrow)


def test_a_branch_is_its_desks(year):
    desk = save_desk(year, COMMAND_LINE, "Front", "West")
    with year.store.write() as session:
        session.execute(text("UPDATE need SET desk = :desk WHERE desk = 'North'"), {"desk": desk})
    report = (Measure.NEEDS, Dimension.HEADING)
    found = cells_of(year, *report, Filters(branch="West"))
    assert found == cells_by_sql(year, *report, f"n.desk = '{desk}'")
    assert found


def test_every_measure_counts_by_each_of_its_dimensions_to_one_sum(year):
    for measure in Measure:
        totals = {cells_of(year, measure, each).total() for each in DIMENSIONS[measure]}
        assert len(totals) == 1
        assert totals != {0} or measure is Measure.FOLLOW_UPS, measure
    assert Measure.ALL_UNMET not in FILTERED


def test_erased_details_stay_counted(year, monkeypatch):
    with year.store.write() as session:
        for row in session.scalars(select(InquiryRow)):
            row.code = "kept"
            row.started_at = year.now() - timedelta(days=100 if row.month > "2025-06" else 400)
    reports = [(measure, each) for measure in FILTERED for each in DIMENSIONS[measure]]
    before = [cells_of(year, *report) for report in reports]
    assert erase_expired(year)["inquiries"]
    with year.store.read() as session:
        assert session.scalars(
            select(InquiryRow.zip_code).where(InquiryRow.month < "2025-06").distinct()
        ).all() == [""]
    assert [cells_of(year, *report) for report in reports] == before
