"""A list is read as its column mapping says."""

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import xlsxwriter

from referral.formats.column_mapping import (
    ColumnRule,
)
from referral.formats.provider_list import open_list
from referral.formats.spreadsheet.propose_mapping import propose_mapping
from referral.formats.spreadsheet.reader import apply_mapping
from referral.records.visibility import Visibility
from tests.formats.conftest import SOURCE, outcome_of, read_list
from tests.formats.mapped_tables import NAME, mapped, rules_of, tables_of


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[..., Path]:
    def make(**sheets: Sequence[Sequence[str]]) -> Path:
        path = tmp_path / "list.xlsx"
        with xlsxwriter.Workbook(path) as book:
            for name, rows in sheets.items():
                page = book.add_worksheet(name)
                for line, cells in enumerate(rows):
                    page.write_row(line, 0, cells)
        return path

    return make


def test_marks_become_what_their_header_names():
    rows = [
        ["Agency", "Phone", "Spanish", "ASL", "Veterans", "Food", "Rent", "Diapers"],
        ["Hope", "988", "X", "by appointment", "x", "Yes", "No", "ask"],
        ["Help", "911", "", "", "", "", "Yes", "1"],
        *([f"Other {number}", "911", "", "", "", "", "", "x"] for number in range(3)),
    ]
    tables = tables_of(*rows)
    outcome = outcome_of(apply_mapping(tables, propose_mapping(tables), SOURCE))
    eligible = {one.name: one.eligibility_description for one in outcome.records("service")}
    assert (eligible["Hope"], eligible["Help"]) == ("For: Veterans.", "")
    assert {(one.name, one.code) for one in outcome.records("language")} == {("Spanish", "es")}
    assert {term.name for term in outcome.records("taxonomy_term")} == {"Food", "Rent", "Diapers"}
    assert outcome.counts["attribute"] == 6
    assert outcome.codes == {"mark-not-understood": 1}


def test_whom_a_service_is_for_is_cleaned_like_other_texts():
    tables = tables_of(
        ["Agency", "Phone", "Ages served"],
        ["Hope", "988", "12 \u00ad 18 years old"],
        ["Help", "911", "Adults, 18 and older"],
    )
    mapping = propose_mapping(tables)
    outcome = outcome_of(apply_mapping(tables, mapping, SOURCE))
    eligible = {one.name: one.eligibility_description for one in outcome.records("service")}
    assert eligible["Hope"] == "For: 12 - 18 years old."


def test_a_mark_that_is_text_is_kept_aside_and_said():
    columns = [NAME, ColumnRule(column="Food", target="taxonomy_term.name", marks="Food")]
    outcome = mapped(columns, ["Name", "Food"], ["Hope", "on Tuesdays"])
    assert outcome.codes == {"mark-not-understood": 1}
    (item,) = outcome.sourced("service")
    assert list(item.origin.unmapped.values()) == ["on Tuesdays"]
    spoken = [NAME, ColumnRule(column="Spanish", target="language.name", marks="Spanish")]
    outcome = mapped(spoken, ["Name", "Spanish"], ["Hope", "by appointment"])
    assert outcome.one("language").name == "Spanish (by appointment)"
    assert outcome.one("language").code == "es"


@pytest.mark.parametrize(
    ("row", "hours"),
    [
        (["Hope", "9am-5pm", "9am-12pm", ""], {("MO", "09:00"), ("TU", "09:00")}),
        (["Hope", "X", "X", "9am-5pm"], {("MO,TU", "09:00")}),
        (["Hope", "", "X", "10am-2pm"], {("TU", "10:00")}),
    ],
)
def test_days_in_columns_become_hours(row, hours):
    columns = [
        NAME,
        ColumnRule(column="Mon", target="schedule.day", marks="Monday"),
        ColumnRule(column="Tue", target="schedule.day", marks="Tuesday"),
        ColumnRule(column="Times", target="schedule.hours"),
    ]
    outcome = mapped(columns, ["Name", "Mon", "Tue", "Times"], row)
    assert {(one.byday, one.opens_at) for one in outcome.records("schedule")} == hours


