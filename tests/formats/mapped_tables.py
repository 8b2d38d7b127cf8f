"""Tables of a few rows, and what a column mapping makes of them."""

import csv
import io
from collections.abc import Sequence

from referral.formats.column_mapping import (
    ColumnMapping,
    ColumnRule,
    SheetMapping,
)
from referral.formats.files.tables import Tables, read_table
from referral.formats.spreadsheet.propose_mapping import propose_mapping
from referral.formats.spreadsheet.reader import apply_mapping
from tests.formats.conftest import SOURCE, Outcome, outcome_of

NAME = ColumnRule(column="Name", target="service.name")


def tables_of(*rows: Sequence[str]) -> Tables:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    return Tables({"list": read_table("list.csv", written.getvalue().encode())})


def rules_of(*rows: Sequence[str]) -> dict[str, ColumnRule]:
    (sheet,) = propose_mapping(tables_of(*rows)).sheets
    return {rule.column: rule for rule in sheet.columns}


def mapped(columns: Sequence[ColumnRule], *rows: Sequence[str], **sheet: object) -> Outcome:
    mapping = ColumnMapping(sheets=(SheetMapping(row="service", columns=tuple(columns), **sheet),))
    return outcome_of(apply_mapping(tables_of(*rows), mapping, SOURCE))
