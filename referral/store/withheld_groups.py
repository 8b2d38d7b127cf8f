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
_StoredKeys = defaultdict[str, dict[str, str]]  # group id → digest → scope
_PARENTS = {"id", "link_entity", "link_id", *PARENT_FIELDS}


@dataclass(frozen=True, slots=True)
class _WithheldAddressOrPhone:
    """An address or phone that records withhold.

    Attributes:
        digests: the digests that are stored of it, with their scope.
        lookup_digests: the digests by which its group is looked up.
        numbers: its house numbers, or the last four digits of the phone, in clear.
        location_id: location of the address.
        source: source list of the record.
        records: kind and id of the records that withhold it.
        obsolete: further digests that releases before 0.3 stored for a phone with extension.
    """

    kind: WithheldKind
    visibility: str
    digests: Mapping[str, Scope]
    lookup_digests: Collection[str]
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
    all_withheld = [
        *_iter_withheld_addresses(session, hasher),
        *_iter_withheld_phones(session, hasher),
    ]
    groups = {row.id: row for row in session.scalars(select(WithheldGroupRow))}
    if not (all_withheld or groups):
        return
    stored = _stored_keys(session)
    fresh = _add_groups(session, all_withheld, groups, stored)
    session.flush()
    fresh += _delete_obsolete_keys(session, all_withheld, groups, stored)
    if fresh:
        _log_matches(session, fresh)
    _except_published(session, session.info.pop(_PUBLISHED, set()))
    _await_decisions(session, groups, since=None if fresh else session.info.get(BEGAN))


def _stored_keys(session: Session) -> _StoredKeys:
    keys_by_group: _StoredKeys = defaultdict(dict)
    for digest, group_id, scope in session.execute(
        select(WithheldKeyRow.digest, WithheldKeyRow.group_id, WithheldKeyRow.scope)
    ):
        keys_by_group[group_id][digest] = scope
    return keys_by_group


def _add_groups(
    session: Session,
    all_withheld: Iterable[_WithheldAddressOrPhone],
    groups: dict[str, WithheldGroupRow],
    stored: _StoredKeys,
) -> list[_WithheldAddressOrPhone]:
    """Add withheld addresses and phones to their groups; return those that are new or stricter."""
    group_id_by_digest = {
        digest: group_id
        for group_id, digests in stored.items()
        for digest, scope in digests.items()
        if scope in _JOINING
    }
    fresh = []
    withheld_by_rule = session.info.pop(_WITHHELD_BY_RULE, set())
    requests = _open_requests(session)
    for withheld in all_withheld:
        known_id = next(
            (
                group_id_by_digest[digest]
                for digest in withheld.lookup_digests
                if digest in group_id_by_digest
            ),
            None,
        )
        if known_id is None:
            group = _new_group(session, withheld)
            groups[group.id] = group
        else:
            group = groups[known_id]
        if withheld.location_id in withheld_by_rule and group.state == WithheldState.ALONE:
            group.state = WithheldState.WAITING.value
        is_fresh = _add_keys(session, group, withheld, stored) or _make_stricter(group, withheld)
        if is_fresh:
            fresh.append(withheld)
        askers = {source for key in withheld.records for source in requests.get(key, ())}
        if is_fresh or not group.asked_by:
            askers |= _requesters(session, withheld)
        group.asked_by = "\n".join(sorted({*group.askers, *askers} - {""}))
        group_id_by_digest |= {
            digest: group.id for digest, scope in withheld.digests.items() if scope in _JOINING
        }
    return fresh


