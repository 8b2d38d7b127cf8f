"""Formats of provider lists: detected, read into records and problems, and written.

Nothing here touches the store. ``provider_list.open_list(path).read(source)`` yields the records of
a list, parents before children; ``sandbox.parent`` does the same in a child process for files that
came from outside. Importing this module loads no reader.
"""

from __future__ import annotations

from collections.abc import Mapping

# What ``--format`` takes, and what it is, for people.
FORMATS: Mapping[str, str] = {
    "hsds-3": "HSDS 3 (Open Referral): CSV files, a data package, or JSON",
    "hsds-1": "HSDS 1 (Open Referral, 2017): one CSV file for each kind of record",
    "hsds-2": "HSDS 2 (Open Referral), and the exports of ORServices sites",
    "ohana": "Ohana: the CSV files that the Ohana API loads",
    "airs": "AIRS XML 3.0 or 3.1, plain or packed, as 2-1-1 software exports it",
    "icarol": "iCarol's CSV: agencies, programs, sites and programs at sites in one file",
    "taxonomy": "a list of terms: one table with code, name and, if it has them, parent_id",
    "spreadsheet": "a spreadsheet (CSV, XLSX, ODS): one service a row, or sheets joined by name",
}
