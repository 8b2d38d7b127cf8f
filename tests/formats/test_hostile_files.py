"""Files that mean harm, or are not what they are called: each gets a sentence, and little memory."""

import gzip
import io
import signal
import sqlite3
import sys
import zipfile
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from referral.errors import RefusedError
from referral.formats.files import archive, tables, workbook
from referral.formats.provider_list import open_list
from referral.formats.sandbox.parent import (
    ReadingLimits,
    inspect_sandboxed,
    preview_sandboxed,
    read_sandboxed,
)
from referral.formats.sandbox.protocol import Mappings
from tests.formats.conftest import read_list

# The clock only ends what hangs: a busy machine takes a minute to fill the memory.
LITTLE = ReadingLimits(memory_bytes=200 * 2**20, seconds=600)
needs_limits = pytest.mark.skipif(
    sys.platform in {"win32", "darwin"}, reason="this platform cannot bound a process's memory"
)


def office_zip(path: Path, *members: str) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for member in members:
            made.writestr(member, "<x/>")
    return path


def a_database(path: Path) -> Path:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE a (b)")
    connection.close()
    return path


@cache
def a_workbook() -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["Agency", "Phone"])
        page.write_row(1, 0, ["Hope", "988"])
    return buffer.getvalue()


def refusal_of(path: Path) -> str:
    with pytest.raises(RefusedError) as refused:
        open_list(path)
    sentence = str(refused.value)
    assert sentence.endswith(".")
    assert "Traceback" not in sentence
    return sentence


# ---------------------------------------------------------------- not what they are called


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"%PDF-1.7\n", "PDF"),
        (b"MZ\x90\x00\x03\x00\x00\x00\x04\x00", "program"),
        (b"\x7fELF\x02\x01\x01", "program"),
        (b"#!/bin/sh\nrm -rf x\n", "program"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"GIF89a", "picture"),
        (gzip.compress(b"Agency,Phone\n", mtime=0), "gzip"),
        (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
        (b"Rar!\x1a\x07", "RAR"),
        (b"\n <!DOCTYPE HTML><html>", "web page"),
        (b"{\\rtf1", "document"),
        (b"\x00\x01\x00\x00Standard Jet DB", "Access"),
        (b"x" * 257 + b"ustar\x0000", "tar"),
    ],
)
def test_a_wrong_kind_is_named_with_what_to_do(tmp_path, zipped, content, what):
    path = tmp_path / "services.csv"
    path.write_bytes(content)
    assert what in refusal_of(path)
    assert what in refusal_of(zipped({"services.csv": content, "notes.csv": b"a,b\n"}))


def test_a_database_is_named(tmp_path):
    assert "SQLite" in refusal_of(a_database(tmp_path / "services.csv"))


@pytest.mark.parametrize(
    ("member", "what"),
    [
        ("word/document.xml", "Word"),
        ("ppt/presentation.xml", "slides"),
        ("META-INF/MANIFEST.MF", "program"),
        ("resources.xlsx", "cannot be read as a list"),
    ],
)
def test_a_zip_that_is_something_else_is_named(tmp_path, member, what):
    assert what in refusal_of(office_zip(tmp_path / "services.xlsx", member, "other.xml"))


def test_words_that_begin_like_a_program_are_words(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("MZ agency,Agency,Phone\nBM,Hope,988\n")
    assert read_list(path).counts["service"] == 1


def test_a_workbook_with_a_password_is_named(tmp_path):
    path = tmp_path / "services.xlsx"
    path.write_bytes(archive.OLD_OFFICE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"))
    assert "password" in refusal_of(path)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"\0\0\0\0", b"\xff\xfe"])
def test_nothing_is_refused_as_nothing(tmp_path, content):
    path = tmp_path / "services.csv"
    path.write_bytes(content)
    assert "empty" in refusal_of(path)


# ---------------------------------------------------------------- too much


def test_one_endless_row_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "MAX_LINE_CHARACTERS", 2**20)
    path = tmp_path / "services.csv"
    path.write_bytes(b"," * (2**20 + 1))
    assert "longer than 1 MB" in refusal_of(path)


def test_too_many_columns_are_refused(tmp_path):
    path = tmp_path / "services.csv"
    path.write_text(",".join(f"c{number}" for number in range(1001)))
    assert "1001 columns" in refusal_of(path)


@pytest.mark.slow
def test_a_stray_cell_in_the_last_row_is_refused_with_where_it_is(tmp_path):
    path = tmp_path / "services.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["Agency", "Phone"])
        page.write_row(1, 0, ["Hope", "988"])
        page.write(1_048_575, 16_000, "x")
    assert "row 1,048,576" in refusal_of(path)


@pytest.mark.slow
def test_a_sheet_that_only_declares_a_million_rows_is_read(tmp_path):
    plain, path = tmp_path / "plain.xlsx", tmp_path / "services.xlsx"
    with xlsxwriter.Workbook(plain) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["Agency", "Phone"])
        page.write_row(1, 0, ["Hope", "988"])
        page.write_blank(1_048_575, 16_000, None, book.add_format({"bold": True}))
    with zipfile.ZipFile(plain) as given, zipfile.ZipFile(path, "w") as made:
        for member in given.namelist():
            text = given.read(member)
            if member.endswith("sheet1.xml"):
                assert b'ref="A1:' in text
                assert b"1048576" in text
            made.writestr(member, text)
    assert read_list(path).counts["service"] == 1


