"""Work that waits for somebody of staff, as features declare it with their pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from referral.directory.context import Directory
from referral.records.accounts import Account
from referral.records.waiting import Waiting


class Urgency(IntEnum):
    """What comes first in the queue; the lower, the earlier."""

    PERSON = 1  # a person waits for us
    WRONG = 2  # people may read something wrong
    HELD_UP = 3  # work of others cannot go on
    UPKEEP = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingWork:
    """One line of the queue on the start page; it is shown while something waits.

    Attributes:
        label: a lazy string.
        endpoint: where the work is done; "" for the page that declares it.
        values: of the address.
    """

    label: Any
    urgency: Urgency
    find: Callable[[Directory, Account], Waiting]
    endpoint: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
