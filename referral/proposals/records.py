"""Records of proposals: a proposed place, the listed records that may match it, the decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from referral.duplicates.matching import Evidence

MAX_LINE = 200
MAX_TEXT = 500


class ProposalDecision(StrEnum):
    """A decision of staff about a proposed place, which is deleted in both cases."""

    LISTED = "listed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedPlace:
    """A place that somebody proposed for listing, as typed into the form.

    Attributes:
        helps_with: the help that people get there.
        contact: how to reach the sender, "" if not given. It is deleted with the proposal.
    """

    name: str
    helps_with: str
    phone: str = ""
    web_address: str = ""
    address: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class ListedMatch:
    """A listed organization or service that may be the proposed place, with the evidence."""

    kind: str
    id: str
    name: str
    organization: str
    alike: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A proposed place that waits for a decision of staff, with likely matches.

    ``listed`` contains the likely matches.
    """

    id: str
    place: ProposedPlace
    proposed_on: date
    listed: tuple[ListedMatch, ...] = ()