def _delete_obsolete_keys(
    session: Session,
    all_withheld: Iterable[_WithheldAddressOrPhone],
    groups: Mapping[str, WithheldGroupRow],
    stored: _StoredKeys,
) -> list[_WithheldAddressOrPhone]:
    """Delete the keys of main numbers that releases before 0.3 withheld with a staff extension.

    Those releases stored all of these digests. The keys are kept where a person has decided on the
    group, and where a digest may be of a deleted record or of one that withholds more.

    Returns:
        The phones that are no longer withheld.
    """
    current_digests: set[str] = set()
    phones_by_obsolete_digest: dict[str, list[_WithheldAddressOrPhone]] = defaultdict(list)
    for withheld in all_withheld:
        if withheld.obsolete:
            current_digests |= {*withheld.digests, *withheld.obsolete}
            for digest in withheld.obsolete:
                phones_by_obsolete_digest[digest].append(withheld)
    no_longer_withheld = []
    for group_id, digests in stored.items():
        group = groups[group_id]
        number_digests = {digest for digest, scope in digests.items() if scope == Scope.PHONE}
        phones = [
            withheld
            for digest in number_digests & phones_by_obsolete_digest.keys()
            for withheld in phones_by_obsolete_digest[digest]
        ]
        if (
            not phones
            or not number_digests <= current_digests
            or group.visibility != Visibility.STAFF
            or group.decided_at is not None
        ):
            continue
        obsolete_digests = {digest for withheld in phones for digest in withheld.obsolete}
        session.execute(
            delete(WithheldKeyRow).where(
                WithheldKeyRow.group_id == group_id, WithheldKeyRow.digest.in_(obsolete_digests)
            )
        )
        group.state = WithheldState.ALONE.value
        log_changes(session, [("withheld_group", group_id)])  # so that key caches reload
        no_longer_withheld += [replace(withheld, digests=withheld.obsolete) for withheld in phones]
    return no_longer_withheld


def _open_requests(session: Session) -> Mapping[Key, set[str]]:
    """Return the lists that request to withhold a record of another source, by record."""
    sources_by_record = defaultdict[Key, set[str]](set)
    statement = select(
        WithholdingRequestRow.kind, WithholdingRequestRow.record_id, WithholdingRequestRow.source
    ).where(WithholdingRequestRow.ended_at.is_(None))
    for kind, record_id, source in session.execute(statement):
        sources_by_record[kind, record_id].add(source)
    return sources_by_record


def _requesters(session: Session, withheld: _WithheldAddressOrPhone) -> set[str]:
    """Return the sources that withheld an address or phone; ``HAND_SOURCE`` for a person here."""
    sources = set()
    for kind, record_id in withheld.records:
        edits = session.execute(
            select(RecordEditRow.made_by, RecordEditRow.fields, ImportBatchRow.source)
            .outerjoin(ImportBatchRow, ImportBatchRow.id == RecordEditRow.batch_id)
            .where(RecordEditRow.kind == kind, RecordEditRow.record_id == record_id)
            .where(RecordEditRow.made_by != MadeBy.UNDO)  # an undo only restores an earlier value
            .order_by(RecordEditRow.id.desc())
        )
        visibilities = ((row, row.fields.get("visibility", [_PUBLIC, _PUBLIC])[1]) for row in edits)
        last_edit = next((row for row, visibility in visibilities if visibility != _PUBLIC), None)
        if last_edit is not None:
            sources.add(
                HAND_SOURCE if last_edit.made_by in HANDS else last_edit.source or withheld.source
            )
    return sources or {withheld.source}


def forget_withheld_groups(session: Session, noted_group: str) -> None:
    """Delete the withheld groups of a group of edits that is undone, except decided ones.

    Addresses and phones that other records withhold get a new group at the end of the transaction.
    """
    ids = session.scalars(
        select(WithheldGroupRow.id).where(
            WithheldGroupRow.noted_group == noted_group, WithheldGroupRow.decided_at.is_(None)
        )
    ).all()
    if not ids:
        return
    session.execute(delete(WithheldGroupRow).where(WithheldGroupRow.id.in_(ids)))
    log_all_services(session)


def log_all_services(session: Session) -> None:
    """Log a change of every service, since other parts of their texts may be withheld now."""
    log_changes(
        session, (("service", service_id) for service_id in session.scalars(select(ServiceRow.id)))
    )


def _new_group(session: Session, withheld: _WithheldAddressOrPhone) -> WithheldGroupRow:
    group = WithheldGroupRow(
        id=str(uuid4()),
        kind=withheld.kind.value,
        visibility=withheld.visibility,
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
    session: Session,
    group: WithheldGroupRow,
    withheld: _WithheldAddressOrPhone,
    stored: _StoredKeys,
) -> bool:
    stored_scopes = stored[group.id]
    new = {
        digest: scope.value
        for digest, scope in withheld.digests.items()
        if digest not in stored_scopes
    }
    stored_scopes.update(new)
    session.add_all(
        WithheldKeyRow(digest=digest, group_id=group.id, scope=scope)
        for digest, scope in new.items()
    )
    return bool(new)


