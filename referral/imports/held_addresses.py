"""Addresses of a list that are held back since another record, or another list, withholds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy.orm import Session

from referral.formats.reading.items import Item, problem_at
from referral.message import message
from referral.records.directory import Address, Location
from referral.records.kinds import SourcedRecord
from referral.records.problems import Problem, Severity
from referral.records.visibility import Audience, Visibility
from referral.store.withheld_keys import keys_of_address, read_withheld_keys

_DETAIL = message(
    "This address is private at another record. So no page shows it until somebody "
    "decides, on the page “Held back”."
)


def problems_of_held_addresses(session: Session, items: Iterable[Item]) -> Iterator[Problem]:
    """A problem for each address that the list shows, and that no page will show."""
    items = list(items)
    keys = read_withheld_keys(session, Audience.PUBLIC)
    own = keys_withheld_in(items)
    if not own and not keys:
        return
    places = _withheld_places(items)
    for item in items:
        record = item.record if isinstance(item, SourcedRecord) else None
        if not isinstance(item, SourcedRecord) or not isinstance(record, Address):
            continue
        if _is_withheld(record, places):
            continue
        if own & keys_of_address(record).asked or keys.holds_address(record):
            yield problem_at(item, "address-held-back", Severity.HELD, _DETAIL)


def keys_withheld_in(items: Iterable[Item]) -> set[str]:
    """The keys of the addresses that a list itself withholds."""
    items = list(items)
    places = _withheld_places(items)
    addresses = (each.record for each in items if isinstance(each, SourcedRecord))
    withheld = (
        keys_of_address(each).kept
        for each in addresses
        if isinstance(each, Address) and _is_withheld(each, places)
    )
    return set().union(*withheld)


def _withheld_places(items: Iterable[Item]) -> set[str]:
    return {
        each.record.id
        for each in items
        if isinstance(each, SourcedRecord)
        and isinstance(each.record, Location)
        and each.record.visibility is Visibility.WITHHELD
    }


def _is_withheld(address: Address, places: set[str]) -> bool:
    is_place = address.location_id in places and address.address_type != "postal"
    return is_place or address.visibility is not Visibility.PUBLIC
