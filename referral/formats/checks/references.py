"""Referential integrity: each parent of a record must be in the list, or stored already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from referral.formats.reading.items import (
    Item,
    RefusedRow,
    header_of,
    problem_at,
    refusal_of,
    without_parents,
)
from referral.message import message, term
from referral.records.kinds import KINDS, SourcedRecord, kind_of, parents_of
from referral.records.problems import Problem, Severity

IsStored = Callable[[str, str], bool]
Identity = tuple[str, str]  # kind, id
# Parents without which a record is refused; validation checks whether they are empty.
_REQUIRED_PARENTS: Mapping[str, frozenset[str]] = {
    "program": frozenset({"organization_id"}),
    "service": frozenset({"organization_id"}),
    "service_at_location": frozenset({"service_id", "location_id"}),
    "address": frozenset({"location_id"}),
    "accessibility": frozenset({"location_id"}),
    "cost_option": frozenset({"service_id"}),
    "required_document": frozenset({"service_id"}),
    "service_capacity": frozenset({"service_id"}),
    "organization_identifier": frozenset({"organization_id"}),
    "attribute": frozenset({"link_id", "taxonomy_term_id"}),
    "service_heading": frozenset({"service_id"}),
    "translation": frozenset({"link_id"}),
    "metadata": frozenset({"link_id"}),
}
# Kinds of records that need at least one of several possible parents.
_REQUIRE_ANY_PARENT = frozenset(
    {"contact", "phone", "schedule", "service_area", "language", "funding", "url"}
)
_REPEATED = message(
    "Rows that repeat another one word for word were left out: %(count)s. The first is in this "
    "line."
)


class Link(NamedTuple):
    """Reference of a listed record to its parent, by a field such as ``organization_id``."""

    field: str
    parent_kind: str
    parent_id: str


def check_references(items: Iterable[Item], is_stored: IsStored) -> Iterator[Item]:
    """Refuse records without a required parent, and remove other links to missing parents.

    Args:
        items: the items of a reader, parents before children.
        is_stored: returns whether a record of a kind and id is stored already.

    A record whose required parent is neither in the list nor stored becomes a ``RefusedRow`` (and
    so do its own children); other missing parents are left out with a warning. Of two records with
    one id the second is refused, or left out if it equals the first.
    """
    items = list(items)
    present = _first_by_identity(items)
    first_items = dict(present)
    repeated: list[SourcedRecord] = []
    refused = {(item.kind, item.id) for item in items if isinstance(item, RefusedRow)}
    for item in items:
        if not isinstance(item, SourcedRecord):
            yield item
        elif present.get(_identity(item)) is not item:
            if _has_equal_content(item, first_items[_identity(item)]):
                repeated.append(item)
            else:
                yield _refuse_duplicate(item, present)
        else:
            checked = tuple(_check_parents(item, present, refused, is_stored))
            if isinstance(checked[-1], RefusedRow):
                # Children of this record are refused as well.
                del present[_identity(item)]
                refused.add(_identity(item))
            yield from checked
    yield from _repeated_rows(repeated)


def _repeated_rows(repeated: Iterable[SourcedRecord]) -> Iterator[Problem]:
    """Yield a problem for each file of a source list with repeated rows."""
    by_file: dict[str, dict[int, SourcedRecord]] = defaultdict(dict)
    for item in repeated:
        by_file[item.origin.file].setdefault(item.origin.line, item)
    for items_by_line in by_file.values():
        detail = _REPEATED.filled(count=format(len(items_by_line), ","))
        first = next(iter(items_by_line.values()))
        problem = problem_at(first, "rows-repeated", Severity.WARNING, detail)
        yield replace(problem, lines=tuple(items_by_line))


def _has_equal_content(item: SourcedRecord, first: SourcedRecord) -> bool:
    return item.record == first.record and item.origin.unmapped == first.origin.unmapped


def _identity(item: SourcedRecord) -> Identity:
    return kind_of(item.record), item.record.id


def _first_by_identity(items: Iterable[Item]) -> dict[Identity, SourcedRecord]:
    present: dict[Identity, SourcedRecord] = {}
    for item in items:
        if isinstance(item, SourcedRecord):
            present.setdefault(_identity(item), item)
    return present


def _refuse_duplicate(item: SourcedRecord, present: Mapping[Identity, SourcedRecord]) -> RefusedRow:
    kind = kind_of(item.record)
    first = present.get(_identity(item))
    detail = message("This %(kind)s is in the list twice.", kind=term(kind))
    if first:
        detail = detail.then(message("The first is in line %(line)s.", line=first.origin.line))
    detail = detail.then(message("Give each its own id."))
    problem = problem_at(item, "duplicate-id", Severity.ERROR, detail, column=header_of(item, "id"))
    return refusal_of(item, (problem,))


def _check_parents(
    item: SourcedRecord,
    present: Mapping[Identity, SourcedRecord],
    refused: set[Identity],
    is_stored: IsStored,
) -> Iterator[Item]:
    kind = kind_of(item.record)
    parents = [Link(*parent) for parent in parents_of(item.record)]
    missing = [
        link
        for link in parents
        if link.parent_kind not in KINDS or not _has_parent(link, present, is_stored)
    ]
    fatal = [link for link in missing if link.field in _REQUIRED_PARENTS.get(kind, ())]
    if not fatal and kind in _REQUIRE_ANY_PARENT and len(missing) == len(parents):
        fatal = missing
    if fatal:
        problems = tuple(
            _missing_parent_problem(item, link, refused, Severity.ERROR) for link in fatal
        )
        yield refusal_of(item, problems)
        return
    yield from (_missing_parent_problem(item, link, refused, Severity.WARNING) for link in missing)
    yield without_parents(item, [link.field for link in missing]) if missing else item


def _has_parent(link: Link, present: Mapping[Identity, SourcedRecord], is_stored: IsStored) -> bool:
    parent = link.parent_kind, link.parent_id
    return parent in present or is_stored(*parent)


def _missing_parent_problem(
    item: SourcedRecord, link: Link, refused: set[Identity], severity: Severity
) -> Problem:
    field_name, parent, record_id = link
    record = term(parent, item.given.get(field_name, ""))
    code = "unknown-parent"
    if parent not in KINDS:
        detail = message(
            "It points to something called %(parent)s, which this directory does not have.",
            parent=parent,
        )
    elif (parent, record_id) in refused:
        code = "parent-refused"
        detail = message("It belongs to %(record)s, which was refused.", record=record)
    else:
        detail = message("It points to %(record)s, which is not in this list.", record=record)
    advice = (
        message("Add it or correct the id.")
        if severity is Severity.ERROR
        else message("The link was left out.")
    )
    column = header_of(item, field_name)
    return problem_at(item, code, severity, detail.then(advice), column=column)
