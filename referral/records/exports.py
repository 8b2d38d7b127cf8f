"""The directory as files for others: which forms there are, and records with what hangs on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from referral.records.directory import Record


class ExportFormat(StrEnum):
    """A form in which the directory leaves."""

    HSDS_CSV = "hsds-csv"  # the tabular data package of HSDS 3.1, zipped
    HSDS_JSON = "hsds-json"
    XLSX = "xlsx"


FILE_ENDINGS: Mapping[ExportFormat, str] = {
    ExportFormat.HSDS_CSV: "zip",
    ExportFormat.HSDS_JSON: "json",
    ExportFormat.XLSX: "xlsx",
}


@dataclass(slots=True)
class Nested:
    """A record with what is told inside of it, by kind."""

    record: Record
    parts: dict[str, Sequence[Nested]] = field(default_factory=dict)
