"""Files of tables: numbers are numbers, and no text is a formula in any program."""

import csv
import io

import pytest
from python_calamine import CalamineWorkbook

from referral.formats.writing.sheets import Sheet, csv_from, xlsx_from

EVIL = (
    "=1+1", "+1+1", "-1+1", "@sum(a1)", "\t=1", '=HYPERLINK("x")', "+1 814-555-0101",
    " =1+1", "\uff1d1+1", "|cmd", "%x",
)  # fmt: skip
PLAIN = ("+1", "-1", "<5", "988")


def sheet(*rows, name="needs heading"):
    return Sheet(
        name=name, title="Needs", notes=("2026",), header=("Heading", "Needs"), rows=tuple(rows)
    )


def cells_of_csv(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_csv_has_a_header_and_rows_and_says_that_it_is_utf_8():
    content = csv_from(sheet(("Niños", 12), ("Food", "<5")))
    assert content.startswith(b"\xef\xbb\xbf")
    assert cells_of_csv(content) == [["Heading", "Needs"], ["Niños", "12"], ["Food", "<5"]]


@pytest.mark.parametrize("text", EVIL)
def test_no_text_starts_a_formula_in_csv(text):
    assert cells_of_csv(csv_from(sheet((text, 5))))[1] == [f"'{text}", "5"]


@pytest.mark.parametrize("text", PLAIN)
def test_a_number_written_as_text_stays_in_csv(text):
    assert cells_of_csv(csv_from(sheet((text, -5))))[1] == [text, "-5"]


def test_no_text_is_a_formula_in_xlsx():
    content = xlsx_from([sheet(*((text, 5) for text in EVIL))])
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    rows = book.get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows[4:]] == [f"'{text}" for text in EVIL]
    assert b"<f>" not in content


def test_xlsx_has_a_sheet_for_each_table_with_title_notes_and_numbers():
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(xlsx_from([sheet(("Food", 12)), sheet(name="a/b: c")]))
    )
    assert book.sheet_names == ["needs heading", "a b  c"]
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[0][0] == "Needs"
    assert rows[3:] == [["Heading", "Needs"], ["Food", 12.0]]
