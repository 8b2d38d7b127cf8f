"""One conversation at the desk: its codes, its shapes, and the rules about outcomes.

An inquiry follows the reference cycle: need present, define need, assess, assist, follow up,
repeat. It has no name in it. Only a need and an outcome are asked for; all else may stay empty.
Codes are stable: reports of years count them. What they are called is said in the pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from referral.records.problems import Problem, Severity

ENOUGH_TO_CHOOSE_FROM = 3
"""So many services give a person a choice; fewer are fine with a reason."""


class Channel(StrEnum):
    """How the person came."""

    IN_PERSON = "in_person"
    PHONE = "phone"
    TEXT = "text"
    EMAIL = "email"
    OUTREACH = "outreach"
    OTHER = "other"


class AgeBand(StrEnum):
    """About how old the person is whom it is for."""

    CHILD = "0-12"
    TEEN = "13-17"
    YOUNG = "18-24"
    ADULT = "25-44"
    MIDDLE = "45-64"
    SENIOR = "65+"


class Household(StrEnum):
    """Who lives together."""

    ALONE = "alone"
    ADULTS = "adults"
    WITH_CHILDREN = "with_children"
    NO_HOME = "no_home"
    OTHER = "other"


class Tried(StrEnum):
    """What was tried before."""

    NOTHING = "nothing"
    CALLED = "called"
    WENT = "went"
    APPLIED = "applied"
    WAITING = "waiting"
    TURNED_DOWN = "turned_down"


class Barrier(StrEnum):
    """What makes it hard to get help."""

    TRANSPORT = "transport"
    MONEY = "money"
    LANGUAGE = "language"
    READING = "reading"
    PHONE_OR_INTERNET = "phone_or_internet"
    CHILD_CARE = "child_care"
    DOCUMENTS = "documents"
    WORK_HOURS = "work_hours"
    HEALTH = "health"
    FEAR = "fear"
    ALONE = "alone"  # cannot follow through alone


class AccessNeed(StrEnum):
    """What a place or a call must allow for."""

    WHEELCHAIR = "wheelchair"
    HEARING = "hearing"
    SEEING = "seeing"
    INTERPRETER = "interpreter"
    PLAIN_WORDS = "plain_words"
    QUIET = "quiet"


class Outcome(StrEnum):
    """How one need stands at the end of the conversation."""

    REFERRED = "referred"
    INFORMATION = "information"
    PARTLY_MET = "partly_met"
    UNMET = "unmet"
    DECLINED = "declined"
    CRISIS = "crisis"  # handed over to a crisis line or emergency services


class UnmetReason(StrEnum):
    """Why there was no help, or not enough."""

    NOT_ELIGIBLE = "not_eligible"
    NONE_EXISTS = "none_exists"
    FULL = "full"
    FUNDS_GONE = "funds_gone"
    HOURS_OR_TRANSPORT = "hours_or_transport"
    COST = "cost"
    LANGUAGE = "language"
    DOCUMENTS = "documents"
    REFUSED = "refused"
    LIMIT_REACHED = "limit_reached"
    OTHER = "other"


class UnmetGroup(StrEnum):
    """Three kinds of unmet need, which ask for three kinds of answer."""

    NOT_AVAILABLE = "not_available"
    NOT_ELIGIBLE = "not_eligible"
    NOT_FOUND = "not_found"


UNMET_GROUPS: Mapping[UnmetReason, UnmetGroup] = {
    UnmetReason.NOT_ELIGIBLE: UnmetGroup.NOT_ELIGIBLE,
    UnmetReason.DOCUMENTS: UnmetGroup.NOT_ELIGIBLE,
    UnmetReason.LIMIT_REACHED: UnmetGroup.NOT_ELIGIBLE,
    UnmetReason.FULL: UnmetGroup.NOT_AVAILABLE,
    UnmetReason.FUNDS_GONE: UnmetGroup.NOT_AVAILABLE,
    UnmetReason.HOURS_OR_TRANSPORT: UnmetGroup.NOT_AVAILABLE,
    UnmetReason.COST: UnmetGroup.NOT_AVAILABLE,
    UnmetReason.LANGUAGE: UnmetGroup.NOT_AVAILABLE,
    UnmetReason.REFUSED: UnmetGroup.NOT_AVAILABLE,
    UnmetReason.NONE_EXISTS: UnmetGroup.NOT_FOUND,
    UnmetReason.OTHER: UnmetGroup.NOT_FOUND,
}


class FewerReason(StrEnum):
    """Why fewer than three services were given."""

    NO_MORE_EXIST = "no_more_exist"
    THEIR_CHOICE = "their_choice"
    URGENT = "urgent"
    ONE_FITS = "one_fits"


class Method(StrEnum):
    """What was done about a service that was given."""

    REFERRAL = "referral"
    INFORMATION = "information"
    WARM_TRANSFER = "warm_transfer"
    THREE_WAY_CALL = "three_way_call"
    APPLICATION_HELP = "application_help"
    ADVOCACY = "advocacy"


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryDetails:
    """What may be known of the person's situation; all of it optional, none of it a name.

    Attributes:
        zip_code: five digits, or empty.
        language: ISO 639 code the person speaks best.
    """

    channel: Channel | None = None
    language: str = ""
    zip_code: str = ""
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


def outcome_problems(need: Need) -> Iterator[Problem]:
    """What stands in the way of a need's outcome (errors), and what to think of (warnings)."""
    given = len(need.referrals)
    if need.outcome is None:
        yield _problem("outcome-missing", "Say how this need stands: choose an outcome.")
        return
    if need.outcome in {Outcome.REFERRED, Outcome.PARTLY_MET} and not given:
        yield _problem(
            "no-service-given", "Give at least one service, or choose another outcome.", "outcome"
        )
    if need.outcome is Outcome.UNMET and given:
        yield _problem(
            "unmet-with-services",
            "A service was given, so choose “partly met”, or take the service back.",
            "outcome",
        )
    if need.outcome in {Outcome.UNMET, Outcome.PARTLY_MET} and need.unmet_reason is None:
        yield _problem("reason-missing", "Choose the reason nearest to why.", "unmet_reason")
    if need.outcome is Outcome.REFERRED and given < ENOUGH_TO_CHOOSE_FROM and not need.fewer_reason:
        yield _problem(
            "fewer-than-three",
            "Three services give a person a choice. Add more, or say why fewer.",
            "fewer_reason",
            Severity.WARNING,
        )


def closing_problems(inquiry: Inquiry) -> list[Problem]:
    """What must be done before an inquiry can be closed."""
    if not inquiry.needs:
        return [_problem("need-missing", "Say what the person needs.", "need")]
    return [
        problem
        for need in inquiry.needs
        for problem in outcome_problems(need)
        if problem.severity is Severity.ERROR
    ]


def _problem(
    code: str, detail: str, column: str = "outcome", severity: Severity = Severity.ERROR
) -> Problem:
    return Problem(code=code, severity=severity, detail=detail, column=column)
