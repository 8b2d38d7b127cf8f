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
    withheld = {
        each.record.id
        for each in items
        if isinstance(each, SourcedRecord)
        and isinstance(each.record, Location)
        and each.record.visibility is Visibility.WITHHELD
    }
    shown: list[tuple[SourcedRecord, Address]] = []
    own: set[str] = set()
    for item in items:
        record = item.record if isinstance(item, SourcedRecord) else None
        if not isinstance(item, SourcedRecord) or not isinstance(record, Address):
            continue
        is_place = record.location_id in withheld and record.address_type != "postal"
        if is_place or record.visibility is not Visibility.PUBLIC:
            own |= keys_of_address(record).kept
        else:
            shown.append((item, record))
    if not own and not keys:
        return
    for item, record in shown:
        if own & keys_of_address(record).asked or keys.holds_address(record):
            yield problem_at(item, "address-held-back", Severity.HELD, _DETAIL)
