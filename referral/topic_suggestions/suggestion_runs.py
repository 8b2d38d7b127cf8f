"""Runs of topic suggestions: which source lists need a run, the job, and storing of results."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from referral.directory.instance import Instance
from referral.jobs.job_queue import Job, add_job
from referral.jobs.progress import OnProgress, progress_writer
from referral.jobs.rows import JobRow, JobState
from referral.records.headings import Crosswalk
from referral.records.topic_suggestions import OF_CATEGORIES, UNDECIDED, SuggestionState
from referral.store.base import in_batches
from referral.store.change_log import log_changes
from referral.store.checkpoints import ChangesSince, changes_since_checkpoint, set_checkpoint
from referral.store.rows import ServiceRow
from referral.store.terms import TermTree, load_crosswalk, load_terms
from referral.store.topic_suggestions import SUGGESTION_CHANGE, CategoryTopicRow, TopicSuggestionRow
from referral.store.word_lists import load_thesaurus
from referral.topic_suggestions.calibration import fit_curve
from referral.topic_suggestions.category_rules import apply_category_rules, category_key
from referral.topic_suggestions.service_texts import ServiceText, read_service_texts
from referral.topic_suggestions.suggester import RULES_VERSION, Suggestion, TopicSuggester

TOPIC_SUGGESTIONS = "topic suggestions"  # kind of the job, and its subject
_CHECKPOINT = f"topic suggestions {RULES_VERSION}"  # a new version checks all services again
_KINDS_FOR_ALL_LISTS = frozenset({"spoken_words", "taxonomy_term", "heading", "attribute"})
_SERVICES_IN_A_BATCH = 500
_PAUSE_FACTOR = 9  # times the last run's duration, so that runs take a tenth of the time at most
_IS_OPEN = TopicSuggestionRow.state.in_(UNDECIDED)


@dataclass(slots=True)
class RunSummary:
    """Result of a run: number of services checked, with suggestions, and without any."""

    services: int = 0
    suggested: int = 0
    without: int = 0


def queue_if_changed(instance: Instance) -> bool:
    """Queue a run if services, words, topics or rules changed; return whether it did.

    One edit changes the inverse document frequencies of its words, and so any score of its list.
    Each run therefore covers whole lists. After edits a run waits, so that runs take a small share
    of the time however large the lists are.
    """
    with instance.store.read() as session:
        if is_suggesting(session) or _is_pausing(session, instance.now()):
            return False
        if not _sources_to_run(session, _changes_since_run(session)):
            return False
    with instance.store.write() as session:
        if is_suggesting(session):
            return False
        add_job(session, TOPIC_SUGGESTIONS, TOPIC_SUGGESTIONS)
    return True


def run_suggestions_job(instance: Instance, job: Job) -> None:
    """Suggest topics as a background job."""
    suggest_topics(instance, progress_writer(instance, job.subject_id))


def suggest_topics(
    instance: Instance, progress: OnProgress, *, everything: bool = False
) -> RunSummary:
    """Suggest topics for the services of the source lists that changed since the last run.

    Args:
        everything: run for all lists.
    """
    with instance.store.read() as session:
        since = _changes_since_run(session)
        since = ChangesSince((), everything=True, up_to=since.up_to) if everything else since
        sources = _sources_to_run(session, since)
        if not sources:
            return RunSummary()
        terms, crosswalk = load_terms(session), load_crosswalk(session)
        texts = {source: read_service_texts(session, terms, source) for source in sources}
        suggester = _build_suggester(session, terms, texts)
    headings = _HeadingCache(terms, crosswalk)
    summary = RunSummary()
    total = sum(map(len, texts.values()))
    for source, services in texts.items():
        untagged = _services_to_suggest_for(instance, services, terms)
        found = suggester.suggest(untagged)
        for batch in in_batches(found, _SERVICES_IN_A_BATCH):
            with instance.store.write() as session:
                _store_suggestions(session, batch, headings, terms)
            summary.suggested += sum(bool(suggestions) for _, suggestions in batch)
            summary.without += sum(not suggestions for _, suggestions in batch)
            summary.services += len(batch)
            progress("Suggesting topics", summary.services, total)
        with instance.store.write() as session:
            _delete_others(session, source, {service.service_id for service in untagged})
    with instance.store.write() as session:
        set_checkpoint(session, _CHECKPOINT, since.up_to, instance.now())
    return summary


def is_run_due(session: Session, source: str) -> bool:
    """Return whether topic suggestions for a list are running or will run soon."""
    return is_suggesting(session) or source in _sources_to_run(session, _changes_since_run(session))


def _services_to_suggest_for(
    instance: Instance, services: Sequence[ServiceText], terms: TermTree
) -> list[ServiceText]:
    """Apply the category rules, and return the services that need suggestions."""
    changed: set[str] = set()
    for batch in in_batches(services, _SERVICES_IN_A_BATCH):
        with instance.store.write() as session:
            changed |= apply_category_rules(session, batch, terms)
    if changed:
        with instance.store.read() as session:
            services = read_service_texts(session, terms, services[0].source)
    return [service for service in services if service.wants_suggestions]


def is_suggesting(session: Session) -> bool:
    """Return whether a run of topic suggestions is queued or running."""
    open_states = [JobState.WAITING, JobState.RUNNING]
    waiting = select(JobRow.id).where(
        JobRow.kind == TOPIC_SUGGESTIONS, JobRow.state.in_(open_states)
    )
    return session.scalar(waiting.limit(1)) is not None


def _is_pausing(session: Session, now: datetime) -> bool:
    """Return whether the last run ended a short while ago, with no import or other job since."""
    last = session.scalar(
        select(JobRow).where(JobRow.kind == TOPIC_SUGGESTIONS).order_by(JobRow.id.desc()).limit(1)
    )
    if last is None or last.started_at is None or last.finished_at is None:
        return False
    other_jobs = select(JobRow.id).where(
        JobRow.kind != TOPIC_SUGGESTIONS, JobRow.finished_at >= last.started_at
    )
    duration = last.finished_at - last.started_at
    return (
        now < last.finished_at + _PAUSE_FACTOR * duration
        and session.scalar(other_jobs.limit(1)) is None
    )


def _changes_since_run(session: Session) -> ChangesSince:
    return changes_since_checkpoint(session, _CHECKPOINT)


def _sources_to_run(session: Session, since: ChangesSince) -> list[str]:
    """Return the source lists that need a run: those of changed services, or all."""
    sources = select(ServiceRow.source).distinct().order_by(ServiceRow.source)
    if since.everything or any(change.kind in _KINDS_FOR_ALL_LISTS for change in since.changes):
        return list(session.scalars(sources))
    changed = {change.record_id for change in since.changes if change.kind == "service"}
    found: set[str] = set()
    for batch in in_batches(sorted(changed), _SERVICES_IN_A_BATCH):
        found.update(session.scalars(sources.where(ServiceRow.id.in_(batch))))
    return sorted(found)


def _build_suggester(
    session: Session, terms: TermTree, texts: dict[str, list[ServiceText]]
) -> TopicSuggester:
    tagged = [service for services in texts.values() for service in services if service.topic_ids]
    # A decision for a whole category is weak evidence for each of its services.
    for_categories = select(CategoryTopicRow.group_id)
    decided = session.execute(
        select(TopicSuggestionRow.score, TopicSuggestionRow.state).where(
            ~_IS_OPEN,
            TopicSuggestionRow.group_id.not_in(for_categories),
            TopicSuggestionRow.score > 0,
        )
    )
    curve = fit_curve([(score, state == SuggestionState.ACCEPTED) for score, state in decided])
    return TopicSuggester(terms, load_thesaurus(session), tagged, curve)


class _HeadingCache:
    """Caches the headings of topics."""

    def __init__(self, terms: TermTree, crosswalk: Crosswalk) -> None:
        self._terms, self._crosswalk = terms, crosswalk
        self._found: dict[str, str] = {}

    def of(self, term_id: str) -> str:
        """Return the slugs of a topic's headings, joined by ``|``."""
        if term_id not in self._found:
            path = self._terms.heading_path(term_id)
            self._found[term_id] = "|".join(sorted(self._crosswalk.headings_for("", [path])))
        return self._found[term_id]