@pytest.mark.parametrize(
    ("target", "cell", "kind", "visibility"),
    [
        ("service.private", "Yes", "service", Visibility.STAFF),
        ("service.private", "No", "service", Visibility.PUBLIC),
        ("service.private", "perhaps", "service", Visibility.STAFF),
        ("service.private", "", "service", Visibility.PUBLIC),
        ("service.shown", "No", "service", Visibility.STAFF),
        ("service.shown", "Yes", "service", Visibility.PUBLIC),
        ("service.shown", "perhaps", "service", Visibility.STAFF),
        ("location.private", "X", "location", Visibility.WITHHELD),
        ("location.private", "hm", "location", Visibility.WITHHELD),
        ("location.private", "no", "location", Visibility.PUBLIC),
        ("phone.private", "Yes", "phone", Visibility.WITHHELD),
        ("phone.private", "No", "phone", Visibility.PUBLIC),
    ],
)
def test_flags_that_protect_are_obeyed(target, cell, kind, visibility):
    columns = [
        NAME,
        ColumnRule(column="Street", target="address.address_1"),
        ColumnRule(column="Call", target="phone.number"),
        ColumnRule(column="Flag", target=target),
    ]
    outcome = mapped(
        columns, ["Name", "Street", "Call", "Flag"], ["Hope", "12 Main St", "814-555-0101", cell]
    )
    assert outcome.one(kind).visibility is visibility
    said = outcome.codes["flag-not-understood"]
    assert said == (cell in {"perhaps", "hm"})


def test_a_flag_may_be_about_one_phone():
    columns = [
        NAME,
        ColumnRule(column="Office", target="phone.number"),
        ColumnRule(column="Cell", target="phone.number"),
        ColumnRule(column="Cell private", target="phone.private", of="Cell"),
    ]
    outcome = mapped(
        columns,
        ["Name", "Office", "Cell", "Cell private"],
        ["Hope", "814-555-0101", "814-555-0102", "yes"],
    )
    assert {phone.tel: phone.visibility for phone in outcome.records("phone")} == {
        "+18145550101": Visibility.PUBLIC,
        "+18145550102": Visibility.WITHHELD,
    }


def test_a_deleted_service_has_ended():
    columns = [NAME, ColumnRule(column="Deleted", target="service.deleted")]
    rows = [["Name", "Deleted"], ["Hope", "TRUE"], ["Help", ""], ["Hand", "soon"]]
    outcome = mapped(columns, *rows)
    assert {s.name: s.status for s in outcome.records("service")} == {
        "Hope": "defunct", "Help": "active", "Hand": "active",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("split", "cell", "names"),
    [
        ("auto", "Food; Rent", {"Food", "Rent"}),
        ("none", "Food, Rent; Diapers", {"Food, Rent; Diapers"}),
        (";", "Food, hot; Rent", {"Food, hot", "Rent"}),
        ("newline", "Food; hot\nRent", {"Food; hot", "Rent"}),
        (" / ", "Food / Rent", {"Food", "Rent"}),
    ],
)
def test_a_cell_is_split_as_the_mapping_says(split, cell, names):
    columns = [NAME, ColumnRule(column="Kind", target="taxonomy_term.name", split=split)]
    outcome = mapped(columns, ["Name", "Kind"], ["Hope", cell])
    assert {term.name for term in outcome.records("taxonomy_term")} == names


def test_constants_fill_what_rows_do_not_say():
    columns = [NAME, ColumnRule(column="Town", target="address.city")]
    outcome = mapped(
        columns,
        ["Name", "Town"],
        ["Hope", "Meadville"],
        constants={"address.state_province": "PA", "service_area.name": "Crawford County"},
    )
    assert outcome.one("address").state_province == "PA"
    assert outcome.one("service_area").area_codes == "Crawford County, PA"
    (item,) = outcome.sourced("service")
    assert item.origin.unmapped == {}


def test_totals_and_repeated_headers_are_passed_over_and_said():
    rows = [
        ["Name", "Phone"],
        ["Hope", "988"],
        ["Name", "Phone"],
        ["Total:", "1"],
        ["Total Care", "911"],
    ]
    columns = [NAME, ColumnRule(column="Phone", target="phone.number")]
    outcome = mapped(columns, *rows)
    assert {one.name for one in outcome.records("service")} == {"Hope", "Total Care"}
    assert outcome.codes == {"row-passed-over": 2}


def test_merged_cells_hold_for_the_rows_below(tmp_path):
    path = tmp_path / "list.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["Agency", "Program", "Phone"])
        page.merge_range(1, 0, 2, 0, "Hope")
        page.write_row(1, 1, ["Food", "988"])
        page.write_row(2, 1, ["Rent", "911"])
    outcome = read_list(path)
    assert [one.name for one in outcome.records("organization")] == ["Hope"]
    assert outcome.counts["service"] == 2


def test_blanks_below_an_agency_are_taken_for_merged_cells_in_a_csv():
    rows = [["Agency", "Program", "Phone"], ["Hope", "Food", "988"], ["", "Rent", "911"]]
    rules = rules_of(*rows)
    assert rules["Agency"].fill_down
    assert "merged" in rules["Agency"].why
    tables = tables_of(*rows)
    outcome = outcome_of(apply_mapping(tables, propose_mapping(tables), SOURCE))
    assert [one.name for one in outcome.records("organization")] == ["Hope"]


