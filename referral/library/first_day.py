"""Tasks for a library's first day. Whether a task is done is derived from the stored data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from referral.accounts.rows import AccountRow
from referral.backups.daily_backups import newest_backup_at
from referral.directory.help_lines import read_files
from referral.directory.instance import Instance
from referral.directory.site_texts import HOME
from referral.library.own_settings import FIRST_DAY
from referral.records.listing import NATIONAL_SOURCE
from referral.records.topic_suggestions import SuggestionState
from referral.store.rows import ServiceRow
from referral.store.rows_log import ViewCountRow
from referral.store.topic_suggestions import CategoryTopicRow, TopicSuggestionRow
from referral.terminal.rows import TerminalDeviceRow


class Task(StrEnum):
    """A task for a library's first day; the members are in the order in which they are shown."""

    NAME = "name"
    COLLEAGUE = "colleague"
    HELP_LINES = "help-lines"
    LIST = "list"
    TOPICS = "topics"
    COMPUTER = "computer"
    BACKUP = "backup"
    LOOK = "look"


def first_day_tasks(instance: Instance) -> Mapping[Task, bool]:
    """Return whether each task of the library's first day is done.

    The result is empty once all are, or the list was dismissed.
    """
    own_settings, settings = instance.texts.library_settings(), instance.settings
    if own_settings.get(FIRST_DAY):
        return {}
    is_named = "library_name" in own_settings or "library_name" in settings.fixed
    with instance.store.read() as session:
        has_list = _exists(session, ServiceRow.id, ServiceRow.source != NATIONAL_SOURCE)
        tasks = {
            Task.NAME: is_named and bool(own_settings.get(HOME) or "timezone" in settings.fixed),
            Task.COLLEAGUE: len(session.scalars(select(AccountRow.id).limit(2)).all()) > 1,
            Task.HELP_LINES: bool(read_files(settings).own),
            Task.LIST: has_list,
            Task.TOPICS: has_list and not _has_open_topics(session),
            Task.COMPUTER: settings.terminal or _exists(session, TerminalDeviceRow.id),
            Task.BACKUP: newest_backup_at(settings) is not None,
            Task.LOOK: _exists(session, ViewCountRow.service_id),
        }
    return {} if all(tasks.values()) else tasks


def _has_open_topics(session: Session) -> bool:
    """Return whether topics are suggested for services and none of these was decided yet."""
    has_suggested = _exists(
        session, TopicSuggestionRow.id, TopicSuggestionRow.state == SuggestionState.SUGGESTED.value
    )
    has_decided = _exists(
        session, TopicSuggestionRow.id, TopicSuggestionRow.decided_at.is_not(None)
    )
    return has_suggested and not has_decided and not _exists(session, CategoryTopicRow.id)


def _exists(
    session: Session, column: InstrumentedAttribute[Any], *conditions: ColumnElement[bool]
) -> bool:
    return session.scalar(select(column).where(*conditions).limit(1)) is not None
