"""Withheld locations: a place is withheld whole where one of its street addresses is.

``records.visibility`` has the rule for one record; listings and exports ask here for a place. The
street of a place that is withheld is held back at every other place too (``withheld_keys``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from referral.records.directory import Address
from referral.records.visibility import Audience, Visibility, may_see, visible_to
from referral.store.conversion import record_from
from referral.store.rows import AddressRow
from referral.store.withheld_keys import WithheldKeys


@dataclass(frozen=True, slots=True)
class PlaceAddresses:
    """Of some locations the first street address, and which of them may not be shown.

    Attributes:
        withheld: ids of locations of which nothing is shown.
        held: ids of those whose street is that of a withheld one: their phones and hours stay.
    """

    by_location: Mapping[str, Address]
    withheld: Collection[str]
    held: Collection[str]


def read_addresses(
    session: Session, location_ids: Collection[str], audience: Audience, keys: WithheldKeys
) -> PlaceAddresses:
    """The addresses of these locations."""
    rows = session.scalars(
        select(AddressRow)
        .where(AddressRow.location_id.in_(list(location_ids)), AddressRow.retired_at.is_(None))
        .where(or_(AddressRow.address_type != "postal", AddressRow.visibility != "public"))
        .order_by(AddressRow.origin_line, AddressRow.id)
    )
    addresses: dict[str, Address] = {}
    withheld: set[str] = set()
    held: set[str] = set()
    for row in rows:
        if not may_see(audience, Visibility(row.visibility)):
            withheld.add(row.location_id or "")
        elif row.location_id and row.address_type != "postal":
            if keys and keys.holds_address(row):
                held.add(row.location_id)
            addresses.setdefault(row.location_id, record_from(row, Address))
    return PlaceAddresses(addresses, withheld, held - withheld)


def tells_held_place(location: Any, keys: WithheldKeys) -> bool:
    """Whether a location (a record or a row) has the name or the point of a place held back."""
    return bool(keys) and (
        keys.holds_point(location)
        or any(keys.names_street(text) for text in (location.name, location.alternate_name))
    )


def withheld_location_ids(audience: Audience) -> Select[str | None]:
    """A query for the ids of all locations to withhold from an audience."""
    return select(AddressRow.location_id).where(
        AddressRow.location_id.is_not(None),
        AddressRow.retired_at.is_(None),
        AddressRow.visibility.not_in([value.value for value in visible_to(audience)]),
    )
