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
    return bool(old and new) and not any(
        _is_same_place(old_address, new_address) for old_address in old for new_address in new
    )


def physical_addresses(records: Iterable[Record]) -> list[Address]:
    """Return the physical addresses among records."""
    return [
        record
        for record in records
        if isinstance(record, Address) and record.address_type == "physical"
    ]


def _is_same_place(first: Address, second: Address) -> bool:
    zip_codes = {zip5(first.postal_code), zip5(second.postal_code)} - {""}
    streets = [parse_street(address.address_1, address.city) for address in (first, second)]
    if None in streets:
        return len(zip_codes) < 2 and first.address_1.casefold() == second.address_1.casefold()
    names = {(street.numbers, street.name) for street in streets if street}
    directions = {street.directions for street in streets if street} - {""}
    return len(zip_codes) < 2 and len(names) == 1 and len(directions) < 2
