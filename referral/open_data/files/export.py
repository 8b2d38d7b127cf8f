"""Writes the public directory into a file for others: HSDS 3.1, AIRS XML 3.1, or a workbook."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

from sqlalchemy.orm import Session

from referral.capacity.statements import end_capacities
from referral.directory.context import Directory
from referral.errors import refused
from referral.formats.hsds.own_terms import stand_in_id
from referral.formats.writing.airs_xml import Agency, Site, owner_code, write_airs
from referral.formats.writing.hsds_json import write_json
from referral.formats.writing.hsds_tables import Table, write_package, write_workbook
from referral.formats.writing.hsds_values import TABLES, Values
from referral.formats.writing.nested import Nested
from referral.formats.writing.readable_rows import HEADER, readable_row
from referral.imports.prepare import no_progress
from referral.jobs.progress import OnProgress
from referral.open_data.hsds_objects import RecordValues
from referral.open_data.hsds_records import HsdsRecords
from referral.open_data.ledger.entries import last_modified
from referral.open_data.nesting import nested
from referral.open_data.public_records import PublicRecords
from referral.open_data.records import ExportFormat
from referral.records.directory import Organization, Record
from referral.records.listing import Credit
from referral.store.base import in_batches

EXPORTING = "Exporting"
_TOGETHER = 200
_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ExportCounts:
    """What is in a file: how many records, and how many of them services."""

    records: int
    services: int


def export_directory(
    directory: Directory,
    form: ExportFormat,
    file: IO[bytes],
    *,
    source: str = "",
    progress: OnProgress = no_progress,
) -> ExportCounts:
    """Write all that everybody may see, or what one list brought of it; nothing else.

    Args:
        form: how it is written.
        file: where to; it is written from front to end.
        source: name of the list; "" for all.

    Raises:
        RefusedError: nothing that everybody may see came in under that name.
    """
    end_capacities(directory)
    with directory.store.read() as session:
        return _export(session, directory, form, file, source, progress)


def _export(
    session: Session,
    directory: Directory,
    form: ExportFormat,
    file: IO[bytes],
    source: str,
    progress: OnProgress,
) -> ExportCounts:
    public = HsdsRecords(session, source)
    total = sum(public.count(kind) for kind in TABLES)
    if source and not total:
        raise refused(
            "Nothing that everybody may see came in as “%(source)s”. Imports has the names "
            "of lists.",
            source=source,
        )
    times = last_modified(session, public.ids("service"))
    values = RecordValues(directory.settings.timezone, times, public.terms_in_use().known_codes)
    for kind in ("address", "partial_address", "service_at_location"):
        values.note(public.of_kind(kind))
    last = max(times.values(), default=_EARLIEST)
    writer = _Writer(public, PublicRecords(session, source), values, last, progress)
    settings = directory.settings
    writer.write(form, file, settings.library_name, settings.open_data_license)
    return ExportCounts(total, public.count("service"))


def _credit_line(credit: Credit) -> str:
    """Whose list it is, with the license."""
    return f"{credit.publisher} ({credit.licence})" if credit.licence else credit.publisher


class _Writer:
    """Writes what is public in any form."""

    def __init__(
        self,
        public: HsdsRecords,
        plain: PublicRecords,
        values: RecordValues,
        last: datetime,
        progress: OnProgress,
    ) -> None:
        self._public, self._plain, self._values = public, plain, values
        self._last, self._progress = last, progress
        self._kinds = [kind for kind in TABLES if public.count(kind)]

    def write(self, form: ExportFormat, file: IO[bytes], title: str, license_name: str) -> None:
        if form is ExportFormat.HSDS_CSV:
            write_package(file, title, self._kinds, self._tables(), license_name)
        elif form is ExportFormat.HSDS_JSON:
            write_json(file, self._sections(), self._values.of)
        elif form is ExportFormat.AIRS_XML:
            whose = self._public.owners()
            sources = sorted(
                {f"{owner_code(each.publisher)} {_credit_line(each)}" for each in whose.values()}
            )
            named = f"{title} ({license_name})" if license_name else title
            write_airs(file, named, self._last, self._agencies(whose), sources)
        else:
            write_workbook(
                file,
                "Directory",
                HEADER,
                self._readable_rows(),
                self._tables(),
                {"author": title, "comments": license_name},
            )

    def _readable_rows(self) -> Iterator[list[str]]:
        whose = self._public.credits()
        for each in self._nested("service", self._plain):
            credit = whose.get(each.record.id)
            yield readable_row(each, _credit_line(credit) if credit else "")

    def _agencies(self, whose: Mapping[str, Credit]) -> Iterator[Agency]:
        owners = {key: credit.publisher for key, credit in whose.items()}
        total = self._plain.count("organization")
        for number, agency in enumerate(agencies(self._plain, owners), start=1):
            if number % _TOGETHER == 0:
                self._progress(EXPORTING, min(number, total), total)
            yield agency

    def _tables(self) -> Iterator[Table]:
        return ((kind, self._rows(kind)) for kind in self._kinds)

    def _rows(self, kind: str) -> Iterator[Values]:
        for number, record in enumerate(self._public.of_kind(kind), start=1):
            if number % _TOGETHER == 0:
                self._progress(EXPORTING, number, self._public.count(kind))
            yield self._values.of(record)

    def _sections(self) -> Iterator[tuple[str, Iterable[Nested]]]:
        """What others name comes first, so that it is told where its list had it."""
        for kind in ("taxonomy", "taxonomy_term", "organization", "service"):
            if kind in self._kinds:
                nodes = self._nested(kind, self._public)
                yield kind, self._with_places(nodes) if kind == "organization" else nodes

    def _nested(self, kind: str, public: PublicRecords) -> Iterator[Nested]:
        done = 0
        for records in in_batches(public.of_kind(kind), _TOGETHER):
            yield from nested(public, kind, records)
            done += len(records)
            self._progress(EXPORTING, done, self._public.count(kind))

    def _with_places(self, organizations: Iterable[Nested]) -> Iterator[Nested]:
        """Organizations with the places that no service tells of."""
        for nodes in in_batches(organizations, _TOGETHER):
            ids = [node.record.id for node in nodes]
            found = self._public.inside("location", "organization", ids)
            for node in nodes:
                lone = [p for p in found.get(node.record.id, ()) if not self._values.is_site(p.id)]
                if lone:
                    node.parts["location"] = nested(self._public, "location", lone)
                yield node


_AGENCIES_TOGETHER = 100
Family = Mapping[str, list[str]]


def agencies(public: PublicRecords, owners: Mapping[str, str]) -> Iterator[Agency]:
    """The agencies that stand by themselves, with those inside; then one for each lone service.

    Args:
        owners: ids of organizations and services from lists of others → whose they are.
    """
    order, inside = _organizations(public)
    sites = {link.location_id for link in _all_of(public, "service_at_location")}
    inner = {each for some in inside.values() for each in some}
    seen: set[str] = set()
    # Agencies that are inside one another, in a circle, come last.
    for roots in in_batches(
        [*(each for each in order if each not in inner), *order], _AGENCIES_TOGETHER
    ):
        trees = {root: _tree(root, inside, seen) for root in dict.fromkeys(roots)}
        wanted = [each for tree in trees.values() for each, _ in tree]
        made = _with_sites(public, wanted, sites)
        for agency_id, agency in made.items():
            agency.owner = owners.get(agency_id, "")
        for tree in trees.values():
            for each, parent in tree:
                if parent:
                    made[parent].inner.append(made[each])
                else:
                    root = made[each]
            if tree:
                yield root
    yield from _lone_services(public, owners)


def _all_of(public: PublicRecords, kind: str) -> Iterator[Any]:
    return iter(public.of_kind(kind))


def _organizations(public: PublicRecords) -> tuple[list[str], Family]:
    """The ids of organizations, and which are inside which."""
    order: list[str] = []
    inside: dict[str, list[str]] = defaultdict(list)
    for each in _all_of(public, "organization"):
        order.append(each.id)
        if each.parent_organization_id:
            inside[each.parent_organization_id].append(each.id)
    return order, inside


def _tree(root: str, inside: Family, seen: set[str]) -> list[tuple[str, str]]:
    """An agency and all inside it that were not met before: (id, id of the one around it)."""
    found: list[tuple[str, str]] = []
    waiting = [(root, "")]
    while waiting:
        each, parent = waiting.pop(0)
        if each not in seen:
            seen.add(each)
            found.append((each, parent))
            waiting += [(child, each) for child in inside.get(each, ())]
    return found


def _with_sites(public: PublicRecords, ids: list[str], sites: set[str]) -> dict[str, Agency]:
    """These agencies with their sites, by id."""
    made = {
        node.record.id: Agency(node)
        for node in nested(public, "organization", public.with_ids("organization", ids))
    }
    for agency_id, services in _nested_by_owner(public, "service", ids).items():
        made[agency_id].sites += _sites_of(services)
    for agency_id, places in _nested_by_owner(public, "location", ids).items():
        lone = [Site(place) for place in places if place.record.id not in sites]
        made[agency_id].sites += lone
    return made


def _nested_by_owner(public: PublicRecords, kind: str, ids: list[str]) -> dict[str, list[Nested]]:
    found = public.inside(kind, "organization", ids)
    records: list[Record] = [each for some in found.values() for each in some]
    by_owner: dict[str, list[Nested]] = defaultdict(list)
    for node in nested(public, kind, records):
        by_owner[getattr(node.record, "organization_id")].append(node)  # noqa: B009
    return by_owner


def _sites_of(services: Iterable[Nested]) -> list[Site]:
    """The places where services are given, each with those there; first what is at no place."""
    nowhere = Site(None)
    by_place: dict[str, Site] = {}
    for service in services:
        links = service.parts.get("service_at_location", ())
        placed = [(link, place) for link in links for place in link.parts.get("location", ())]
        for link, place in placed:
            site = by_place.setdefault(place.record.id, Site(place))
            site.services.append((service, link))
        if not placed:
            nowhere.services.append((service, None))
    return [*([nowhere] if nowhere.services else []), *by_place.values()]


def _lone_services(public: PublicRecords, owners: Mapping[str, str]) -> Iterator[Agency]:
    """An agency of the same name for each service whose organization does not leave."""
    lone = (each for each in public.of_kind("service") if not getattr(each, "organization_id"))  # noqa: B009
    for services in in_batches(lone, _AGENCIES_TOGETHER):
        for service in nested(public, "service", services):
            record: Any = service.record
            agency = Organization(id=stand_in_id(record.id), name=record.name)
            owner = owners.get(record.id, "")
            yield Agency(Nested(agency), _sites_of([service]), owner=owner)
