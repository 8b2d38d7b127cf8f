"""Detection of locations that moved: a different address, not another spelling of it."""

from __future__ import annotations

from collections.abc import Iterable

from referral.fields.places.lookup import zip5
from referral.fields.street_keys import parse_street
from referral.records.hsds import Address, Record


def has_moved(before: Iterable[Record], after: Iterable[Record]) -> bool:
    """Return whether a location had a physical address and now has a different one.

    Args:
        before: the parts of the location before a change.
        after: its parts now.
    """
    old, new = physical_addresses(before), physical_addresses(after)
    return bool(old and new) and not any(_is_same_place(one, other) for one in old for other in new)


def physical_addresses(records: Iterable[Record]) -> list[Address]:
    """Return the physical addresses among records."""
    return [
        record
        for record in records
        if isinstance(record, Address) and record.address_type == "physical"
    ]


def _is_same_place(one: Address, other: Address) -> bool:
    codes = {zip5(one.postal_code), zip5(other.postal_code)} - {""}
    streets = [parse_street(each.address_1, each.city) for each in (one, other)]
    if None in streets:
        return len(codes) < 2 and one.address_1.casefold() == other.address_1.casefold()
    names = {(each.numbers, each.name) for each in streets if each}
    directions = {each.directions for each in streets if each} - {""}
    return len(codes) < 2 and len(names) == 1 and len(directions) < 2
