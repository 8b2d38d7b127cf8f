"""Pages of reports: exact and live for the desk; rounded, of closed periods, for all others."""

import csv
import io
import re

import pytest
from python_calamine import CalamineWorkbook

from referral.desk.codes import UnmetReason
from referral.directory.instance import Instance
from referral.records.accounts import Role
from referral.records.classification import TaxonomyTerm
from referral.reports.records import Measure
from referral.reports.rounded_counts import CLOSED, close_periods, read_closed_table, rounded
from referral.store.conversion import row_from
from tests.support.inquiries import add_unmet
from tests.support.inspector import soup_of
from tests.support.staff import add_account, signed_in_client

CLOSED_MONTH, OPEN_MONTH, PRESENT = "2026-02", "2026-05", "2026-06"


@pytest.fixture(autouse=True)
def _june(monkeypatch, instance):
    """A day on which the first quarter is closed and the second is not."""
    then = instance.now().replace(year=2026, month=6, day=15, hour=18)
    monkeypatch.setattr(Instance, "now", lambda _: then)


@pytest.fixture
def signed_in(app, instance):
    add_account(instance, [Role.DESK])
    return signed_in_client(app)


@pytest.fixture
def curator(app, instance):
    add_account(instance, [Role.CURATION], email="cora@example.org", name="Cora")
    return signed_in_client(app, "cora@example.org")


@pytest.fixture
def some_needs(instance):
    """Needs of a closed quarter, of the open one, and of the present month."""
    add_unmet(instance, 23, "basic-needs", term_code="food", month=CLOSED_MONTH)
    add_unmet(instance, 11, "legal", UnmetReason.NOT_ELIGIBLE, month=CLOSED_MONTH)
    add_unmet(instance, 3, "families", UnmetReason.OTHER, desk="Bus", month=CLOSED_MONTH)
    add_unmet(instance, 2, "health", month=OPEN_MONTH)
    add_unmet(instance, 1, "health", month=PRESENT)


def numbers_on(answer):
    """Return every number that stands alone in a table, chart or sum of a page."""
    soup = soup_of(answer.text)
    found = soup.select("td, svg .chart-number, .figure-number, .board-sums strong")
    return {each.text.strip() for each in found} - {"", "Number", "Share"}


def rows_of(answer):
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def cells_of_workbook(answer):
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    rows = [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]
    return {f"{cell:.0f}" if isinstance(cell, float) else str(cell) for row in rows for cell in row}


@pytest.mark.parametrize(
    ("number", "shown"), [(0, 0), (1, 1), (4, 1), (5, 5), (7, 5), (8, 10), (12, 10), (13, 15)]
)
def test_numbers_are_rounded_to_the_nearest_five(number, shown):
    """1 stands for 1 to 4."""
    assert rounded(number) == shown


def test_the_desk_sees_exact_numbers_up_to_today(signed_in, some_needs):
    page = signed_in.get("/desk/reports")
    assert "Needs: 40." in page.text
    assert {"23", "11", "3"} <= numbers_on(page)
    assert "Needs: 1." in signed_in.get(f"/desk/reports/table?what=needs&time={PRESENT}").text
    assert "here 40 times" in signed_in.get("/desk/ledger").text
    assert {"23", "11", "3"} <= numbers_on(signed_in.get("/desk/reports/branches")) | {"23", "11"}


def test_filters_narrow_the_one_table(signed_in, some_needs):
    table = "/desk/reports/table?what=needs&by=heading&time=2026"
    for narrowed, number in (
        ("&heading=legal", 11), ("&desk=Bus", 40), ("&zip_code=16335", 40), ("&zip_code=1", 0),
        ("&topic=food", 40), ("&heading=nothing", 40), (f"&time={OPEN_MONTH}", 40),
    ):  # fmt: skip
        said = f"Needs: {number}." if number else "Nothing was counted"
        assert said in signed_in.get(table + narrowed).text, narrowed
    assert signed_in.get("/desk/reports/table?what=all_unmet&by=x&time=y").status_code == 200


@pytest.mark.parametrize("path", ["", "/board", "/map"])
def test_others_see_rounded_numbers_of_closed_periods(curator, some_needs, path):
    page = curator.get(f"/desk/reports{path}")
    assert page.status_code == 200
    shown = {number for number in numbers_on(page) if re.fullmatch(r"[\d,]+", number)}
    assert {number[-1] for number in shown} <= {"0", "5"}
    assert "2026-06" not in page.text
    assert "June" not in soup_of(page.text).select_one("main").text


def test_others_see_small_numbers_as_fewer_than_5(curator, instance):
    for heading, number in (("basic-needs", 23), ("legal", 12), ("families", 3), ("health", 2)):
        add_unmet(instance, number, heading, month=CLOSED_MONTH)
    page = curator.get("/desk/reports")
    assert "fewer than 5" in numbers_on(page)
    rows = rows_of(curator.get("/desk/reports/needs/heading.csv"))
    assert ["Basic human needs", "25"] in rows
    assert [row[1] for row in rows if row[0] == "Children and families"] == ["fewer than 5"]


def test_what_is_only_for_the_desk_is_closed_to_others(curator, some_needs):
    for path in ("table", "branches", "statistics", "statistics.csv"):
        assert curator.get(f"/desk/reports/{path}").status_code == 403, path


def test_a_closed_quarter_is_never_computed_again(curator, instance, some_needs):
    before = curator.get("/desk/reports/needs/heading.csv").data
    add_unmet(instance, 30, "legal", month=CLOSED_MONTH)
    assert close_periods(instance) == 0
    assert curator.get("/desk/reports/needs/heading.csv").data == before


