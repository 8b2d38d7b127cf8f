"""Reports: small counts are told on no page, in no chart and in no file."""

import csv
import io

import pytest
from python_calamine import CalamineWorkbook

from referral.desk.codes import UnmetReason
from referral.records.accounts import Role
from referral.reports.counts import dimensions_of
from referral.reports.records import Measure
from referral.reports.unmet_needs import UnmetNeedsView
from tests.support.inquiries import add_unmet, closed_month
from tests.support.inspector import soup_of
from tests.support.staff import add_account, signed_in_client

PAGES = (
    "/desk/reports", "/desk/reports/board", "/desk/reports/map", "/desk/reports/years",
    "/desk/ledger", "/desk/reports/supply",
)  # fmt: skip
SMALL = {"1", "2", "3", "4"}
NOT_PEOPLE = ("desk", "weekday", "hour", "service", "channel", "status", "month")


@pytest.fixture
def signed_in(app, directory):
    add_account(directory, [Role.DESK])
    return signed_in_client(app)


@pytest.fixture
def some_small(directory):
    """Counts of 1 to 4 of every kind, beside larger ones."""
    add_unmet(directory, 23, "basic-needs", term_code="food")
    add_unmet(directory, 11, "legal", UnmetReason.NOT_ELIGIBLE, zip_code="16316")
    add_unmet(directory, 4, "health", UnmetReason.COST, desk="North", zip_code="16354")
    add_unmet(directory, 3, "families", UnmetReason.OTHER, desk="Bus", term_code="child-care")
    add_unmet(directory, 2, "seniors", UnmetReason.LANGUAGE, county="Erie County, PA")
    add_unmet(directory, 1, "emergency", UnmetReason.DOCUMENTS, county="Warren County, PA")


def told_on(page):
    """Return every text of a page's tables and pictures that is a count."""
    soup = soup_of(page)
    cells = soup.select("td, td strong, svg text, .figure-number, .board-sums strong")
    titles = [
        title.text.rpartition(": ")[2]
        for title in soup.select("rect title, path title, circle title")
    ]
    numbers = [title.split(" ")[0] for title in titles]
    return {cell.text.strip() for cell in cells} | set(numbers)


def told_in_csv(answer):
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    return {cell for row in rows[1:] for cell in row}


def told_in_xlsx(answer):
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    cells = {
        cell
        for name in book.sheet_names
        for row in book.get_sheet_by_name(name).to_python()
        for cell in row
    }
    return {f"{cell:.0f}" if isinstance(cell, float) else str(cell) for cell in cells}


def test_no_page_tells_a_small_count(signed_in, some_small):
    for path in PAGES:
        soup = soup_of(signed_in.get(path).text)
        for part in soup.select("#inquiries-desk-part"):
            part.decompose()
        assert not told_on(str(soup)) & SMALL, path


@pytest.mark.parametrize("measure", Measure)
def test_no_table_and_no_file_of_one_tells_a_small_count(signed_in, some_small, measure):
    for dimension in dimensions_of(measure):
        if dimension not in NOT_PEOPLE:
            path = f"/desk/reports/{measure}/{dimension}"
            assert not told_on(signed_in.get(path).text) & SMALL, path
            assert not told_in_csv(signed_in.get(f"{path}.csv")) & SMALL, path


def test_no_other_file_tells_a_small_count(signed_in, some_small):
    for view in UnmetNeedsView:
        assert not told_in_csv(signed_in.get(f"/desk/ledger/{view}.csv")) & SMALL
    rows = csv.reader(io.StringIO(signed_in.get("/desk/reports/map.csv").text))
    assert not {row[2] for row in rows} & SMALL
    told = told_in_xlsx(signed_in.get("/desk/ledger/unmet-needs.xlsx"))
    assert not told & SMALL
    assert "Other" in told


def test_names_of_desks_are_not_people_and_are_not_hidden(signed_in, some_small):
    assert {"North", "4", "Bus", "3"} <= told_in_csv(
        signed_in.get("/desk/reports/inquiries/desk.csv")
    )


