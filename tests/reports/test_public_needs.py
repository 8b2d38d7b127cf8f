"""The public page of needs: off at first, rounded, without cookies, and for frames of other sites."""

import pytest

from referral.desk.codes import UnmetReason
from referral.directory.instance import Instance
from referral.records.accounts import COMMAND_LINE, Role
from referral.reports.public_needs import read_public_needs
from referral.reports.rounded_counts import close_periods
from referral.reports.territory import read_report_settings, switch_public_page
from tests.support.inquiries import add_unmet
from tests.support.inspector import soup_of
from tests.support.staff import add_account, post, signed_in_client

PAGE = "/needs/en"


@pytest.fixture
def june(instance, monkeypatch):
    """A directory in the middle of a year."""
    then = instance.now().replace(year=2026, month=6, day=15, hour=18)
    monkeypatch.setattr(Instance, "now", lambda _: then)
    return instance


@pytest.fixture
def year(june):
    """Two quarters of a year that is over."""
    instance = june
    add_unmet(instance, 23, "basic-needs", term_code="food", month="2025-02")
    add_unmet(instance, 3, "health", UnmetReason.COST, month="2025-02")
    add_unmet(instance, 14, "legal", month="2025-08")
    add_unmet(instance, 99, "legal", month="2026-05")
    close_periods(instance)
    switch_public_page(instance, COMMAND_LINE, on=True)
    return instance


def test_there_is_no_page_before_an_admin_wants_one(client, instance):
    assert client.get(PAGE).status_code == 404
    assert PAGE not in client.get("/about").text
    switch_public_page(instance, COMMAND_LINE, on=True)
    assert "No whole year" in client.get(PAGE).text
    assert PAGE in client.get("/about").text
    assert client.get("/needs/xx").status_code == 404


@pytest.mark.parametrize(("first", "is_whole"), [("2025-01", True), ("2025-02", False)])
def test_a_year_is_whole_if_something_is_counted_from_its_first_month_on(june, first, is_whole):
    add_unmet(june, 1, month=first)
    close_periods(june)
    switch_public_page(june, COMMAND_LINE, on=True)
    found = read_public_needs(june).year
    assert (found.period.first_month, found.is_whole) == (first, is_whole)


@pytest.mark.slow
def test_every_number_is_rounded(client, year):
    found = read_public_needs(year).year
    assert [(cell.value, cell.number) for cell in found.headings] == [
        ("basic-needs", 25), ("legal", 15), ("health", 1),
    ]  # fmt: skip
    assert (found.year, found.needs, found.unmet) == ("2025", 40, 40)
    told = {cell.text for cell in soup_of(client.get(PAGE).text).select("td")}
    assert told == {"25", "15", "fewer than 5"}


@pytest.mark.slow
def test_a_part_of_a_year_is_not_called_by_its_year(client, year, instance):
    assert "In this time people came" in client.get(PAGE).text
    assert "What people here need, February 2025 – December 2025" in client.get(PAGE).text
    add_unmet(instance, 1, month="2025-01")
    assert "In 2025 people came" in client.get(PAGE).text


@pytest.mark.slow
def test_it_may_stand_in_a_frame_and_nothing_else_may(client, year):
    answer = client.get(PAGE)
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    assert "script-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    assert not soup_of(answer.text).select("script, form")
    for other in ("/about", "/needs/xx"):
        headers = client.get(other).headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"


@pytest.mark.slow
def test_it_is_in_both_languages_by_its_address(client, year):
    page = soup_of(client.get(PAGE).text)
    assert page.select_one("a[hreflang=es]")["href"] == "/needs/es"
    spanish = soup_of(client.get("/needs/es").text)
    assert spanish.html["lang"] == "es"
    assert "necesita" in spanish.h1.text


@pytest.mark.slow
def test_an_admin_turns_it_on_and_off(app, instance):
    add_account(instance, [Role.ADMIN])
    client = signed_in_client(app)
    post(client, "/admin/reports/public", "/admin/reports", on="yes")
    assert read_report_settings(instance).has_public_page
    page = soup_of(client.get("/admin/reports").text)
    assert '<iframe src="http://localhost/needs/en"' in page.select_one("code").text
    post(client, "/admin/reports/public", "/admin/reports", on="no")
    assert not read_report_settings(instance).has_public_page
