"""Nests records in others, as the JSON of HSDS requires, some hundred at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from referral.formats.writing.nested import Nested
from referral.open_data.public_records import PublicRecords
from referral.records.directory import Record

# What is told inside of what, in this order.
INSIDE: Mapping[str, tuple[str, ...]] = {
    "organization": (
        "organization_identifier", "url", "phone", "contact", "program", "funding",
    ),
    "service": (
        "phone", "schedule", "service_area", "service_at_location", "language", "cost_option",
        "required_document", "contact", "url", "funding", "service_capacity",
    ),
    "service_at_location": ("service_area", "contact", "phone", "schedule"),
    "location": (
        "language", "address", "partial_address", "contact", "accessibility", "phone", "schedule",
    ),
    "contact": ("phone",),
    "phone": ("language",),
}  # fmt: skip
ABOUT = ("attribute", "translation", "metadata")


def nested(public: PublicRecords, kind: str, records: Iterable[Record]) -> list[Nested]:
    """These records, all of one kind, each with what hangs on it."""
    nodes = [Nested(record) for record in records]
    if not nodes:
        return []
    if kind == "service":
        _add_parents(public, nodes)
    if kind == "service_at_location":
        _put_inside(nodes, "location", "location_id", _by_id(nested_ids(public, "location", nodes)))
    if kind == "service_capacity" and public.may_have("unit"):
        _put_inside(nodes, "unit", "unit_id", _by_id(nested_ids(public, "unit", nodes)))
    parts = [part for part in INSIDE.get(kind, ()) if public.may_have(part)]
    parts += [part for part in ABOUT if public.links_to(part, kind)]
    for part in parts:
        found = public.inside(part, kind, [node.record.id for node in nodes])
        children = nested(public, part, [child for group in found.values() for child in group])
        by_id = _by_id(children)
        for node in nodes:
            group = found.get(node.record.id, ())
            if group:
                node.parts[part] = [by_id[child.id] for child in group]
    if kind == "attribute":
        terms = [getattr(node.record, "taxonomy_term_id") for node in nodes]  # noqa: B009
        plain = [Nested(term) for term in public.with_ids("taxonomy_term", set(terms))]
        _put_inside(nodes, "taxonomy_term", "taxonomy_term_id", _by_id(plain))
    return nodes


def nested_ids(public: PublicRecords, kind: str, nodes: Iterable[Nested]) -> list[Nested]:
    """The records of a kind that these name, with what hangs on them."""
    ids = {str(getattr(node.record, f"{kind}_id")) for node in nodes}
    return nested(public, kind, public.with_ids(kind, ids))


def _add_parents(public: PublicRecords, nodes: Sequence[Nested]) -> None:
    """Whose service it is, with the phones there: many services have none of their own."""
    ids = {str(getattr(node.record, "organization_id")) for node in nodes}  # noqa: B009
    agencies = [Nested(record) for record in public.with_ids("organization", ids)]
    phones = public.inside("phone", "organization", ids)
    for agency in agencies:
        if phones.get(agency.record.id):
            agency.parts["phone"] = nested(public, "phone", phones[agency.record.id])
    _put_inside(nodes, "organization", "organization_id", _by_id(agencies))
    programs = {str(getattr(node.record, "program_id")) for node in nodes}  # noqa: B009
    plain = [Nested(record) for record in public.with_ids("program", programs)]
    _put_inside(nodes, "program", "program_id", _by_id(plain))


def _put_inside(
    nodes: Iterable[Nested], kind: str, field_name: str, found: Mapping[str, Nested]
) -> None:
    for node in nodes:
        inner = found.get(getattr(node.record, field_name))
        if inner is not None:
            node.parts[kind] = [inner]


def _by_id(nodes: Iterable[Nested]) -> dict[str, Nested]:
    return {node.record.id: node for node in nodes}