def _make_stricter(group: WithheldGroupRow, withheld: _WithheldAddressOrPhone) -> bool:
    if _STRICTNESS.index(withheld.visibility) <= _STRICTNESS.index(group.visibility):
        return False
    group.visibility = withheld.visibility
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


def _iter_withheld_addresses(session: Session, hasher: Hasher) -> Iterator[_WithheldAddressOrPhone]:
    point_digests_by_location = _point_digests_by_location(session, hasher)
    rows = session.execute(
        select(AddressRow, LocationRow.visibility, LocationRow.source)
        .join(LocationRow, AddressRow.location_id == LocationRow.id)
        .where(AddressRow.retired_at.is_(None), LocationRow.retired_at.is_(None))
        .where(withheld_addresses())
    )
    for address, location_visibility, source in rows:
        point_digests = point_digests_by_location.pop(address.location_id or "", {})
        digests = {**digests_of_address(hasher, address), **point_digests}
        if digests:
            visibility = max(address.visibility, location_visibility, key=_STRICTNESS.index)
            keys = keys_of_address(address)
            lookup_digests = [hasher.digest(Scope.PLACE, key) for key in sorted(keys.lookup)]
            lookup_digests += point_digests
            numbers = frozenset(house_numbers(keys))
            location_id = address.location_id or ""
            visibility_by_record = {
                (_ADDRESS, address.id): address.visibility,
                (_LOCATION, location_id): location_visibility,
            }
            yield _WithheldAddressOrPhone(
                WithheldKind.ADDRESS,
                visibility,
                digests,
                lookup_digests,
                numbers,
                location_id,
                source,
                records=tuple(
                    key for key, own in visibility_by_record.items() if own == visibility
                ),
            )

    for location_id, point_digests in point_digests_by_location.items():
        yield _WithheldAddressOrPhone(
            WithheldKind.ADDRESS,
            Visibility.WITHHELD.value,
            point_digests,
            list(point_digests),
            location_id=location_id,
            records=((_LOCATION, location_id),),
        )


def _point_digests_by_location(session: Session, hasher: Hasher) -> dict[str, dict[str, Scope]]:
    """Return the digest of the coordinates of withheld locations, by location id.

    Points that many locations share are left out.
    """
    withheld_locations = session.scalars(
        select(LocationRow).where(
            LocationRow.retired_at.is_(None),
            LocationRow.visibility == Visibility.WITHHELD.value,
            LocationRow.latitude.is_not(None),
        )
    )
    located = {
        location.id: (location, coordinates)
        for location in withheld_locations
        if (coordinates := point_key(location))
    }
    shared_points: set[tuple[float | None, float | None]] = set()
    if located:
        crowded_points = (
            select(LocationRow.latitude, LocationRow.longitude)
            .where(LocationRow.retired_at.is_(None))
            .group_by(LocationRow.latitude, LocationRow.longitude)
            .having(func.count() > _MOST_AT_A_POINT)
        )
        shared_points = {
            (latitude, longitude) for latitude, longitude in session.execute(crowded_points)
        }
    return {
        location_id: {hasher.digest(Scope.POINT, coordinates): Scope.POINT}
        for location_id, (location, coordinates) in located.items()
        if (location.latitude, location.longitude) not in shared_points
    }


def _has_withheld_owner() -> ColumnElement[bool]:
    """Return a condition: an owner of a phone is withheld, or is at a withheld location."""

    def is_withheld(row: Any) -> ColumnElement[bool]:
        return cast("ColumnElement[bool]", row.visibility == Visibility.WITHHELD.value)

    def ids_in(owners: CTE) -> Select[str]:
        return select(owners.c.id)

    withheld_locations = union(
        select(LocationRow.id.label("id")).where(is_withheld(LocationRow)),
        select(AddressRow.location_id).where(is_withheld(AddressRow)),
    ).cte("withheld_place")
    is_withheld_link = or_(
        is_withheld(ServiceAtLocationRow),
        ServiceAtLocationRow.location_id.in_(ids_in(withheld_locations)),
    )
    hidden_organizations = select(OrganizationRow.id).where(is_withheld(OrganizationRow))
    affected_services = union(
        select(ServiceRow.id.label("id")).where(
            or_(is_withheld(ServiceRow), ServiceRow.organization_id.in_(hidden_organizations))
        ),
        select(ServiceAtLocationRow.service_id).where(is_withheld_link),
    ).cte("withheld_service")
    affected_organizations = union(
        hidden_organizations,
        select(LocationRow.organization_id).where(LocationRow.id.in_(ids_in(withheld_locations))),
        select(ServiceRow.organization_id).where(ServiceRow.id.in_(ids_in(affected_services))),
    ).cte("withheld_organization")
    affected_links = select(ServiceAtLocationRow.id).where(
        or_(is_withheld_link, ServiceAtLocationRow.service_id.in_(ids_in(affected_services)))
    )

    def has_withheld_parent(row: Any) -> ColumnElement[bool]:
        return or_(
            row.organization_id.in_(ids_in(affected_organizations)),
            row.service_id.in_(ids_in(affected_services)),
            row.location_id.in_(ids_in(withheld_locations)),
            row.service_at_location_id.in_(affected_links),
        )

    withheld_contacts = select(ContactRow.id).where(
        or_(is_withheld(ContactRow), has_withheld_parent(ContactRow))
    )
    return or_(has_withheld_parent(PhoneRow), PhoneRow.contact_id.in_(withheld_contacts))


