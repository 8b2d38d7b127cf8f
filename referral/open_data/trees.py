"""Reader of records with nested parts, with one statement for each kind of part.

The parts of all records of a tree are read together, owners before what they own, so that a tree
needs as many statements as there are kinds in it, however deep it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from referral.formats.writing.nested import Nested
from referral.records.hsds import Record
from referral.records.kinds import KINDS, field_names
from referral.records.ownership import OWNER_FIELDS, Key, owner_of
from referral.store.base import in_batches
from referral.store.conversion import ROWS
from referral.store.visible import Visible, unattached_location_ids

# The parts of a record, in the order of HSDS. An agency is an organization inside its service: its
# phones are there too, since many services have none of their own.
PARTS: Mapping[str, tuple[str, ...]] = {
    "organization": (
        "organization_identifier", "url", "phone", "contact", "program", "funding",
    ),
    "agency": ("phone",),
    "service": (
        "phone", "schedule", "service_area", "service_at_location", "language", "cost_option",
        "required_document", "contact", "url", "funding", "service_capacity", "service_heading",
    ),
    "service_at_location": ("service_area", "contact", "phone", "schedule"),
    "location": ("language", "address", "contact", "accessibility", "phone", "schedule"),
    "contact": ("phone",),
    "phone": ("language",),
}  # fmt: skip
DESCRIBING = ("attribute", "translation", "metadata")
# Shapes of records that another record refers to → their kind. They have no describing parts.
_REFERRED_SHAPES = {"agency": "organization", "programme": "program", "topic": "taxonomy_term"}
# The order in which parts are read: owners before what they own.
_READING_ORDER = (
    "organization_identifier", "program", "service_at_location", "contact", "address", "phone",
    "schedule", "service_area", "language", "accessibility", "cost_option", "required_document",
    "url", "funding", "service_capacity", "service_heading", *DESCRIBING,
)  # fmt: skip
_OWNERS_IN_A_QUERY = 5_000
_Nodes = dict[str, dict[str, Nested]]
"""Shape → id → node; a shape is a kind, or one of ``_REFERRED_SHAPES``."""


def read_trees(visible: Visible, kind: str, records: Iterable[Record]) -> list[Nested]:
    """Return visible records of one kind, each with its visible parts nested in it."""
    nodes: _Nodes = defaultdict(dict)
    nodes[kind] = {record.id: Nested(record) for record in records}
    roots = list(nodes[kind].values())
    in_use = _read_kinds_in_use(visible)
    _add_referred(visible, nodes, "service", "organization", "agency")
    _add_referred(visible, nodes, "service", "program", "programme")
    for part in _READING_ORDER:
        if part in in_use.kinds:
            _add_parts(visible, nodes, part, in_use)
        if part == "service_at_location":
            _add_referred(visible, nodes, part, "location", "location")
    _add_referred(visible, nodes, "attribute", "taxonomy_term", "topic")
    for shape, found in nodes.items():
        for node in found.values():
            node.parts = in_order(node.parts, _parts_of(shape))
    return roots


def in_order(
    parts: Mapping[str, Sequence[Nested]], kinds: Sequence[str]
) -> dict[str, Sequence[Nested]]:
    """Return parts in HSDS order: single records that are referred to, then lists by kind."""
    named = (kind for kind in ("organization", "program", "location", "unit") if kind not in kinds)
    order = (*named, *kinds, "taxonomy_term")
    return {kind: parts[kind] for kind in order if kind in parts}


def _parts_of(shape: str) -> tuple[str, ...]:
    described = () if shape in _REFERRED_SHAPES else DESCRIBING
    return (*PARTS.get(shape, ()), *described)


def _add_referred(visible: Visible, nodes: _Nodes, holder: str, part: str, shape: str) -> None:
    """Add to each node of a kind the record of another kind that it refers to."""
    holders = [(node, str(getattr(node.record, f"{part}_id"))) for node in nodes[holder].values()]
    unread = {key for _, key in holders if key} - nodes[shape].keys()
    kind = _REFERRED_SHAPES.get(shape, shape)
    for record in visible.read(kind, ROWS[kind].id.in_(sorted(unread))) if unread else ():
        nodes[shape][record.id] = Nested(record)
    for node, key in holders:
        if key in nodes[shape]:
            node.parts[part] = [nodes[shape][key]]


def _add_parts(visible: Visible, nodes: _Nodes, part: str, in_use: _KindsInUse) -> None:
    """Add the parts of a kind to all nodes that may have them."""
    shapes = [shape for shape in nodes if nodes[shape] and part in _parts_of(shape)]
    if part in DESCRIBING:
        shapes = [shape for shape in shapes if shape in in_use.described[part]]
    owners = [(_REFERRED_SHAPES.get(shape, shape), key) for shape in shapes for key in nodes[shape]]
    for (kind, key), records in _read_parts(visible, part, dict.fromkeys(owners)).items():
        children = [nodes[part].setdefault(record.id, Nested(record)) for record in records]
        for shape in shapes:
            if _REFERRED_SHAPES.get(shape, shape) == kind and key in nodes[shape]:
                nodes[shape][key].parts[part] = children


def _read_parts(visible: Visible, part: str, owners: Iterable[Key]) -> Mapping[Key, list[Record]]:
    """Return the parts of a kind by their owners."""
    found: dict[Key, list[Record]] = defaultdict(list)
    for batch in in_batches(owners, _OWNERS_IN_A_QUERY):
        ids: dict[str, list[str]] = defaultdict(list)
        for kind, key in batch:
            ids[kind].append(key)
        is_inside = or_(*(_is_inside(part, kind, keys) for kind, keys in ids.items()))
        for record in visible.read(part, is_inside):
            found[owner_of(record)].append(record)
    return found


def _is_inside(part: str, owner: str, ids: list[str]) -> ColumnElement[bool]:
    row_class: Any = ROWS[part]
    if part in DESCRIBING:
        return and_(row_class.link_entity == owner, row_class.link_id.in_(ids))
    names = [name for name in OWNER_FIELDS if name in field_names(part)]
    conditions = [getattr(row_class, f"{owner}_id").in_(ids)]
    for name in names[: names.index(f"{owner}_id")]:
        is_empty = getattr(row_class, name).is_(None)
        if name == "location_id":  # nothing is nested in a location without services
            is_empty = or_(is_empty, row_class.location_id.in_(unattached_location_ids()))
        conditions.append(is_empty)
    return and_(*conditions)


@dataclass(frozen=True, slots=True)
class _KindsInUse:
    """Kinds that have rows, and the kinds that each describing kind describes."""

    kinds: frozenset[str]
    described: Mapping[str, frozenset[str]]


def _read_kinds_in_use(visible: Visible) -> _KindsInUse:
    """Return the kinds in use, so that no statement is sent for an empty table."""

    def read(session: Session) -> _KindsInUse:
        has_rows = session.execute(
            select(*(exists(select(ROWS[kind].id)).label(kind) for kind in KINDS))
        ).one()
        columns = {kind: ROWS[kind].__table__.c for kind in DESCRIBING}
        described = {
            kind: frozenset(session.scalars(select(table.link_entity).distinct()))
            for kind, table in columns.items()
        }
        return _KindsInUse(frozenset(kind for kind in KINDS if getattr(has_rows, kind)), described)

    return visible.read_once("kinds in use", read)


def grouped_by_organization(nodes: Iterable[Nested]) -> Mapping[str, list[Nested]]:
    """Group services or locations by the id of their organization."""
    found: dict[str, list[Nested]] = defaultdict(list)
    for node in nodes:
        record: Any = node.record
        found[record.organization_id].append(node)
    return found


def each_node(nodes: Iterable[Nested]) -> Iterator[Nested]:
    """Yield some nodes and all nodes below them."""
    for node in nodes:
        yield node
        for children in node.parts.values():
            yield from each_node(children)
