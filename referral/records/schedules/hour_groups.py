"""Grouping of schedules by their HSDS label, such as "School year"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from referral.records.hsds import Schedule


def schedules_by_label(schedules: Iterable[Schedule]) -> dict[str, tuple[Schedule, ...]]:
    """Group schedules by label, those without one first; the returned schedules lack labels."""
    groups: dict[str, list[Schedule]] = {"": []}
    for schedule in schedules:
        groups.setdefault(schedule.group, []).append(
            replace(schedule, group="") if schedule.group else schedule
        )
    return {label: tuple(group) for label, group in groups.items() if group}
