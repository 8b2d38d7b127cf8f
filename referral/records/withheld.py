"""Kinds and states of withheld values: addresses and phone numbers that no record shows."""

from __future__ import annotations

from enum import StrEnum


class WithheldKind(StrEnum):
    """The kind of withheld value that a group of records shares."""

    ADDRESS = "address"
    PHONE = "phone"


class WithheldState(StrEnum):
    """The decision about a withheld address or phone number."""

    ALONE = "alone"  # no other record has the value, so there is nothing to decide
    WAITING = "waiting"
    WITHHELD = "held"  # withheld in all records, now and later
    EXCEPTED = "excepted"  # some records show the value; later ones wait for a decision again
