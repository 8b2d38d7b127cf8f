"""Records and addresses of a list that are withheld because they match withheld stored ones.

A record with the name, and the website or a phone, of a withheld record of another id is withheld,
with its locations and services, until staff review it. So is a stored record that takes over such a
name, as when its publisher merged the two. Addresses and phones themselves are withheld by keyed
digests (``store.withheld_keys``). Records are never deleted, so names are compared as they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.duplicates.match_keys import host_key, name_tokens
from referral.formats.reading.items import Item, problem_at
from referral.message import message
from referral.records.hsds import Address, Location, Organization, Phone, Record, Service
from referral.records.kinds import SourcedRecord, kind_of
from referral.records.problems import Problem, Severity
from referral.records.visibility import Audience, Visibility
from referral.store.base import RecordRow, in_batches
from referral.store.conversion import ROWS
from referral.store.rows import OrganizationRow, PhoneRow
from referral.store.withheld_keys import keys_of_address, read_withheld_keys

_KINDS = ("organization", "service", "location")
_BATCH = 500
_SAME_NAME = message(
    "Somebody here withholds a record of this name, with this website or phone. So this one is "
    "withheld too. Have an administrator review it: publish it, or keep it withheld."
)

IsStored = Callable[[str, str], bool]
_NameKey = tuple[str, tuple[str, ...]]  # kind, words of the name
_MatchKey = tuple[str, tuple[str, ...], str]  # a name key, and a web host or phone
_SAME_ADDRESS = message(
    "This address is private at another record. So no page shows it until somebody "
    "decides, on the page “Held back”."
)


def withhold_matches(
    session: Session, items: list[Item], is_stored: IsStored
) -> tuple[list[Item], set[str]]:
    """Withhold listed records that match withheld stored ones of other ids, with a problem.

    Args:
        is_stored: returns whether a record of a kind and id is stored; decisions about a stored
            record stay as long as its names do.

    Returns:
        The items, and the ids of stored records that took over the name of a withheld one.
    """
    withheld = _keys_of_withheld(session)
    if not withheld:
        return items, set()
    matches = {
        record_id: shared
        for record_id, keys in _keys_of_list(session, items).items()
        if (shared := keys & withheld)
    }
    known = {key for key in matches if any(is_stored(kind, key) for kind in _KINDS)}
    stored_names = _stored_name_keys(session, known)
    to_withhold = {
        record_id
        for record_id, keys in matches.items()
        if record_id not in known or any(key[:2] not in stored_names[record_id] for key in keys)
    }
    if not to_withhold:
        return items, set()
    return list(_withhold_records(items, to_withhold)), to_withhold & known


def _withhold_records(items: Iterable[Item], to_withhold: set[str]) -> Iterator[Item]:
    for item in items:
        record = item.record if isinstance(item, SourcedRecord) else None
        is_to_withhold = (
            isinstance(item, SourcedRecord)
            and isinstance(record, Organization | Service | Location)
            and record.visibility is Visibility.PUBLIC
            and (record.id in to_withhold or getattr(record, "organization_id", "") in to_withhold)
        )
        if isinstance(item, SourcedRecord) and record is not None and is_to_withhold:
            yield problem_at(item, "withheld-here", Severity.WITHHELD, _SAME_NAME)
            yield replace(item, record=replace(record, visibility=Visibility.WITHHELD))
        else:
            yield item


def _name_keys(kind: str, record: Record | RecordRow) -> set[_NameKey]:
    """Return a record's kind with the words of each of its names, to match withheld records."""
    names = (getattr(record, field, "") or "" for field in ("name", "alternate_name"))
    return {(kind, words) for words in map(name_tokens, names) if words}


def _stored_name_keys(session: Session, ids: Iterable[str]) -> dict[str, set[_NameKey]]:
    id_list = list(ids)
    return {
        row.id: _name_keys(kind, row)
        for kind in _KINDS
        for batch in in_batches(id_list, _BATCH)
        for row in session.scalars(select(ROWS[kind]).where(ROWS[kind].id.in_(batch)))
    }


def _match_keys(kind: str, record: Record | RecordRow, signs: Collection[str]) -> set[_MatchKey]:
    """Return each name of a record with each web host and phone, to match withheld records."""
    return {(*name, sign) for name in _name_keys(kind, record) for sign in signs if sign}


