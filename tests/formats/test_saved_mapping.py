"""The mapping of last time beside a new list."""

import pytest

from referral.formats.column_mapping import ColumnMapping, ColumnRule, SheetMapping
from referral.formats.files.tables import Tables, read_table
from referral.formats.provider_list import open_list
from referral.formats.sandbox.child import inspect_sheets
from referral.formats.spreadsheet.propose_mapping import propose_mapping
from referral.formats.spreadsheet.saved_mapping import (
    changes_since,
    readable_now,
    reuse_unchanged,
)


def tables_of(**sheets):
    return Tables({name: read_table(f"{name}.csv", text.encode()) for name, text in sheets.items()})


def mapping_of(**sheets):
    return propose_mapping(tables_of(**sheets))


ONE = "Agency,Phone,Notes\nHope,988,x\n"


@pytest.mark.parametrize(
    ("text", "new", "gone"),
    [
        ("notes, PHONE ,Agency\nx,988,Hope\n", [], []),
        ("Agency,Phone,Notes,Fax\nHope,988,x,\n", ["Fax"], []),
        ("Agency,Notes\nHope,x\n", [], ["Phone"]),
        ("Agency,Telephone,Notes\nHope,988,x\n", ["Telephone"], ["Phone"]),
    ],
)
def test_columns_that_came_and_went_are_named(text, new, gone):
    changes = changes_since(mapping_of(list=ONE), mapping_of(other=text))
    assert [header for _, header in changes.new] == new
    assert [header for _, header in changes.gone] == gone
    assert bool(changes) == bool(new or gone)


def test_a_sheet_that_came_or_went_is_named_but_not_what_is_in_one_passed_over():
    last = mapping_of(services=ONE, notes="By,Text\nAnn,call\n", old="Agency,Phone\nHope,988\n")
    now = mapping_of(services=ONE, notes="On,What\nMay,call\n", extra="By,Text\nAnn,call\n")
    changes = changes_since(last, now)
    assert changes.new == (("extra", ""),)
    assert changes.gone == (("old", ""),)


def test_what_was_said_is_kept_and_a_new_column_does_not_push_it_aside():
    said = ColumnMapping(
        sheets=(
            SheetMapping(
                row="service",
                columns=(
                    ColumnRule(column="Agency", target="service.name"),
                    ColumnRule(column="Phone", target="phone.fax", split="newline"),
                    ColumnRule(column="Notes"),
                ),
                constants={"address.state_province": "PA"},
            ),
        )
    )
    now = mapping_of(list="Agency,Phone,Notes,Program,Fax\nHope,988,x,Meals,\n")
    (sheet,) = reuse_unchanged(now, said).sheets
    rules = {rule.column: rule for rule in sheet.columns}
    assert (rules["Agency"].target, rules["Phone"].split) == ("service.name", "newline")
    assert rules["Notes"].target == rules["Program"].target == ""
    assert rules["Fax"].target == "phone.fax"  # there may be several
    assert sheet.constants == {"address.state_province": "PA"}
    assert rules["Agency"].because == "remembered"


def test_a_saved_proposal_is_the_same_next_time():
    tables = tables_of(list="Our help,,\nAgency,Phone,Size\nHope,988,9\nHelp,911,\n")
    seen = inspect_sheets(tables, None)
    again = inspect_sheets(tables, seen.mapping)
    assert not again.changes
    assert [rule.target for rule in again.mapping.sheets[0].columns] == [
        rule.target for rule in seen.mapping.sheets[0].columns
    ]


def test_a_heading_that_is_a_topic_over_marks_gives_the_heading_not_the_mark():
    (sheet,) = mapping_of(list="Agency,Phone,Topic 1\nHope,988,X\nHelp,911,\n").sheets
    rule = sheet.columns[2]
    assert (rule.target, rule.marks, rule.because) == ("taxonomy_term.name", "Topic 1", "marks")


@pytest.mark.parametrize(
    ("because", "readable"),
    [("unknown", [("", "Fax")]), ("", []), ("remembered", [])],
)
def test_a_column_that_nothing_explained_then_is_offered_when_something_does(because, readable):
    said = ColumnMapping(
        sheets=(
            SheetMapping(
                row="service",
                columns=(
                    ColumnRule(column="Agency", target="service.name"),
                    ColumnRule(column="Phone", target="phone.number"),
                    ColumnRule(column="Fax", because=because),
                ),
            ),
        )
    )
    now = mapping_of(list="Agency,Phone,Fax\nHope,988,988\n")
    assert [(sheet and "", header) for sheet, header in readable_now(said, now)] == readable
    (sheet,) = reuse_unchanged(now, said).sheets
    rules = {rule.column: rule.target for rule in sheet.columns}
    assert rules["Fax"] == ("phone.fax" if readable else "")


def test_the_review_of_a_list_names_the_columns_that_could_be_read_now(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("Agency,Phone,Fax\nHope,988,814-555-0101\n")
    columns = (
        ColumnRule(column="Agency", target="service.name"),
        ColumnRule(column="Phone", target="phone.number"),
        ColumnRule(column="Fax", because="unknown"),
    )
    said = ColumnMapping(sheets=(SheetMapping(row="service", columns=columns),))
    (notice,) = open_list(path, saved=said).notices
    assert (notice.code, notice.file) == ("columns-readable-now", "list.csv")
    assert "Fax" in str(notice.message)
    assert not open_list(path).notices
