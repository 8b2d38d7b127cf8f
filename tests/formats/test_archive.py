"""Lists that are not safe or not whole are refused, with a sentence that says what to do."""

import io
import stat
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from referral.errors import RefusedError
from referral.formats.files import archive
from referral.formats.files.archive import Budget, open_files
from referral.formats.provider_list import open_list

ORGANIZATIONS = b"id,name,url\n1,Hope,\n"


def test_folder_zip_and_folder_in_zip_hold_the_same_files(tmp_path, zipped):
    (tmp_path / "list").mkdir()
    (tmp_path / "list" / "Organizations.CSV").write_bytes(ORGANIZATIONS)
    (tmp_path / "list" / ".DS_Store").write_bytes(b"x")
    made = {
        "export/organizations.csv": ORGANIZATIONS,
        "__MACOSX/export/._organizations.csv": b"x",
        "export/.DS_Store": b"x",
    }
    for files in (open_files(tmp_path / "list").flat(), open_files(zipped(made)).flat()):
        assert files.names == ("organizations.csv",)
        assert files.read("organizations.csv") == ORGANIZATIONS


@pytest.mark.parametrize(
    "name",
    ["/etc/organizations.csv", "../organizations.csv", "a/../../b.csv", "C:/organizations.csv"],
)
def test_paths_that_lead_outside_are_refused(zipped, name):
    with pytest.raises(RefusedError, match="unsafe path"):
        open_files(zipped({name: ORGANIZATIONS}))


def test_backslash_paths_that_lead_outside_are_refused(zipped):
    with pytest.raises(RefusedError, match="unsafe path"):
        open_files(zipped({"..\\organizations.csv": ORGANIZATIONS}))


def test_links_in_a_zip_are_refused(tmp_path):
    path = tmp_path / "list.zip"
    entry = zipfile.ZipInfo("organizations.csv")
    entry.create_system = 3
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(entry, "/etc/passwd")
    with pytest.raises(RefusedError, match="link instead of a file"):
        open_files(path)


def test_a_zip_with_a_password_is_refused(zipped):
    path = zipped({"organizations.csv": ORGANIZATIONS})
    content = bytearray(path.read_bytes())
    content[6] |= 1  # the flag in the file's own header and in the directory
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(RefusedError, match="password"):
        open_files(path)


def test_more_than_200_files_are_refused(zipped):
    with pytest.raises(RefusedError, match="201 files"):
        open_files(zipped({f"{number}.csv": b"id\n" for number in range(201)}))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(zipped):
    path = zipped({"organizations.csv": b"0" * (11 * 2**20)})
    assert path.stat().st_size < 20_000
    with pytest.raises(RefusedError, match="200 times its size"):
        open_files(path)


def test_a_zip_that_declares_too_much_is_refused(zipped, monkeypatch):
    monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", 10)
    with pytest.raises(RefusedError, match="unpacks to"):
        open_files(zipped({"organizations.csv": ORGANIZATIONS}))


def test_a_zip_that_declares_less_than_it_holds_is_refused(zipped):
    path = zipped({"organizations.csv": ORGANIZATIONS * 100})
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.index(mark) + offset
        content[at : at + 4] = (10).to_bytes(4, "little")
    path.write_bytes(content)
    files = open_files(path)
    with pytest.raises(RefusedError, match="damaged"):
        files.read("organizations.csv")


def test_what_is_really_unpacked_is_counted_over_all_files(zipped, monkeypatch):
    path = zipped({"organizations.csv": ORGANIZATIONS, "services.csv": ORGANIZATIONS})
    budget = Budget(len(ORGANIZATIONS) + 1)
    monkeypatch.setattr(archive, "Budget", lambda _left: budget)
    files = open_files(path)
    assert files.read("organizations.csv") == ORGANIZATIONS
    with pytest.raises(RefusedError, match="more than it declares"):
        files.read("services.csv")


def test_a_zip_in_a_zip_is_refused(zipped):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as made:
        made.writestr("organizations.csv", ORGANIZATIONS)
    with pytest.raises(RefusedError, match="another zip inside"):
        open_files(zipped({"inner.zip": inner.getvalue()}))


def test_a_zip_of_two_lists_is_refused(zipped):
    two = {"a/organizations.csv": ORGANIZATIONS, "b/organizations.csv": ORGANIZATIONS}
    with pytest.raises(RefusedError, match="several folders"):
        open_files(zipped(two)).flat()


def test_a_zip_cut_short_is_refused(zipped):
    path = zipped({"organizations.csv": ORGANIZATIONS * 50})
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(RefusedError, match="damaged or cut short"):
        open_files(path)


