"""Preview of a column mapping: the first services of an upload as it would read them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar

from referral.directory.cards import hours_block
from referral.directory.context import Directory
from referral.directory.view_models import HoursBlock
from referral.formats.column_mapping import ColumnMapping, check_mapping
from referral.formats.reading.items import Item, RefusedRow
from referral.formats.sandbox.parent import preview_sandboxed
from referral.imports.batches import batch_row
from referral.imports.upload_files import upload_path
from referral.records.classification import Attribute, TaxonomyTerm
from referral.records.directory import (
    Accessibility,
    Address,
    Contact,
    Language,
    Location,
    Organization,
    Phone,
    Record,
    RequiredDocument,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
)
from referral.records.kinds import Origin, SourcedRecord, parents_of
from referral.records.problems import Problem, Severity
from referral.records.schedules.hours_in_effect import (
    HoursInEffect,
    HoursLevel,
    hours_in_effect,
    level_of,
)
from referral.records.visibility import Visibility

_ROWS_READ = 12
_SERVICES_SHOWN = 6
_PROBLEMS_SHOWN = 8

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedPlace:
    """A place of a previewed service."""

    location: Location
    addresses: tuple[Address, ...]
    access: tuple[str, ...]

    @property
    def is_withheld(self) -> bool:
        """Whether the public does not see it."""
        hidden = (self.location, *self.addresses)
        return any(one.visibility is not Visibility.PUBLIC for one in hidden)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedService:
    """A service with what hangs on it, as a list gives it.

    Attributes:
        unmapped: header → cell, of columns that no field takes.
        line: where in its file the service is.
    """

    service: Service
    organization: str
    phones: tuple[Phone, ...]
    places: tuple[PreviewedPlace, ...]
    hours: HoursBlock
    languages: tuple[str, ...]
    areas: tuple[str, ...]
    topics: tuple[str, ...]
    documents: tuple[str, ...]
    contacts: tuple[Contact, ...]
    websites: tuple[str, ...]
    emails: tuple[str, ...]
    unmapped: Mapping[str, str]
    line: int

    @property
    def is_private(self) -> bool:
        """Whether the public does not see it."""
        return self.service.visibility is not Visibility.PUBLIC


@dataclass(frozen=True, slots=True)
class ColumnsPreview:
    """The first services, and the problems of the first rows: each kind once, and how often."""

    services: tuple[PreviewedService, ...]
    problems: tuple[tuple[Problem, int], ...]

    @property
    def refused(self) -> int:
        """How many different reasons there are to refuse one of these rows."""
        return sum(problem.severity is Severity.ERROR for problem, _ in self.problems)


def read_preview(directory: Directory, batch_id: str, mapping: ColumnMapping) -> ColumnsPreview:
    """The first services of an upload, read by a mapping as an import would.

    Raises:
        NotFoundError: there is no such import.
        RefusedError: the mapping cannot be followed, or the list cannot be read.
    """
    with directory.store.read() as session:
        batch_row(session, batch_id)
    path = upload_path(directory, batch_id)
    check_mapping(mapping)
    code = directory.settings.area_code
    items = tuple(preview_sandboxed(path, "preview", mapping, _ROWS_READ, area_code=code))
    records = (item.record for item in items if isinstance(item, SourcedRecord))
    book = _Previewed(records, directory)
    shown = [book.service(*found) for found in islice(_services_in(items), _SERVICES_SHOWN)]
    problems = [item for item in items if isinstance(item, Problem)]
    refused = (one for item in items if isinstance(item, RefusedRow) for one in item.problems)
    return ColumnsPreview(tuple(shown), _once_each([*refused, *problems]))


def _services_in(items: Iterable[Item]) -> Iterator[tuple[Service, Origin]]:
    for item in items:
        if isinstance(item, SourcedRecord) and isinstance(item.record, Service):
            yield item.record, item.origin


def _once_each(problems: Iterable[Problem]) -> tuple[tuple[Problem, int], ...]:
    found: dict[tuple[str, str], list[Problem]] = defaultdict(list)
    for problem in problems:
        found[problem.code, problem.column].append(problem)
    return tuple((each[0], len(each)) for each in found.values())[:_PROBLEMS_SHOWN]


class _Previewed:
    """The records of a preview, found by what they hang on."""

    def __init__(self, records: Iterable[Record], directory: Directory) -> None:
        self._by_class: dict[type[Record], list[Record]] = defaultdict(list)
        for record in records:
            self._by_class[type(record)].append(record)
        self._organizations = {one.id: one for one in self._all(Organization)}
        self._places = {one.id: one for one in self._all(Location)}
        self._terms = {one.id: one.name for one in self._all(TaxonomyTerm)}
        self._zone = directory.settings.timezone

    def service(self, service: Service, origin: Origin) -> PreviewedService:
        """A service with what hangs on it, on its places and on where it is given."""
        joins = self._where(ServiceAtLocation, lambda one: one.service_id == service.id)
        places = [self._places[one.location_id] for one in joins if one.location_id in self._places]
        owner = self._organizations.get(service.organization_id)
        hung = {service.id, *(one.id for one in (*joins, *places))}
        with_owner = {*hung, service.organization_id}
        names = _texts_of(self._where(Language, lambda one: _hangs_on(one, hung)), "name")
        return PreviewedService(
            service=service,
            organization=owner.name if owner else "",
            phones=self._where(Phone, lambda one: _hangs_on(one, with_owner)),
            places=tuple(self._place(place) for place in places),
            hours=hours_block(self._hours(service, joins[:1]), datetime.now(UTC), self._zone),
            languages=names,
            areas=_texts_of(self._where(ServiceArea, lambda one: _hangs_on(one, hung)), "name"),
            topics=self._topics(service.id),
            documents=_texts_of(
                self._where(RequiredDocument, lambda one: _hangs_on(one, hung)), "document"
            ),
            contacts=self._where(Contact, lambda one: _hangs_on(one, with_owner)),
            websites=_filled(service.url, owner.website if owner else ""),
            emails=_filled(service.email, owner.email if owner else ""),
            unmapped=origin.unmapped,
            line=origin.line,
        )

    def _place(self, place: Location) -> PreviewedPlace:
        access = self._where(Accessibility, lambda one: one.location_id == place.id)
        return PreviewedPlace(
            location=place,
            addresses=self._where(Address, lambda one: one.location_id == place.id),
            access=_texts_of(access, "description"),
        )

    def _hours(self, service: Service, joins: Sequence[ServiceAtLocation]) -> HoursInEffect:
        """The hours at the first place of a service."""
        links, places = {one.id for one in joins}, {one.location_id for one in joins}
        here, own, of_place = [], [], []
        for one in self._all(Schedule):
            level = level_of(one)
            if one.service_at_location_id in links or (
                one.service_id == service.id and one.location_id in places
            ):
                here.append(one)
            elif level is HoursLevel.SERVICE and one.service_id == service.id:
                own.append(one)
            elif level is HoursLevel.LOCATION and one.location_id in places:
                of_place.append(one)
        return hours_in_effect(here, own, of_place)

    def _topics(self, service_id: str) -> tuple[str, ...]:
        links = self._where(Attribute, lambda one: one.link_id == service_id)
        return _filled(*(self._terms.get(link.taxonomy_term_id, "") for link in links))

    def _all(self, kind: type[R]) -> list[R]:
        return [one for one in self._by_class[kind] if isinstance(one, kind)]

    def _where(self, kind: type[R], fits: Callable[[R], bool]) -> tuple[R, ...]:
        return tuple(one for one in self._all(kind) if fits(one))


def _hangs_on(record: Record, ids: set[str]) -> bool:
    return any(parent in ids for _, _, parent in parents_of(record))


def _texts_of(records: Iterable[Record], name: str) -> tuple[str, ...]:
    return _filled(*(getattr(record, name) for record in records))


def _filled(*texts: str) -> tuple[str, ...]:
    """What says something, each once."""
    return tuple(dict.fromkeys(text for text in texts if text))
