"""A column mapping made by hand, kept as JSON, and followed in the next file."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referral.errors import RefusedError
from referral.formats.column_mapping import (
    ColumnMapping,
    ColumnRule,
    SheetMapping,
    check_mapping,
    mapping_from_json,
)
from referral.formats.open_tables import open_sheets
from referral.formats.provider_list import open_list
from referral.formats.spreadsheet.propose_mapping import propose_mapping
from referral.formats.spreadsheet.reader import apply_mapping
from referral.formats.spreadsheet.targets import TARGETS
from referral.records.kinds import SourcedRecord
from tests.formats.conftest import SOURCE, outcome_of
from tests.formats.mapped_tables import tables_of


def test_columns_that_no_one_knows_can_be_mapped(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("Made by Jo,,\nCol A,Col B,Col C\nHope,814 555 0101,x\n")
    with pytest.raises(RefusedError, match="column mapping"):
        open_list(path)
    table = open_sheets(path).by_stem["list"]
    assert table.header_line == 2
    columns = (
        ColumnRule(column="Col A", target="service.name"),
        ColumnRule(column="Col B", target="phone.number"),
    )
    mapping = ColumnMapping(sheets=(SheetMapping(row="service", columns=columns),))
    opened = open_list(path, mapping=mapping_from_json(mapping.to_json()))
    outcome = outcome_of(opened.read(SOURCE))
    assert outcome.one("phone").tel == "+18145550101"
    (item,) = outcome.sourced("service")
    assert item.origin.unmapped == {"Col C": "x"}


def test_a_kept_mapping_fits_the_next_file_where_the_header_moved(tmp_path):
    first, second = tmp_path / "may.csv", tmp_path / "june.csv"
    first.write_text("Agency,Phone\nHope,988\n")
    second.write_text("Resources,\nJune,\n,\nAgency,Phone\nHope,988\n")
    mapping = open_list(first).mapping
    outcomes = [
        outcome_of(open_list(path, mapping=mapping).read(SOURCE)) for path in (first, second)
    ]
    assert outcomes[0].ids == outcomes[1].ids


def test_a_mapping_is_for_spreadsheets_only(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("Agency,Phone\nHope,988\n")
    mapping = open_list(path).mapping
    with pytest.raises(RefusedError, match="for spreadsheets"):
        open_list(path, format="ohana", mapping=mapping)


def test_a_column_that_went_away_is_said(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("Agency,Telephone\nHope,988\n")
    columns = (
        ColumnRule(column="Agency", target="organization.name"),
        ColumnRule(column="Phone", target="phone.number"),
    )
    mapping = ColumnMapping(sheets=(SheetMapping(row="service", columns=columns),))
    outcome = outcome_of(open_list(path, mapping=mapping).read(SOURCE))
    assert outcome.codes == {"column-missing": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"version": 2, "sheets": []}', "cannot be read"),
        ('{"version": 1, "sheets": []}', "takes no sheet"),
        ('{"version": 1, "sheets": [{"row": "service", "colunms": []}]}', "colunms"),
        ('{"version": 1, "sheets": [{"row": "service"}]}', "Name of the service"),
        (
            '{"version": 1, "sheets": [{"row": "service", "columns": [{"column": "A", "target": "service.nmae"}]}]}',
            "service.nmae",
        ),
        (
            '{"version": 1, "sheets": [{"row": "service", "columns": [{"column": "A", "target": "service.name", "marks": "x"}]}]}',
            "cannot be marked",
        ),
        (
            '{"version": 1, "sheets": [{"row": "service", "columns": [{"column": "A", "target": "schedule.day"}]}]}',
            "which day",
        ),
        (
            '{"version": 1, "sheets": [{"row": "none"}, {"row": "service", "constants": {"service.private": "x"}}]}',
            "sheet",
        ),
        (
            '{"version": 1, "sheets": [{"row": "service", "columns": [{"column": "A", "target": "service.name", "split": ""}]}]}',
            "split by nothing",
        ),
        ("[" * 100_000, "cannot be read"),
        (" " * 2**21, "larger than"),
    ],
)
def test_what_is_no_mapping_is_refused_with_a_sentence(text, said):
    with pytest.raises(RefusedError, match=said):
        mapping_from_json(text)


_TEXT = st.text(max_size=20)
_RULES = st.builds(
    ColumnRule,
    column=_TEXT,
    target=st.sampled_from(["", *TARGETS]),
    split=st.sampled_from(["auto", "none", "newline", ";", ""]),
    marks=_TEXT,
    of=_TEXT,
    fill_down=st.booleans(),
    confidence=st.floats(0, 1),
    why=_TEXT,
)
_SHEETS = st.builds(
    SheetMapping,
    sheet=_TEXT,
    row=st.sampled_from(["service", "organization", "location", "service_at_location", "none"]),
    header_line=st.integers(0, 100),
    columns=st.lists(_RULES, max_size=5).map(tuple),
    constants=st.dictionaries(st.sampled_from(list(TARGETS)), _TEXT, max_size=3),
)


@given(st.lists(_SHEETS, max_size=3))
def test_a_mapping_comes_back_from_json_or_is_refused(sheets):
    mapping = ColumnMapping(sheets=tuple(sheets))
    try:
        check_mapping(mapping)
    except RefusedError:
        with pytest.raises(RefusedError):
            mapping_from_json(mapping.to_json())
    else:
        assert mapping_from_json(mapping.to_json()) == mapping


_CELLS = st.one_of(
    st.sampled_from(
        [
            "",
            "X",
            "yes",
            "no",
            "Mon 9-5",
            "814-555-0101",
            "Hope",
            "Total",
            "16335",
            "Confidential",
            "a@b.org",
            "5/1/2026",
            "Spanish",
            "1",
            "-",
        ]
    ),
    st.text(max_size=15),
)
_HEADERS = st.one_of(
    st.sampled_from(
        [
            "Agency",
            "Program",
            "Phone",
            "Hours",
            "Monday",
            "Spanish",
            "Private",
            "Site ID",
            "Zip",
            "Deleted",
            "Phone private",
            "Address",
            "Veterans",
            "Category",
            "Agency ID",
        ]
    ),
    st.text(max_size=10),
)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(_HEADERS, min_size=1, max_size=8), st.lists(st.lists(_CELLS, max_size=9), max_size=6)
)
def test_any_table_gives_records_or_a_refusal(header, rows):
    with suppress(RefusedError):
        tables = tables_of(header, *rows)
        mapping = propose_mapping(tables)
        outcome = outcome_of(apply_mapping(tables, mapping, SOURCE))
        for item in outcome.items:
            assert not isinstance(item, SourcedRecord) or item.record.id


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_any_mapping_on_any_table_gives_records_or_a_refusal(data):
    header = data.draw(st.lists(_HEADERS, min_size=1, max_size=6))
    rows = data.draw(st.lists(st.lists(_CELLS, max_size=7), max_size=5))
    with suppress(RefusedError):
        tables = tables_of(header, *rows)
        rules = []
        for shown in tables.by_stem["list"].shown.values():
            target = data.draw(st.sampled_from(["", *TARGETS]))
            is_marked = bool(target) and TARGETS[target].can_be_marked
            marks = data.draw(st.sampled_from(["", "Monday"])) if is_marked else ""
            rules.append(ColumnRule(column=shown, target=target, marks=marks))
        kind = data.draw(
            st.sampled_from(["service", "organization", "location", "service_at_location"])
        )
        mapping = ColumnMapping(sheets=(SheetMapping(row=kind, columns=tuple(rules)),))
        outcome_of(apply_mapping(tables, mapping, SOURCE))


def test_the_documented_targets_are_those_of_the_column_page():
    text = (Path(__file__).parents[2] / "docs" / "importing.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:3] for line in text.splitlines() if line.startswith("| `")]
    named = [
        (name.strip(" `"), label.strip()) for name, label in rows if name.strip(" `") in TARGETS
    ]
    assert named == [(target.name, str(target.label)) for target in TARGETS.values()]
