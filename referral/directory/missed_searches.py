"""Counts of searches without a result, by topic, month and the place in question.

No words are stored. Patron pages gather the counts in memory; a background thread writes them.
"""

from __future__ import annotations

import logging
from collections import Counter
from uuid import uuid4

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from referral.directory.heading_placement import first_heading
from referral.directory.instance import Instance, MissedSearch, local_month
from referral.errors import NotFoundError
from referral.fields.places.lookup import Place
from referral.search.query import Answer, WordKind
from referral.store.availability import log_failure
from referral.store.rows_log import MissedSearchRow

_log = logging.getLogger("referral.counts")


def note_missed_search(instance: Instance, answer: Answer, place: Place | None) -> None:
    """Count a search without a result, once for each topic that its words match, or for none.

    The caller leaves out searches at terminals, in training and of danger.

    Args:
        place: the place in question, None where it is unknown.
    """
    topics = {word.topics[0] for word in answer.question.words if word.kind is WordKind.TERM}
    county = f"{place.county}, {place.state}" if place and place.county else ""
    zip_code = place.zip_code if place else ""
    for topic in topics or {""}:
        instance.missed_searches.note(MissedSearch(topic, county, zip_code))


def write_missed_searches(instance: Instance) -> None:
    """Write the counts that this process has gathered; keep them if the database fails."""
    gathered = instance.missed_searches.take()
    if not gathered:
        return
    try:
        try:
            _write(instance, gathered)
        except IntegrityError:  # another process inserted the same row at the same moment
            _write(instance, gathered)
    except SQLAlchemyError as error:
        log_failure(_log, "Counts of searches wait: %s", error)
        instance.missed_searches.put_back(gathered)


def _write(instance: Instance, gathered: Counter[MissedSearch]) -> None:
    with instance.store.write() as session:
        terms = instance.listings.terms(session)
        for missed, number in sorted(gathered.items()):
            try:
                heading = first_heading(session, terms, missed.topic) if missed.topic else ""
            except NotFoundError:
                continue  # the topic was removed meanwhile
            key = {
                "heading": heading,
                "term_code": missed.topic,
                "month": local_month(instance),
                "county": missed.county,
                "zip_code": missed.zip_code,
            }
            result = session.execute(
                update(MissedSearchRow)
                .filter_by(**key)
                .values(count=MissedSearchRow.count + number)
            )
            if not result.rowcount:  # type: ignore[attr-defined]  # an update gives it
                session.add(MissedSearchRow(id=str(uuid4()), count=number, **key))
