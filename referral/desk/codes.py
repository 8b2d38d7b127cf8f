"""Coded values of inquiries: channel, age band, barriers, outcomes, reasons, methods, results.

The codes are stored and counted in reports over years, so they never change; their labels are in
``web/labels.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from referral.records.problems import Severity


class Channel(StrEnum):
    """How the person came."""

    IN_PERSON = "in_person"
    PHONE = "phone"
    TEXT = "text"
    CHAT = "chat"
    EMAIL = "email"
    OUTREACH = "outreach"
    OTHER = "other"


class QuestionType(StrEnum):
    """What kind of question it was, as libraries count reference work."""

    DIRECTIONAL = "directional"  # where something is, and other logistics of the building
    REFERENCE = "reference"
    REFERRAL = "referral"  # information and referral: the work of this directory
    TECHNOLOGY = "technology"


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


class OutcomeProblem(StrEnum):
    """What is missing before a need, or the whole inquiry, is finished."""

    NEED_MISSING = "need-missing"
    OUTCOME_MISSING = "outcome-missing"
    NO_SERVICE_GIVEN = "no-service-given"
    UNMET_WITH_SERVICES = "unmet-with-services"
    REASON_MISSING = "reason-missing"
    FEWER_THAN_THREE = "fewer-than-three"

    @property
    def severity(self) -> Severity:
        """A warning does not keep an inquiry open."""
        return Severity.WARNING if self is OutcomeProblem.FEWER_THAN_THREE else Severity.ERROR


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


class ContactKind(StrEnum):
    """How a person wants to be reached."""

    PHONE = "phone"
    TEXT = "text"
    EMAIL = "email"
    AT_DESK = "at_desk"  # comes back: there is nothing to keep


class FollowUpStatus(StrEnum):
    """Where a follow-up stands."""

    WAITING = "waiting"
    DONE = "done"
    GIVEN_UP = "given_up"  # tried, not reached
    FORGOTTEN = "forgotten"  # the person asked, or its day came


class AttemptResult(StrEnum):
    """How one try to reach the person ended."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    LEFT_WORD = "left_word"  # asked to call the library back, without saying why
    WRONG_CONTACT = "wrong_contact"


class FurthestStep(StrEnum):
    """How far a person got with a service, as one choice; ``ReferralResult`` is what is stored."""

    NOT_TRIED = "not_tried"
    TRIED = "tried"
    NOT_REACHED = "not_reached"
    REACHED = "reached"
    NO_HELP = "no_help"
    GOT_HELP = "got_help"
    NOT_SOLVED = "not_solved"
    SOLVED = "solved"


class WhyNot(StrEnum):
    """Why a person did not try a service, or got no help there."""

    NO_TIME = "no_time"
    LOST_IT = "lost_it"
    WAITING = "waiting"
    SOLVED_OTHERWISE = "solved_otherwise"
    NOT_REACHED = "not_reached"
    WRONG_NUMBER = "wrong_number"
    NOT_ELIGIBLE = "not_eligible"
    FULL = "full"
    FUNDS_GONE = "funds_gone"
    OTHER = "other"
