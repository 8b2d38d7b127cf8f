"""How far the topics of a directory, or of one list, are decided."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.jobs.progress import read_progress
from referral.records.topic_suggestions import SuggestionState
from referral.store.rows import ServiceRow
from referral.store.topic_suggestions import TopicSuggestionRow
from referral.topic_suggestions.open_services import has_no_topic, is_public
from referral.topic_suggestions.records import Coverage, ListStatus
from referral.topic_suggestions.suggestion_runs import TOPIC_SUGGESTIONS, is_run_due, is_suggesting


def read_coverage(session: Session) -> Coverage:
    """Of the whole directory."""
    return replace(_coverage(session), is_working=is_suggesting(session))


def read_list_status(directory: Directory, source: str) -> ListStatus:
    """What suggestions did for the services of one list."""
    with directory.store.read() as session:
        found = _coverage(session, ServiceRow.source == source)
        return ListStatus(
            suggested=found.with_suggestion,
            without=found.without,
            is_working=is_run_due(session, source),
            progress=read_progress(directory, TOPIC_SUGGESTIONS),
        )


def _coverage(session: Session, *of_list: ColumnElement[bool]) -> Coverage:
    row = TopicSuggestionRow
    suggested = select(row.service_id).where(row.state == SuggestionState.SUGGESTED.value)
    count = select(func.count()).select_from(ServiceRow).where(*of_list)
    services = session.scalar(count.where(is_public())) or 0
    without = session.scalar(count.where(has_no_topic())) or 0
    with_suggestion = session.scalar(count.where(has_no_topic(), ServiceRow.id.in_(suggested))) or 0
    return Coverage(
        services=services, with_topic=services - without, with_suggestion=with_suggestion
    )