def _keys_of_list(session: Session, items: Iterable[Item]) -> dict[str, set[_MatchKey]]:
    """Return the keys by which each record of a list can match a withheld stored one."""
    records = [item.record for item in items if isinstance(item, SourcedRecord)]
    phones: dict[str, set[str]] = defaultdict(set)
    hosts: dict[str, str] = {}
    for record in records:
        if isinstance(record, Phone) and record.tel:
            for owner in (record.organization_id, record.service_id, record.location_id):
                phones[owner].add(record.tel)
        elif isinstance(record, Organization):
            hosts[record.id] = host_key(record.website)
    organizations = {
        record.organization_id for record in records if isinstance(record, Service | Location)
    }
    hosts |= _hosts_by_organization(session, organizations - hosts.keys())
    keys: dict[str, set[_MatchKey]] = {}
    for record in records:
        if isinstance(record, Organization):
            signs = {hosts[record.id], *phones[record.id]}
        elif isinstance(record, Service | Location):
            own_host = host_key(record.url) if isinstance(record, Service) else ""
            signs = {own_host, hosts.get(record.organization_id, ""), *phones[record.id]}
        else:
            continue
        keys[record.id] = _match_keys(kind_of(record), record, signs)
    return keys


def _hosts_by_organization(session: Session, organization_ids: Iterable[str]) -> dict[str, str]:
    hosts = dict[str, str]()
    for ids in in_batches(sorted(filter(None, organization_ids)), _BATCH):
        for record_id, website in session.execute(
            select(OrganizationRow.id, OrganizationRow.website).where(OrganizationRow.id.in_(ids))
        ):
            hosts[record_id] = host_key(website or "")
    return hosts


def _keys_of_withheld(session: Session) -> set[_MatchKey]:
    """Return the match keys of all withheld records in the database, retired ones included."""
    keys: set[_MatchKey] = set()
    for kind in _KINDS:
        row_class = ROWS[kind]
        rows = session.scalars(
            select(row_class).where(row_class.visibility != Visibility.PUBLIC.value)
        ).all()
        if not rows:
            continue
        hosts = _hosts_by_organization(
            session, {getattr(row, "organization_id", "") or "" for row in rows}
        )
        phones = _phones_by_owner(session, kind, [row.id for row in rows])
        for row in rows:
            url = getattr(row, "website" if kind == "organization" else "url", "") or ""
            organization_id = getattr(row, "organization_id", "") or ""
            signs = {host_key(url), hosts.get(organization_id, ""), *phones[row.id]}
            keys |= _match_keys(kind, row, signs)
    return keys


def _phones_by_owner(session: Session, kind: str, ids: Iterable[str]) -> dict[str, set[str]]:
    owner = {
        "organization": PhoneRow.organization_id,
        "service": PhoneRow.service_id,
        "location": PhoneRow.location_id,
    }[kind]
    found: dict[str, set[str]] = defaultdict(set)
    for some in in_batches(ids, _BATCH):
        for record_id, tel in session.execute(select(owner, PhoneRow.tel).where(owner.in_(some))):
            if record_id and tel:
                found[record_id].add(tel)
    return found


def withheld_address_problems(session: Session, items: Iterable[Item]) -> Iterator[Problem]:
    """Yield a problem for each public address in a list that is withheld at another record."""
    items = list(items)
    keys = read_withheld_keys(session, Audience.PUBLIC)
    list_keys = withheld_address_keys(items)
    if not list_keys and not keys:
        return
    locations = _withheld_locations(items)
    for item in items:
        record = item.record if isinstance(item, SourcedRecord) else None
        if not isinstance(item, SourcedRecord) or not isinstance(record, Address):
            continue
        if _is_withheld(record, locations):
            continue
        if list_keys & keys_of_address(record).lookup or keys.withholds_address(record):
            yield problem_at(item, "address-held-back", Severity.WITHHELD, _SAME_ADDRESS)


def withheld_address_keys(items: Iterable[Item]) -> set[str]:
    """Return the keyed digests of the street addresses that a list itself withholds."""
    items = list(items)
    locations = _withheld_locations(items)
    records = (item.record for item in items if isinstance(item, SourcedRecord))
    withheld = (
        keys_of_address(record).stored
        for record in records
        if isinstance(record, Address) and _is_withheld(record, locations)
    )
    return set().union(*withheld)


def _withheld_locations(items: Iterable[Item]) -> set[str]:
    return {
        item.record.id
        for item in items
        if isinstance(item, SourcedRecord)
        and isinstance(item.record, Location)
        and item.record.visibility is Visibility.WITHHELD
    }


def _is_withheld(address: Address, locations: set[str]) -> bool:
    is_at_location = address.location_id in locations and address.address_type != "postal"
    return is_at_location or address.visibility is not Visibility.PUBLIC
