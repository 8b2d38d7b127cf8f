"""Estimate of how well an imported list can be searched, from searches for ten usual needs.

Which services meet a need is judged by the words of the list (``list_needs.py``), so the result is
an estimate. It is stored in the outcome of the import and is deleted when the import is undone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import StrEnum

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.directory.instance import Instance
from referral.imports.records import BatchState
from referral.jobs.job_queue import Job
from referral.records.headings import OWN_TAXONOMY
from referral.records.listing import Listing
from referral.records.visibility import Audience
from referral.search.facts import areas_of
from referral.search.query import SearchQuery
from referral.store.listings import load_listings
from referral.store.rows import ServiceRow
from referral.store.rows_log import ImportBatchRow
from referral.store.visibility import shown_services
from referral.topic_suggestions.suggestion_runs import is_run_due
from referral.vocabulary.list_needs import Judge, judged_service, load_needs

USUAL_NEEDS: Mapping[str, str] = {
    "food": "food",
    "rent-help": "help with rent",
    "shelter": "a place to sleep tonight",
    "utilities": "help with a light bill",
    "clinics": "doctor",
    "dental": "dentist",
    "counseling": "counseling",
    "legal-aid": "free lawyer",
    "job-search": "find a job",
    "child-care": "child care",
}
"""Topic → a patron's query."""
_OUTCOME = "usual needs"  # key in ``ImportBatchRow.outcome``
_MOST_SERVICES = 2_000  # services of the list that are judged
_RESULTS_READ = 200  # results read, of all lists, best first
_TOP_RESULTS, _ENOUGH_FOUND = 5, 3


class Reason(StrEnum):
    """The reason why a search of an imported list finds little or nothing for a usual need."""

    NOT_THERE = "not-there"  # stored by releases up to 0.2 if the list does not cover the need
    NO_DESCRIPTION = "no-description"  # likewise, if most services have only a name
    NO_AREA = "no-area"  # most matching services have neither an address nor a known area
    NO_TOPIC = "no-topic"  # most matching services have no topic, suggested or assigned
    OTHERS_FIRST = "others-first"  # other services of the list rank before matching ones


class NeedFound(msgspec.Struct, frozen=True, kw_only=True):
    """The result of searching an imported list for one of ten usual needs.

    Attributes:
        words: the query.
        said: number of services of the list that match the need by their own words.
        reason: why little or nothing is found; None if enough is found.
    """

    words: str
    said: int
    reason: Reason | None = None


class ListEstimate(msgspec.Struct, frozen=True, kw_only=True):
    """An estimate of how well an imported list can be searched, from ten usual needs."""

    services: int
    needs: tuple[NeedFound, ...]

    @property
    def covered(self) -> list[NeedFound]:
        """Return the usual needs that services of an imported list meet."""
        return [need for need in self.needs if need.said]

    @property
    def lacking(self) -> list[NeedFound]:
        """Return the usual needs that a list covers, but for which a search finds too little."""
        return [need for need in self.covered if need.reason]


def read_estimate(instance: Instance, batch_id: str) -> ListEstimate | None:
    """Return the estimate of how well an imported list can be searched, None without one."""
    with instance.store.read() as session:
        batch = session.get(ImportBatchRow, batch_id)
        stored = batch.outcome.get(_OUTCOME) if batch else None
    return msgspec.convert(stored, ListEstimate) if stored else None


def waits_for_topics(session: Session, job: Job) -> bool:
    """Return whether topics must still be suggested before an imported list is estimated.

    Suggested topics change the search results.
    """
    batch = session.get(ImportBatchRow, job.subject_id)
    return batch is not None and is_run_due(session, batch.source)


def estimate_list(instance: Instance, job: Job) -> None:
    """Estimate how well an imported list can be searched, as a background job."""
    with instance.store.read() as session:
        batch = session.get(ImportBatchRow, job.subject_id)
        if batch is None or batch.state != BatchState.APPLIED:
            return
        of_list = select(ServiceRow.id).where(
            ServiceRow.source == batch.source, shown_services(Audience.PUBLIC)
        )
        ids = session.scalars(of_list.order_by(ServiceRow.id).limit(_MOST_SERVICES)).all()
        listings = load_listings(session, ids, Audience.PUBLIC)
    if not listings:  # for example, an import of taxonomy terms
        return
    instance.index.sync()
    estimate = _judge_needs(instance, listings)
    with instance.store.write() as session:
        batch = session.get(ImportBatchRow, job.subject_id)
        if batch and batch.state == BatchState.APPLIED:
            batch.outcome = {**batch.outcome, _OUTCOME: msgspec.to_builtins(estimate)}


def _judge_needs(instance: Instance, listings: Sequence[Listing]) -> ListEstimate:
    by_id = {listing.service.id: listing for listing in listings}
    judge = Judge(map(judged_service, listings), load_needs())
    needs: list[NeedFound] = []
    for topic, words in USUAL_NEEDS.items():
        matching_ids = judge.right_services([topic])
        answer = instance.index.search(SearchQuery(words=words), limit=_RESULTS_READ)
        top_ids = [hit.service_id for hit in answer.hits if hit.service_id in by_id][:_TOP_RESULTS]
        count_found = len(matching_ids.intersection(top_ids))
        reason = _find_reason([by_id[service_id] for service_id in matching_ids], count_found)
        needs.append(NeedFound(words=words, said=len(matching_ids), reason=reason))
    return ListEstimate(services=len(listings), needs=tuple(needs))


def _find_reason(matching: Sequence[Listing], count_found: int) -> Reason | None:
    if count_found >= min(_ENOUGH_FOUND, len(matching)):
        return None
    if _applies_to_most(matching, _has_no_area):
        return Reason.NO_AREA
    return Reason.NO_TOPIC if _applies_to_most(matching, _has_no_topic) else Reason.OTHERS_FIRST


def _applies_to_most(listings: Collection[Listing], applies: Callable[[Listing], bool]) -> bool:
    return 2 * sum(map(applies, listings)) > len(listings)


def _has_no_area(listing: Listing) -> bool:
    has_place = any(site.zip_code or site.location.latitude for site in listing.sites)
    return not (has_place or listing.place_withheld or areas_of(listing))


def _has_no_topic(listing: Listing) -> bool:
    is_ours = (term.taxonomy == OWN_TAXONOMY for term in listing.terms)
    return not (listing.suggested_topics or any(is_ours))