@pytest.mark.parametrize("text", ["=1+1", " =1+1", "\uff1d1+1", "|cmd", "%x"])
def test_no_text_starts_a_formula_in_a_file(signed_in, directory, text):
    add_unmet(directory, 23, county=text, desk=text)
    files = {
        "/desk/reports/inquiries/desk.csv": told_in_csv,
        "/desk/reports/reports.xlsx": told_in_xlsx,
        "/desk/ledger/county.csv": told_in_csv,
        "/desk/ledger/unmet-needs.xlsx": told_in_xlsx,
    }
    for path, told_in in files.items():
        told = told_in(signed_in.get(path))
        assert f"'{text}" in told, path
        assert text not in told, path


@pytest.mark.slow
def test_totals_are_those_of_what_was_counted(signed_in, some_small):
    for path in ("/desk/reports/needs/heading", "/desk/reports/needs/county"):
        assert "Needs: 44." in signed_in.get(path).text
    told = told_in_csv(signed_in.get("/desk/reports/needs/heading.csv"))
    assert {"23", "11", "44"} <= told
    assert "44" in told_on(signed_in.get("/desk/reports/board").text)
    assert "here 44 times" in signed_in.get("/desk/ledger").text


def test_a_period_is_chosen_and_an_odd_one_is_let_go(signed_in, some_small, directory):
    month = closed_month(directory)
    for time in (month, month[:4], "12", "never", "2020-01", "<b>"):
        page = signed_in.get("/desk/reports/needs/heading", query_string={"time": time})
        assert "Needs: 44." in page.text


def test_the_page_for_the_board_says_what_stayed_open(signed_in, some_small):
    page = signed_in.get("/desk/reports/board").text
    assert "asked 23 times. 23 times there was no help, or not enough." in page


def test_the_note_does_not_deny_a_large_count_in_other(signed_in, directory):
    add_unmet(directory, 23, "basic-needs")
    add_unmet(directory, 4, "legal")
    page = signed_in.get("/desk/reports/needs/heading")
    assert "23" not in told_on(page)
    assert "a larger count is in it too" in page.text


@pytest.mark.slow
def test_years_stand_side_by_side(signed_in, directory):
    month = closed_month(directory)
    before = f"{int(month[:4]) - 1}{month[4:]}"
    add_unmet(directory, 12, "health")
    add_unmet(directory, 9, "health", month=before)
    page = soup_of(signed_in.get("/desk/reports/years").text)
    [headings] = page.select("table")[-1:]
    assert [year.text.split()[0] for year in headings.select("th[scope=col]")[1:]] == [
        month[:4], before[:4],
    ]  # fmt: skip
    assert [cell.text for cell in headings.select("tbody tr")[0].select("td")] == ["12", "9"]
    assert "100%" in page.text


def test_a_topic_is_opened_under_its_heading(signed_in, directory):
    for topic in ("food", "rent"):
        add_unmet(directory, 7, "basic-needs", term_code=topic)
    add_unmet(directory, 6, "health", term_code="teeth")
    page = soup_of(signed_in.get("/desk/reports/needs/term").text)
    [basic] = [each for each in page.select("details") if "14" in each.summary.text]
    assert [row.select_one(".figure-number").text for row in basic.select("li")] == ["7", "7"]


def test_an_empty_site_says_so(signed_in):
    reports = soup_of(signed_in.get("/desk/reports").text)
    assert "No month of this time is counted yet" in reports.text
    assert not reports.select(".report-figure"), "twenty times the same"
    assert "No unmet need was noted" in signed_in.get("/desk/ledger").text
    assert "nothing to draw" in signed_in.get("/desk/reports/map").text
    board = soup_of(signed_in.get("/desk/reports/board").text)
    assert "No month of this time is counted yet" in board.text
    assert not board.select(".board-sums, table"), "a board would read zeros"


@pytest.mark.parametrize(
    "path", ["needs/channel", "needs/nothing", "nothing/month", "unmet/service"]
)
def test_what_cannot_be_counted_is_not_there(signed_in, path):
    assert signed_in.get(f"/desk/reports/{path}").status_code == 404
    assert signed_in.get(f"/desk/reports/{path}.csv").status_code == 404
    assert signed_in.get("/desk/ledger/nothing.csv").status_code == 404


@pytest.mark.parametrize(("number", "parts"), [(4, ""), (9, " Not available: 9.")])
def test_other_alone_is_not_said_beside_the_sum(signed_in, directory, number, parts):
    add_unmet(directory, number, "health", UnmetReason.COST)
    page = soup_of(signed_in.get("/desk/ledger").text)
    told = " ".join(page.select_one(".report-sum").text.split())
    assert told == f"People could not get what they needed here {number} times.{parts}"
