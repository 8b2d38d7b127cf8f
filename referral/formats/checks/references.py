"""Referential integrity: each parent of a record must be in the list, or stored already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

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

Known = Callable[[str, str], bool]
Identity = tuple[str, str]  # kind, id
Link = tuple[str, str, str]  # field, kind of the parent, id of the parent

# A record of these kinds is nothing without these parents; an empty one is for the rules to judge.
_NEEDS: Mapping[str, frozenset[str]] = {
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
# A record of these kinds hangs on one or more of several parents.
_NEEDS_ANY = frozenset(
    {"contact", "phone", "schedule", "service_area", "language", "funding", "url"}
)


def check_references(items: Iterable[Item], known: Known) -> Iterator[Item]:
    """Refuse records whose parent is missing, or remove the reference where that is enough.

    Args:
        items: what a reader yields, parents before children.
        known: whether a record of this kind with this id is stored already.

    A record whose needed parent is neither in the list nor known becomes a ``RefusedRow`` (and so
    do its own children); another parent that is missing is left out with a warning. Of two
    records with one id the second is refused, or left out where it says the same as the first.
    """
    items = list(items)
    present = _first_of_each(items)
    firsts = dict(present)
    repeated: list[SourcedRecord] = []
    refused = {(item.kind, item.id) for item in items if isinstance(item, RefusedRow)}
    for item in items:
        if not isinstance(item, SourcedRecord):
            yield item
        elif present.get(_identity(item)) is not item:
            if _says_the_same(item, firsts[_identity(item)]):
                repeated.append(item)
            else:
                yield _refused_twin(item, present)
        else:
            checked = tuple(_with_known_parents(item, present, refused, known))
            if isinstance(checked[-1], RefusedRow):
                # Whatever hangs on this record is refused as well.
                del present[_identity(item)]
                refused.add(_identity(item))
            yield from checked
    yield from _repeated_rows(repeated)


_REPEATED = message(
    "Rows that repeat another one word for word were left out: %(count)s. The first is in this "
    "line."
)


def _repeated_rows(repeated: Iterable[SourcedRecord]) -> Iterator[Problem]:
    """Yield a problem for each file with repeated rows."""
    by_file: dict[str, dict[int, SourcedRecord]] = defaultdict(dict)
    for item in repeated:
        by_file[item.origin.file].setdefault(item.origin.line, item)
    for found in by_file.values():
        detail = _REPEATED.filled(count=format(len(found), ","))
        first = next(iter(found.values()))
        problem = problem_at(first, "rows-repeated", Severity.WARNING, detail)
        yield replace(problem, lines=tuple(found))


def _says_the_same(item: SourcedRecord, first: SourcedRecord) -> bool:
    return item.record == first.record and item.origin.unmapped == first.origin.unmapped


def _identity(item: SourcedRecord) -> Identity:
    return kind_of(item.record), item.record.id


def _first_of_each(items: Iterable[Item]) -> dict[Identity, SourcedRecord]:
    present: dict[Identity, SourcedRecord] = {}
    for item in items:
        if isinstance(item, SourcedRecord):
            present.setdefault(_identity(item), item)
    return present


def _refused_twin(item: SourcedRecord, present: Mapping[Identity, SourcedRecord]) -> RefusedRow:
    kind = kind_of(item.record)
    first = present.get(_identity(item))
    detail = message("This %(kind)s is in the list twice.", kind=term(kind))
    if first:
        detail = detail.then(message("The first is in line %(line)s.", line=first.origin.line))
    detail = detail.then(message("Give each its own id."))
    problem = problem_at(item, "duplicate-id", Severity.ERROR, detail, column=header_of(item, "id"))
    return refusal_of(item, (problem,))


def _with_known_parents(
    item: SourcedRecord,
    present: Mapping[Identity, SourcedRecord],
    refused: set[Identity],
    known: Known,
) -> Iterator[Item]:
    kind = kind_of(item.record)
    parents = parents_of(item.record)
    lost = [link for link in parents if link[1] not in KINDS or not _is_there(link, present, known)]
    fatal = [link for link in lost if link[0] in _NEEDS.get(kind, ())]
    if not fatal and kind in _NEEDS_ANY and len(lost) == len(parents):
        fatal = lost
    if fatal:
        problems = tuple(
            _missing_parent_problem(item, link, refused, Severity.ERROR) for link in fatal
        )
        yield refusal_of(item, problems)
        return
    yield from (_missing_parent_problem(item, link, refused, Severity.WARNING) for link in lost)
    yield without_parents(item, [name for name, _, _ in lost]) if lost else item


def _is_there(link: Link, present: Mapping[Identity, SourcedRecord], known: Known) -> bool:
    _, kind, record_id = link
    return (kind, record_id) in present or known(kind, record_id)


def _missing_parent_problem(
    item: SourcedRecord, link: Link, refused: set[Identity], severity: Severity
) -> Problem:
    field_name, parent, record_id = link
    which = term(parent, item.given.get(field_name, ""))
    code = "unknown-parent"
    if parent not in KINDS:
        detail = message(
            "It points to something called %(parent)s, which this directory does not have.",
            parent=parent,
        )
    elif (parent, record_id) in refused:
        code = "parent-refused"
        detail = message("It belongs to %(record)s, which was refused.", record=which)
    else:
        detail = message("It points to %(record)s, which is not in this list.", record=which)
    advice = (
        message("Add it or correct the id.")
        if severity is Severity.ERROR
        else message("The link was left out.")
    )
    column = header_of(item, field_name)
    return problem_at(item, code, severity, detail.then(advice), column=column)
