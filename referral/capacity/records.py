"""Statements of capacity as plain values: who said it, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MOST_FREE = 999


class SaidBy(StrEnum):
    """By what way somebody said how much room there is."""

    PROVIDER = "provider"
    DESK = "desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """How much of a unit somebody says is free; ``account_id`` of a member of staff."""

    unit: str
    available: int
    said_by: SaidBy
    account_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityStatement:
    """What somebody said, for staff.

    Attributes:
        said_at: UTC instant.
        account_name: of the member of staff, "" for others.
    """

    unit: str
    available: int
    said_at: datetime
    said_by: SaidBy
    account_name: str = ""
