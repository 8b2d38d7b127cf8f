"""Match keys that identify a service in two versions of a source list, despite changed ids."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product

from referral.duplicates.match_keys import address_keys, name_key, own_part, text_key
from referral.records.hsds import (
    Address,
    Organization,
    Phone,
    Record,
    Service,
    ServiceAtLocation,
)
from referral.records.kinds import parents_of

Keys = Collection[Hashable]


@dataclass(frozen=True, slots=True)
class ServiceSigns:
    """Match keys by which a service is found again in another version of its source list.

    A field has several keys where a curator changed the value that the source list has.
    """

    names: set[tuple[str, str]] = field(default_factory=set)  # service, organization
    phones: set[str] = field(default_factory=set)
    streets: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)

    def levels(self, service_id: str) -> list[Keys]:
        """Return the match keys of a service from the surest to the least sure.

        The levels are: all values; name or description with the id, which a list may reuse for
        another service; name, phone and street; name with a phone or a street, or without both.
        """
        contacts = self.phones | self.streets or {""}
        everything = frozenset(self.phones), frozenset(self.streets)
        return [
            list(product(self.names, self.texts, [everything])),
            list(product(self.names | (self.texts - {""}), [service_id])),
            list(product(self.names, self.phones, self.streets)),
            list(product(self.names, contacts)),
        ]

    def contradicts(self, other: ServiceSigns) -> bool:
        """Return whether two services have streets but none in common, like two branches."""
        return bool(self.streets and other.streets) and self.streets.isdisjoint(other.streets)


def pair_by_keys(
    listed: Mapping[str, list[Keys]],
    stored: Mapping[str, list[Keys]],
    contradicts: Callable[[str, str], bool],
) -> tuple[dict[str, str], set[str]]:
    """Pair listed records with stored ones by match keys that no third record has.

    A record with several candidates is not paired by a less sure key. A paired record still makes
    a less sure key ambiguous: if two branches share a phone and one is paired, the phone does not
    identify the other.

    Args:
        listed, stored: match keys by id, from the surest level to the least sure.
        contradicts: returns whether a listed and a stored record cannot be the same.

    Returns:
        Listed id → stored id of the pairs, and the listed ids that remain unsure.
    """
    pairs: dict[str, str] = {}
    unsure: set[str] = set()
    done: set[str] = set()  # stored records that are paired, or candidates of unsure ones
    for level in range(max(map(len, listed.values()), default=0)):
        records_by_key = _records_by_key(stored, level)
        wanted: dict[str, list[str]] = defaultdict(list)
        found = {}
        for listed_id, levels in listed.items():
            found[listed_id] = {
                each for key in levels[level] for each in records_by_key.get(key, ())
            }
            for stored_id in found[listed_id]:
                wanted[stored_id].append(listed_id)
        for listed_id, candidates in found.items():
            if not candidates or listed_id in pairs:
                continue
            stored_id = next(iter(candidates))
            is_unique = len(candidates) == len(wanted[stored_id]) == 1
            is_free = listed_id not in unsure and stored_id not in done
            if is_unique and is_free and not contradicts(listed_id, stored_id):
                pairs[listed_id] = stored_id
            else:
                unsure.add(listed_id)
                done |= candidates
        done.update(pairs.values())
    return pairs, unsure


def _records_by_key(records: Mapping[str, list[Keys]], level: int) -> dict[Hashable, list[str]]:
    records_by_key: dict[Hashable, list[str]] = defaultdict(list)
    for record_id, levels in records.items():
        for key in set(levels[level]):
            records_by_key[key].append(record_id)
    return records_by_key


def service_signs(records: Iterable[Record]) -> dict[str, ServiceSigns]:
    """Return the match keys by which services are found again, by record id."""
    records = list(records)
    links = {each.id: each for each in records if isinstance(each, ServiceAtLocation)}
    names: dict[str, set[str]] = defaultdict(set)  # of organizations
    phones: dict[str, set[str]] = defaultdict(set)
    streets: dict[str, set[str]] = defaultdict(set)
    for each in records:
        if isinstance(each, Organization):
            names[each.id].add(each.name)
        elif isinstance(each, Phone) and each.number:
            for _, _, parent in parents_of(links.get(each.service_at_location_id, each)):
                phones[parent].add(phone_key(each))
        elif isinstance(each, Address):
            streets[each.location_id] |= street_keys(each)
    found: dict[str, ServiceSigns] = defaultdict(ServiceSigns)
    for each in records:
        if isinstance(each, Service):
            signs, owner = found[each.id], each.organization_id
            signs.names.update(
                _name_keys(each.name, owner_name) for owner_name in names[owner] or {""}
            )
            signs.phones.update(phones[each.id], phones[owner])
            signs.texts.add(text_key(each.description))
        elif isinstance(each, ServiceAtLocation):
            found[each.service_id].streets.update(streets[each.location_id])
            found[each.service_id].phones.update(phones[each.location_id])
    return {service_id: signs for service_id, signs in found.items() if signs.names}


def _name_keys(service: str, organization: str) -> tuple[str, str]:
    return whole_name_key(own_part(service, organization)), whole_name_key(organization)


def phone_key(phone: Phone) -> str:
    """Return the match key of a phone number: its dialed form, or else its digits."""
    return phone.tel or "".join(filter(str.isdecimal, phone.number)) or phone.number


def street_keys(address: Address) -> frozenset[str]:
    """Return the match keys of a street address, from its words if it has no number."""
    keys = address_keys(address.address_1, address.city, address.postal_code)
    return keys or frozenset({name_key(f"{address.address_1} {address.city}")} - {""})


def whole_name_key(name: str) -> str:
    """Return the match key of a service's name; the whole name if it is not in Latin letters."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    is_latin = not any(each.isalpha() and not each.isascii() for each in letters)
    return (name_key(name) if is_latin else "") or letters.strip()
