"""Values of the duplicate queue: pairs, their status, and pages of pairs."""

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
    """The status of a pair in the duplicate queue.

    A search drops only pairs that are ``OPEN`` or ``LATER``.
    """

    OPEN = "open"
    LATER = "later"
    DIFFERENT = "different"
    MERGED = "merged"


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicatePair:
    """Two stored records that may describe the same organization, service or location.

    Attributes:
        first_name, second_name: "" if the record no longer exists.
        first_source, second_source: the source lists of the records.
        group_id: the id of the merge; "" if there is none or it was undone.
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
    """A page of the duplicate queue, surest pairs first.

    Attributes:
        counts: status → number of pairs.
        is_searched: a search for duplicates has run at least once.
    """

    pairs: Page[DuplicatePair]
    counts: dict[PairStatus, int]
    is_searched: bool


@dataclass(frozen=True, slots=True)
class SearchSummary:
    """Counts of a search for duplicates: records compared, pairs found and pairs dropped."""

    compared: int
    found: int
    dropped: int
