"""Change log: each transaction logs the records it changes; caches and indexes follow the log.

Sequences come from one counter row (``UPDATE … RETURNING``), which stays locked until commit, so
they rise in the order of commits: a reader that has seen sequence n never misses a lower one that
commits later. With ids from a PostgreSQL sequence it would (see docs/decisions).

A restored or failed-over database reuses sequences. So each change has a random token, and readers
compare the token of the last change that they have seen (``follows_from``).

The record is logged whose *document* changed: a phone logs its service, a row that moves logs both
its old and its new parent, and an attribute logs the record that it describes. A record that is
hidden or shown again logs its neighbors too: the other parents of the parts that name it. Readers
follow organizations, programs, locations and terms on to their services (``affected_services``).
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from itertools import count
from typing import Any

from sqlalchemy import Delete, Insert, Row, Update, delete, event, func, select, update
from sqlalchemy.orm import (
    InstrumentedAttribute,
    ORMExecuteState,
    Session,
    SessionTransaction,
    attributes,
)

from referral.errors import InstanceError
from referral.records.kinds import PARENT_FIELDS, field_names, parent_names
from referral.records.visibility import Visibility
from referral.store.base import RecordRow, in_batches
from referral.store.conversion import ROWS
from referral.store.row_insertion import insert_rows
from referral.store.rows import (
    AddressRow,
    AttributeRow,
    ServiceAtLocationRow,
    ServiceRow,
    TaxonomyTermRow,
)
from referral.store.rows_log import ChangeRow, StoreStateRow
from referral.store.terms import load_terms
from referral.store.topic_suggestions import SUGGESTION_CHANGE, TopicSuggestionRow

_STORE_STATE = (
    select(
        StoreStateRow.store_id,
        StoreStateRow.last_sequence,
        func.coalesce(ChangeRow.token, 0),
        StoreStateRow.pruned_through,
    )
    .join(ChangeRow, ChangeRow.sequence == StoreStateRow.last_sequence, isouter=True)
    .where(StoreStateRow.id == 1)
)
_TOKEN_BITS = 63  # of a signed BIGINT
_TICKS = count(1)
_OPENED = "when this session was opened, in ticks"
# Kinds that are logged under their own id; a service_at_location logs its service.
_LOGGED_THEMSELVES = frozenset(
    {"organization", "program", "service", "location", "taxonomy", "taxonomy_term"}
)
_LOGGED = "pairs logged in this transaction"
_SERVICES_TO_PLACE = "services and terms written in it, whose headings may be others now"
_READ_BY_HEADING_RULES = frozenset({"service", "attribute", "service_heading", "taxonomy_term"})
# Parts of a contact or a phone are in no document, but are published with the contact or phone.
_LOGGED_AS_PARENTS = _LOGGED_THEMSELVES | {"service_at_location", "contact", "phone"}
# A new link does not change the other services at the location or under the term.
_UNAFFECTED_PARENTS = frozenset(
    {("service_at_location", "location"), ("attribute", "taxonomy_term")}
)
# Kinds that other records name, in an order in which each may be hidden by those before it.
_NAMED_BY_OTHERS = (
    "organization",
    "service",
    "service_at_location",
    "location",
    "contact",
    "phone",
)
# Kinds of parts that may name several records. A link of a service is no part of its location.
_SHARED_KINDS = tuple(
    kind for kind in ROWS if len(parent_names(kind)) > 1 and kind != "service_at_location"
)
# Columns that decide who may see a row, besides those that name its parents.
_VISIBILITY_COLUMNS = ("visibility", "retired_at", "status", "listed_from", "listed_until")
_IDS_IN_A_QUERY = 5_000


@dataclass(frozen=True, slots=True)
class Change:
    """A logged change of a record."""

    sequence: int
    kind: str
    record_id: str


@dataclass(frozen=True, slots=True)
class LogPoint:
    """A position in the change log of a store: the last change that a session sees.

    The random token makes the positions of databases that differ unequal, as after a restore.
    """

    store_id: str = ""
    sequence: int = -1
    token: int = 0


@dataclass(frozen=True, slots=True)
class StoreState:
    """Identity of a store, and the last and the last pruned change of its log."""

    store_id: str
    last_sequence: int
    last_token: int
    pruned_through: int

    @property
    def point(self) -> LogPoint:
        """Return the position of the last change in the log."""
        return LogPoint(self.store_id, self.last_sequence, self.last_token)


class UnloggedChangeError(InstanceError):
    """Raised for a statement that would change indexed tables without an entry in the log."""


def next_tick() -> int:
    """Return the next number of a counter that orders events in this process without a clock."""
    return next(_TICKS)


def note_opened(session: Session) -> None:
    """Store the current tick as the time when a session was opened."""
    session.info[_OPENED] = next_tick()


def opened_tick(session: Session) -> int:
    """Return the tick at which a session was opened."""
    return int(session.info.get(_OPENED, 0))


def changes_after(session: Session, sequence: int, limit: int = 10_000) -> list[Change]:
    """Return the logged changes after a sequence, oldest first."""
    rows = session.scalars(
        select(ChangeRow)
        .where(ChangeRow.sequence > sequence)
        .order_by(ChangeRow.sequence)
        .limit(limit)
    )
    return [Change(row.sequence, row.kind, row.record_id) for row in rows]


def follows_from(session: Session, state: StoreState, seen: LogPoint) -> bool:
    """Return whether the change log continues from a position that was seen before, without a gap.

    It does not after the changes in between were pruned, or after the database was replaced by a
    backup or by a standby that lacked the last changes.
    """
    if seen.store_id != state.store_id:
        return False
    if not state.pruned_through <= seen.sequence <= state.last_sequence:
        return False
    if seen.sequence == state.last_sequence:
        return seen.token == state.last_token
    token = session.scalar(select(ChangeRow.token).where(ChangeRow.sequence == seen.sequence))
    return (token or 0) == seen.token


def any_changed(session: Session, sequence: int, kinds: Iterable[str]) -> bool:
    """Return whether a change of one of these kinds was logged after a sequence."""
    statement = select(ChangeRow.sequence).where(
        ChangeRow.sequence > sequence, ChangeRow.kind.in_(kinds)
    )
    return session.scalar(statement.limit(1)) is not None


def store_state(session: Session) -> StoreState:
    """Return the state of the store as this session sees it.

    Bare columns are selected instead of an object, since every page reads them.
    """
    return StoreState(*session.connection().execute(_STORE_STATE).one())


def log_changes(session: Session, changed: Iterable[tuple[str, str]]) -> None:
    """Log changed records, as pairs of kind and record id.

    Bulk statements on indexed tables require this call. A pair is logged once in a transaction,
    since all changes of the transaction become visible together.
    """
    logged: set[tuple[str, str]] = session.info.setdefault(_LOGGED, set())
    pairs = sorted(set(changed) - logged)
    if not pairs:
        return
    logged.update(pairs)
    last = (
        session.connection()
        .execute(
            update(StoreStateRow)
            .where(StoreStateRow.id == 1)
            .values(last_sequence=StoreStateRow.last_sequence + len(pairs))
            .returning(StoreStateRow.last_sequence)
        )
        .scalar_one()
    )
    first = last - len(pairs) + 1
    rows = [
        {"sequence": number, "kind": kind, "record_id": record_id}
        for number, (kind, record_id) in enumerate(pairs, first)
    ]
    token = secrets.randbits(_TOKEN_BITS)
    insert_rows(session, ChangeRow, rows, noted_at=datetime.now(UTC), token=token)


def log_written(session: Session, written: Iterable[tuple[str, tuple[str, str]]]) -> None:
    """Log the records that written rows belong to, and note services whose headings may change.

    Args:
        written: kind of each written row, and the (kind, record id) pair to log for it.
    """
    pairs = set()
    for kind, pair in written:
        pairs.add(pair)
        if kind in _READ_BY_HEADING_RULES:
            session.info.setdefault(_SERVICES_TO_PLACE, set()).add(pair)
    log_changes(session, pairs)


def take_services_to_place(session: Session) -> set[str]:
    """Return the services whose headings this transaction may have changed, and forget them."""
    pairs = session.info.pop(_SERVICES_TO_PLACE, ())
    return affected_services(session, (Change(0, *pair) for pair in pairs))


def prune_changes(session: Session, before: datetime) -> int:
    """Delete changes that were logged before an instant, except the last; return how many.

    An index that is older must be rebuilt. The last one stays for its token.
    """
    last = session.scalar(select(func.max(ChangeRow.sequence)).where(ChangeRow.noted_at < before))
    if last is None:
        return 0
    session.execute(update(StoreStateRow).where(StoreStateRow.id == 1).values(pruned_through=last))
    result = session.execute(delete(ChangeRow).where(ChangeRow.sequence < last))
    return int(result.rowcount)  # type: ignore[attr-defined]  # a delete gives a CursorResult


def records_to_log(
    kind: str, record_id: str, values: Callable[[str], Iterable[str | None]]
) -> Iterator[tuple[str, str]]:
    """Yield the (kind, record id) pairs to log for a change of a record.

    Args:
        values: returns the values of a column after and before the change.
    """
    if kind in _LOGGED_THEMSELVES:
        yield kind, record_id
        return
    parent_columns, has_link = logged_columns(kind)
    for name in parent_columns:
        yield from ((PARENT_FIELDS[name], value) for value in values(name) if value)
    if has_link:
        for linked_kind in values("link_entity"):
            if linked_kind:
                yield from ((linked_kind, value) for value in values("link_id") if value)


@cache
def logged_columns(kind: str) -> tuple[tuple[str, ...], bool]:
    """Return the columns of a kind that name the records to log, and whether a link names one."""
    parent_columns = tuple(
        name
        for name in parent_names(kind)
        if PARENT_FIELDS[name] in _LOGGED_AS_PARENTS
        and (kind, PARENT_FIELDS[name]) not in _UNAFFECTED_PARENTS
    )
    return parent_columns, "link_id" in field_names(kind)


def log_neighbors(session: Session, changed: Iterable[tuple[str, str]]) -> None:
    """Log the other parents of parts that name a record which is hidden, or shown again.

    A part is shown only if all the records that it names are: a phone that names a service and a
    location disappears from both when one of them is hidden. Records that are hidden along with
    the changed ones count as changed.

    Args:
        changed: kinds and ids; an address stands for its location.
    """
    ids_by_kind = _hidden_along(session, changed)
    for kind in _SHARED_KINDS:
        names = parent_names(kind)
        columns = select(ROWS[kind].id, *(getattr(ROWS[kind], name) for name in names))
        for name in names:
            for batch in in_batches(sorted(ids_by_kind[PARENT_FIELDS[name]]), _IDS_IN_A_QUERY):
                rows = session.execute(columns.where(getattr(ROWS[kind], name).in_(batch)))
                log_changes(
                    session,
                    (
                        pair
                        for row in rows
                        if sum(map(bool, row[1:])) > 1
                        for pair in records_to_log(kind, row.id, partial(_stored_value, row))
                    ),
                )


def _hidden_along(
    session: Session, changed: Iterable[tuple[str, str]]
) -> defaultdict[str, set[str]]:
    """Return the ids of changed records, and of those hidden or shown along with them, by kind."""
    ids_by_kind: defaultdict[str, set[str]] = defaultdict(set)
    for kind, record_id in changed:
        ids_by_kind[kind].add(record_id)
    location = "location"
    ids_by_kind[location] |= _matching_values(
        session, AddressRow.location_id, AddressRow.id, ids_by_kind["address"]
    )
    for kind in _NAMED_BY_OTHERS[1:]:
        for name in parent_names(kind):
            parent_column = getattr(ROWS[kind], name)
            ids_by_kind[kind] |= _matching_values(
                session, ROWS[kind].id, parent_column, ids_by_kind[PARENT_FIELDS[name]]
            )
        if kind == location:  # a location is shown as long as one of its services is
            ids_by_kind[location] |= _matching_values(
                session,
                ServiceAtLocationRow.location_id,
                ServiceAtLocationRow.service_id,
                ids_by_kind["service"],
            )
            ids_by_kind[ServiceAtLocationRow.__tablename__] |= _matching_values(
                session,
                ServiceAtLocationRow.id,
                ServiceAtLocationRow.location_id,
                ids_by_kind[location],
            )
    return ids_by_kind


def _stored_value(row: Row[Any], column: str) -> tuple[str | None]:
    return (getattr(row, column),)


def register_change_log(session_class: type[Session]) -> None:
    """Make sessions of a class log their changes and refuse bulk statements that are not logged."""
    event.listen(session_class, "before_flush", _log_flush)
    event.listen(session_class, "do_orm_execute", _refuse_unlogged)
    event.listen(session_class, "after_transaction_end", _forget_logged)


def _forget_logged(session: Session, transaction: SessionTransaction) -> None:
    """Forget the logged pairs, also at the end of a savepoint, which may have been rolled back."""
    if transaction.nested or transaction.parent is None:
        session.info.pop(_LOGGED, None)


def _log_flush(session: Session, _context: object, _instances: object) -> None:
    rows = [
        *session.new,
        *session.deleted,
        *(row for row in session.dirty if session.is_modified(row)),
    ]
    records = [row for row in rows if isinstance(row, RecordRow)]
    log_written(
        session,
        ((row.__tablename__, pair) for row in records for pair in _records_to_log_for(row)),
    )
    hidden = [(row.__tablename__, row.id) for row in records if _is_hidden_or_shown(row)]
    if hidden:
        log_neighbors(session, hidden)


def _is_hidden_or_shown(row: RecordRow) -> bool:
    """Return whether a change of a row may hide other records, or show them again.

    Of new rows only an address that is not public can: it hides its location.
    """
    kind = row.__tablename__
    if kind == "address" and attributes.instance_state(row).pending:
        return row.visibility not in {None, Visibility.PUBLIC.value}
    if kind not in {"address", *_NAMED_BY_OTHERS} or attributes.instance_state(row).pending:
        return False
    names = (*_VISIBILITY_COLUMNS, *parent_names(kind))
    return any(
        attributes.get_history(row, name).has_changes() for name in names if hasattr(row, name)
    )


def _records_to_log_for(row: RecordRow) -> Iterator[tuple[str, str]]:
    return records_to_log(row.__tablename__, row.id, partial(_old_and_new, row))


def _old_and_new(row: RecordRow, column: str) -> set[str]:
    history = attributes.get_history(row, column)
    return {*history.added, *history.unchanged, *history.deleted}


def _refuse_unlogged(state: ORMExecuteState) -> None:
    statement = state.statement
    if not isinstance(statement, Insert | Update | Delete):
        return
    table = getattr(statement.table, "name", "")
    if table in _record_tables() and not state.execution_options.get("changes_logged"):
        raise UnloggedChangeError(
            f"A bulk statement on {table} would not reach the search index. Change rows through "
            "the session, or call log_changes and pass execution_options(changes_logged=True)."
        )


def _record_tables() -> frozenset[str]:
    return frozenset(
        mapper.class_.__tablename__
        for mapper in RecordRow.registry.mappers
        if issubclass(mapper.class_, RecordRow)
    )


def affected_services(session: Session, changes: Iterable[Change]) -> set[str]:
    """Return the ids of the services whose listings changes may affect, deleted ones included."""
    ids_by_kind: dict[str, set[str]] = {}
    for change in changes:
        ids_by_kind.setdefault(change.kind, set()).add(change.record_id)
    return {
        *ids_by_kind.get("service", ()),
        *_matching_values(
            session, ServiceRow.id, ServiceRow.organization_id, ids_by_kind.get("organization")
        ),
        *_matching_values(
            session, ServiceRow.id, ServiceRow.program_id, ids_by_kind.get("program")
        ),
        *_matching_values(
            session,
            ServiceAtLocationRow.service_id,
            ServiceAtLocationRow.location_id,
            ids_by_kind.get("location"),
        ),
        *_matching_values(
            session,
            ServiceAtLocationRow.service_id,
            ServiceAtLocationRow.id,
            ids_by_kind.get("service_at_location"),
        ),
        *_services_of_terms(session, ids_by_kind.get("taxonomy_term")),
        *ids_by_kind.get(SUGGESTION_CHANGE, ()),
    }


def _services_of_terms(session: Session, term_ids: set[str] | None) -> Iterator[str]:
    """Yield the services that have, or are suggested, one of these terms or a narrower one.

    Terms with the same code count too: a list may give only the code of a term that another names.
    """
    if term_ids:
        codes = _matching_values(session, TaxonomyTermRow.code, TaxonomyTermRow.id, term_ids)
        same_code_ids = _matching_values(session, TaxonomyTermRow.id, TaxonomyTermRow.code, codes)
        term_ids_below = load_terms(session).with_descendants({*term_ids, *same_code_ids})
        yield from _matching_values(
            session, AttributeRow.link_id, AttributeRow.taxonomy_term_id, term_ids_below
        )
        yield from _matching_values(
            session, TopicSuggestionRow.service_id, TopicSuggestionRow.term_id, term_ids_below
        )


def _matching_values(
    session: Session,
    column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
    condition_column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
    ids: set[str] | None,
) -> set[str]:
    """Return the nonempty values of a column in rows where another column has one of some ids."""
    found: set[str] = set()
    for batch in in_batches(sorted(ids or ()), _IDS_IN_A_QUERY):
        values = session.scalars(select(column).where(condition_column.in_(batch)))
        found.update(value for value in values if value)
    return found