def _iter_withheld_phones(session: Session, hasher: Hasher) -> Iterator[_WithheldAddressOrPhone]:
    """Yield the phones that are not public, with the digests of their numbers.

    A phone for staff with an extension is withheld with that extension only. A withheld phone, or
    one of a withheld location, is withheld with any extension.
    """
    rows = session.execute(
        select(PhoneRow, _has_withheld_owner()).where(
            PhoneRow.visibility != _PUBLIC, PhoneRow.tel != ""
        )
    ).all()
    whole_ids = {
        phone.id
        for phone, has_withheld_owner in rows
        if has_withheld_owner
        or phone.visibility != Visibility.STAFF
        or not extension_numbers(phone)
    }
    retired_numbers = {
        phone.tel for phone, _ in rows if phone.id in whole_ids and phone.retired_at is not None
    }
    for phone, _ in rows:
        if phone.retired_at is not None:
            continue
        is_whole = phone.id in whole_ids
        lookup_digests = [hasher.digest(Scope.PHONE, key) for key in phone_keys(phone)]
        any_extension, seven_digits = (
            lookup_digests[-1],
            hasher.digest(Scope.SEVEN_DIGITS, phone.tel[-7:]),
        )
        is_obsolete = not is_whole and phone.tel not in retired_numbers
        yield _WithheldAddressOrPhone(
            WithheldKind.PHONE,
            phone.visibility,
            digests_of_phone(hasher, phone, is_whole=is_whole),
            lookup_digests,
            numbers=frozenset({phone.tel[-4:]}),
            source=phone.source,
            records=(("phone", phone.id),),
            obsolete={any_extension: Scope.PHONE, seven_digits: Scope.SEVEN_DIGITS}
            if is_obsolete
            else {},
        )


def _log_matches(session: Session, fresh: Iterable[_WithheldAddressOrPhone]) -> None:
    """Log the records that contain newly withheld addresses or phones, so that indexes follow."""
    fresh = list(fresh)
    digests = {
        digest
        for withheld in fresh
        for digest, scope in withheld.digests.items()
        if scope is Scope.PHONE
    }
    hasher = hasher_of(session)
    if digests:
        for row in session.scalars(select(PhoneRow).where(PhoneRow.retired_at.is_(None))):
            if any(hasher.digest(Scope.PHONE, key) in digests for key in phone_keys(row)):
                log_changes(session, _records_to_log("phone", row))
                log_neighbors(session, [("phone", row.id)])
    log_numbers(session, {number for withheld in fresh for number in withheld.numbers})


def log_numbers(session: Session, numbers: Collection[str]) -> None:
    """Log the records with one of these numbers in a text or street, whatever it means there."""
    if len(numbers) > _MOST_NUMBERS:
        log_all_services(session)
        return
    for batch in in_batches(sorted(numbers), _NUMBERS_IN_A_QUERY):
        patterns = {f"%{'%'.join(number)}%" for number in batch}  # in pieces too, as in "41 27"
        patterns |= {f"%{word}%" for number in batch for word in telltale_words(number)}
        for kind, row_class in ROWS.items():
            columns = row_class.__table__.c
            parent_columns = [c for c in columns if c.name in _PARENTS]
            fields = (*text_fields(kind), *(_STREET if kind == "address" else ()))
            texts = [columns[name].label(f"text_{name}") for name in fields]
            conditions = (columns[name].ilike(pattern) for name in fields for pattern in patterns)
            rows = session.execute(select(*parent_columns, *texts).where(or_(false(), *conditions)))
            matches = [row for row in rows if _names_number(row[len(parent_columns) :], batch)]
            for row in matches:
                log_changes(session, _records_to_log(kind, row))
            if kind == "address":
                log_neighbors(session, ((kind, row.id) for row in matches))