class _StoredSuggestion(NamedTuple):
    """The columns of a suggestion that a run may change."""

    term_id: str
    score: float
    confidence: float
    place: str
    words: str
    headings: str
    state: str


_COLUMNS = tuple(getattr(TopicSuggestionRow, name) for name in _StoredSuggestion._fields)


def _store_suggestions(
    session: Session,
    found: Sequence[tuple[ServiceText, list[Suggestion]]],
    headings: _HeadingCache,
    terms: TermTree,
) -> None:
    """Replace the open suggestions and evidence rows of services where they changed."""
    ids = [service.service_id for service, _ in found]
    stored: dict[str, set[_StoredSuggestion]] = defaultdict(set)
    for service_id, *values in session.execute(
        select(TopicSuggestionRow.service_id, *_COLUMNS).where(
            TopicSuggestionRow.service_id.in_(ids), _IS_OPEN
        )
    ):
        stored[service_id].add(_StoredSuggestion(*values))
    decided = _Decisions(session, ids, terms)
    changed: list[str] = []
    new: list[dict[str, Any]] = []
    for service, suggestions in found:
        rows = {
            _stored_suggestion(suggestion, headings, service)
            for suggestion in suggestions
            if not decided.forbids(service, suggestion)
        }
        if rows != stored[service.service_id]:
            changed.append(service.service_id)
            new += [_row_values(service, values) for values in sorted(rows)]
    session.execute(
        delete(TopicSuggestionRow).where(TopicSuggestionRow.service_id.in_(changed), _IS_OPEN)
    )
    if new:
        session.execute(insert(TopicSuggestionRow), new)
    log_changes(session, [(SUGGESTION_CHANGE, service_id) for service_id in changed])


