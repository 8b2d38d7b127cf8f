"""What of the directory may be asked for: formats of files, lists of the API and their pages."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """What a list is asked for; everything that is given must be true of a record.

    Attributes:
        search: words, understood as on the pages.
        after: an id; the page begins with the first record behind it, in the order of ids.
        modified_after: a moment; what changed then or later, as far as the ledger has heard.
        postcode: a ZIP code that service areas must cover, where they say what they cover.
        proximity_miles: how far from the middle of that ZIP code a place may be.
        minimal: only ids, and when they changed.
        full: with all that is told inside.
        full_service: services of organizations in full.
        stream: everything, one object on each line.
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
    """One page of objects; past the last page it is empty.

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
        """How many pages there are; an empty list has one."""
        return max(-(-self.total // self.per_page), 1)

    def as_hsds(self) -> Mapping[str, Any]:
        """The page as HSDS has it."""
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
