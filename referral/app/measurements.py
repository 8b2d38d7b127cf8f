"""Measurements of an installation: index, jobs, disk, database and backups, for /metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from referral.backups.daily_backups import newest_backup_at
from referral.directory.context import Directory
from referral.directory.health import check_health
from referral.jobs.job_queue import JobCounts, count_jobs

_NO_LABELS: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A number, or one number for each set of labels.

    Attributes:
        values: what the labels are → the number; ``()`` where there are no labels.
    """

    name: str
    meaning: str
    values: Mapping[tuple[str, ...], float]
    labels: tuple[str, ...] = field(default=_NO_LABELS)


def measure(directory: Directory) -> list[Measurement]:
    """All that is measured now; what the database would tell is left out while it is away."""
    health = check_health(directory)
    found = [
        _number("referral_ready", "Whether this node may be sent visitors.", health.ready),
        _number("referral_database_up", "Whether the database answers.", health.database),
        _number("referral_disk_free_bytes", "Free in the instance folder.", health.disk_free),
    ]
    if newest := newest_backup_at(directory.settings):
        age = (directory.now() - newest).total_seconds()
        found.append(_number("referral_backup_age_seconds", "Age of the newest backup.", age))
    if health.database:
        found += [
            _number("referral_index_ready", "Whether search can answer.", health.index),
            _number("referral_index_lag", "Changes not yet searchable.", health.index_lag),
            _number("referral_services", "Services that the public sees.", health.services),
        ]
        try:
            found += _jobs(count_jobs(directory))
        except SQLAlchemyError:
            return found
    return found


def _jobs(jobs: JobCounts) -> list[Measurement]:
    return [
        Measurement(
            name="referral_jobs",
            meaning="Jobs in the background that wait, run, stopped or failed.",
            values={(state,): count for state, count in jobs.by_state.items()},
            labels=("state",),
        ),
        _number(
            "referral_oldest_job_seconds",
            "For how long the oldest job waits.",
            jobs.oldest_waiting_seconds,
        ),
    ]


def _number(name: str, meaning: str, value: float) -> Measurement:
    return Measurement(name=name, meaning=meaning, values={(): float(value)})