def _stored_suggestion(
    suggestion: Suggestion, headings: _HeadingCache, service: ServiceText
) -> _StoredSuggestion:
    is_given = suggestion.term_id in service.category_topic_ids
    state = SuggestionState.EVIDENCE if is_given else SuggestionState.SUGGESTED
    return _StoredSuggestion(
        term_id=suggestion.term_id,
        score=round(suggestion.score, 4),
        confidence=round(suggestion.confidence, 4),
        place=suggestion.place.value,
        words=suggestion.words,
        headings=headings.of(suggestion.term_id),
        state=state.value,
    )


def _row_values(service: ServiceText, stored: _StoredSuggestion) -> dict[str, Any]:
    return {
        "service_id": service.service_id,
        "source": service.source,
        "source_key": service.source_key,
        "made_by": RULES_VERSION,
        **stored._asdict(),
    }


class _Decisions:
    """Topics that curators accepted or refused, for services or for categories."""

    def __init__(self, session: Session, service_ids: Sequence[str], terms: TermTree) -> None:
        accepted = select(TopicSuggestionRow.service_id, TopicSuggestionRow.term_id).where(
            TopicSuggestionRow.service_id.in_(service_ids), ~_IS_OPEN
        )
        self._services = set(map(tuple, session.execute(accepted)))
        refused = select(
            TopicSuggestionRow.source, TopicSuggestionRow.source_key, TopicSuggestionRow.term_id
        ).where(TopicSuggestionRow.state == SuggestionState.REFUSED.value)
        self._keys = set(map(tuple, session.execute(refused)))
        category = select(CategoryTopicRow.category_id, CategoryTopicRow.term_id).where(
            CategoryTopicRow.state == SuggestionState.REFUSED.value
        )
        self._categories = {
            (category_key(terms, category_id), term_id)
            for category_id, term_id in session.execute(category)
        }

    def forbids(self, service: ServiceText, suggestion: Suggestion) -> bool:
        """Return whether a topic must not be suggested for a service.

        A topic that was refused for a category is still suggested from the service's own text.
        """
        term_id = suggestion.term_id
        return (
            (service.service_id, term_id) in self._services
            or (service.source, service.source_key, term_id) in self._keys
            or (
                suggestion.place in OF_CATEGORIES
                and any(
                    (category, term_id) in self._categories for category, _ in service.categories
                )
            )
        )


def _delete_others(session: Session, source: str, kept_ids: Collection[str]) -> None:
    """Delete the open suggestions of a list's services other than those kept."""
    open_rows = (
        select(TopicSuggestionRow.service_id)
        .where(TopicSuggestionRow.source == source, _IS_OPEN)
        .distinct()
    )
    dropped = sorted(set(session.scalars(open_rows)).difference(kept_ids))
    for batch in in_batches(dropped, _SERVICES_IN_A_BATCH):
        session.execute(
            delete(TopicSuggestionRow).where(TopicSuggestionRow.service_id.in_(batch), _IS_OPEN)
        )
    log_changes(session, [(SUGGESTION_CHANGE, service_id) for service_id in dropped])
