"""Match keys of the records of one version of a source list, independent of their ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import chain, product

from referral.duplicates.match_keys import room_key
from referral.duplicates.same_services import (
    Keys,
    phone_key,
    service_signs,
    street_keys,
    whole_name_key,
)
from referral.records.classification import Taxonomy, TaxonomyTerm
from referral.records.hsds import Address, Location, Phone, Record, Service, ServiceAtLocation
from referral.records.kinds import PARENT_FIELDS, field_names, kind_of, parents_of
from referral.records.ownership import INDEPENDENT_KINDS, Key

_NOT_COMPARED = frozenset({"id", "visibility", "sort", "link_id", *PARENT_FIELDS})
# Kind → the fields that identify a part among the parts of its parents, if other fields differ.
_IDENTIFYING_FIELDS: Mapping[str, tuple[str, ...]] = {
    "attribute": (),
    "contact": ("name",),
    "language": ("name",),
    "schedule": ("byday", "opens_at", "closes_at", "valid_from"),
    "service_at_location": (),
    "translation": ("language", "field"),
}


class ListVersion:
    """One version of a source list, with match keys to find its records in another version.

    Args:
        records: the versions of each record: as in the list, then as edited by curators.
    """

    def __init__(self, records: Iterable[tuple[Record, ...]]) -> None:
        self._records: dict[str, dict[str, tuple[Record, ...]]] = defaultdict(dict)
        self._services: dict[Key, set[str]] = defaultdict(set)
        self._addresses: dict[str, list[Address]] = defaultdict(list)
        for versions in records:
            first = versions[0]
            self._records[kind_of(first)][first.id] = versions
            if isinstance(first, Service):
                for _, kind, parent in parents_of(first):
                    self._services[kind, parent].add(first.id)
            elif isinstance(first, ServiceAtLocation):
                self._services["location", first.location_id].add(first.service_id)
            elif isinstance(first, Address):
                self._addresses[first.location_id].append(first)
        self.signs = service_signs(
            chain.from_iterable(chain(*map(dict.values, self._records.values())))
        )

    def match_keys(self, kind: str, ids: Mapping[Key, str]) -> dict[str, list[Keys]]:
        """Return the match keys of all records of a kind by id, for ``pair_by_keys``.

        Args:
            ids: key of a record that was found in the other version → its id there.
        """
        if kind == "service":
            return {
                service_id: signs.levels(service_id) for service_id, signs in self.signs.items()
            }
        keys = {
            record_id: _join_levels([self._levels(each, ids) for each in versions])
            for record_id, versions in self._records[kind].items()
        }
        return keys if kind in INDEPENDENT_KINDS else _number_equal_parts(keys)

    def differs(self, other: ListVersion, own_id: str, other_id: str) -> bool:
        """Return whether two services or two locations both have streets, but none in common."""
        if own_id in self.signs:
            return self.signs[own_id].contradicts(other.signs[other_id])
        streets, others = self._streets(own_id), other._streets(other_id)
        return bool(streets and others) and streets.isdisjoint(others)

    def _levels(self, record: Record, ids: Mapping[Key, str]) -> list[Keys]:
        kind = kind_of(record)
        if isinstance(record, Taxonomy | TaxonomyTerm):
            return self._levels_of_term(record)
        if kind not in INDEPENDENT_KINDS:
            return _levels_of_part(record, ids)
        services = {ids.get(("service", each), each) for each in self._services[kind, record.id]}
        organization = getattr(record, "organization_id", "")
        owner = ids.get(("organization", organization), organization)
        if isinstance(record, Location):
            return self._levels_of_location(record, services or {owner} - {""})
        name = whole_name_key(getattr(record, "name", ""))
        return [
            {(each, name) for each in services}, {(record.id, name)}, {(owner, name)}, services,
        ]  # fmt: skip

    def _levels_of_term(self, record: Taxonomy | TaxonomyTerm) -> list[Keys]:
        if isinstance(record, Taxonomy):
            return [{record.name}]
        above = self._records["taxonomy_term"].get(record.parent_id, (None,))[0]
        name = record.taxonomy, record.name, getattr(above, "name", "")
        return [{(*name, record.code)}, {(*name, record.id)}, {name}, {name[1:]}]

    def _levels_of_location(self, location: Location, owners: Keys) -> list[Keys]:
        addresses = self._addresses[location.id]
        rooms = frozenset(room_key(each.address_1, each.address_2) for each in addresses)
        streets, name = frozenset(self._streets(location.id)), whole_name_key(location.name)
        return [
            set(product(owners, [(name, streets, rooms)])),
            {(location.id, name, streets)},
            set(product(owners, streets, rooms)),
            set(product(owners, streets)),
            set(product(owners, [name])),
            set(owners),
        ]

    def _streets(self, location_id: str) -> set[str]:
        return set(chain(*map(street_keys, self._addresses.get(location_id, ()))))


def _levels_of_part(record: Record, ids: Mapping[Key, str]) -> list[Keys]:
    kind = kind_of(record)
    owners = frozenset((name, ids.get((of, each), each)) for name, of, each in parents_of(record))
    names = [name for name in field_names(kind) if name not in _NOT_COMPARED]
    whole = (owners, *(getattr(record, name) for name in names))
    main: set[Hashable] = set()
    if isinstance(record, Phone):
        main = {phone_key(record)}
    elif isinstance(record, Address):
        main = set(street_keys(record))
    elif kind in _IDENTIFYING_FIELDS:
        main = {tuple(getattr(record, name) for name in _IDENTIFYING_FIELDS[kind])}
    return [{whole}, {(owners, each) for each in main}, {(owners, record.id)}]


def _join_levels(versions: Sequence[Sequence[Keys]]) -> list[Keys]:
    """Join the match keys of all versions of a record, from the surest to the least sure."""
    return [set(chain(*level)) for level in zip(*versions, strict=True)]


def _number_equal_parts(keys: dict[str, list[Keys]]) -> dict[str, list[Keys]]:
    """Number the match keys of equal child records, so that they are paired in order."""
    equal: dict[Hashable, list[str]] = defaultdict(list)
    for record_id, levels in keys.items():
        for key in levels[0]:
            equal[key].append(record_id)
    for record_id, levels in keys.items():
        levels[0] = {(key, equal[key].index(record_id), len(equal[key])) for key in levels[0]}
    return keys
