"""Values of the curator's pages: lines of the queues, decisions, and how far the work is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from referral.jobs.progress import Progress
from referral.records.page import Page
from referral.records.topic_suggestions import LIKELY, SuggestionState

TOPICS_SHOWN = 3
"""Suggested topics of a line; the keys 1 to 3 accept them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicChoice:
    """A suggested topic of a line.

    Attributes:
        above: names of the topics above it, top first.
        confidence: 0 to 1; of a category the mean over its services.
        services: how many services of a category it is suggested for.
    """

    term_id: str
    name: str
    above: tuple[str, ...] = ()
    confidence: float
    services: int = 1

    @property
    def is_likely(self) -> bool:
        """Confident enough to say *likely*; else *perhaps*."""
        return self.confidence >= LIKELY


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceName:
    """A service as an example."""

    id: str
    name: str
    organization: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryServices:
    """A page of the services that a decision for a category is about; ``name`` may be a code."""

    id: str
    name: str
    services: Page[ServiceName]


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryLine:
    """A category of a list that waits for a decision.

    Attributes:
        above: names of the categories above it, top first.
        services: how many services without a topic of their own carry it.
        waiting: how many of these have no topic at all.
        settled: how many of the waiting ones the best suggestion is right for, by its confidence.
        expected: the same of all its services.
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
    """A service without a topic; ``categories`` are the names of those its list gave it."""

    id: str
    name: str
    organization: str
    description: str
    categories: tuple[str, ...]
    choices: tuple[TopicChoice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How far the work is: public services, those with a topic, those that only have suggestions.

    What is left has neither. ``is_working``: topics are being suggested.
    """

    services: int
    with_topic: int
    with_suggestion: int
    is_working: bool = False

    @property
    def without(self) -> int:
        """Services with neither a topic nor a suggestion."""
        return self.services - self.with_topic - self.with_suggestion


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What somebody decided for a category or a service.

    Attributes:
        kind: ``category`` or ``service``.
        name: of the category, or of the (first) service.
        topics: names of the topics accepted or refused.
        services: how many services it is about; of a category how many got the topic, by the
            decision and as a rule since.
        who: "" where the account is gone.
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
    """A page of categories, those first that settle most; ``put_off`` were skipped."""

    lines: Page[CategoryLine]
    put_off: int
    coverage: Coverage
    last: Decision | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceQueue:
    """A page of services without a topic, by suggested topic, the least sure last."""

    lines: Page[ServiceLine]
    put_off: int
    coverage: Coverage
    last: Decision | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListStatus:
    """Suggested topics of one list: services that got one, services with none, work going on."""

    suggested: int
    without: int
    is_working: bool
    progress: Progress
