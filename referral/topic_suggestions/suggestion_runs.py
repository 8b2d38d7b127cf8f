"""Runs of topic suggestions: which source lists need a run, the job, and storing of results."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

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
_ALL_LISTS = frozenset({"spoken_words", "taxonomy_term", "heading", "attribute"})
_BATCH = 500
_PAUSE = 9  # times the last run's duration, so that runs take a tenth of the time at most


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
        if not _sources(session, _since(session)):
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
        since = _since(session)
        since = ChangesSince((), everything=True, up_to=since.up_to) if everything else since
        sources = _sources(session, since)
        if not sources:
            return RunSummary()
        terms, crosswalk = load_terms(session), load_crosswalk(session)
        texts = {source: read_service_texts(session, terms, source) for source in sources}
        suggester = _suggester(session, terms, texts)
    headings = _Headings(terms, crosswalk)
    summary = RunSummary()
    total = sum(map(len, texts.values()))
    for source, services in texts.items():
        untagged = _untagged(instance, services, terms)
        found = suggester.suggest(untagged)
        for some in in_batches(found, _BATCH):
            with instance.store.write() as session:
                _store(session, some, headings, terms)
            summary.suggested += sum(bool(suggestions) for _, suggestions in some)
            summary.without += sum(not suggestions for _, suggestions in some)
            summary.services += len(some)
            progress("Suggesting topics", summary.services, total)
        with instance.store.write() as session:
            _drop_others(session, source, {service.service_id for service in untagged})
    with instance.store.write() as session:
        set_checkpoint(session, _CHECKPOINT, since.up_to, instance.now())
    return summary


def is_run_due(session: Session, source: str) -> bool:
    """Return whether topic suggestions for a list are running or will run soon."""
    return is_suggesting(session) or source in _sources(session, _since(session))


def _untagged(
    instance: Instance, services: Sequence[ServiceText], terms: TermTree
) -> list[ServiceText]:
    """Apply the category rules, and return the services that need suggestions."""
    changed: set[str] = set()
    for some in in_batches(services, _BATCH):
        with instance.store.write() as session:
            changed |= apply_category_rules(session, some, terms)
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
    others = select(JobRow.id).where(
        JobRow.kind != TOPIC_SUGGESTIONS, JobRow.finished_at >= last.started_at
    )
    took = last.finished_at - last.started_at
    return now < last.finished_at + _PAUSE * took and session.scalar(others.limit(1)) is None


def _since(session: Session) -> ChangesSince:
    return changes_since_checkpoint(session, _CHECKPOINT)


def _sources(session: Session, since: ChangesSince) -> list[str]:
    """Return the source lists that need a run: those of changed services, or all."""
    sources = select(ServiceRow.source).distinct().order_by(ServiceRow.source)
    if since.everything or any(change.kind in _ALL_LISTS for change in since.changes):
        return list(session.scalars(sources))
    changed = {change.record_id for change in since.changes if change.kind == "service"}
    found: set[str] = set()
    for some in in_batches(sorted(changed), _BATCH):
        found.update(session.scalars(sources.where(ServiceRow.id.in_(some))))
    return sorted(found)


def _suggester(
    session: Session, terms: TermTree, texts: dict[str, list[ServiceText]]
) -> TopicSuggester:
    tagged = [service for some in texts.values() for service in some if service.topic_ids]
    row = TopicSuggestionRow
    # A decision for a whole category is weak evidence for each of its services.
    for_categories = select(CategoryTopicRow.group_id)
    decided = session.execute(
        select(row.score, row.state).where(
            ~_IS_OPEN,
            row.group_id.not_in(for_categories),
            row.score > 0,
        )
    )
    curve = fit_curve([(score, state == SuggestionState.ACCEPTED) for score, state in decided])
    return TopicSuggester(terms, load_thesaurus(session), tagged, curve)


class _Headings:
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


_Stored = tuple[str, float, float, str, str, str, str]  # columns as in ``_COLUMNS``
_ROW = TopicSuggestionRow
_COLUMNS = (
    _ROW.term_id, _ROW.score, _ROW.confidence, _ROW.place, _ROW.words, _ROW.headings, _ROW.state,
)  # fmt: skip
_IS_OPEN = _ROW.state.in_(UNDECIDED)


def _store(
    session: Session,
    found: Sequence[tuple[ServiceText, list[Suggestion]]],
    headings: _Headings,
    terms: TermTree,
) -> None:
    """Replace the open suggestions and evidence rows of services where they changed."""
    ids = [service.service_id for service, _ in found]
    stored: dict[str, set[_Stored]] = defaultdict(set)
    for service_id, *values in session.execute(
        select(_ROW.service_id, *_COLUMNS).where(_ROW.service_id.in_(ids), _IS_OPEN)
    ):
        stored[service_id].add(cast(_Stored, tuple(values)))
    decided = _Decided(session, ids, terms)
    changed: list[str] = []
    new: list[dict[str, Any]] = []
    for service, suggestions in found:
        rows = {
            _stored(one, headings, service) for one in suggestions if not decided.bars(service, one)
        }
        if rows != stored[service.service_id]:
            changed.append(service.service_id)
            new += [_values(service, values) for values in sorted(rows)]
    session.execute(delete(_ROW).where(_ROW.service_id.in_(changed), _IS_OPEN))
    if new:
        session.execute(insert(_ROW), new)
    log_changes(session, [(SUGGESTION_CHANGE, service_id) for service_id in changed])


def _stored(one: Suggestion, headings: _Headings, service: ServiceText) -> _Stored:
    is_given = one.term_id in service.category_topic_ids
    state = SuggestionState.EVIDENCE if is_given else SuggestionState.SUGGESTED
    return (
        one.term_id, round(one.score, 4), round(one.confidence, 4), one.place.value,
        one.words, headings.of(one.term_id), state.value,
    )  # fmt: skip


def _values(service: ServiceText, stored: _Stored) -> dict[str, Any]:
    columns = dict(zip((column.key for column in _COLUMNS), stored, strict=True))
    return {
        "service_id": service.service_id,
        "source": service.source,
        "source_key": service.source_key,
        "made_by": RULES_VERSION,
        **columns,
    }


class _Decided:
    """Topics that curators accepted or refused, for services or for categories."""

    def __init__(self, session: Session, service_ids: Sequence[str], terms: TermTree) -> None:
        accepted = select(_ROW.service_id, _ROW.term_id).where(
            _ROW.service_id.in_(service_ids), ~_IS_OPEN
        )
        self._services = set(map(tuple, session.execute(accepted)))
        refused = select(_ROW.source, _ROW.source_key, _ROW.term_id).where(
            _ROW.state == SuggestionState.REFUSED.value
        )
        self._keys = set(map(tuple, session.execute(refused)))
        category = select(CategoryTopicRow.category_id, CategoryTopicRow.term_id).where(
            CategoryTopicRow.state == SuggestionState.REFUSED.value
        )
        self._categories = {
            (category_key(terms, category_id), term_id)
            for category_id, term_id in session.execute(category)
        }

    def bars(self, service: ServiceText, one: Suggestion) -> bool:
        """Return whether a topic must not be suggested for a service.

        A topic that was refused for a category is still suggested from the service's own text.
        """
        term_id = one.term_id
        return (
            (service.service_id, term_id) in self._services
            or (service.source, service.source_key, term_id) in self._keys
            or (
                one.place in OF_CATEGORIES
                and any(
                    (category, term_id) in self._categories for category, _ in service.categories
                )
            )
        )


def _drop_others(session: Session, source: str, kept: Collection[str]) -> None:
    """Delete the open suggestions of a list's services other than those kept."""
    open_rows = select(_ROW.service_id).where(_ROW.source == source, _IS_OPEN).distinct()
    dropped = sorted(set(session.scalars(open_rows)).difference(kept))
    for some in in_batches(dropped, _BATCH):
        session.execute(delete(_ROW).where(_ROW.service_id.in_(some), _IS_OPEN))
    log_changes(session, [(SUGGESTION_CHANGE, service_id) for service_id in dropped])
