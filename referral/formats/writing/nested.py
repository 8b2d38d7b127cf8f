"""Records with their parts nested in them, for HSDS JSON and readable sheets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from referral.records.hsds import Record


@dataclass(slots=True)
class Nested:
    """A record to export, with its parts nested in it by kind."""

    record: Record
    parts: dict[str, Sequence[Nested]] = field(default_factory=dict)
