"""Values of the topic suggestion pages: queue lines, decisions, coverage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from referral.jobs.progress import Progress
from referral.records.page import Page
from referral.records.topic_suggestions import LIKELY, SuggestionState

TOPICS_SHOWN = 3
"""Suggested topics shown on a line; the keys 1 to 3 accept them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicChoice:
    """A suggested topic on a line of a queue.

    Attributes:
        above: names of the topics above it, top first.
        confidence: 0 to 1; for a category, the mean over its services.
        services: number of services of a category for which the topic is suggested.
    """

    term_id: str
    name: str
    above: tuple[str, ...] = ()
    confidence: float
    services: int = 1

    @property
    def is_likely(self) -> bool:
        """Return whether the confidence is shown as *likely*; otherwise as *perhaps*."""
        return self.confidence >= LIKELY


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceName:
    """A service shown as an example."""

    id: str
    name: str
    organization: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryServices:
    """A page of the services affected by a category decision; ``name`` may be a code."""

    id: str
    name: str
    services: Page[ServiceName]


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryLine:
    """A category of a source list that waits for a decision.

    Attributes:
        above: names of the categories above it, top first.
        services: number of its services without a topic of their own.
        waiting: number of its services without any topic.
        settled: expected number of waiting services for which the best suggestion is right.
        expected: expected number of all services for which the best suggestion is right.
    """

    id: str
    name: str
    code: str
    above: tuple[str, ...]
    services: int
    waiting: int
    settled: float
    expected: float
    choices: tuple[TopicChoice, ...]
    examples: tuple[ServiceName, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLine:
    """A service without a topic; ``categories`` are the names of its source list's categories."""

    id: str
    name: str
    organization: str
    description: str
    categories: tuple[str, ...]
    choices: tuple[TopicChoice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Numbers of public services: all, with a topic, with suggestions only.

    ``is_working`` if topics are being suggested.
    """

    services: int
    with_topic: int
    with_suggestion: int
    is_working: bool = False

    @property
    def without(self) -> int:
        """Return the number of services with neither a topic nor a suggestion."""
        return self.services - self.with_topic - self.with_suggestion


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A decision on topics for a category or a service.

    Attributes:
        kind: ``category`` or ``service``.
        name: name of the category, or of the first service.
        topics: names of the topics accepted or refused.
        services: number of services decided; for a category, number of services that got the
            topic, by the decision and later as a rule.
        who: name of the user; "" if the account is gone.
    """

    group_id: str
    kind: str
    subject_id: str
    name: str
    state: SuggestionState
    topics: tuple[str, ...]
    services: int
    decided_at: datetime
    who: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryQueue:
    """A page of categories that wait; ``put_off`` is the number of skipped ones."""

    lines: Page[CategoryLine]
    put_off: int
    coverage: Coverage
    last: Decision | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceQueue:
    """A page of services without a topic; ``put_off`` is the number of skipped ones."""

    lines: Page[ServiceLine]
    put_off: int
    coverage: Coverage
    last: Decision | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListStatus:
    """Numbers of a list's services with suggestions and without any, and progress of the run."""

    suggested: int
    without: int
    is_working: bool
    progress: Progress
