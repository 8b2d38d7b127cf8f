"""Codes of inquiries: channels, age bands, barriers, outcomes, reasons, methods and results.

The codes are stored, and reports count them over years, so they never change. Their labels are in
``web/labels.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from referral.records.problems import Severity


class Channel(StrEnum):
    """The way in which a person contacted the library's reference desk, such as phone or chat."""

    IN_PERSON = "in_person"
    PHONE = "phone"
    TEXT = "text"
    CHAT = "chat"
    EMAIL = "email"
    OUTREACH = "outreach"
    OTHER = "other"


class QuestionType(StrEnum):
    """The kind of a question at the desk, as libraries count reference transactions."""

    DIRECTIONAL = "directional"  # where something is, and other logistics of the building
    REFERENCE = "reference"
    REFERRAL = "referral"  # information and referral: the work of this directory
    TECHNOLOGY = "technology"


class AgeBand(StrEnum):
    """The approximate age of a person who asks the desk for help."""

    CHILD = "0-12"
    TEEN = "13-17"
    YOUNG = "18-24"
    ADULT = "25-44"
    MIDDLE = "45-64"
    SENIOR = "65+"


class Household(StrEnum):
    """The people who live with a person who asks the desk for help."""

    ALONE = "alone"
    ADULTS = "adults"
    WITH_CHILDREN = "with_children"
    NO_HOME = "no_home"
    OTHER = "other"


class Tried(StrEnum):
    """A step that a person took before coming to the desk, such as a call or an application."""

    NOTHING = "nothing"
    CALLED = "called"
    WENT = "went"
    APPLIED = "applied"
    WAITING = "waiting"
    TURNED_DOWN = "turned_down"


class Barrier(StrEnum):
    """A reason why it is hard for a person to get help, such as transport or fear."""

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
    """An accommodation that a person at the desk needs, such as wheelchair access."""

    WHEELCHAIR = "wheelchair"
    HEARING = "hearing"
    SEEING = "seeing"
    INTERPRETER = "interpreter"
    PLAIN_WORDS = "plain_words"
    QUIET = "quiet"


class Outcome(StrEnum):
    """The outcome of a desk conversation about a need, such as services given or unmet."""

    REFERRED = "referred"
    INFORMATION = "information"
    PARTLY_MET = "partly_met"
    UNMET = "unmet"
    DECLINED = "declined"
    CRISIS = "crisis"  # handed over to a crisis line or emergency services


class OutcomeProblem(StrEnum):
    """A flaw in the recorded outcome of a need at the desk, such as a missing reason."""

    NEED_MISSING = "need-missing"
    OUTCOME_MISSING = "outcome-missing"
    NO_SERVICE_GIVEN = "no-service-given"
    UNMET_WITH_SERVICES = "unmet-with-services"
    REASON_MISSING = "reason-missing"
    FEWER_THAN_THREE = "fewer-than-three"

    @property
    def severity(self) -> Severity:
        """Return how severe a flaw in a need's outcome is: error or warning."""
        return Severity.WARNING if self is OutcomeProblem.FEWER_THAN_THREE else Severity.ERROR


class UnmetReason(StrEnum):
    """The reason why a need was not met, or only in part."""

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
    """A group of reasons for unmet needs, which call for the same kind of remedy."""

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
    """The reason why the desk gave fewer than three services for a need."""

    NO_MORE_EXIST = "no_more_exist"
    THEIR_CHOICE = "their_choice"
    URGENT = "urgent"
    ONE_FITS = "one_fits"


class Method(StrEnum):
    """The way in which staff connected a person with a service, such as a warm transfer."""

    REFERRAL = "referral"
    INFORMATION = "information"
    WARM_TRANSFER = "warm_transfer"
    THREE_WAY_CALL = "three_way_call"
    APPLICATION_HELP = "application_help"
    ADVOCACY = "advocacy"


class ContactKind(StrEnum):
    """The way in which a person wants to be contacted for a follow-up."""

    PHONE = "phone"
    TEXT = "text"
    EMAIL = "email"
    AT_DESK = "at_desk"  # the person comes back, so no contact is stored


class FollowUpStatus(StrEnum):
    """The status of a follow-up: waiting, done, given up or forgotten."""

    WAITING = "waiting"
    DONE = "done"
    GIVEN_UP = "given_up"  # tried, not reached
    FORGOTTEN = "forgotten"  # on request, or at the end of retention


class AttemptResult(StrEnum):
    """The result of an attempt to reach a person for a follow-up."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    LEFT_WORD = "left_word"  # a message to call the library back, without the reason
    WRONG_CONTACT = "wrong_contact"


class FurthestStep(StrEnum):
    """The furthest step that a person reached with a referred service, as a form's choice.

    It is stored as a ``ReferralResult``.
    """

    NOT_TRIED = "not_tried"
    TRIED = "tried"
    NOT_REACHED = "not_reached"
    REACHED = "reached"
    NO_HELP = "no_help"
    GOT_HELP = "got_help"
    NOT_SOLVED = "not_solved"
    SOLVED = "solved"


class WhyNot(StrEnum):
    """The reason why a person did not try a referred service, or got no help there."""

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
