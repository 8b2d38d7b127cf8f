"""Settings of the question log: question types and fields in use, and how a year is counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any

from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.desk.codes import QuestionType
from referral.desk.rows import LogSettingsRow
from referral.directory.instance import Instance
from referral.errors import refused
from referral.records.accounts import Actor

WEEK = timedelta(days=7)
COUNTABLE = tuple(kind for kind in QuestionType if kind is not QuestionType.DIRECTIONAL)
"""Question types that surveys may count as reference transactions: all but directional."""
_ONLY_ROW = 1
_REFERRAL = QuestionType.REFERRAL


class LogField(StrEnum):
    """An optional field of the desk's question log, which a library may leave out."""

    READ_SCALE = "read_scale"
    MINUTES = "minutes"
    COUNT = "count"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """Settings of the desk's question log: question types, fields, and how a year is counted.

    Attributes:
        types: question types in use, always with referrals.
        counted: question types that surveys count as reference transactions.
        first_month: the first month of the fiscal year, 1 to 12.
        weeks: first days of the typical weeks, sorted; a year with any is estimated from them.
    """

    types: tuple[QuestionType, ...] = tuple(QuestionType)
    fields: frozenset[LogField] = frozenset(LogField)
    counted: tuple[QuestionType, ...] = (QuestionType.REFERENCE, QuestionType.REFERRAL)
    first_month: int = 1
    weeks: tuple[date, ...] = ()


def read_log_settings(instance: Instance) -> LogSettings:
    """Return the settings of the desk's question log, or the defaults if none were saved."""
    with instance.store.read() as session:
        return log_settings(session)


def log_settings(session: Session) -> LogSettings:
    """Return the settings of the desk's question log, within the caller's transaction."""
    row = session.get(LogSettingsRow, _ONLY_ROW)
    return _settings_from(row.settings) if row else LogSettings()


def save_log_settings(instance: Instance, actor: Actor, settings: LogSettings) -> None:
    """Check and store the settings of the desk's question log.

    Raises:
        RefusedError: two typical weeks overlap, or the month is not from 1 to 12.
    """
    weeks = tuple(sorted(set(settings.weeks)))
    if any(later - earlier < WEEK for earlier, later in pairwise(weeks)):
        raise refused("Two of the typical weeks share a day. Choose weeks that do not overlap.")
    if not 1 <= settings.first_month <= 12:
        raise refused("Choose the first month of the fiscal year.")
    stored = {
        "types": [kind for kind in QuestionType if kind in {*settings.types, _REFERRAL}],
        "fields": sorted(settings.fields),
        "counted": [kind for kind in COUNTABLE if kind in settings.counted],
        "first_month": settings.first_month,
        "weeks": [week.isoformat() for week in weeks],
    }
    with instance.store.write() as session:
        session.merge(LogSettingsRow(id=_ONLY_ROW, settings=stored))
        record_audit(session, actor, "log-settings-changed")


def _settings_from(stored: Mapping[str, Any]) -> LogSettings:
    return LogSettings(
        types=tuple(map(QuestionType, stored["types"])),
        fields=frozenset(map(LogField, stored["fields"])),
        counted=tuple(map(QuestionType, stored["counted"])),
        first_month=stored["first_month"],
        weeks=tuple(map(date.fromisoformat, stored["weeks"])),
    )