def test_how_far_a_sheet_reaches_is_bounded(tmp_path, monkeypatch):
    path = tmp_path / "services.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        for line in range(20):
            page.write_row(line, 0, ["Agency", "Phone"])
    monkeypatch.setattr(workbook, "MAX_CELLS", 39)
    assert "row 20" in refusal_of(path)


@pytest.mark.parametrize("cut", [10, 60, 500])
def test_a_workbook_cut_short_is_refused(tmp_path, cut):
    path = tmp_path / "services.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write_row(0, 0, ["Agency", "Phone"])
    path.write_bytes(path.read_bytes()[:-cut])
    assert "damaged" in refusal_of(path)


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_packed_so_that_it_unpacks_in_one_go_is_refused(tmp_path, packing):
    path = tmp_path / "list.zip"
    with zipfile.ZipFile(path, "w", packing) as made:
        made.writestr("services.csv", b"Agency,Phone\n")
    assert "unusual way" in refusal_of(path)


def test_names_that_differ_only_in_case_are_refused(zipped):
    path = zipped({"Services.csv": b"Agency,Phone\n", "services.CSV": b"Agency,Phone\n"})
    assert "two files called" in refusal_of(path)


@settings(max_examples=20, deadline=None)
@given(content=st.binary(max_size=400), ending=st.sampled_from(["csv", "xlsx", "zip", "xls"]))
def test_any_bytes_are_a_list_or_a_refusal(tmp_path_factory, content, ending):
    path = tmp_path_factory.mktemp("bytes") / f"list.{ending}"
    path.write_bytes(content)
    with suppress(RefusedError):
        list(open_list(path).read("s"))


@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_a_workbook_with_any_bytes_changed_is_a_list_or_a_refusal(tmp_path_factory, data):
    content = bytearray(a_workbook())
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("bytes") / "list.xlsx"
    path.write_bytes(content)
    with suppress(RefusedError):
        list(open_list(path).read("s"))


# ---------------------------------------------------------------- in a process of its own


@pytest.mark.slow
def test_what_is_read_apart_is_what_is_read_here(shared_data):
    folder = shared_data / "florida-legal-aid" / "services.csv"
    here = open_list(folder)
    seen: list[tuple[int, int]] = []
    apart = read_sandboxed(folder, "s", on_row=lambda *told: seen.append(told))
    assert apart.items == [*here.notices, *here.read("s")]
    assert (apart.format, apart.why, apart.mapping) == (here.format, here.why, here.mapping)
    assert seen[-1] == (here.row_count, here.row_count)


def test_a_refusal_comes_back_as_it_was_said(tmp_path):
    path = tmp_path / "services.csv"
    path.write_bytes(b"%PDF-1.7")
    with pytest.raises(RefusedError, match="is a PDF"):
        read_sandboxed(path, "s")


def test_numbers_of_seven_digits_get_the_area_code(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("Agency,Phone\nHope,555-0101\n")
    mapping = inspect_sandboxed(path).mapping
    kept = read_sandboxed(path, "s", mappings=Mappings(area_code="814")).items
    for items in (kept, preview_sandboxed(path, "s", mapping, 2, area_code="814")):
        records = [item.record for item in items if hasattr(item, "record")]
        assert [each.tel for each in records if hasattr(each, "tel")] == ["+18145550101"]


def test_sheets_are_looked_at_and_a_mapping_is_tried_apart(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("Agency,Phone\n" + "".join(f"Hope {n},988\n" for n in range(9)))
    seen = inspect_sandboxed(path)
    (sample,) = seen.samples
    assert (sample.columns, sample.row_count) == (("Agency", "Phone"), 9)
    assert sample.examples == (("Hope 0", "Hope 1", "Hope 2"), ("988",))
    assert sample.filled == (9, 9)
    items = preview_sandboxed(path, "s", seen.mapping, 2)
    assert {type(item.record).__name__ for item in items} == {"Organization", "Service", "Phone"}
    assert len(items) == 6


@needs_limits
def test_memory_without_end_is_refused_and_not_taken(tmp_path):
    path = tmp_path / "services.csv"
    with path.open("wb") as stream:
        stream.write(b"Agency,Phone\n")
        for _ in range(30):
            stream.write(b"Hope,814-555-0101\n" * 50_000)
    with pytest.raises(RefusedError, match=r"too large|more memory"):
        read_sandboxed(path, "s", limits=LITTLE)


@pytest.mark.slow
@needs_limits
def test_a_workbook_that_unpacks_without_end_is_refused(tmp_path):
    """One long text that many cells point at: small as a zip, without end in memory."""
    path = tmp_path / "services.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["Agency", "Phone"])
        for line in range(1, 8_000):
            page.write_row(line, 0, ["Hope " * 1_000] * 8)
    assert path.stat().st_size < 2**20
    with pytest.raises(RefusedError, match=r"too large|more memory"):
        read_sandboxed(path, "s", limits=LITTLE)


def test_time_without_end_is_refused(tmp_path):
    path = tmp_path / "services.csv"
    path.write_text("Agency,Phone\nHope,988\n")
    with pytest.raises(RefusedError, match="more than 0 seconds"):
        read_sandboxed(path, "s", limits=ReadingLimits(seconds=0.01))


@pytest.mark.skipif(not hasattr(signal, "SIGXCPU"), reason="Windows cannot bound work")
def test_work_without_end_is_refused(tmp_path):
    path = tmp_path / "services.csv"
    path.write_text("Agency,Phone\n" + "Hope & <b>Home</b>,814-336-0101\n" * 60_000)
    with pytest.raises(RefusedError, match="more than 1 seconds"):
        read_sandboxed(path, "s", limits=ReadingLimits(cpu_seconds=1))
