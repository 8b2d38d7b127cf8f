"""Records of capacity statements: how many are free, who stated it, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MOST_FREE = 999


class StatementSource(StrEnum):
    """The source of a capacity statement: the provider by a link, or staff."""

    PROVIDER = "provider"
    DESK = "desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStatement:
    """A new statement of how many of a unit, such as beds, are free at a service.

    ``account_id`` is that of the staff member, "" for a provider.
    """

    unit: str
    available: int
    said_by: StatementSource
    account_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityStatement:
    """A stored capacity statement, as staff see it.

    Attributes:
        said_at: UTC instant.
        account_name: the name of the staff member, "" for a provider.
    """

    unit: str
    available: int
    said_at: datetime
    said_by: StatementSource
    account_name: str = ""
