"""Upkeep of withheld groups: the addresses and phone numbers that records withhold.

It runs at the end of each transaction that wrote a location, an address, a phone or an owner of
phones. All that is withheld is read each time, since it is little; so no way of writing is missed.
Records with the same address or number are logged as changed and wait for a decision.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import CTE, ColumnElement, Select, delete, false, func, or_, select, union
from sqlalchemy.orm import Session, attributes

from referral.fields.number_words import telltale_words
from referral.fields.street_texts import numbers_in
from referral.records.edits import MadeBy
from referral.records.kinds import PARENT_FIELDS, parent_names
from referral.records.ownership import Key
from referral.records.record_ids import HAND_SOURCE
from referral.records.visibility import Audience, Visibility
from referral.records.withheld import WithheldKind, WithheldState
from referral.store.base import in_batches
from referral.store.change_log import log_changes, log_neighbors, records_to_log
from referral.store.conversion import ROWS
from referral.store.history import HANDS, author_of
from referral.store.rows import (
    AddressRow,
    ContactRow,
    LocationRow,
    OrganizationRow,
    PhoneRow,
    ServiceAtLocationRow,
    ServiceRow,
)
from referral.store.rows_log import ImportBatchRow, RecordEditRow
from referral.store.rows_texts import (
    WithheldExceptionRow,
    WithheldGroupRow,
    WithheldKeyRow,
    WithholdingRequestRow,
)
from referral.store.withheld_keys import (
    Hasher,
    Scope,
    WithheldKeys,
    digests_of_address,
    digests_of_phone,
    extension_numbers,
    hasher_of,
    house_numbers,
    keys_of_address,
    phone_keys,
    point_key,
    read_withheld_keys,
)
from referral.store.withheld_texts import text_fields

TOUCHED = "what may be withheld, or hang on it, was written"
_PUBLISHED = "locations and phones that were published"
_WITHHELD_BY_RULE = "locations that a rule withheld, until a person has decided"
BEGAN = "when the transaction began"
_PUBLIC = Visibility.PUBLIC.value
_STRICTNESS = [Visibility.PUBLIC.value, Visibility.STAFF.value, Visibility.WITHHELD.value]
_JOINING = {Scope.PLACE, Scope.PHONE, Scope.POINT}
_MOST_AT_A_POINT = 5  # locations; a point of more is that of a town or a campus
_STREET = ("address_1", "address_2")
_ADDRESS, _LOCATION = "address", "location"
_OWNERS = frozenset({"service", "service_at_location", "organization", "contact"})  # of phones
_NUMBERS_IN_A_QUERY = 20
_MOST_NUMBERS = 60  # with more, all services are logged: that is quicker


@dataclass(frozen=True, slots=True)
class _Withheld:
    """An address or phone that records withhold.

    Attributes:
        digests: the digests that are stored of it, with their scope.
        asked: the digests by which its group is looked up.
        numbers: its house numbers, or the last four digits of the phone, in clear.
        location_id: location of the address.
        source: source list of the record.
        records: kind and id of the records that withhold it.
        obsolete: further digests that releases before 0.3 stored for a phone with extension.
    """

    kind: WithheldKind
    visibility: str
    digests: Mapping[str, Scope]
    asked: Collection[str]
    numbers: frozenset[str] = frozenset()
    location_id: str = ""
    source: str = ""
    records: tuple[Key, ...] = ()
    obsolete: Mapping[str, Scope] = field(default_factory=dict)


def note_withheld_places(session: Session, location_ids: Iterable[str]) -> None:
    """Note locations that a rule withholds, so that their addresses wait for a decision."""
    session.info.setdefault(_WITHHELD_BY_RULE, set()).update(location_ids)


def note_touched(session: Session, kind: str) -> None:
    """Note that rows of a kind were written, if that may change which addresses are withheld."""
    if kind in {"address", "location", "phone", *_OWNERS}:
        session.info[TOUCHED] = True


def note_rows(session: Session, rows: Iterable[Any]) -> None:
    """Note rows about to be written, and those of them that become public."""
    for row in rows:
        kind = getattr(row, "__tablename__", "")
        if kind not in _OWNERS or _is_moved(row):
            note_touched(session, kind)
        if isinstance(row, AddressRow | LocationRow | PhoneRow) and row.visibility == _PUBLIC:
            before = attributes.get_history(row, "visibility").deleted
            if before and before[0] != _PUBLIC:
                record_id = row.location_id if isinstance(row, AddressRow) else row.id
                session.info.setdefault(_PUBLISHED, set()).add(record_id)


def _is_moved(row: Any) -> bool:
    """Return whether the visibility or a parent of an owner of phones changes."""
    names = ("visibility", *parent_names(row.__tablename__))
    return any(attributes.get_history(row, name).has_changes() for name in names)


def update_if_touched(session: Session) -> None:
    """Update the withheld groups at the end of a transaction that may have changed them."""
    if session.info.pop(TOUCHED, False):
        update_withheld_groups(session)


def update_withheld_groups(session: Session) -> None:
    """Create a group for each withheld address and phone number that has none, and log matches."""
    hasher = hasher_of(session)
    found = [*_iter_addresses(session, hasher), *_iter_phones(session, hasher)]
    groups = {row.id: row for row in session.scalars(select(WithheldGroupRow))}
    if not (found or groups):
        return
    stored = _stored_keys(session)
    fresh = _add_groups(session, found, groups, stored)
    session.flush()
    fresh += _show_main_numbers(session, found, groups, stored)
    if fresh:
        _log_matches(session, fresh)
    _except_published(session, session.info.pop(_PUBLISHED, set()))
    _await_decisions(session, groups, since=None if fresh else session.info.get(BEGAN))


_StoredKeys = defaultdict[str, dict[str, str]]  # group id → digest → scope


def _stored_keys(session: Session) -> _StoredKeys:
    found: _StoredKeys = defaultdict(dict)
    key = WithheldKeyRow
    for digest, group_id, scope in session.execute(select(key.digest, key.group_id, key.scope)):
        found[group_id][digest] = scope
    return found


def _add_groups(
    session: Session,
    found: Iterable[_Withheld],
    groups: dict[str, WithheldGroupRow],
    stored: _StoredKeys,
) -> list[_Withheld]:
    """Add withheld addresses and phones to their groups; return those that are new or stricter."""
    group_of = {
        digest: group_id
        for group_id, digests in stored.items()
        for digest, scope in digests.items()
        if scope in _JOINING
    }
    fresh = []
    by_rule = session.info.pop(_WITHHELD_BY_RULE, set())
    asked = _open_requests(session)
    for each in found:
        known = next((group_of[digest] for digest in each.asked if digest in group_of), None)
        if known is None:
            group = _new_group(session, each)
            groups[group.id] = group
        else:
            group = groups[known]
        if each.location_id in by_rule and group.state == WithheldState.ALONE:
            group.state = WithheldState.WAITING.value
        is_fresh = _add_keys(session, group, each, stored) or _make_stricter(group, each)
        if is_fresh:
            fresh.append(each)
        askers = {source for key in each.records for source in asked.get(key, ())}
        if is_fresh or not group.asked_by:
            askers |= _requesters(session, each)
        group.asked_by = "\n".join(sorted({*group.askers, *askers} - {""}))
        group_of |= {d: group.id for d, scope in each.digests.items() if scope in _JOINING}
    return fresh


def _show_main_numbers(
    session: Session,
    found: Iterable[_Withheld],
    groups: Mapping[str, WithheldGroupRow],
    stored: _StoredKeys,
) -> list[_Withheld]:
    """Delete the keys of main numbers that releases before 0.3 withheld with a staff extension.

    Those releases stored all of these digests. The keys are kept where a person has decided on the
    group, and where a digest may be of a deleted record or of one that withholds more.

    Returns:
        The phones that are no longer withheld.
    """
    own: set[str] = set()
    obsolete: dict[str, list[_Withheld]] = defaultdict(list)
    for each in found:
        if each.obsolete:
            own |= {*each.digests, *each.obsolete}
            for digest in each.obsolete:
                obsolete[digest].append(each)
    forgotten = []
    key = WithheldKeyRow
    for group_id, digests in stored.items():
        group = groups[group_id]
        numbers = {digest for digest, scope in digests.items() if scope == Scope.PHONE}
        theirs = [each for digest in numbers & obsolete.keys() for each in obsolete[digest]]
        if (
            not theirs
            or not numbers <= own
            or group.visibility != Visibility.STAFF
            or group.decided_at is not None
        ):
            continue
        gone = {digest for each in theirs for digest in each.obsolete}
        session.execute(delete(key).where(key.group_id == group_id, key.digest.in_(gone)))
        group.state = WithheldState.ALONE.value
        log_changes(session, [("withheld_group", group_id)])  # so that key caches reload
        forgotten += [replace(each, digests=each.obsolete) for each in theirs]
    return forgotten


def _open_requests(session: Session) -> Mapping[Key, set[str]]:
    """Return the lists that request to withhold a record of another source, by record."""
    found = defaultdict[Key, set[str]](set)
    statement = select(
        WithholdingRequestRow.kind, WithholdingRequestRow.record_id, WithholdingRequestRow.source
    ).where(WithholdingRequestRow.ended_at.is_(None))
    for kind, record_id, source in session.execute(statement):
        found[kind, record_id].add(source)
    return found


def _requesters(session: Session, each: _Withheld) -> set[str]:
    """Return the sources that withheld an address or phone; ``HAND_SOURCE`` for a person here."""
    found = set()
    edit, batch = RecordEditRow, ImportBatchRow
    for kind, record_id in each.records:
        edits = session.execute(
            select(edit.made_by, edit.fields, batch.source)
            .outerjoin(batch, batch.id == edit.batch_id)
            .where(edit.kind == kind, edit.record_id == record_id)
            .where(edit.made_by != MadeBy.UNDO)  # an undo only restores an earlier value
            .order_by(edit.id.desc())
        )
        values = ((row, row.fields.get("visibility", [_PUBLIC, _PUBLIC])[1]) for row in edits)
        last = next((row for row, value in values if value != _PUBLIC), None)
        if last is not None:
            found.add(HAND_SOURCE if last.made_by in HANDS else last.source or each.source)
    return found or {each.source}


def forget_withheld_groups(session: Session, noted_group: str) -> None:
    """Delete the withheld groups of a group of edits that is undone, except decided ones.

    Addresses and phones that other records withhold get a new group at the end of the transaction.
    """
    group = WithheldGroupRow
    ids = session.scalars(
        select(group.id).where(group.noted_group == noted_group, group.decided_at.is_(None))
    ).all()
    if not ids:
        return
    session.execute(delete(group).where(group.id.in_(ids)))
    log_all_services(session)


def log_all_services(session: Session) -> None:
    """Log a change of every service, since other parts of their texts may be withheld now."""
    log_changes(session, (("service", each) for each in session.scalars(select(ServiceRow.id))))


def _new_group(session: Session, each: _Withheld) -> WithheldGroupRow:
    group = WithheldGroupRow(
        id=str(uuid4()),
        kind=each.kind.value,
        visibility=each.visibility,
        asked_by="",
        state=WithheldState.ALONE.value,
        noted_at=datetime.now(UTC),
        noted_group=author_of(session).group_id,
        decided_by="",
        decided_group="",
    )
    session.add(group)
    return group


def _add_keys(
    session: Session, group: WithheldGroupRow, each: _Withheld, stored: _StoredKeys
) -> bool:
    known = stored[group.id]
    new = {digest: scope.value for digest, scope in each.digests.items() if digest not in known}
    known.update(new)
    session.add_all(
        WithheldKeyRow(digest=digest, group_id=group.id, scope=scope)
        for digest, scope in new.items()
    )
    return bool(new)


def _make_stricter(group: WithheldGroupRow, each: _Withheld) -> bool:
    if _STRICTNESS.index(each.visibility) <= _STRICTNESS.index(group.visibility):
        return False
    group.visibility = each.visibility
    return True


def withheld_addresses() -> ColumnElement[bool]:
    """Return a condition: an address is withheld itself, or is a street of a withheld location.

    Addresses for staff are not among them: a dock, a private entrance or a closed location. Their
    street is not secret, and the office beside them must be found.
    """
    return or_(
        AddressRow.visibility == Visibility.WITHHELD.value,
        (LocationRow.visibility == Visibility.WITHHELD.value)
        & (AddressRow.address_type != "postal"),
    )


def _iter_addresses(session: Session, hasher: Hasher) -> Iterator[_Withheld]:
    points = _point_digests(session, hasher)
    rows = session.execute(
        select(AddressRow, LocationRow.visibility, LocationRow.source)
        .join(LocationRow, AddressRow.location_id == LocationRow.id)
        .where(AddressRow.retired_at.is_(None), LocationRow.retired_at.is_(None))
        .where(withheld_addresses())
    )
    for address, of_location, source in rows:
        point = points.pop(address.location_id or "", {})
        digests = {**digests_of_address(hasher, address), **point}
        if digests:
            visibility = max(address.visibility, of_location, key=_STRICTNESS.index)
            keys = keys_of_address(address)
            asked = [hasher.digest(Scope.PLACE, key) for key in sorted(keys.lookup)]
            asked += point
            numbers = frozenset(house_numbers(keys))
            place = address.location_id or ""
            own = {(_ADDRESS, address.id): address.visibility, (_LOCATION, place): of_location}
            records = tuple(record for record in own if own[record] == visibility)
            yield _Withheld(
                WithheldKind.ADDRESS, visibility, digests, asked, numbers, place, source, records
            )

    for place, point in points.items():
        withheld = Visibility.WITHHELD.value
        yield _Withheld(
            WithheldKind.ADDRESS,
            withheld,
            point,
            list(point),
            location_id=place,
            records=((_LOCATION, place),),
        )


def _point_digests(session: Session, hasher: Hasher) -> dict[str, dict[str, Scope]]:
    """Return the digest of the coordinates of withheld locations, by location id.

    Points that many locations share are left out.
    """
    withheld = session.scalars(
        select(LocationRow).where(
            LocationRow.retired_at.is_(None),
            LocationRow.visibility == Visibility.WITHHELD.value,
            LocationRow.latitude.is_not(None),
        )
    )
    found = {place.id: (place, key) for place in withheld if (key := point_key(place))}
    shared: set[tuple[float | None, float | None]] = set()
    if found:
        crowded = (
            select(LocationRow.latitude, LocationRow.longitude)
            .where(LocationRow.retired_at.is_(None))
            .group_by(LocationRow.latitude, LocationRow.longitude)
            .having(func.count() > _MOST_AT_A_POINT)
        )
        shared = {(latitude, longitude) for latitude, longitude in session.execute(crowded)}
    return {
        place_id: {hasher.digest(Scope.POINT, key): Scope.POINT}
        for place_id, (place, key) in found.items()
        if (place.latitude, place.longitude) not in shared
    }


def _is_at_withheld_place() -> ColumnElement[bool]:
    """Return a condition: an owner of a phone is withheld, or is at a withheld location."""

    def withheld(row: Any) -> ColumnElement[bool]:
        return cast("ColumnElement[bool]", row.visibility == Visibility.WITHHELD.value)

    def ids(of_them: CTE) -> Select[str]:
        return select(of_them.c.id)

    organization, service, link, place, contact = (
        OrganizationRow, ServiceRow, ServiceAtLocationRow, LocationRow, ContactRow,
    )  # fmt: skip
    places = union(
        select(place.id.label("id")).where(withheld(place)),
        select(AddressRow.location_id).where(withheld(AddressRow)),
    ).cte("withheld_place")
    there = or_(withheld(link), link.location_id.in_(ids(places)))
    withheld_organizations = select(organization.id).where(withheld(organization))
    services = union(
        select(service.id.label("id")).where(
            or_(withheld(service), service.organization_id.in_(withheld_organizations))
        ),
        select(link.service_id).where(there),
    ).cte("withheld_service")
    organizations = union(
        withheld_organizations,
        select(place.organization_id).where(place.id.in_(ids(places))),
        select(service.organization_id).where(service.id.in_(ids(services))),
    ).cte("withheld_organization")
    links = select(link.id).where(or_(there, link.service_id.in_(ids(services))))

    def hangs_there(row: Any) -> ColumnElement[bool]:
        return or_(
            row.organization_id.in_(ids(organizations)),
            row.service_id.in_(ids(services)),
            row.location_id.in_(ids(places)),
            row.service_at_location_id.in_(links),
        )

    contacts = select(contact.id).where(or_(withheld(contact), hangs_there(contact)))
    return or_(hangs_there(PhoneRow), PhoneRow.contact_id.in_(contacts))


def _iter_phones(session: Session, hasher: Hasher) -> Iterator[_Withheld]:
    """Yield the phones that are not public, with the digests of their numbers.

    A phone for staff with an extension is withheld with that extension only. A withheld phone, or
    one of a withheld location, is withheld with any extension.
    """
    rows = session.execute(
        select(PhoneRow, _is_at_withheld_place()).where(
            PhoneRow.visibility != _PUBLIC, PhoneRow.tel != ""
        )
    ).all()
    whole = {
        phone.id
        for phone, is_at_withheld in rows
        if is_at_withheld or phone.visibility != Visibility.STAFF or not extension_numbers(phone)
    }
    kept = {phone.tel for phone, _ in rows if phone.id in whole and phone.retired_at is not None}
    for phone, _ in rows:
        if phone.retired_at is not None:
            continue
        is_whole = phone.id in whole
        asked = [hasher.digest(Scope.PHONE, key) for key in phone_keys(phone)]
        any_end, seven = asked[-1], hasher.digest(Scope.SEVEN_DIGITS, phone.tel[-7:])
        is_obsolete = not is_whole and phone.tel not in kept
        yield _Withheld(
            WithheldKind.PHONE,
            phone.visibility,
            digests_of_phone(hasher, phone, is_whole=is_whole),
            asked,
            numbers=frozenset({phone.tel[-4:]}),
            source=phone.source,
            records=(("phone", phone.id),),
            obsolete={any_end: Scope.PHONE, seven: Scope.SEVEN_DIGITS} if is_obsolete else {},
        )


def _log_matches(session: Session, fresh: Iterable[_Withheld]) -> None:
    """Log the records that contain newly withheld addresses or phones, so that indexes follow."""
    fresh = list(fresh)
    digests = {d for each in fresh for d, scope in each.digests.items() if scope is Scope.PHONE}
    hasher = hasher_of(session)
    if digests:
        for row in session.scalars(select(PhoneRow).where(PhoneRow.retired_at.is_(None))):
            if any(hasher.digest(Scope.PHONE, key) in digests for key in phone_keys(row)):
                log_changes(session, _records_to_log("phone", row))
                log_neighbors(session, [("phone", row.id)])
    log_numbers(session, {number for each in fresh for number in each.numbers})


def log_numbers(session: Session, numbers: Collection[str]) -> None:
    """Log the records with one of these numbers in a text or street, whatever it means there."""
    if len(numbers) > _MOST_NUMBERS:
        log_all_services(session)
        return
    for some in in_batches(sorted(numbers), _NUMBERS_IN_A_QUERY):
        patterns = {f"%{'%'.join(number)}%" for number in some}  # in pieces too, as in "41 27"
        patterns |= {f"%{word}%" for number in some for word in telltale_words(number)}
        for kind, row in ROWS.items():
            columns = row.__table__.c
            wanted = [c for c in columns if c.name in _PARENTS]
            fields = (*text_fields(kind), *(_STREET if kind == "address" else ()))
            texts = [columns[name].label(f"text_{name}") for name in fields]
            matching = (columns[name].ilike(each) for name in fields for each in patterns)
            rows = session.execute(select(*wanted, *texts).where(or_(false(), *matching)))
            matches = [found for found in rows if _names_number(found[len(wanted) :], some)]
            for found in matches:
                log_changes(session, _records_to_log(kind, found))
            if kind == "address":
                log_neighbors(session, ((kind, found.id) for found in matches))


def _names_number(texts: Iterable[str | None], numbers: Collection[str]) -> bool:
    """Return whether a text contains one of these numbers, also in words or in pieces."""
    return any(
        any(number in text for number in numbers) or not numbers_in(text).isdisjoint(numbers)
        for text in filter(None, texts)
    )


_PARENTS = {"id", "link_entity", "link_id", *PARENT_FIELDS}


def _records_to_log(kind: str, row: Any) -> Iterator[tuple[str, str]]:
    return records_to_log(kind, row.id, lambda name: (getattr(row, name),))


def _except_published(session: Session, published: Collection[str]) -> None:
    """Add exceptions for the withheld addresses and phones of records that a person published."""
    if not published or author_of(session).made_by not in {MadeBy.HAND, MadeBy.RESTORE}:
        return
    keys = read_withheld_keys(session, Audience.PUBLIC)
    addresses = session.scalars(select(AddressRow).where(AddressRow.location_id.in_(published)))
    pairs = {
        (group, row.location_id or "") for row in addresses for group in keys.groups_of_address(row)
    }
    places = session.scalars(select(LocationRow).where(LocationRow.id.in_(published)))
    pairs |= {(group, row.id) for row in places for group in keys.groups_of_point(row)}
    phones = session.scalars(select(PhoneRow).where(PhoneRow.id.in_(published)))
    pairs |= {(group, row.id) for row in phones for group in keys.groups_of_phone(row)}
    session.add_all(
        WithheldExceptionRow(group_id=group, record_id=record_id)
        for group, record_id in sorted(pairs - keys.exceptions)
    )


def _await_decisions(
    session: Session, groups: Mapping[str, WithheldGroupRow], since: datetime | None
) -> None:
    """Set groups to waiting for a decision if undecided public records match them.

    Args:
        since: only records written since then are compared; None for all.
    """
    session.flush()
    keys = read_withheld_keys(session, Audience.PUBLIC)
    for record_id, group_ids, written_at in _matches(session, keys, since):
        for group_id in group_ids & groups.keys():
            group = groups[group_id]
            is_later = group.decided_at is not None and written_at > group.decided_at
            is_open = group.state == WithheldState.ALONE or (
                group.state == WithheldState.EXCEPTED and is_later
            )
            if is_open and (group_id, record_id) not in keys.exceptions:
                group.state = WithheldState.WAITING.value


def _matches(
    session: Session, keys: WithheldKeys, since: datetime | None
) -> Iterator[tuple[str, frozenset[str], datetime]]:
    """Yield public locations and phones, with their matching groups and time of writing."""
    at, phone = AddressRow, PhoneRow
    addresses = (
        select(at.location_id, at.address_1, at.address_2, at.city, at.postal_code, at.updated_at)
        .join(LocationRow, at.location_id == LocationRow.id)
        .where(at.retired_at.is_(None), LocationRow.retired_at.is_(None), ~withheld_addresses())
    )
    place = LocationRow
    places = select(
        place.id, place.latitude, place.longitude, place.position_source, place.updated_at
    ).where(place.retired_at.is_(None), place.visibility == _PUBLIC, place.latitude.is_not(None))
    phones = select(phone.id, phone.tel, phone.extension, phone.updated_at).where(
        phone.retired_at.is_(None), phone.visibility == _PUBLIC, phone.tel != ""
    )
    if since is not None:
        places = places.where(place.updated_at >= since)
        addresses = addresses.where(at.updated_at >= since)
        phones = phones.where(phone.updated_at >= since)
    for address in session.execute(addresses):
        if found := keys.groups_of_address(address):
            yield address.location_id or "", found, address.updated_at
    for point in session.execute(places):
        if found := keys.groups_of_point(point):
            yield point.id, found, point.updated_at
    for each in session.execute(phones):
        if found := keys.groups_of_phone(each):
            yield each.id, found, each.updated_at
