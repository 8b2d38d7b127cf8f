"""One conversation at the desk: its shapes, and the rules about outcomes.

An inquiry follows the reference cycle: need present, define need, assess, assist, follow up,
repeat. It has no name in it. Only a need and an outcome are asked for; all else may stay empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from referral.desk.codes import (
    AccessNeed,
    AgeBand,
    Barrier,
    Channel,
    FewerReason,
    Household,
    Method,
    Outcome,
    OutcomeProblem,
    Tried,
    UnmetReason,
)
from referral.desk.referral_results import NOT_KNOWN, ReferralResult
from referral.records.problems import Severity

ENOUGH_TO_CHOOSE_FROM = 3
"""So many services give a person a choice; fewer are fine with a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryDetails:
    """What may be known of the person's situation; all of it optional, none of it a name.

    Attributes:
        zip_code: five digits, or empty.
        area: the county with its state, where no ZIP code is known.
        language: ISO 639 code the person speaks best.
    """

    channel: Channel | None = None
    language: str = ""
    zip_code: str = ""
    area: str = ""
    age_band: AgeBand | None = None
    household: Household | None = None
    tried: tuple[Tried, ...] = ()
    barriers: tuple[Barrier, ...] = ()
    access_needs: tuple[AccessNeed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralGiven:
    """One service given for a need, with what was said about it on that day."""

    id: str
    service_id: str
    location_id: str = ""
    method: Method = Method.REFERRAL
    said: Mapping[str, str]
    given_at: datetime
    result: ReferralResult = NOT_KNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One need of an inquiry, coded by a term of the taxonomy or by a heading alone."""

    id: str
    heading: str = ""
    term_code: str = ""
    outcome: Outcome | None = None
    unmet_reason: UnmetReason | None = None
    fewer_reason: FewerReason | None = None
    referrals: tuple[ReferralGiven, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """One conversation.

    Attributes:
        code: what one librarian tells another to share it; no secret, and worthless outside.
        repeat_of: the id of the inquiry that this one goes on from.
        county: of the ZIP code, with its state.
        training: made to learn; no report counts it.
        members: ids of the accounts that work on it.
    """

    id: str
    code: str
    desk: str = ""
    started_at: datetime
    closed_at: datetime | None = None
    repeat_of: str = ""
    training: bool = False
    details: InquiryDetails = InquiryDetails()
    county: str = ""
    needs: tuple[Need, ...] = ()
    members: tuple[str, ...] = ()


def outcome_problems(need: Need) -> Iterator[OutcomeProblem]:
    """What stands in the way of a need's outcome (errors), and what to think of (warnings)."""
    given = len(need.referrals)
    if need.outcome is None:
        yield OutcomeProblem.OUTCOME_MISSING
        return
    if need.outcome in {Outcome.REFERRED, Outcome.PARTLY_MET} and not given:
        yield OutcomeProblem.NO_SERVICE_GIVEN
    if need.outcome is Outcome.UNMET and given:
        yield OutcomeProblem.UNMET_WITH_SERVICES
    if need.outcome in {Outcome.UNMET, Outcome.PARTLY_MET} and need.unmet_reason is None:
        yield OutcomeProblem.REASON_MISSING
    if need.outcome is Outcome.REFERRED and given < ENOUGH_TO_CHOOSE_FROM and not need.fewer_reason:
        yield OutcomeProblem.FEWER_THAN_THREE


def closing_problems(inquiry: Inquiry) -> list[OutcomeProblem]:
    """What must be done before an inquiry can be closed."""
    if not inquiry.needs:
        return [OutcomeProblem.NEED_MISSING]
    return [
        problem
        for need in inquiry.needs
        for problem in outcome_problems(need)
        if problem.severity is Severity.ERROR
    ]
