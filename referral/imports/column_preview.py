"""Preview of a column mapping: the first services of an upload as it would read them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from referral.directory.instance import Instance
from referral.formats.checks.shelters import withhold_places
from referral.formats.column_mapping import ColumnMapping, check_mapping
from referral.formats.reading.items import RefusedRow
from referral.formats.sandbox.parent import preview_sandboxed
from referral.imports.batches import batch_row
from referral.imports.records import LISTING_KINDS, TERM_KINDS
from referral.imports.upload_files import upload_path
from referral.records.classification import TaxonomyTerm
from referral.records.hsds import Address, Record, Service, ServiceAtLocation
from referral.records.kinds import PARENT_FIELDS, SourcedRecord, field_names, kind_of, parents_of
from referral.records.ownership import owner_of
from referral.records.problems import Problem
from referral.records.visibility import Audience, Visibility
from referral.store.withheld_keys import WithheldKeys, read_withheld_keys

_ROWS_READ = 12
_SERVICES_SHOWN = 6
_PROBLEMS_SHOWN = 8
_NOT_SHOWN = frozenset({*PARENT_FIELDS, "id", "name", "visibility"})
_NOT_PARTS = TERM_KINDS | {"service", "service_at_location"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedService:
    """A service of an uploaded list, as it would be imported by a column mapping.

    Attributes:
        is_hidden: whether it would not be public.
        parts: kind → its parts, its organization and its locations; None for records that would
            not be public.
        terms: id of a term of the list → its name.
    """

    service: Service
    is_hidden: bool
    parts: Mapping[str, Sequence[Record | None]]
    terms: Mapping[str, str]

    @property
    def facts(self) -> list[tuple[str, Any]]:
        """Return the filled fields of a previewed service; none if it would not be public."""
        names = () if self.is_hidden else field_names("service")
        found = ((name, getattr(self.service, name)) for name in names if name not in _NOT_SHOWN)
        return [(name, value) for name, value in found if value not in {None, ""}]


@dataclass(frozen=True, slots=True)
class ColumnsPreview:
    """Preview of a column mapping: a list's first services, and its first rows' problems."""

    services: tuple[PreviewedService, ...]
    problems: tuple[tuple[Problem, int], ...]


def read_preview(instance: Instance, batch_id: str, mapping: ColumnMapping) -> ColumnsPreview:
    """Read the first services of an upload by a column mapping, as an import would.

    Raises:
        NotFoundError: there is no such import.
        RefusedError: the mapping cannot be followed, or the list cannot be read.
    """
    with instance.store.read() as session:
        batch_row(session, batch_id)
        keys = read_withheld_keys(session, Audience.PUBLIC)
    path = upload_path(instance, batch_id)
    check_mapping(mapping)
    area_code = instance.settings.area_code
    items_read = preview_sandboxed(path, "preview", mapping, _ROWS_READ, area_code=area_code)
    items = list(withhold_places(items_read))
    records = [item.record for item in items if isinstance(item, SourcedRecord)]
    hidden = _hidden_ids(records, keys)
    services = [each for each in records if isinstance(each, Service)][:_SERVICES_SHOWN]
    problems = [item for item in items if isinstance(item, Problem)]
    refused = (
        problem for item in items if isinstance(item, RefusedRow) for problem in item.problems
    )
    return ColumnsPreview(
        tuple(_preview_service(service, records, hidden) for service in services),
        _count_by_cause([*refused, *problems]),
    )


def _preview_service(
    service: Service, records: Iterable[Record], hidden: set[str]
) -> PreviewedService:
    parts: dict[str, list[Record | None]] = defaultdict(list)
    terms = {each.id: each.name for each in records if isinstance(each, TaxonomyTerm)}
    for record in _records_of_service(service, records):
        if kind_of(record) not in _NOT_PARTS:
            parts[kind_of(record)].append(None if record.id in hidden else record)
    return PreviewedService(
        service=service, is_hidden=service.id in hidden, parts=parts, terms=terms
    )


def _records_of_service(service: Service, records: Iterable[Record]) -> Iterator[Record]:
    """Yield a previewed service, its organization and locations, and the parts of all these."""
    ids = {service.id, service.organization_id}
    for record in records:
        if isinstance(record, ServiceAtLocation) and record.service_id == service.id:
            ids |= {record.id, record.location_id}
    for record in records:  # parents before children
        is_part = kind_of(record) not in LISTING_KINDS and owner_of(record)[1] in ids
        if is_part or record.id in ids:
            ids.add(record.id)
            yield record


def _hidden_ids(records: Iterable[Record], keys: WithheldKeys) -> set[str]:
    """Return the ids of previewed records that would not be public.

    Locations with an address that would not be public are among them.
    """
    hidden = {each.id for each in records if each.visibility is not Visibility.PUBLIC}
    for record in records:
        if isinstance(record, Address) and (record.id in hidden or keys.withholds_address(record)):
            hidden |= {record.id, record.location_id}
    for record in records:  # parents before children
        if any(parent in hidden for _, _, parent in parents_of(record)):
            hidden.add(record.id)
    return hidden


def _count_by_cause(problems: Iterable[Problem]) -> tuple[tuple[Problem, int], ...]:
    problems_by_cause: dict[tuple[str, str], list[Problem]] = defaultdict(list)
    for problem in problems:
        problems_by_cause[problem.code, problem.column].append(problem)
    counts = [(same_cause[0], len(same_cause)) for same_cause in problems_by_cause.values()]
    return tuple(counts[:_PROBLEMS_SHOWN])