def test_results_close_two_months_after_the_needs_of_their_quarter(
    instance, some_needs, monkeypatch
):
    """What became of people is often known only then."""
    closed = []
    for month, day in ((4, 3), (4, 4), (6, 4), (6, 5)):
        then = instance.now().replace(month=month, day=day)
        monkeypatch.setattr(Instance, "now", lambda _, then=then: then)
        close_periods(instance)
        with instance.store.read() as session:
            tables = [
                read_closed_table(session, measure, CLOSED[measure][0], "2026-Q1")
                for measure in (Measure.NEEDS, Measure.RESULTS)
            ]
        closed.append([table.is_counted for table in tables])
    assert closed == [[False, False], [True, False], [True, False], [True, True]]


def test_files_are_rounded_for_the_desk_too(signed_in, some_needs):
    assert ".csv" not in signed_in.get("/desk/reports?time=2026-05").text
    assert "needs/heading.csv?time=2026-Q1" in signed_in.get("/desk/reports?time=2026-Q1").text
    for measure, dimensions in CLOSED.items():
        for dimension in dimensions:
            rows = rows_of(signed_in.get(f"/desk/reports/{measure}/{dimension}.csv?time=2026-05"))
            numbers = {row[-1] for row in rows[1:]}
            assert not [n for n in numbers if n.isdecimal() and int(n) % 5], (measure, dimension)
    for path in ("/desk/reports/reports.xlsx", "/desk/ledger/unmet-needs.xlsx"):
        assert not {"23", "11", "37", "3"} & cells_of_workbook(signed_in.get(path))
    assert not {"23", "11", "37"} & {
        row[2] for row in rows_of(signed_in.get("/desk/reports/map.csv"))
    }


@pytest.mark.parametrize("text", ["=1+1", " =1+1", "\uff1d1+1", "|cmd", "%x"])
def test_no_text_starts_a_formula_in_a_file(signed_in, instance, text):
    add_unmet(instance, 23, county=text, desk=text, month=CLOSED_MONTH)
    rows = rows_of(signed_in.get("/desk/reports/inquiries/desk.csv"))
    told = [
        {cell for row in rows for cell in row},
        cells_of_workbook(signed_in.get("/desk/reports/reports.xlsx")),
        cells_of_workbook(signed_in.get("/desk/ledger/unmet-needs.xlsx")),
    ]
    for cells in told:
        assert f"'{text}" in cells
        assert text not in cells


def test_the_board_reads_what_was_asked_most_and_what_stayed_open(curator, instance):
    add_unmet(instance, 40, "basic-needs", term_code="food", month=CLOSED_MONTH)
    add_unmet(instance, 23, "health", UnmetReason.FULL, month=CLOSED_MONTH)
    page = soup_of(curator.get("/desk/reports/board").text)
    assert "asked 40 times; 40 times there was no help" in page.text
    [gaps] = [part for part in page.select("section") if "could not give" in part.text]
    assert [bar.text for bar in gaps.select(".chart-number")] == ["40", "25"]


def test_topics_of_closed_periods_are_the_broad_ones(curator, instance):
    with instance.store.write() as session:
        for code, above in (("housing", ""), ("rent", "housing"), ("deposits", "housing")):
            term = TaxonomyTerm(id=code, code=code, name=code.title(), parent_id=above)
            session.add(row_from(term))
            session.flush()
    for code in ("housing", "rent", "deposits"):
        add_unmet(instance, 4, "basic-needs", term_code=code, month=CLOSED_MONTH)
    page = soup_of(curator.get("/desk/reports/board").text)
    [gaps] = [part for part in page.select("section") if "could not give" in part.text]
    assert [text.text for text in gaps.select("text")] == ["Housing", "10"]


def test_years_stand_side_by_side(signed_in, instance):
    add_unmet(instance, 12, "health", month=CLOSED_MONTH)
    add_unmet(instance, 9, "health", month="2025-11")
    [table] = soup_of(signed_in.get("/desk/reports").text).select("table")[-1:]
    rows = [[cell.text for cell in row.select("th, td")] for row in table.select("tbody tr")]
    assert rows == [
        ["2026 so far: January 2026 – June 2026", "12", "12", "12", "0"],
        ["2025: November 2025 – December 2025", "9", "9", "9", "0"],
    ]


def test_a_topic_is_opened_under_its_heading(signed_in, instance):
    for topic in ("food", "rent"):
        add_unmet(instance, 7, "basic-needs", term_code=topic, month=CLOSED_MONTH)
    add_unmet(instance, 6, "health", term_code="teeth", month=CLOSED_MONTH)
    page = soup_of(signed_in.get("/desk/reports/table?what=needs&by=term").text)
    [basic] = [each for each in page.select("details") if "14" in each.summary.text]
    assert [row.select_one(".figure-number").text for row in basic.select("li")] == ["7", "7"]


def test_an_empty_site_says_so(signed_in, curator):
    assert "Nothing was counted" in signed_in.get("/desk/reports").text
    assert "No unmet need was noted" in signed_in.get("/desk/ledger").text
    assert "nothing to draw" in signed_in.get("/desk/reports/map").text
    for client in (signed_in, curator):
        board = soup_of(client.get("/desk/reports/board").text)
        assert "No quarter is over yet" in board.text
        assert not board.select(".board-sums, table"), "a board would read zeros"
    for path in ("/desk/reports", "/desk/ledger", "/desk/reports/map"):
        page = soup_of(curator.get(path).text)
        assert not page.select(".report-figure"), path
    assert curator.get("/desk/reports/reports.xlsx").status_code == 404


@pytest.mark.parametrize(
    "path", ["needs/channel", "needs/nothing", "nothing/month", "unmet/zip_code"]
)
def test_what_is_in_no_file_is_not_there(signed_in, path):
    assert signed_in.get(f"/desk/reports/{path}.csv").status_code == 404
