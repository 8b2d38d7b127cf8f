"""Grouping of schedules by their HSDS label, such as "School year"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from referral.records.hsds import Schedule


def schedules_by_label(schedules: Iterable[Schedule]) -> dict[str, tuple[Schedule, ...]]:
    """Group schedules by label, those without one first; the returned schedules lack labels."""
    found: dict[str, list[Schedule]] = {"": []}
    for each in schedules:
        found.setdefault(each.group, []).append(replace(each, group="") if each.group else each)
    return {label: tuple(group) for label, group in found.items() if group}
