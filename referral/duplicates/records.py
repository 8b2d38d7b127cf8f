"""Values of the duplicate queue: pairs, their status, pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from referral.duplicates.matching import Evidence, MatchBand
from referral.records.page import Page

DUPLICATE_KINDS = ("organization", "service", "location")
# Name of the checkpoint up to which records were compared.
SEARCH_CHECKPOINT = "duplicates"


class PairStatus(StrEnum):
    """Where a pair stands. Only ``OPEN`` and ``LATER`` are found again or dropped by looking."""

    OPEN = "open"
    LATER = "later"
    DIFFERENT = "different"
    MERGED = "merged"


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicatePair:
    """Two records that may be one.

    Attributes:
        first_name, second_name: for the list; "" where the record is gone.
        first_source, second_source: the lists they came from.
        group_id: of the merge, while it is not undone.
    """

    id: str
    kind: str
    first_id: str
    second_id: str
    band: MatchBand
    score: int
    alike: tuple[Evidence, ...]
    status: PairStatus
    decided_at: datetime | None = None
    first_name: str = ""
    second_name: str = ""
    first_source: str = ""
    second_source: str = ""
    group_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicatesPage:
    """A page of pairs, the surest first.

    Attributes:
        counts: status → how many.
        is_searched: somebody has looked for duplicates, at least once.
    """

    pairs: Page[DuplicatePair]
    counts: dict[PairStatus, int]
    is_searched: bool


@dataclass(frozen=True, slots=True)
class SearchSummary:
    """What a search for duplicates did: records compared again, pairs found, pairs dropped."""

    compared: int
    found: int
    dropped: int