def test_a_damaged_member_is_refused_when_it_is_read(zipped):
    path = zipped({"organizations.csv": bytes(range(256)) * 40})
    content = bytearray(path.read_bytes())
    content[60:80] = b"\xff" * 20
    path.write_bytes(content)
    with pytest.raises(RefusedError, match="damaged"):
        open_files(path).read("organizations.csv")


def test_a_file_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_FILE_BYTES", 10)
    path = tmp_path / "services.csv"
    path.write_bytes(b"id,name\n" * 10)
    with pytest.raises(RefusedError, match="larger than"):
        open_list(path)


def test_a_name_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(RefusedError, match="no file or folder called"):
        open_list(tmp_path / "nothing.csv")


def test_a_link_that_leads_out_of_a_folder_is_named_and_not_followed(folder, tmp_path):
    (tmp_path / "secret.csv").write_bytes(ORGANIZATIONS)
    place = folder({"organizations.csv": ORGANIZATIONS.decode()})
    (place / "services.csv").symlink_to(tmp_path / "secret.csv")
    opened = open_list(place)
    assert list(opened.tables) == ["organizations"]
    assert [(n.code, n.file) for n in opened.notices] == [("file-not-read", "services.csv")]


def test_a_folder_without_tables_is_refused(tmp_path):
    (tmp_path / "readme.pdf").write_bytes(b"%PDF-1.7")
    with pytest.raises(RefusedError, match="no CSV or XLSX"):
        open_list(tmp_path)


def test_a_list_further_in_is_named(tmp_path):
    """As lists are passed around: a note of where it is from, and the list in a folder beside."""
    place = tmp_path / "sample"
    for folder in ("list", "other"):
        (place / folder).mkdir(parents=True)
    (place / "PROVENANCE.txt").write_text("What it is: a sample, of 8 organizations")
    (place / "list" / "organizations.csv").write_bytes(ORGANIZATIONS)
    (place / "other" / "faulty.csv").write_text("a,b")
    with pytest.raises(RefusedError, match="Its folder list looks like a list"):
        open_list(place)
    (place / "other" / "services.csv").write_text("a,b")
    with pytest.raises(RefusedError, match="Import one of its folders: list, other"):
        open_list(place)


def test_a_workbook_is_held_to_the_same_limits(tmp_path, monkeypatch):
    path = tmp_path / "services.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write_row(0, 0, ["Service", "Phone"])
    monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", 10)
    with pytest.raises(RefusedError, match="unpacks to"):
        open_list(path)


def test_what_is_no_workbook_inside_is_refused(tmp_path):
    path = tmp_path / "services.xlsx"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("xl/workbook.xml", "<workbook")
    with pytest.raises(RefusedError, match="cannot be opened as a workbook"):
        open_list(path)


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("services.pdf", b"%PDF-1.7\n", "PDF"),
        ("services.csv", b"%PDF-1.7\n", "PDF"),
        ("services.xls", b"\xd0\xcf\x11\xe0\xa1\xb1", "password"),
        ("services.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1", "password"),
        ("services.csv", b"\x89PNG\r\n", "picture"),
        ("services.xml", b"<?xml version='1.0'?><Source/>", "XML"),
        ("services.csv", b"<!DOCTYPE html><html>", "web page"),
        ("services.json", b"[1, 2]", "JSON"),
        ("services.doc", b"{\\rtf1", "document"),
    ],
)
def test_what_is_no_table_at_all_is_refused_by_its_kind(
    tmp_path: Path, name: str, content: bytes, what: str
):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(RefusedError, match=what):
        open_list(path)


def test_a_workbook_in_a_folder_or_zip_is_opened(folder, zipped, tmp_path):
    book_path = tmp_path / "pantries.xlsx"
    with xlsxwriter.Workbook(book_path) as book:
        sheet = book.add_worksheet("Pantries")
        for line, cells in enumerate((["Program name", "Phone"], ["Hope Pantry", "814-555-0101"])):
            sheet.write_row(line, 0, cells)
    place = folder({"readme.txt": "From the county, on a Monday."})
    (place / "Pantries.xlsx").write_bytes(book_path.read_bytes())
    for path in (place, zipped({"a/Pantries.xlsx": book_path.read_bytes()})):
        opened = open_list(path)
        services = [each for each in opened.read("s") if getattr(each, "record", None)]
        assert "Hope Pantry" in str(services)
        assert {each.origin.file for each in services} == {"pantries.xlsx"}
