"""Records of inquiries, needs, referrals and follow-ups, and the rules for outcomes.

An inquiry follows the READ cycle of Inform USA: need present, define need, assess, assist, follow
up, repeat. It contains no name. A need and an outcome are required; everything else is optional.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from referral.desk.codes import (
    AccessNeed,
    AgeBand,
    AttemptResult,
    Barrier,
    Channel,
    ContactKind,
    FewerReason,
    FollowUpStatus,
    FurthestStep,
    Household,
    Method,
    Outcome,
    OutcomeProblem,
    QuestionType,
    Tried,
    UnmetReason,
    WhyNot,
)
from referral.records.problems import Severity

RECOMMENDED_REFERRALS = 3
"""Number of services that gives a person a choice; for fewer, staff may choose a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralResult:
    """How far a person got with a referred service: tried, reached, got help, solved.

    Each step requires the one before; None is unknown.

    Attributes:
        tried: whether the person called or went to the service.
        reached: whether somebody there answered.
        got_help: whether the person got help.
        solved: whether the need is met.
    """

    tried: bool | None = None
    reached: bool | None = None
    got_help: bool | None = None
    solved: bool | None = None
    why_not: WhyNot | None = None


NOT_KNOWN = ReferralResult()


def complete_result(result: ReferralResult) -> ReferralResult:
    """Fill in the steps of a referral result that others imply, such as "reached" from "got help".

    If two answers contradict each other, the later step counts.
    """
    steps = [result.tried, result.reached, result.got_help, result.solved]
    furthest = max((step for step, value in enumerate(steps) if value), default=-1)
    for step in range(furthest):
        steps[step] = True
    stopped = next((step for step, value in enumerate(steps) if value is False), len(steps))
    for step in range(stopped, len(steps)):
        steps[step] = False
    tried, reached, got_help, solved = steps
    return ReferralResult(
        tried=tried,
        reached=reached,
        got_help=got_help,
        solved=solved,
        why_not=result.why_not if False in (tried, reached, got_help) else None,
    )


_RESULT_OF_STEP = {
    FurthestStep.NOT_TRIED: ReferralResult(tried=False),
    FurthestStep.TRIED: ReferralResult(tried=True),
    FurthestStep.NOT_REACHED: ReferralResult(tried=True, reached=False),
    FurthestStep.REACHED: ReferralResult(reached=True),
    FurthestStep.NO_HELP: ReferralResult(reached=True, got_help=False),
    FurthestStep.GOT_HELP: ReferralResult(got_help=True),
    FurthestStep.NOT_SOLVED: ReferralResult(got_help=True, solved=False),
    FurthestStep.SOLVED: ReferralResult(solved=True),
}


def result_of_step(step: FurthestStep | None, why_not: WhyNot | None = None) -> ReferralResult:
    """Return the referral result for the furthest step that a person reached with a service."""
    return complete_result(replace(_RESULT_OF_STEP[step], why_not=why_not)) if step else NOT_KNOWN


def furthest_step(result: ReferralResult) -> FurthestStep | None:
    """Return the furthest step in a referral result, None if nothing is known."""
    steps = replace(result, why_not=None)
    return next((step for step in FurthestStep if result_of_step(step) == steps), None)