def _names_number(texts: Iterable[str | None], numbers: Collection[str]) -> bool:
    """Return whether a text contains one of these numbers, also in words or in pieces."""
    return any(
        any(number in text for number in numbers) or not numbers_in(text).isdisjoint(numbers)
        for text in filter(None, texts)
    )


def _records_to_log(kind: str, row: Any) -> Iterator[tuple[str, str]]:
    return records_to_log(kind, row.id, lambda name: (getattr(row, name),))


def _except_published(session: Session, published: Collection[str]) -> None:
    """Add exceptions for the withheld addresses and phones of records that a person published."""
    if not published or author_of(session).made_by not in {MadeBy.HAND, MadeBy.RESTORE}:
        return
    keys = read_withheld_keys(session, Audience.PUBLIC)
    addresses = session.scalars(select(AddressRow).where(AddressRow.location_id.in_(published)))
    exceptions = {
        (group, row.location_id or "") for row in addresses for group in keys.groups_of_address(row)
    }
    locations = session.scalars(select(LocationRow).where(LocationRow.id.in_(published)))
    exceptions |= {(group, row.id) for row in locations for group in keys.groups_of_point(row)}
    phones = session.scalars(select(PhoneRow).where(PhoneRow.id.in_(published)))
    exceptions |= {(group, row.id) for row in phones for group in keys.groups_of_phone(row)}
    session.add_all(
        WithheldExceptionRow(group_id=group, record_id=record_id)
        for group, record_id in sorted(exceptions - keys.exceptions)
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
    for record_id, group_ids, written_at in _iter_public_matches(session, keys, since):
        for group_id in group_ids & groups.keys():
            group = groups[group_id]
            is_later = group.decided_at is not None and written_at > group.decided_at
            is_open = group.state == WithheldState.ALONE or (
                group.state == WithheldState.EXCEPTED and is_later
            )
            if is_open and (group_id, record_id) not in keys.exceptions:
                group.state = WithheldState.WAITING.value


def _iter_public_matches(
    session: Session, keys: WithheldKeys, since: datetime | None
) -> Iterator[tuple[str, frozenset[str], datetime]]:
    """Yield public locations and phones, with their matching groups and time of writing."""
    addresses = (
        select(
            AddressRow.location_id,
            AddressRow.address_1,
            AddressRow.address_2,
            AddressRow.city,
            AddressRow.postal_code,
            AddressRow.updated_at,
        )
        .join(LocationRow, AddressRow.location_id == LocationRow.id)
        .where(
            AddressRow.retired_at.is_(None), LocationRow.retired_at.is_(None), ~withheld_addresses()
        )
    )
    locations = select(
        LocationRow.id,
        LocationRow.latitude,
        LocationRow.longitude,
        LocationRow.position_source,
        LocationRow.updated_at,
    ).where(
        LocationRow.retired_at.is_(None),
        LocationRow.visibility == _PUBLIC,
        LocationRow.latitude.is_not(None),
    )
    phones = select(PhoneRow.id, PhoneRow.tel, PhoneRow.extension, PhoneRow.updated_at).where(
        PhoneRow.retired_at.is_(None), PhoneRow.visibility == _PUBLIC, PhoneRow.tel != ""
    )
    if since is not None:
        locations = locations.where(LocationRow.updated_at >= since)
        addresses = addresses.where(AddressRow.updated_at >= since)
        phones = phones.where(PhoneRow.updated_at >= since)
    for address in session.execute(addresses):
        if group_ids := keys.groups_of_address(address):
            yield address.location_id or "", group_ids, address.updated_at
    for location in session.execute(locations):
        if group_ids := keys.groups_of_point(location):
            yield location.id, group_ids, location.updated_at
    for phone in session.execute(phones):
        if group_ids := keys.groups_of_phone(phone):
            yield phone.id, group_ids, phone.updated_at
