"""File formats in which the public directory is exported."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class ExportFormat(StrEnum):
    """A form in which the directory leaves."""

    HSDS_CSV = "hsds-csv"  # the tabular data package of HSDS 3.1, zipped
    HSDS_JSON = "hsds-json"
    AIRS_XML = "airs-xml"  # AIRS XML 3.1
    XLSX = "xlsx"


FILE_ENDINGS: Mapping[ExportFormat, str] = {
    ExportFormat.HSDS_CSV: "zip",
    ExportFormat.HSDS_JSON: "json",
    ExportFormat.AIRS_XML: "xml",
    ExportFormat.XLSX: "xlsx",
}
