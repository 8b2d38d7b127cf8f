"""Records and addresses of a list that are held back, since something stored here is withheld.

A record that has the name, and the website or a phone, of a withheld record of another id is held
back until somebody has looked at it, with what belongs to it; so is one that is known here and
takes over that name, as when its publisher merged the two. Addresses and phones themselves are held
by their keyed hashes (``store.withheld_keys``). Records are never deleted, so their names need no
hashes.
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

Knows = Callable[[str, str], bool]
_Key = tuple[str, tuple[str, ...], str]  # kind, words of the name, host or phone
_SAME_ADDRESS = message(
    "This address is private at another record. So no page shows it until somebody "
    "decides, on the page “Held back”."
)


def hold_back_twins(
    session: Session, items: list[Item], knows: Knows
) -> tuple[list[Item], set[str]]:
    """Withhold what is withheld here under another id, with a problem.

    Args:
        knows: whether a record of this kind and id is stored: what was decided of it stays, as
            long as its names do.

    Returns:
        The items, and the ids of those that are known and took over such a name.
    """
    withheld = _keys_of_withheld(session)
    if not withheld:
        return items, set()
    found = {
        record_id: both
        for record_id, keys in _keys_in(session, items).items()
        if (both := keys & withheld)
    }
    known = {each for each in found if any(knows(kind, each) for kind in _KINDS)}
    before = _stored_names(session, known)
    held = {
        record_id
        for record_id, keys in found.items()
        if record_id not in known or any(key[:2] not in before[record_id] for key in keys)
    }
    if not held:
        return items, set()
    return list(_with_held(items, held)), held & known


def _with_held(items: Iterable[Item], held: set[str]) -> Iterator[Item]:
    for item in items:
        record = item.record if isinstance(item, SourcedRecord) else None
        is_of_held = (
            isinstance(item, SourcedRecord)
            and isinstance(record, Organization | Service | Location)
            and record.visibility is Visibility.PUBLIC
            and (record.id in held or getattr(record, "organization_id", "") in held)
        )
        if isinstance(item, SourcedRecord) and record is not None and is_of_held:
            yield problem_at(item, "withheld-here", Severity.HELD, _SAME_NAME)
            yield replace(item, record=replace(record, visibility=Visibility.WITHHELD))
        else:
            yield item


def _names_of(kind: str, record: Record | RecordRow) -> set[tuple[str, tuple[str, ...]]]:
    """Return (kind, words) for each name of a record."""
    names = (getattr(record, field, "") or "" for field in ("name", "alternate_name"))
    return {(kind, words) for words in map(name_tokens, names) if words}


def _stored_names(
    session: Session, ids: Iterable[str]
) -> dict[str, set[tuple[str, tuple[str, ...]]]]:
    wanted = list(ids)
    return {
        each.id: _names_of(kind, each)
        for kind in _KINDS
        for some in in_batches(wanted, _BATCH)
        for each in session.scalars(select(ROWS[kind]).where(ROWS[kind].id.in_(some)))
    }


def _keys_of(kind: str, record: Record | RecordRow, signs: Collection[str]) -> set[_Key]:
    """Return each name of a record combined with each web host and phone."""
    return {(*name, sign) for name in _names_of(kind, record) for sign in signs if sign}


def _keys_in(session: Session, items: Iterable[Item]) -> dict[str, set[_Key]]:
    """Return record id → match keys, for the records of a list."""
    records = [item.record for item in items if isinstance(item, SourcedRecord)]
    phones: dict[str, set[str]] = defaultdict(set)
    hosts: dict[str, str] = {}
    for record in records:
        if isinstance(record, Phone) and record.tel:
            for owner in (record.organization_id, record.service_id, record.location_id):
                phones[owner].add(record.tel)
        elif isinstance(record, Organization):
            hosts[record.id] = host_key(record.website)
    agencies = {
        record.organization_id for record in records if isinstance(record, Service | Location)
    }
    hosts |= _hosts_of(session, agencies - hosts.keys())
    keys: dict[str, set[_Key]] = {}
    for record in records:
        if isinstance(record, Organization):
            signs = {hosts[record.id], *phones[record.id]}
        elif isinstance(record, Service | Location):
            own = host_key(record.url) if isinstance(record, Service) else ""
            signs = {own, hosts.get(record.organization_id, ""), *phones[record.id]}
        else:
            continue
        keys[record.id] = _keys_of(kind_of(record), record, signs)
    return keys


def _hosts_of(session: Session, organization_ids: Iterable[str]) -> dict[str, str]:
    row, found = OrganizationRow, dict[str, str]()
    for some in in_batches(sorted(filter(None, organization_ids)), _BATCH):
        for record_id, website in session.execute(
            select(row.id, row.website).where(row.id.in_(some))
        ):
            found[record_id] = host_key(website or "")
    return found


def _keys_of_withheld(session: Session) -> set[_Key]:
    """Return the match keys of all withheld records, retired ones included."""
    keys: set[_Key] = set()
    for kind in _KINDS:
        row = ROWS[kind]
        rows = session.scalars(select(row).where(row.visibility != Visibility.PUBLIC.value)).all()
        if not rows:
            continue
        hosts = _hosts_of(session, {getattr(each, "organization_id", "") or "" for each in rows})
        phones = _phones_of(session, kind, [each.id for each in rows])
        for each in rows:
            own = getattr(each, "website" if kind == "organization" else "url", "") or ""
            agency = getattr(each, "organization_id", "") or ""
            signs = {host_key(own), hosts.get(agency, ""), *phones[each.id]}
            keys |= _keys_of(kind, each, signs)
    return keys


def _phones_of(session: Session, kind: str, ids: Iterable[str]) -> dict[str, set[str]]:
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


def problems_of_held_addresses(session: Session, items: Iterable[Item]) -> Iterator[Problem]:
    """Yield a problem for each public address of a list that is withheld at another record."""
    items = list(items)
    keys = read_withheld_keys(session, Audience.PUBLIC)
    own = keys_withheld_in(items)
    if not own and not keys:
        return
    places = _withheld_places(items)
    for item in items:
        record = item.record if isinstance(item, SourcedRecord) else None
        if not isinstance(item, SourcedRecord) or not isinstance(record, Address):
            continue
        if _is_withheld(record, places):
            continue
        if own & keys_of_address(record).lookup or keys.withholds_address(record):
            yield problem_at(item, "address-held-back", Severity.HELD, _SAME_ADDRESS)


def keys_withheld_in(items: Iterable[Item]) -> set[str]:
    """Return the keyed digests of the addresses that a list itself withholds."""
    items = list(items)
    places = _withheld_places(items)
    addresses = (each.record for each in items if isinstance(each, SourcedRecord))
    withheld = (
        keys_of_address(each).stored
        for each in addresses
        if isinstance(each, Address) and _is_withheld(each, places)
    )
    return set().union(*withheld)


def _withheld_places(items: Iterable[Item]) -> set[str]:
    return {
        each.record.id
        for each in items
        if isinstance(each, SourcedRecord)
        and isinstance(each.record, Location)
        and each.record.visibility is Visibility.WITHHELD
    }


def _is_withheld(address: Address, places: set[str]) -> bool:
    is_place = address.location_id in places and address.address_type != "postal"
    return is_place or address.visibility is not Visibility.PUBLIC
