"""Measurements of an installation: index, jobs, disk, database and backups, for /metrics."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from referral.app.checks import readiness
from referral.backups.daily_backups import newest_backup_at
from referral.directory.context import Directory
from referral.directory.health import count_services, index_lag
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
    parts = readiness(directory)
    found = [
        _number("referral_ready", "Whether this node may be sent visitors.", all(parts.values())),
        _number("referral_database_up", "Whether the database answers.", parts["database"]),
    ]
    with suppress(OSError):
        free = shutil.disk_usage(directory.settings.instance_path).free
        found.append(_number("referral_disk_free_bytes", "Free in the instance folder.", free))
    if newest := newest_backup_at(directory.settings):
        age = (directory.now() - newest).total_seconds()
        found.append(_number("referral_backup_age_seconds", "Age of the newest backup.", age))
    if parts["database"]:
        lag = index_lag(directory)
        found += [
            _number("referral_index_ready", "Whether search can answer.", parts["index"]),
            _number("referral_index_lag", "Changes not yet searchable.", lag),
        ]
        with suppress(SQLAlchemyError):
            services = count_services(directory)
            found.append(_number("referral_services", "Services that the public sees.", services))
            found += _jobs(count_jobs(directory))
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
