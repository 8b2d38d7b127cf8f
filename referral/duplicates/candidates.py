"""Candidate pairs: compares what changed since the last run, and keeps the queue in step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.duplicates.matching import (
    ComparedRecord,
    MatchBand,
    MatchResult,
    address_key,
    block_records,
    candidate_pairs,
    compare,
    host_key,
)
from referral.duplicates.records import DUPLICATE_KINDS, PairStatus, SearchSummary
from referral.fields.places.lookup import zip5
from referral.store.base import in_batches
from referral.store.change_log import Change, affected_services
from referral.store.checkpoints import ChangesSince, changes_since_checkpoint, set_checkpoint
from referral.store.rows import (
    AddressRow,
    LocationRow,
    OrganizationRow,
    PhoneRow,
    ServiceAtLocationRow,
    ServiceRow,
)
from referral.verification.rows import DuplicatePairRow

_MARK = "duplicates"
_IDS_IN_A_QUERY = 500
_UNDECIDED = (PairStatus.OPEN.value, PairStatus.LATER.value)
_Found = dict[tuple[str, str], MatchResult]


@dataclass(frozen=True, slots=True)
class _Search:
    """Matches of one kind of record; ``touched`` is None when all records were compared."""

    kind: str
    touched: frozenset[str] | None
    compared: int
    matches: _Found


def find_duplicates(directory: Directory) -> SearchSummary:
    """Compare what changed since the last run with everything.

    Comparing takes seconds, so it only reads; what was found is written at the end, at once.
    """
    with directory.store.read() as session:
        since = changes_since_checkpoint(session, _MARK)
        searches = [_search(session, kind, since) for kind in DUPLICATE_KINDS]
    found = dropped = 0
    with directory.store.write() as session:
        for search in searches:
            new, gone = _store_pairs(session, search, directory)
            found, dropped = found + new, dropped + gone
        set_checkpoint(session, _MARK, since.up_to, directory.now())
    return SearchSummary(sum(search.compared for search in searches), found, dropped)


def _search(session: Session, kind: str, since: ChangesSince) -> _Search:
    touched = None if since.everything else _changed_ids(session, kind, since.changes)
    if touched is not None and not touched:
        return _Search(kind, touched, 0, {})
    records = read_compared_records(session, kind)
    compared = len(records if touched is None else touched)
    return _Search(kind, touched, compared, _matches(records, touched))


def _changed_ids(session: Session, kind: str, changes: Iterable[Change]) -> frozenset[str]:
    changes = list(changes)
    if kind == "service":
        return frozenset(affected_services(session, changes))
    touched = {change.record_id for change in changes if change.kind == "organization"}
    places = sorted({change.record_id for change in changes if change.kind == "location"})
    for some in in_batches(places, _IDS_IN_A_QUERY):
        owners = select(LocationRow.organization_id).where(LocationRow.id.in_(some))
        touched |= {owner for owner in session.scalars(owners) if owner}
    return frozenset(touched)


def _matches(records: list[ComparedRecord], touched: frozenset[str] | None) -> _Found:
    found: _Found = {}
    for one, other in candidate_pairs(block_records(records), touched):
        match = compare(one, other)
        if match.band is not MatchBand.UNLIKELY:
            found[min(one.id, other.id), max(one.id, other.id)] = match
    return found


def _store_pairs(session: Session, search: _Search, directory: Directory) -> tuple[int, int]:
    """Write the queue; (new pairs, pairs dropped)."""
    known = {(row.first_id, row.second_id): row for row in _known(session, search)}
    dropped = 0
    for key, row in known.items():
        match = search.matches.get(key)
        if match is None and row.status in _UNDECIDED:
            session.delete(row)
            dropped += 1
        elif match is not None:
            row.band, row.score = match.band.value, match.score
            row.alike = [each.value for each in match.alike]
    new = [key for key in search.matches if key not in known]
    session.add_all(_pair(search.kind, key, search.matches[key], directory) for key in new)
    return len(new), dropped


def _known(session: Session, search: _Search) -> Iterable[DuplicatePairRow]:
    row = DuplicatePairRow
    statement = select(row).where(row.kind == search.kind)
    if search.touched is None:
        yield from session.scalars(statement)
        return
    for some in in_batches(sorted(search.touched), _IDS_IN_A_QUERY):
        wanted = or_(row.first_id.in_(some), row.second_id.in_(some))
        yield from session.scalars(statement.where(wanted))


def _pair(
    kind: str, key: tuple[str, str], match: MatchResult, directory: Directory
) -> DuplicatePairRow:
    return DuplicatePairRow(
        id=str(uuid4()),
        kind=kind,
        first_id=key[0],
        second_id=key[1],
        band=match.band.value,
        score=match.score,
        alike=[each.value for each in match.alike],
        status=PairStatus.OPEN.value,
        found_at=directory.now(),
    )


_Keys = dict[str, set[str]]


def read_compared_records(session: Session, kind: str) -> list[ComparedRecord]:
    """All organizations, or all services, that are not retired."""
    return _services(session) if kind == "service" else _organizations(session)


def _organizations(session: Session) -> list[ComparedRecord]:
    row = OrganizationRow
    phones = _phones(session, select(PhoneRow.organization_id, PhoneRow.tel))
    places, zips = _places(session, select(LocationRow.organization_id, *_ADDRESS))
    found = session.execute(
        select(row.id, row.name, row.alternate_name, row.website, row.email, row.tax_id).where(
            row.retired_at.is_(None)
        )
    )
    return [
        ComparedRecord(
            id=each.id,
            names=_names(each.name, each.alternate_name),
            phones=frozenset(phones[each.id]),
            places=frozenset(places[each.id]),
            zips=frozenset(zips[each.id]),
            sites=_sites(each.website, each.email),
            identifiers=_digits(each.tax_id),
        )
        for each in found
    ]


def _services(session: Session) -> list[ComparedRecord]:
    row, agency, at = ServiceRow, OrganizationRow, ServiceAtLocationRow
    phones = _phones(session, select(PhoneRow.service_id, PhoneRow.tel))
    there = select(at.service_id, PhoneRow.tel).join(
        PhoneRow, PhoneRow.service_at_location_id == at.id
    )
    for service_id, tels in _phones(session, there.where(at.retired_at.is_(None))).items():
        phones[service_id] |= tels
    of_agency = _phones(session, select(PhoneRow.organization_id, PhoneRow.tel))
    sites = select(at.service_id, *_ADDRESS).join(LocationRow, LocationRow.id == at.location_id)
    places, zips = _places(session, sites.where(at.retired_at.is_(None)))
    found = session.execute(
        select(
            row.id, row.name, row.alternate_name, row.organization_id, row.url, row.email,
            func.coalesce(agency.name, "").label("agency"), agency.website,
        )
        .outerjoin(agency, row.organization_id == agency.id)
        .where(row.retired_at.is_(None))
    )  # fmt: skip
    return [
        ComparedRecord(
            id=each.id,
            names=_names(each.name, each.alternate_name),
            organization_id=each.organization_id or "",
            organization_name=each.agency,
            phones=frozenset(phones[each.id] or of_agency[each.organization_id or ""]),
            places=frozenset(places[each.id]),
            zips=frozenset(zips[each.id]),
            sites=_sites(each.url, each.email, each.website or ""),
        )
        for each in found
    ]


_ADDRESS = (AddressRow.address_1, AddressRow.city, AddressRow.postal_code)


def _phones(session: Session, statement: Any) -> _Keys:
    """Owner → numbers; faxes too, since nobody shares one by chance."""
    found: _Keys = defaultdict(set)
    wanted = statement.where(PhoneRow.retired_at.is_(None), PhoneRow.tel != "")
    for owner, tel in session.execute(wanted):
        if owner:
            found[owner].add(tel)
    return found


def _places(session: Session, statement: Any) -> tuple[_Keys, _Keys]:
    places: _Keys = defaultdict(set)
    zips: _Keys = defaultdict(set)
    wanted = statement.join(AddressRow, AddressRow.location_id == LocationRow.id).where(
        LocationRow.retired_at.is_(None), AddressRow.retired_at.is_(None)
    )
    for owner, street, city, postal_code in session.execute(wanted):
        if not owner:
            continue
        if key := address_key(street, city, postal_code):
            places[owner].add(key)
        if code := zip5(postal_code):
            zips[owner].add(code)
    return places, zips


def _names(*names: str) -> tuple[str, ...]:
    return tuple(name for name in names if name) or ("",)


def _sites(*addresses: str) -> frozenset[str]:
    return frozenset(key for each in addresses if each and (key := host_key(each)))


def _digits(text: str) -> frozenset[str]:
    digits = "".join(each for each in text if each.isdecimal())
    return frozenset((digits,)) if len(digits) >= 7 else frozenset()
