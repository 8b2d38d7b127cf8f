"""Formats of export files, queries of the API, and pages of its results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

MOST_PER_PAGE = 200
MOST_MINIMAL = 100_000
USUAL_PER_PAGE = 50


class ExportFormat(StrEnum):
    """A file format of exports."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """A list request of the API; records must match all its conditions.

    Attributes:
        search: words, understood as on the pages.
        after: an id; the page begins with the first record behind it, in the order of ids.
        modified_after: matches records that, by the ledger, changed then or later.
        postcode: a ZIP code that service areas must cover, where they are coded.
        proximity_miles: how far from the center of that ZIP code a location may be.
        minimal: return only ids and times of change.
        full: return objects with their nested parts.
        full_service: return the services of organizations with their nested parts.
        stream: return the whole list, one object on each line.
    """

    search: str = ""
    after: str = ""
    page: int = 1
    per_page: int = USUAL_PER_PAGE
    taxonomy_term_id: str = ""
    taxonomy_id: str = ""
    organization_id: str = ""
    modified_after: datetime | None = None
    postcode: str = ""
    proximity_miles: float | None = None
    parent_id: str = ""
    top_only: bool = False
    minimal: bool = False
    full: bool = False
    full_service: bool = False
    stream: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectPage:
    """A page of API objects; a page past the last is empty.

    Attributes:
        has_more: whether there are records behind it.
        last_id: of the last record, where the list is in the order of ids; else "".
    """

    contents: list[dict[str, Any]]
    number: int
    per_page: int
    total: int
    has_more: bool
    last_id: str = ""

    @property
    def pages(self) -> int:
        """Return the number of pages; an empty list has one."""
        return max(-(-self.total // self.per_page), 1)

    def as_hsds(self) -> Mapping[str, Any]:
        """Return the page in the form of HSDS."""
        return {
            "total_items": self.total,
            "total_pages": self.pages,
            "page_number": self.number,
            "size": len(self.contents),
            "first_page": self.number == 1,
            "last_page": not self.has_more,
            "empty": not self.contents,
            "contents": self.contents,
        }
