"""The lines to call: a library's own, how old they are, and that they answer when nothing does."""

import csv
import shutil
from dataclasses import replace
from datetime import date

import pytest

from referral.app import create_app
from referral.directory.help_lines import (
    check_help_lines,
    help_lines,
    is_due,
    topics_of_lines,
)
from referral.directory.instance import open_instance
from referral.resources import resource_path
from tests.conftest import settings_for
from tests.support.inspector import inspecting, soup_of

HEADER = "key,sort,strip,name,name_es,what_for,phone,tel,text_to,hours,hours_es,checked_on\n"


@pytest.fixture
def settings(tmp_path):
    return settings_for(tmp_path, f"sqlite:///{tmp_path / 'none.sqlite3'}")


def keys(settings):
    return [line.key for line in help_lines(settings)]


def write(settings, *rows):
    path = settings.instance_path / "help_lines.csv"
    path.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")


def test_a_library_adds_a_line_of_its_own(settings):
    write(settings, "county,15,yes,County crisis line,Línea del condado,,814-555-0100,+18145550100,,,,2026-10-01")  # fmt: skip
    assert keys(settings)[:3] == ["911", "county", "988"]
    line = help_lines(settings)[1]
    assert (line.name_es, line.strip, line.checked_on) == ("Línea del condado", True, date(2026, 10, 1))  # fmt: skip


def test_a_library_says_a_line_differently_or_takes_it_away(settings):
    write(
        settings, "211,30,yes,United Way 2-1-1,,,2-1-1,211,,,,2026-11-01", "trevor,,,,,,,,,,,",
        "youth,35,no,Text a counselor,,,,,741741,,,",
    )  # fmt: skip
    lines = {line.key: line for line in help_lines(settings)}
    assert lines["211"].name == "United Way 2-1-1"
    assert "trevor" not in lines
    assert (lines["youth"].tel, lines["youth"].text_to) == ("", "741741")


def test_the_file_is_read_again_when_it_changes(settings):
    before = keys(settings)
    write(settings, "county,15,yes,County crisis line,,,814-555-0100,+18145550100,,,,")
    assert len(keys(settings)) == len(before) + 1
    (settings.instance_path / "help_lines.csv").unlink()
    assert keys(settings) == before


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("911,,,,,,,,,,,", "key"),
        ("988,,,,,,,,,,,", "key"),
        ("911,10,yes,Emergency,,,211,211,,,,", "tel"),
        ("988,20,yes,Lifeline,,,211,211,,,,", "tel"),
        (",10,yes,No key,,,211,211,,,,", "key"),
        ("a,10,yes,,,,211,211,,,,", "name"),
        ("a,10,yes,No number,,,211,,,,,", "tel"),
        ("a,10,yes,Words,,,call us,call us,,,,", "tel"),
        ("a,first,yes,Sort,,,211,211,,,,", "sort"),
        ("a,10,yes,Day,,,211,211,,,,11/24/2026", "checked_on"),
    ],
)
def test_a_row_that_cannot_be_used_is_left_out_and_told(settings, row, column):
    before = keys(settings)
    write(settings, row, "good,15,no,A good line,,,211,211,,,,")
    (problem,) = check_help_lines(settings)
    assert (problem.line, problem.column) == (2, column)
    assert sorted(keys(settings)) == sorted([*before, "good"])


def test_a_file_that_is_no_csv_takes_no_line_away(settings):
    before = keys(settings)
    (settings.instance_path / "help_lines.csv").write_bytes(b"\xff\xfe\x00key,\xe9")
    assert keys(settings) == before
    assert check_help_lines(settings)


def test_numbers_are_called_again_after_half_a_year(settings):
    line = replace(help_lines(settings)[0], checked_on=date(2026, 1, 1))
    assert not is_due(line, date(2026, 7, 3))
    assert is_due(line, date(2026, 7, 4))
    assert is_due(replace(line, checked_on=None), date(2026, 1, 1))


def test_every_line_has_a_number_a_day_and_spanish(settings):
    for line in help_lines(settings):
        assert line.tel or line.text_to, line.key
        assert line.checked_on, line.key
        assert line.name_es, line.key
        assert line.what_for_es, line.key
        assert line.hours == "24/7" or line.hours_es, line.key


@pytest.fixture
def broken_client(tmp_path):
    """Give a client of a site whose database and index are gone while it runs."""
    settings = settings_for(tmp_path, f"sqlite:///{tmp_path / 'referral.sqlite3'}")
    instance = open_instance(settings)
    app = create_app(settings, instance)
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    instance.close()
    (tmp_path / "referral.sqlite3").write_bytes(b"this is no database" * 100)
    shutil.rmtree(settings.index_path, ignore_errors=True)
    yield inspecting(app)
    instance.close()


@pytest.mark.slow
def test_help_lines_answer_with_database_and_index_down(broken_client):
    assert broken_client.get("/").status_code == 503  # it is down indeed
    assert broken_client.get("/search?q=food").status_code in {500, 503}
    for language in ("en", "es"):
        page = broken_client.get(f"/help-now?lang={language}")
        assert page.status_code == 200
        soup = soup_of(page)
        assert soup.select_one("main a[href='tel:988']")
        assert soup.select_one("main a[href='sms:741741']")
    for path in ("/safety", "/about", "/exit", "/nowhere", "/start-over"):
        assert broken_client.get(path).status_code in {200, 303, 404}


@pytest.mark.slow
def test_an_error_page_has_the_lines_too(broken_client):
    soup = soup_of(broken_client.get("/"))
    assert soup.select_one(".crisis-strip a[href='tel:911']")


def test_a_line_said_differently_keeps_its_topics_and_a_new_one_has_its_own(settings):
    ours = topics_of_lines(settings)
    assert ours["domestic-violence"][0] == "domestic-violence"
    assert all(ours[line.key] for line in help_lines(settings))
    write(settings, "poison,90,no,County poison line,,,814-555-0100,+18145550100,,,,")
    assert topics_of_lines(settings) == ours
    path = settings.instance_path / "help_lines.csv"
    rows = "poison,P,911,\nmine,M,911, legal | food \nbare,B,911,\ntrevor,,,\n"
    path.write_text(f"key,name,tel,topics\n{rows}", encoding="utf-8")
    now = topics_of_lines(settings)
    assert (now["poison"], now["mine"], now["bare"]) == (ours["poison"], ("legal", "food"), ())
    assert "trevor" not in now


def test_the_topics_of_our_lines_are_topics_of_our_taxonomy(settings):
    path = resource_path("seed_data") / "taxonomy" / "taxonomy_terms.csv"
    with path.open(encoding="utf-8", newline="") as file:
        codes = {row["code"] for row in csv.DictReader(file)}
    for topics in topics_of_lines(settings).values():
        assert codes.issuperset(topics)
