"""Withheld locations: a location is withheld as a whole if one of its addresses is.

``records.visibility`` has the rule for one record; listings and exports use this one for locations.
The street of a withheld location is withheld at every other location too (``withheld_keys``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from referral.records.hsds import Address
from referral.records.visibility import Audience, Visibility, may_see, visible_to
from referral.store.conversion import record_from
from referral.store.rows import AddressRow
from referral.store.withheld_keys import WithheldKeys


@dataclass(frozen=True, slots=True)
class PlaceAddresses:
    """The first street address of each location, and the locations that are not shown.

    Attributes:
        withheld: ids of locations of which nothing is shown.
        street_withheld: ids of locations with the street of a withheld location: only their phones
            and hours are shown.
    """

    by_location: Mapping[str, Address]
    withheld: Collection[str]
    street_withheld: Collection[str]


def read_addresses(
    session: Session, location_ids: Collection[str], audience: Audience, keys: WithheldKeys
) -> PlaceAddresses:
    """Return the street addresses of locations, and which locations an audience may not see."""
    rows = session.scalars(
        select(AddressRow)
        .where(AddressRow.location_id.in_(list(location_ids)), AddressRow.retired_at.is_(None))
        .where(or_(AddressRow.address_type != "postal", AddressRow.visibility != "public"))
        .order_by(AddressRow.origin_line, AddressRow.id)
    )
    addresses: dict[str, Address] = {}
    withheld: set[str] = set()
    street_withheld: set[str] = set()
    for row in rows:
        if not may_see(audience, Visibility(row.visibility)):
            withheld.add(row.location_id or "")
        elif row.location_id and row.address_type != "postal":
            if keys and keys.withholds_address(row):
                street_withheld.add(row.location_id)
            addresses.setdefault(row.location_id, record_from(row, Address))
    return PlaceAddresses(addresses, withheld, street_withheld - withheld)


def reveals_withheld_place(location: Any, keys: WithheldKeys) -> bool:
    """Return whether a location (a record or a row) gives a withheld street away.

    Its coordinates may be those of a withheld location, or its name may contain the street.
    """
    return bool(keys) and (
        keys.withholds_point(location)
        or any(keys.names_street(text) for text in (location.name, location.alternate_name))
    )


def withheld_location_ids(audience: Audience) -> Select[str | None]:
    """Return a query for the ids of locations with an address that an audience may not see."""
    return select(AddressRow.location_id).where(
        AddressRow.location_id.is_not(None),
        AddressRow.retired_at.is_(None),
        AddressRow.visibility.not_in([value.value for value in visible_to(audience)]),
    )
