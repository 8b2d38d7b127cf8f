"""Towns and counties by name, offline: where their middle is (source: zipcodes package)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

from referral.fields.places.gazetteer import COUNTY, GAZETTEER, TOWN
from referral.fields.places.lookup import Place
from referral.fields.places.place_names import county_key, place_key
from referral.fields.places.zip_codes import ZipCode


@lru_cache(maxsize=4096)
def find_towns(name: str) -> tuple[Place, ...]:
    """The towns of this name, one for each state that has one; the name may lack its accents."""
    return _places(TOWN, place_key(name))


@lru_cache(maxsize=4096)
def find_counties(name: str) -> tuple[Place, ...]:
    """The counties of this name (``Erie County``, ``Erie``), one for each state."""
    return _places(COUNTY, county_key(name))


def _places(kind: str, key: str) -> tuple[Place, ...]:
    found: defaultdict[tuple[str, str], list[ZipCode]] = defaultdict(list)
    for name, entry in GAZETTEER.named(kind, key):
        found[name, entry.state].append(entry)
    return tuple(
        _middle(name, state, name if kind == TOWN else "", some)
        for (name, state), some in sorted(found.items())
    )


def _middle(name: str, state: str, city: str, entries: Sequence[ZipCode]) -> Place:
    middles = [entry.middle for entry in entries if entry.middle]
    return Place(
        latitude=sum(latitude for latitude, _ in middles) / len(middles),
        longitude=sum(longitude for _, longitude in middles) / len(middles),
        name=f"{name}, {state}",
        city=city,
        county=entries[0].county,
        state=state,
        timezone=entries[0].timezone,
    )
