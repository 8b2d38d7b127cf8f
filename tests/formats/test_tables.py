"""Bytes become rows with the lines that an editor shows."""

import contextlib
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.errors import RefusedError
from referral.formats.files.tables import decode, read_table


def rows_of(text: str) -> list[tuple[int, dict[str, str]]]:
    return [(row.line, dict(row.cells)) for row in read_table("a.csv", text.encode()).rows]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("ñandú".encode(), "utf-8"),
        ("ñandú".encode("utf-8-sig"), "utf-8"),
        ("ñandú".encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + "ñandú".encode("utf-16-be"), "utf-16"),
        ("ñandú".encode("cp1252"), "cp1252"),
    ],
)
def test_encodings(content, encoding):
    assert decode(content) == ("ñandú", encoding)


def test_windows_1252_is_pointed_out():
    table = read_table("a.csv", "name\nCafé\n".encode("cp1252"))
    assert table.rows[0].cells == {"name": "Café"}
    assert [problem.code for problem in table.problems] == ["encoding-guessed"]


def test_mac_roman_is_known_by_its_apostrophe():
    table = read_table("a.csv", "name\rPat’s café\r".encode("mac_roman"))
    assert table.rows[0].cells == {"name": "Pat’s café"}
    assert "Mac Roman" in str(table.problems[0].message)


def test_nul_bytes_are_dropped_and_said():
    table = read_table("a.csv", b"name\nHo\0pe\n")
    assert table.rows[0].cells == {"name": "Hope"}
    assert [problem.code for problem in table.problems] == ["nul-bytes"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter):
    text = delimiter.join(["id", "name", "description"]) + "\n"
    text += delimiter.join(["1", "Hope", '"Food, clothing; and more | less"']) + "\n"
    assert rows_of(text) == [
        (2, {"id": "1", "name": "Hope", "description": "Food, clothing; and more | less"})
    ]


def test_a_space_between_the_delimiter_and_the_quotation_mark():
    text = '"Name", "Address",  "Phone"\n"Hope", "1 Main St, Suite 2",  "555-0100"\n'
    table = read_table("list.csv", text.encode())
    assert list(table.shown.values()) == ["Name", "Address", "Phone"]
    assert table.rows[0].cells == {
        "name": "Hope", "address": "1 Main St, Suite 2", "phone": "555-0100"
    }  # fmt: skip
    assert table.problems == ()


def test_a_quotation_mark_after_a_space_may_be_prose():
    text = 'name,description\nHope,food, "hot meals\nCare,beds and, "showers"\nJoy,clothes\n'
    table = read_table("list.csv", text.encode())
    assert [row.cells["name"] for row in table.rows] == ["Hope", "Care", "Joy"]


def test_prose_with_commas_does_not_make_a_delimiter():
    assert rows_of("name\nFood, clothing, more\n") == [
        (2, {"name": "Food", "column 2": "clothing", "column 3": "more"})
    ]
    assert rows_of('name;note\nHope;"a, b, c"\nHelp;"d, e, f"\n')[0][1] == {
        "name": "Hope",
        "note": "a, b, c",
    }


def test_lines_are_those_where_the_row_begins():
    text = '\nid,name\n\n1,"two\nlines\nand more"\n\n\n2,Hope\n'
    assert [line for line, _ in rows_of(text)] == [4, 9]
    assert [line for line, _ in rows_of(text.replace("\n", "\r\n"))] == [4, 9]


def test_headers_are_matched_whatever_their_case_and_spaces():
    table = read_table("a.csv", "\ufeff ID , Service-Name ,Zip code\n1,Hope,16335\n".encode())
    assert table.headers == ("id", "service_name", "zip_code")
    assert table.shown["service_name"] == "Service-Name"


def test_a_header_twice_is_said_and_both_columns_are_kept():
    table = read_table("a.csv", b"id,name,name\n1,Hope,Help\n")
    assert dict(table.rows[0].cells) == {"id": "1", "name": "Hope", "name (2)": "Help"}
    assert [problem.code for problem in table.problems] == ["duplicate-header"]


def test_ragged_rows():
    table = read_table("a.csv", b"id,name\n1,Hope,more,\n2\n3,Help,,\n")
    assert [dict(row.cells) for row in table.rows] == [
        {"id": "1", "name": "Hope", "column 3": "more"},
        {"id": "2"},
        {"id": "3", "name": "Help"},
    ]
    assert [(problem.code, problem.line) for problem in table.problems] == [("row-too-long", 2)]


@pytest.mark.parametrize(
    ("rows", "long", "short", "is_doubt"),
    [(20, 2, 2, False), (20, 3, 2, True), (10, 0, 3, True), (9, 0, 9, False)],
)
def test_the_share_of_uneven_rows_that_makes_a_doubt(rows, long, short, is_doubt):
    lines = [*["1,Hope,more"] * long, *["2"] * short, *["3,Help"] * (rows - long - short)]
    table = read_table("a.csv", "\n".join(["id,name", *lines]).encode())
    codes = [problem.code for problem in table.uneven_rows()]
    assert codes == (["rows-uneven"] if is_doubt else [])


@pytest.mark.parametrize("nothing", ["", " ", "null", "NULL", "N/A", "n/a", "#N/A"])
def test_cells_that_say_nothing_are_left_out(nothing):
    assert rows_of(f"id,name,note\n1,Hope,{nothing}\n") == [(2, {"id": "1", "name": "Hope"})]


def test_rows_of_nothing_are_skipped():
    assert rows_of("id,name\n,\n , null\n1,Hope\n") == [(4, {"id": "1", "name": "Hope"})]


def test_a_quotation_mark_that_never_closes_is_refused_with_its_line():
    text = 'id,name\n1,Hope\n2,"' + "never ends\n" * 120_000
    with pytest.raises(RefusedError, match="from line 3 on"):
        read_table("a.csv", text.encode())


def test_an_empty_file_is_refused():
    with pytest.raises(RefusedError, match="empty"):
        read_table("a.csv", b"\n \n")


_CELL = st.text(
    st.characters(
        codec="utf-8",
        exclude_characters="\0\ufeff\x85",
        exclude_categories=("Cc", "Zl", "Zp", "Cs"),
    ),
    max_size=12,
).map(lambda text: f"x{text.strip()}".strip())


@given(st.lists(st.lists(_CELL, min_size=3, max_size=3), min_size=1, max_size=6))
def test_every_cell_comes_back_on_its_line(rows):
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows([["id", "name", "note"], *rows])
    table = read_table("a.csv", written.getvalue().encode())
    assert [row.line for row in table.rows] == list(range(2, len(rows) + 2))
    assert [list(row.cells.values()) for row in table.rows] == rows


@given(st.binary(max_size=300))
def test_any_bytes_give_a_table_or_a_refusal(content):
    with contextlib.suppress(RefusedError):
        table = read_table("a.csv", content)
        assert all(row.line > 1 and row.cells for row in table.rows)