CAME_IN, TAKEN_OUT = "in", "out"
PLACE, NEED_PREFIX = "place", "need:"


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryDetails:
    """Details of a person's situation that the desk may note, all optional and none of them a name.

    Attributes:
        zip_code: five digits, or empty.
        area: the county with its state, if no ZIP code is known.
        language: ISO 639 code of the language that the person speaks best.
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
    """A service that the desk gave for a need, with a snapshot of its listing on that day.

    ``said`` is the snapshot.
    """

    id: str
    service_id: str
    location_id: str = ""
    method: Method = Method.REFERRAL
    said: Mapping[str, str]
    given_at: datetime
    result: ReferralResult = NOT_KNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A need in a desk inquiry, coded by a taxonomy term or by a heading alone."""

    id: str
    heading: str = ""
    term_code: str = ""
    outcome: Outcome | None = None
    unmet_reason: UnmetReason | None = None
    fewer_reason: FewerReason | None = None
    referrals: tuple[ReferralGiven, ...] = ()

    @property
    def is_spoken_of(self) -> bool:
        """Return whether a need in a desk inquiry has an outcome or a referral."""
        return bool(self.outcome or self.referrals)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceData:
    """Data of a desk inquiry for reference statistics, such as question type, effort and count.

    Attributes:
        read_scale: effort on the READ scale, 1 to 6.
        count: the number of questions of this kind that the inquiry stands for.
        happened_on: the day of the question; None for the day on which the inquiry is closed.
    """

    question_type: QuestionType = QuestionType.REFERRAL
    read_scale: int | None = None
    minutes: int | None = None
    count: int = 1
    happened_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A short question that the desk logs in one step.

    A referral has a heading and an outcome, other types have neither.

    Attributes:
        desk: the id of a desk, "" if none is known.
    """

    heading: str = ""
    outcome: Outcome | None = None
    unmet_reason: UnmetReason | None = None
    channel: Channel | None = None
    desk: str = ""
    reference: ReferenceData = ReferenceData()

    @property
    def with_need(self) -> bool:
        """Return whether reports count a logged question among the needs."""
        return self.reference.question_type is QuestionType.REFERRAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """A conversation with a person at the desk, with its details and needs.

    Attributes:
        code: a short code with which a colleague can join the inquiry. It is no secret.
        repeat_of: the id of the earlier inquiry that this one continues.
        county: the county of the ZIP code, with its state.
        training: whether the inquiry is an exercise, which no report counts.
        members: ids of the accounts that work on the inquiry.
        with_need: False for a question that was logged without a need.
        from_search: the name of a detail, ``PLACE``, or a topic's code after ``NEED_PREFIX`` →
            ``CAME_IN`` if a search filled it in, ``TAKEN_OUT`` if staff removed it again.
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
    reference: ReferenceData = ReferenceData()
    with_need: bool = True
    from_search: Mapping[str, str] = field(default_factory=dict)

    @property
    def came_in(self) -> frozenset[str]:
        """Return which details and needs of an inquiry come from a search, unconfirmed.

        An outcome or a referral confirms a need.
        """
        confirmed = {NEED_PREFIX + need.term_code for need in self.needs if need.is_spoken_of}
        came_in = {name for name, state in self.from_search.items() if state == CAME_IN}
        return frozenset(came_in - confirmed)

    @property
    def needs_to_count(self) -> tuple[Need, ...]:
        """Return an inquiry's needs, if possible without those only filled in from a search."""
        came_in = self.came_in
        confirmed = tuple(
            need for need in self.needs if NEED_PREFIX + need.term_code not in came_in
        )
        return confirmed or self.needs

    @property
    def given(self) -> frozenset[str]:
        """Return the ids of the services that the desk gave in an inquiry."""
        return frozenset(referral.service_id for need in self.needs for referral in need.referrals)

    @property
    def is_one_step(self) -> bool:
        """Return whether one step could log an inquiry: one need at most, no topic or referral."""
        return not self.needs or (
            len(self.needs) == 1 and not self.needs[0].term_code and not self.needs[0].referrals
        )


def outcome_problems(need: Need) -> Iterator[OutcomeProblem]:
    """Yield the errors and warnings about the outcome of a need in a desk inquiry."""
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
    if need.outcome is Outcome.REFERRED and given < RECOMMENDED_REFERRALS and not need.fewer_reason:
        yield OutcomeProblem.FEWER_THAN_THREE


def closing_problems(inquiry: Inquiry) -> list[OutcomeProblem]:
    """Return the errors that must be fixed before a desk inquiry can be closed."""
    if not inquiry.needs:
        return [OutcomeProblem.NEED_MISSING]
    return [
        problem
        for need in inquiry.needs_to_count
        for problem in outcome_problems(need)
        if problem.severity is Severity.ERROR
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactAttempt:
    """An attempt to reach a person for a follow-up."""

    tried_at: datetime
    result: AttemptResult


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A follow-up of a desk inquiry to which the person agreed.

    Attributes:
        contact_kind: the way to contact the person, None once erased.
        erase_on: the day on which the contact is erased.
        may_leave_message: whether the person said that a message is safe; None, not asked,
            counts as no.
    """

    id: str
    inquiry_id: str
    status: FollowUpStatus
    permitted_at: datetime
    due_on: date
    erase_on: date
    contact_kind: ContactKind | None = None
    may_leave_message: bool | None = None
    tries: tuple[ContactAttempt, ...] = ()
