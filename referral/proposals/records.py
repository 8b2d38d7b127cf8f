"""Values of proposals: what somebody says of a place, and what the directory may have of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from referral.duplicates.matching import Evidence

MAX_LINE = 200
MAX_TEXT = 500


class ProposalDecision(StrEnum):
    """What staff decide; either way the proposal is deleted."""

    LISTED = "listed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedPlace:
    """What somebody writes about a place that the directory lacks.

    Attributes:
        helps_with: what it helps with.
        contact: how to reach the sender, if they want that; it goes with the decision.
    """

    name: str
    helps_with: str
    phone: str = ""
    web_address: str = ""
    address: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class ListedMatch:
    """A record that may be the proposed place, and what is alike."""

    kind: str
    id: str
    name: str
    organization: str
    alike: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A proposal that waits; ``listed`` are the records that may be it."""

    id: str
    place: ProposedPlace
    proposed_on: date
    listed: tuple[ListedMatch, ...] = ()
