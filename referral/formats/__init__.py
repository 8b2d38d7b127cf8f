"""Formats of provider lists: detected, read into records and problems, and written.

Nothing here touches the store. ``provider_list.open_list(path).read(source)`` yields the records of
a list, parents before children; ``sandbox.parent`` does the same in a child process for files that
came from outside. Importing this module loads no reader.
"""

from __future__ import annotations

from collections.abc import Mapping

OPEN_REFERRAL = "open-referral"
# Former names of Open Referral by version, which stored lists and sources still have.
NAMED_BEFORE = frozenset({"hsds-1", "hsds-2", "hsds-3", "ohana"})
# Values of ``--format``, and their descriptions for users.
FORMATS: Mapping[str, str] = {
    OPEN_REFERRAL: "Open Referral (HSDS 1, 2 or 3, ORServices, Ohana): CSV files, a data package, "
    "or JSON of HSDS 3",
    "airs": "AIRS XML 3.0 or 3.1, plain or packed, as 2-1-1 software exports it",
    "icarol": "iCarol's CSV: agencies, programs, sites and programs at sites in one file",
    "taxonomy": "a list of terms: one table with code, name and, if it has them, parent_id",
    "spreadsheet": "a spreadsheet (CSV, XLSX, ODS): one service a row, or sheets joined by name",
}


def format_now(name: str) -> str:
    """Return the current name of a list format, which may be stored under a former name."""
    return OPEN_REFERRAL if name in NAMED_BEFORE else name