def test_two_columns_of_one_name_are_both_read():
    outcome = outcome_of(
        apply_mapping(
            (tables := tables_of(["Agency", "Phone", "Phone"], ["Hope", "988", "911"])),
            propose_mapping(tables),
            SOURCE,
        )
    )
    assert {one.tel for one in outcome.records("phone")} == {"988", "911"}


def test_a_preview_reads_only_the_first_services():
    tables = tables_of(["Agency", "Phone"], *([f"Hope {n}", "988"] for n in range(30)))
    outcome = outcome_of(apply_mapping(tables, propose_mapping(tables), SOURCE, first=5))
    assert outcome.counts["service"] == 5


# ---------------------------------------------------------------- several sheets

SHEETS = {
    "Agencies": [
        ["Agency ID", "Name", "Description", "Phone", "Logo colour"],
        ["7", "Hope Center", "We help.", "814-555-0100", "red"],
        ["8", "Nobody's", "", "", ""],
    ],
    "Sites": [
        ["Site ID", "Agency ID", "Name", "Address", "City", "State", "Zip", "Hours"],
        ["a", "7", "Main", "12 Main St", "Meadville", "PA", "16335", "Mon-Fri 9am-5pm"],
        ["b", "7", "Annex", "34 Oak St", "Titusville", "PA", "16354", ""],
    ],
    "Programs": [
        ["Program ID", "Agency ID", "Program Name", "Description"],
        ["1", "7", "Food pantry", "Groceries."],
        ["2", "7", "Rent help", "Money for rent."],
    ],
    "Where": [["Program ID", "Site ID"], ["1", "a"], ["1", "b"], ["2", "b"], ["9", "a"]],
}


def test_sheets_that_name_each_other_by_id_are_joined(workbook):
    path = workbook(**SHEETS)
    mapping = open_list(path).mapping
    assert {sheet.sheet: sheet.row for sheet in mapping.sheets} == {
        "Agencies": "organization", "Sites": "location", "Programs": "service",
        "Where": "service_at_location",
    }  # fmt: skip
    outcome = read_list(path)
    assert outcome.counts["organization"] == outcome.counts["service"] == 2
    assert outcome.counts["location"] == outcome.counts["address"] == 2
    assert outcome.counts["service_at_location"] == 3
    assert outcome.codes == {"unknown-parent": 1}
    hope = next(one for one in outcome.records("organization") if one.name == "Hope Center")
    assert hope.description == "We help."
    assert {one.organization_id for one in outcome.records("service")} == {hope.id}
    assert {one.organization_id for one in outcome.records("location")} == {hope.id}
    assert outcome.one("phone").organization_id == hope.id
    assert outcome.one("schedule").location_id
    (item,) = [one for one in outcome.sourced("organization") if one.record.id == hope.id]
    assert item.origin.unmapped == {"Logo colour": "red"}
    assert item.origin.file == "list.xlsx: Agencies"


def test_sheets_that_name_each_other_by_name_are_joined(workbook):
    path = workbook(
        Organizations=[["Agency", "Website"], ["Hope Center", "hope.example.org"]],
        Services=[["Service", "Agency", "Phone"], ["Food", "HOPE  center", "988"]],
    )
    outcome = read_list(path)
    organization = outcome.one("organization")
    assert organization.website == "http://hope.example.org"
    assert outcome.one("service").organization_id == organization.id


def test_a_sheet_about_nothing_is_passed_over(workbook):
    path = workbook(
        Notes=[["Made by Jo"], ["for the county"]], List=[["Agency", "Phone"], ["Hope", "988"]]
    )
    assert [sheet.row for sheet in open_list(path).mapping.sheets] == ["none", "service"]
    assert read_list(path).counts["service"] == 1


def test_a_shelter_that_only_staff_may_see_is_held_all_the_same():
    columns = [
        NAME,
        ColumnRule(column="Street", target="address.address_1"),
        ColumnRule(column="Private", target="service.private"),
    ]
    name = "Domestic violence shelter, a safe house to stay in"
    outcome = mapped(columns, ["Name", "Street", "Private"], [name, "9 Secret Way", "yes"])
    assert outcome.one("service").visibility is Visibility.STAFF
    assert outcome.one("location").visibility is Visibility.WITHHELD


def test_an_open_document_sheet_is_read(tmp_path):
    def row(*cells: str) -> str:
        made = "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
            for cell in cells
        )
        return f"<table:table-row>{made}</table:table-row>"

    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="List">{row("Agency", "Phone")}{row("Hope", "988")}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    path = tmp_path / "list.ods"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        made.writestr("content.xml", content)
        kind = '<m:file-entry m:full-path="/" m:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
        space = 'xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
        made.writestr("META-INF/manifest.xml", f"<m:manifest {space}>{kind}</m:manifest>")
    outcome = read_list(path)
    assert outcome.one("phone").tel == "988"
    assert outcome.sourced("service")[0].origin.file == "list.ods"
