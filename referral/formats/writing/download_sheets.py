"""Tables as files to download; what may be told was decided when they were made."""

from __future__ import annotations

from referral.formats.writing.sheets import csv_from, xlsx_from

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

__all__ = ["CSV_TYPE", "XLSX_TYPE", "csv_from", "xlsx_from"]
