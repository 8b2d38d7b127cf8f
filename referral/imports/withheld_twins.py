"""New records of a list that are withheld here under another id, by whatever list they came.

One that has the name, and the website or a phone, of a withheld record is held back until somebody
has looked at it, with what belongs to it. Addresses and phones themselves are held by their keyed
hashes (``store.withheld_keys``). Records are never deleted, so their names need no hashes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.duplicates.match_keys import host_key, name_tokens
from referral.formats.reading.items import Item, problem_at
from referral.message import message
from referral.records.directory import Location, Organization, Phone, Service
from referral.records.kinds import SourcedRecord, kind_of
from referral.records.problems import Severity
from referral.records.visibility import Visibility
from referral.store.base import in_batches
from referral.store.conversion import ROWS
from referral.store.rows import OrganizationRow, PhoneRow

_KINDS = ("organization", "service", "location")
_BATCH = 500
_DETAIL = message(
    "Somebody here withholds a record of this name, with this website or phone. So this one is "
    "withheld too. Have an administrator review it: publish it, or keep it withheld."
)

Knows = Callable[[str, str], bool]
_Key = tuple[str, tuple[str, ...], str]  # kind, words of the name, host or phone


def hold_back_twins(session: Session, items: list[Item], knows: Knows) -> list[Item]:
    """The items; those that are withheld here under another id are withheld, with a problem.

    Args:
        knows: whether a record of this kind and id is stored: what was decided of it stays.
    """
    withheld = _withheld_keys(session)
    if not withheld:
        return items
    names = _names_in(session, items)
    held = {
        record_id
        for record_id, keys in names.keys.items()
        if not withheld.isdisjoint(keys) and not any(knows(kind, record_id) for kind in _KINDS)
    }
    if not held:
        return items
    return list(_with_held(items, held))


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
            yield problem_at(item, "withheld-here", Severity.HELD, _DETAIL)
            yield replace(item, record=replace(record, visibility=Visibility.WITHHELD))
        else:
            yield item


@dataclass(slots=True)
class _Names:
    """The keys of records by their ids, as far as they can be told apart by them."""

    keys: dict[str, set[_Key]] = field(default_factory=dict)

    def add(self, kind: str, record_id: str, name: str, signs: Iterable[str]) -> None:
        words = name_tokens(name)
        if words:
            self.keys[record_id] = {(kind, words, sign) for sign in signs if sign}


def _names_in(session: Session, items: Iterable[Item]) -> _Names:
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
    names = _Names()
    for record in records:
        if isinstance(record, Organization):
            signs = {hosts[record.id], *phones[record.id]}
        elif isinstance(record, Service | Location):
            own = host_key(record.url) if isinstance(record, Service) else ""
            signs = {own, hosts.get(record.organization_id, ""), *phones[record.id]}
        else:
            continue
        names.add(kind_of(record), record.id, record.name, signs)
    return names


def _hosts_of(session: Session, organization_ids: Iterable[str]) -> dict[str, str]:
    row, found = OrganizationRow, dict[str, str]()
    for some in in_batches(sorted(filter(None, organization_ids)), _BATCH):
        for record_id, website in session.execute(
            select(row.id, row.website).where(row.id.in_(some))
        ):
            found[record_id] = host_key(website or "")
    return found


def _withheld_keys(session: Session) -> set[_Key]:
    """The keys of what is withheld here, also of what has left its list since."""
    names = _Names()
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
            names.add(kind, each.id, getattr(each, "name", "") or "", signs)
    return set().union(*names.keys.values())


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
