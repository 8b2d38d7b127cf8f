"""Records that a proposed place may be: alike by name, telephone or website.

Names are compared as the finder of duplicates does it, where a rare word weighs more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.duplicates.compared_values import Rarity
from referral.duplicates.match_keys import host_key, name_tokens
from referral.duplicates.matching import Evidence
from referral.duplicates.name_matching import match_names
from referral.fields.phones import parse_phones
from referral.proposals.records import ListedMatch, ProposedPlace
from referral.store.rows import (
    LocationRow,
    OrganizationRow,
    PhoneRow,
    ServiceAtLocationRow,
    ServiceRow,
)

_LIKE_NAME = 0.6
_MOST = 5


@dataclass(frozen=True, slots=True)
class _Listed:
    kind: str
    id: str
    name: str
    organization: str
    names: tuple[str, ...]
    host: str


def find_listed(
    session: Session, places: Mapping[str, ProposedPlace]
) -> dict[str, tuple[ListedMatch, ...]]:
    """For each place, by its key, the records that it may be, the likeliest first."""
    if not places:
        return {}
    listed = [*_organizations(session), *_services(session)]
    with_word: dict[str, set[int]] = defaultdict(set)
    for number, each in enumerate(listed):
        for word in {word for name in each.names for word in name_tokens(name)}:
            with_word[word].add(number)
    rarity = Rarity(len(listed), with_word=with_word)
    return {key: _matches(session, place, listed, rarity) for key, place in places.items()}


def _matches(
    session: Session, place: ProposedPlace, listed: list[_Listed], rarity: Rarity
) -> tuple[ListedMatch, ...]:
    callers, host = _owners_of_phones(session, place.phone), host_key(place.web_address)
    sharing: set[int] = set()
    for word in name_tokens(place.name):
        sharing |= rarity.with_word.get(word, set())
    found = []
    for number, each in enumerate(listed):
        likeness = _likeness(place.name, each.names, rarity) if number in sharing else 0.0
        alike = {
            Evidence.NAME: likeness >= _LIKE_NAME,
            Evidence.PHONE: each.id in callers,
            Evidence.WEBSITE: bool(host) and each.host == host,
        }
        agreeing = tuple(evidence for evidence, is_alike in alike.items() if is_alike)
        if agreeing:
            match = ListedMatch(each.kind, each.id, each.name, each.organization, agreeing)
            found.append((likeness + len(agreeing), match))
    found.sort(key=lambda each: (-each[0], each[1].kind, each[1].name, each[1].id))
    return tuple(match for _, match in found[:_MOST])


def _likeness(name: str, names: Iterable[str], rarity: Rarity) -> float:
    return max(match_names(name, each, rarity).likeness for each in names)


def _organizations(session: Session) -> list[_Listed]:
    row = OrganizationRow
    found = session.execute(
        select(row.id, row.name, row.alternate_name, row.website).where(row.retired_at.is_(None))
    )
    return [
        _Listed("organization", key, name, "", _names(name, other), host_key(website))
        for key, name, other, website in found
    ]


def _services(session: Session) -> list[_Listed]:
    row, agency = ServiceRow, OrganizationRow
    found = session.execute(
        select(row.id, row.name, row.alternate_name, row.url, agency.name)
        .outerjoin(agency, row.organization_id == agency.id)
        .where(row.retired_at.is_(None))
    )
    return [
        _Listed(
            "service", key, name, of or "",
            (*_names(name, other), f"{of or ''} {name}"), host_key(url),
        )
        for key, name, other, url, of in found
    ]  # fmt: skip


def _names(name: str, other_names: str) -> tuple[str, ...]:
    return (name, *(each for each in other_names.split(";") if each.strip()))


def _owners_of_phones(session: Session, typed: str) -> set[str]:
    """Organizations and services that have one of the numbers, themselves or at a place."""
    tels = {each.tel for each in parse_phones(typed)} - {""}
    row, at = PhoneRow, ServiceAtLocationRow
    found = session.execute(
        select(row.organization_id, row.service_id, LocationRow.organization_id, at.service_id)
        .outerjoin(LocationRow, row.location_id == LocationRow.id)
        .outerjoin(at, row.service_at_location_id == at.id)
        .where(row.tel.in_(tels), row.retired_at.is_(None))
    )
    return {each for owners in found for each in owners if each}
