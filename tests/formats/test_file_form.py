"""How a text file is written, where somebody says it: separator, quotation mark, encoding."""

import json

from click.testing import CliRunner

from referral.cli import main
from referral.formats.column_mapping import ColumnMapping, SheetMapping, mapping_from_json
from referral.formats.open_tables import open_sheets


def shown(path, **form):
    """Give the headers and the first row, read in that form."""
    mapping = ColumnMapping(sheets=(SheetMapping(row="service", **form),))
    (table,) = open_sheets(path, mapping).by_stem.values()
    return list(table.shown.values()), list(table.rows[0].cells.values())


def test_the_separator_that_was_said_is_taken(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("Agency, main;Phone, main\nHope, Inc.;814-555-0101\n")
    assert shown(path, separator=";") == (
        ["Agency, main", "Phone, main"],
        ["Hope, Inc.", "814-555-0101"],
    )


def test_quotation_marks_can_be_of_one_kind_or_none(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("Agency,Phone\n'Hope, Inc.',814-555-0101\n")
    assert shown(path, quotation="'")[1] == ["Hope, Inc.", "814-555-0101"]
    path.write_text('Agency,Size\nThe 5" Fund,5"\n"Bo" Pantry,6"\n')
    assert shown(path, quotation="none")[1] == ['The 5" Fund', '5"']


def test_the_encoding_that_was_said_is_taken(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes("Agency,Phone\nEspérance,814-555-0101\n".encode("cp850"))
    assert shown(path, encoding="cp850")[1][0] == "Espérance"


def test_the_command_line_says_it_too(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(
        "About, our list\nAgency (main, all);Phone (main, all)\nHope, Inc.;814-555-0101\n"
    )
    options = [str(path), "--separator", "semicolon", "--header-line", "2", "--show-mapping"]
    printed = CliRunner().invoke(main, ["import", *options]).stdout
    (sheet,) = mapping_from_json(printed).sheets
    assert (sheet.separator, sheet.header_line) == (";", 2)
    assert [rule.column for rule in sheet.columns] == ["Agency (main, all)", "Phone (main, all)"]
    assert json.loads(printed)["sheets"][0]["separator"] == ";"
