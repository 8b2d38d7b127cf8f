"""What is held back everywhere: an address or a phone number, and what was decided of it."""

from __future__ import annotations

from enum import StrEnum


class WithheldKind(StrEnum):
    """What a group of records has in common."""

    ADDRESS = "address"
    PHONE = "phone"


class WithheldState(StrEnum):
    """What was decided of an address or a phone number."""

    ALONE = "alone"  # no other record has it: there is nothing to decide
    WAITING = "waiting"
    HELD = "held"  # of every record, now and later
    EXCEPTED = "excepted"  # some records show it; one that comes later waits again
