"""The area that a person names: a ZIP code, else a town or a county."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from referral.directory.directory import Directory
from referral.fields.places.lookup import Place, find_zip, zip5
from referral.fields.places.place_names import state_code
from referral.fields.places.towns import find_counties, find_towns
from referral.store.rows import AddressRow


def find_area(directory: Directory, text: str) -> Place | None:
    """The place, None where there is none of this name or several and no state is said.

    Of several, the one in the state with most of the directory's addresses is meant.
    """
    if zip5(text):
        return find_zip(text)
    name, _, state = (part.strip() for part in text.partition(","))
    places = [*find_counties(name), *find_towns(name)] if name else []
    if state:
        places = [place for place in places if place.state == state_code(state)]
    elif len({place.state for place in places}) > 1:
        own = _states(directory)
        places = [place for state in own[:1] for place in places if place.state == state]
    return places[0] if places else None


def _states(directory: Directory) -> Sequence[str]:
    """The states of the directory's addresses, the most frequent first."""
    state = AddressRow.state_province
    statement = select(state).where(state != "").group_by(state).order_by(func.count().desc())
    with directory.store.read() as session:
        return [state_code(found) for found in session.scalars(statement)]
