"""What became of a service that was given, as the person or a follow-up call says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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


def completed_result(result: ReferralResult) -> ReferralResult:
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
