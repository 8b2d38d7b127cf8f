"""Withheld locations: a place is withheld whole where one of its street addresses is.

``records.visibility`` has the rule for one record; listings and exports ask here for a place.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from referral.records.directory import Address
from referral.records.visibility import Audience, Visibility, may_see, visible_to
from referral.store.conversion import record_from
from referral.store.rows import AddressRow


def read_addresses(
    session: Session, location_ids: Collection[str], audience: Audience
) -> tuple[dict[str, Address], set[str]]:
    """The first street address of each location, and the ids of locations to withhold."""
    rows = session.scalars(
        select(AddressRow)
        .where(AddressRow.location_id.in_(list(location_ids)), AddressRow.retired_at.is_(None))
        .where(or_(AddressRow.address_type != "postal", AddressRow.visibility != "public"))
        .order_by(AddressRow.origin_line, AddressRow.id)
    )
    addresses: dict[str, Address] = {}
    withheld: set[str] = set()
    for row in rows:
        if not may_see(audience, Visibility(row.visibility)):
            withheld.add(row.location_id or "")
        elif row.location_id and row.address_type != "postal":
            addresses.setdefault(row.location_id, record_from(row, Address))
    return addresses, withheld


def withheld_location_ids(audience: Audience) -> Select[str | None]:
    """A query for the ids of all locations to withhold from an audience."""
    return select(AddressRow.location_id).where(
        AddressRow.location_id.is_not(None),
        AddressRow.retired_at.is_(None),
        AddressRow.visibility.not_in([value.value for value in visible_to(audience)]),
    )
