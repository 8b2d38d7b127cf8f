"""Inquiries, needs, referrals, follow-ups and the rules about outcomes.

An inquiry follows the READ cycle of Inform USA: need present, define need, assess, assist, follow
up, repeat. It holds no name. A need and an outcome are required; everything else is optional.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralResult:
    """What became of a service that was given; None is not known. Each step needs the one before.

    Attributes:
        tried: the person called or went.
        reached: somebody answered.
        got_help: help was given.
        solved: the need is met.
    """

    tried: bool | None = None
    reached: bool | None = None
    got_help: bool | None = None
    solved: bool | None = None
    why_not: WhyNot | None = None


NOT_KNOWN = ReferralResult()


def complete_result(result: ReferralResult) -> ReferralResult:
    """The result with what follows from it: who got help has reached and tried, and the reverse.

    Where two answers contradict each other, the one further along counts.
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


_RESULTS = {
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
    """The whole result of the furthest step that is known."""
    return complete_result(replace(_RESULTS[step], why_not=why_not)) if step else NOT_KNOWN


def furthest_step(result: ReferralResult) -> FurthestStep | None:
    """The furthest step of a completed result; None where nothing is known."""
    steps = replace(result, why_not=None)
    return next((step for step in FurthestStep if result_of_step(step) == steps), None)


RECOMMENDED_REFERRALS = 3
"""So many services give a person a choice; fewer are fine with a reason."""
CAME_IN, TAKEN_OUT = "in", "out"
PLACE, NEED_PREFIX = "place", "need:"


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

    @property
    def is_spoken_of(self) -> bool:
        """Whether it has an outcome, or a service was given for it."""
        return bool(self.outcome or self.referrals)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceData:
    """What reference statistics count of an inquiry.

    Attributes:
        read_scale: effort on the READ scale, 1 to 6.
        count: how many questions of this kind it stands for.
        happened_on: None is the day on which it is closed.
    """

    question_type: QuestionType = QuestionType.REFERRAL
    read_scale: int | None = None
    minutes: int | None = None
    count: int = 1
    happened_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question that is logged in one step; a referral has a heading and an outcome, others none.

    Attributes:
        desk: the id of a desk, "" where none is known.
    """

    heading: str = ""
    outcome: Outcome | None = None
    unmet_reason: UnmetReason | None = None
    channel: Channel | None = None
    desk: str = ""
    reference: ReferenceData = ReferenceData()

    @property
    def with_need(self) -> bool:
        """Whether it counts among the needs."""
        return self.reference.question_type is QuestionType.REFERRAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """One conversation.

    Attributes:
        code: what one librarian tells another to share it; no secret, and worthless outside.
        repeat_of: the id of the inquiry that this one goes on from.
        county: of the ZIP code, with its state.
        training: made to learn; no report counts it.
        members: ids of the accounts that work on it.
        with_need: False for a question that was logged without a need.
        from_search: the name of a detail, ``PLACE``, or a topic's code after ``NEED_PREFIX`` →
            ``CAME_IN`` from a search, or ``TAKEN_OUT`` again.
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
        """The names of what a search brought in and nobody has spoken of since."""
        spoken = {NEED_PREFIX + need.term_code for need in self.needs if need.is_spoken_of}
        came_in = {name for name, state in self.from_search.items() if state == CAME_IN}
        return frozenset(came_in - spoken)

    @property
    def needs_to_count(self) -> tuple[Need, ...]:
        """All needs but those that only a search brought in, unless there are no others."""
        came_in = self.came_in
        said = tuple(each for each in self.needs if NEED_PREFIX + each.term_code not in came_in)
        return said or self.needs

    @property
    def given(self) -> frozenset[str]:
        """Ids of the services that were given."""
        return frozenset(each.service_id for need in self.needs for each in need.referrals)

    @property
    def is_one_step(self) -> bool:
        """Whether it says no more than a question that is logged in one step."""
        return not self.needs or (
            len(self.needs) == 1 and not self.needs[0].term_code and not self.needs[0].referrals
        )


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
    if need.outcome is Outcome.REFERRED and given < RECOMMENDED_REFERRALS and not need.fewer_reason:
        yield OutcomeProblem.FEWER_THAN_THREE


def closing_problems(inquiry: Inquiry) -> list[OutcomeProblem]:
    """What must be done before an inquiry can be closed."""
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
    """One try."""

    tried_at: datetime
    result: AttemptResult


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A follow-up that a person agreed to.

    Attributes:
        contact_kind: None once erased.
        erase_on: the day on which how to reach the person is erased.
        may_leave_message: whether it is safe, as the person said; None where nobody asked, and
            then it is not.
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
