"""Matches of proposed places with listed organizations and services, by name, phone or website.

Names are compared as in the search for duplicates, where rare words weigh more.
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

_SIMILAR_NAME = 0.6
_MOST_MATCHES = 5


@dataclass(frozen=True, slots=True)
class _ListedRecord:
    """A listed organization or service, with values to compare proposed places by.

    Attributes:
        organization: name of a service's organization, else "".
        names: names and alternate names; for a service also its name after its organization's.
        host: key of the website's host.
    """

    kind: str
    id: str
    name: str
    organization: str
    names: tuple[str, ...]
    host: str


def find_matches(
    session: Session, places: Mapping[str, ProposedPlace]
) -> dict[str, tuple[ListedMatch, ...]]:
    """Return the listed organizations and services that each proposed place may be."""
    if not places:
        return {}
    records = [*_organizations(session), *_services(session)]
    with_word: dict[str, set[int]] = defaultdict(set)
    for number, record in enumerate(records):
        for word in {word for name in record.names for word in name_tokens(name)}:
            with_word[word].add(number)
    rarity = Rarity(len(records), with_word=with_word)
    return {key: _best_matches(session, place, records, rarity) for key, place in places.items()}


def _best_matches(
    session: Session, place: ProposedPlace, records: list[_ListedRecord], rarity: Rarity
) -> tuple[ListedMatch, ...]:
    phone_owners, host = _owners_of_phones(session, place.phone), host_key(place.web_address)
    sharing_a_word: set[int] = set()
    for word in name_tokens(place.name):
        sharing_a_word |= rarity.with_word.get(word, set())
    scored = []
    for number, record in enumerate(records):
        shares_a_word = number in sharing_a_word
        likeness = _name_likeness(place.name, record.names, rarity) if shares_a_word else 0.0
        agrees = {
            Evidence.NAME: likeness >= _SIMILAR_NAME,
            Evidence.PHONE: record.id in phone_owners,
            Evidence.WEBSITE: bool(host) and record.host == host,
        }
        alike = tuple(evidence for evidence, is_alike in agrees.items() if is_alike)
        if alike:
            match = ListedMatch(record.kind, record.id, record.name, record.organization, alike)
            scored.append((likeness + len(alike), match))

    def sort_key(scored_match: tuple[float, ListedMatch]) -> tuple[float, str, str, str]:
        score, match = scored_match
        return -score, match.kind, match.name, match.id

    return tuple(match for _, match in sorted(scored, key=sort_key)[:_MOST_MATCHES])


def _name_likeness(name: str, listed_names: Iterable[str], rarity: Rarity) -> float:
    return max(match_names(name, listed, rarity).likeness for listed in listed_names)


def _organizations(session: Session) -> list[_ListedRecord]:
    organizations = session.execute(
        select(
            OrganizationRow.id,
            OrganizationRow.name,
            OrganizationRow.alternate_name,
            OrganizationRow.website,
        ).where(OrganizationRow.retired_at.is_(None))
    )
    return [
        _ListedRecord(
            "organization", record_id, name, "", _all_names(name, alternate), host_key(website)
        )
        for record_id, name, alternate, website in organizations
    ]


def _services(session: Session) -> list[_ListedRecord]:
    services = session.execute(
        select(
            ServiceRow.id,
            ServiceRow.name,
            ServiceRow.alternate_name,
            ServiceRow.url,
            OrganizationRow.name,
        )
        .outerjoin(OrganizationRow, ServiceRow.organization_id == OrganizationRow.id)
        .where(ServiceRow.retired_at.is_(None))
    )
    return [
        _ListedRecord(
            "service", record_id, name, organization_name or "",
            (*_all_names(name, alternate), f"{organization_name or ''} {name}"), host_key(url),
        )
        for record_id, name, alternate, url, organization_name in services
    ]  # fmt: skip


def _all_names(name: str, alternate_names: str) -> tuple[str, ...]:
    return (name, *(each for each in alternate_names.split(";") if each.strip()))


def _owners_of_phones(session: Session, text: str) -> set[str]:
    """Return organizations and services that have a phone number in a proposal's text.

    Phones at their locations count too.
    """
    tels = {phone.tel for phone in parse_phones(text)} - {""}
    owner_ids = session.execute(
        select(
            PhoneRow.organization_id,
            PhoneRow.service_id,
            LocationRow.organization_id,
            ServiceAtLocationRow.service_id,
        )
        .outerjoin(LocationRow, PhoneRow.location_id == LocationRow.id)
        .outerjoin(ServiceAtLocationRow, PhoneRow.service_at_location_id == ServiceAtLocationRow.id)
        .where(PhoneRow.tel.in_(tels), PhoneRow.retired_at.is_(None))
    )
    return {owner_id for ids in owner_ids for owner_id in ids if owner_id}
