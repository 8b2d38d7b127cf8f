"""Exports of the public directory: HSDS 3.1 JSON or CSV, AIRS XML 3.1, or a workbook.

Every format is made from the same trees: services, organizations with the locations that have no
service, taxonomies and terms. Tables are these trees, flattened.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any, NamedTuple

import msgspec

from referral.capacity.statements import retire_expired_capacities
from referral.directory.instance import Instance
from referral.errors import refused
from referral.formats.open_referral.own_terms import stand_in_id
from referral.formats.writing.airs_xml import Agency, Site, owner_code, write_airs
from referral.formats.writing.hsds_json import write_json
from referral.formats.writing.hsds_tables import Table, write_package, write_workbook
from referral.formats.writing.hsds_values import TABLES, Values, name_of
from referral.formats.writing.nested import Nested
from referral.formats.writing.readable_rows import HEADER, readable_row
from referral.imports.prepare import no_progress
from referral.jobs.progress import OnProgress
from referral.open_data.hsds_objects import RecordValues
from referral.open_data.hsds_records import (
    all_records,
    public_records,
    read_hsds_trees,
    records_with_ids,
    stand_ins,
)
from referral.open_data.ledger.entries import last_modified
from referral.open_data.records import ExportFormat
from referral.open_data.terms import terms_in_use
from referral.open_data.trees import grouped_by_organization, read_trees
from referral.records.hsds import Organization, Record
from referral.records.listing import Credit
from referral.store.base import in_batches
from referral.store.rows import LocationRow, OrganizationRow, ServiceRow
from referral.store.source_credits import credits_of
from referral.store.visible import Visible

EXPORTING = "Exporting"
_RECORDS_IN_A_BATCH = 200
_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
# Nested records that also have a tree of their own; they are flattened there.
_FLATTENED_ELSEWHERE = {
    ("service", "organization"),
    ("service", "program"),
    ("attribute", "taxonomy_term"),
}
# Records that may be nested in several others.
_SHARED_KINDS = {"location", "unit"}
_SPOOLED_IN_MEMORY = 1 << 20  # bytes of a table; larger ones are on disk
_AGENCIES_IN_A_BATCH = 100
Family = Mapping[str, list[str]]


def export_directory(
    instance: Instance,
    form: ExportFormat,
    file: IO[bytes],
    *,
    source: str = "",
    progress: OnProgress = no_progress,
) -> int:
    """Write all public records, or those of one source list, to a file.

    Args:
        form: format of the file.
        file: binary stream; it is written sequentially.
        source: name of the list; "" for all.

    Returns:
        How many services are in the file.

    Raises:
        RefusedError: no public record comes from a list with that name.
    """
    retire_expired_capacities(instance)
    with instance.store.read() as session:
        public = public_records(session, source)
        if source and not any(map(public.ids, ("service", "organization", "location"))):
            raise refused(
                "Nothing that everybody may see came in as “%(source)s”. Imports has the names "
                "of lists.",
                source=source,
            )
        _Export(instance, public, progress).write(form, file)
        return len(public.ids("service"))


def _credit_line(credit: Credit) -> str:
    """Return the name of a list's publisher, with the license in parentheses."""
    return f"{credit.publisher} ({credit.licence})" if credit.licence else credit.publisher


class _Export:
    """Writer of the public records in each format."""

    def __init__(self, instance: Instance, public: Visible, progress: OnProgress) -> None:
        self._public, self._progress = public, progress
        self._settings, self._folder = instance.settings, instance.settings.instance_path
        times = last_modified(public.session, public.ids("service"))
        self._last = max(times.values(), default=_EARLIEST)
        known_codes = terms_in_use(public).known_codes
        self._values = RecordValues(instance.settings.timezone, times, known_codes)
        self._sites = {link.location_id for link in all_records(public, "service_at_location")}
        self._totals = {
            "taxonomy": len(terms_in_use(public).taxonomies),
            "taxonomy_term": len(terms_in_use(public).terms),
            "organization": len(public.ids("organization")) + len(stand_ins(public)),
            "service": len(public.ids("service")),
        }

    def write(self, form: ExportFormat, file: IO[bytes]) -> None:
        title, license_name = self._settings.library_name, self._settings.open_data_license
        if form is ExportFormat.HSDS_JSON:
            write_json(file, self._iter_sections(), self._values.of)
        elif form is ExportFormat.AIRS_XML:
            self._write_airs(file, f"{title} ({license_name})" if license_name else title)
        else:
            with ExitStack() as stack:
                tables = self._spooled_tables(stack)
                if form is ExportFormat.HSDS_CSV:
                    write_package(file, title, list(tables), _iter_tables(tables), license_name)
                else:
                    about = {"author": title, "comments": license_name}
                    rows = self._iter_readable_rows()
                    write_workbook(file, "Instance", HEADER, rows, _iter_tables(tables), about)

    # ------------------------------------------------------------ trees of HSDS
    def _iter_sections(self) -> Iterator[tuple[str, Iterator[Nested]]]:
        """Yield the trees by kind; kinds that others refer to come first."""
        for kind, total in self._totals.items():
            if total:
                yield kind, self._iter_trees(kind, total)

    def _iter_trees(self, kind: str, total: int) -> Iterator[Nested]:
        done = 0
        for records in in_batches(all_records(self._public, kind), _RECORDS_IN_A_BATCH):
            nodes = read_hsds_trees(self._public, kind, records)
            if kind == "organization":
                self._add_lone_locations(nodes)
            self._values.note_nested(nodes)
            yield from nodes
            done += len(records)
            self._progress(EXPORTING, done, total)

    def _add_lone_locations(self, organizations: list[Nested]) -> None:
        """Add to organizations those of their locations that have no service."""
        is_theirs = LocationRow.organization_id.in_([node.record.id for node in organizations])
        lone = [
            location
            for location in self._public.read("location", is_theirs)
            if location.id not in self._sites
        ]
        by_owner = grouped_by_organization(read_hsds_trees(self._public, "location", lone))
        for node in organizations:
            if locations := by_owner.get(node.record.id):
                node.parts["location"] = locations

    # ------------------------------------------------------------ tables
    def _spooled_tables(self, stack: ExitStack) -> dict[str, IO[bytes]]:
        """Return the rows of each non-empty table as lines of JSON, in the order of HSDS."""
        spools: dict[str, IO[bytes]] = {}
        encoder, seen = msgspec.json.Encoder(), set[str]()
        for _, trees in self._iter_sections():
            for record in iter_flattened(trees, seen):
                kind = name_of(record)
                if kind not in spools:
                    spool = SpooledTemporaryFile(_SPOOLED_IN_MEMORY, dir=str(self._folder))  # noqa: SIM115  # the stack closes it
                    spools[kind] = stack.enter_context(spool)
                spools[kind].write(encoder.encode(self._values.of(record)) + b"\n")
        return {kind: spools[kind] for kind in TABLES if kind in spools}

    def _iter_readable_rows(self) -> Iterator[list[str]]:
        session = self._public.session
        for records in in_batches(all_records(self._public, "service"), _RECORDS_IN_A_BATCH):
            credit_of = credits_of(session, ServiceRow, [service.id for service in records])
            for node in read_trees(self._public, "service", records):
                credit = credit_of.get(node.record.id)
                yield readable_row(node, _credit_line(credit) if credit else "")

    # ------------------------------------------------------------ AIRS
    def _write_airs(self, file: IO[bytes], title: str) -> None:
        credits_by_id = self._credits_by_id()
        lines = {
            f"{owner_code(credit.publisher)} {_credit_line(credit)}"
            for credit in credits_by_id.values()
        }
        owners = {key: credit.publisher for key, credit in credits_by_id.items()}
        write_airs(file, title, self._last, self._iter_agencies(owners), sorted(lines))

    def _credits_by_id(self) -> Mapping[str, Credit]:
        """Return the credits of public organizations and services from followed sources, by id."""
        session, found = self._public.session, dict[str, Credit]()
        for kind, row_class in (("organization", OrganizationRow), ("service", ServiceRow)):
            public_ids = self._public.ids(kind)
            of_sources = credits_of(session, row_class)
            found |= {key: credit for key, credit in of_sources.items() if key in public_ids}
        return found

    def _iter_agencies(self, owners: Mapping[str, str]) -> Iterator[Agency]:
        total = self._totals["organization"]
        found = agencies(self._public, owners, self._sites)
        for number, agency in enumerate(found, start=1):
            if number % _RECORDS_IN_A_BATCH == 0:
                self._progress(EXPORTING, min(number, total), total)
            yield agency


def iter_flattened(nodes: Iterable[Nested], seen: set[str]) -> Iterator[Record]:
    """Yield each record of some trees once, except those that have a tree of their own."""
    for node in nodes:
        kind = name_of(node.record)
        if kind in _SHARED_KINDS:
            if node.record.id in seen:
                continue
            seen.add(node.record.id)
        yield node.record
        for part, children in node.parts.items():
            if (kind, part) not in _FLATTENED_ELSEWHERE:
                yield from iter_flattened(children, seen)


def _iter_tables(spools: Mapping[str, IO[bytes]]) -> Iterator[Table]:
    """Yield the spooled tables."""
    decoder = msgspec.json.Decoder(Values)
    for kind, spool in spools.items():
        spool.seek(0)
        yield kind, map(decoder.decode, spool)


def agencies(
    public: Visible, owners: Mapping[str, str], sites: Collection[str]
) -> Iterator[Agency]:
    """Yield the top-level agencies, each with those inside it; then services without agency.

    Args:
        owners: ids of organizations and services from followed sources → their publisher.
        sites: ids of locations that have a service.
    """
    order, inside = _read_agency_ids(public)
    inner = {child for children in inside.values() for child in children}
    seen_ids: set[str] = set()
    # Agencies that are inside one another, in a circle, come last.
    for roots in in_batches(
        [*(root for root in order if root not in inner), *order], _AGENCIES_IN_A_BATCH
    ):
        trees = {root: _agency_tree(root, inside, seen_ids) for root in dict.fromkeys(roots)}
        wanted = [member.id for tree in trees.values() for member in tree]
        agencies_by_id = _read_agencies(public, wanted, sites)
        for agency_id, agency in agencies_by_id.items():
            agency.owner = owners.get(agency_id, "")
        for tree in trees.values():
            for member in tree:
                if member.parent:
                    agencies_by_id[member.parent].inner.append(agencies_by_id[member.id])
            if tree:
                yield agencies_by_id[tree[0].id]
    yield from _iter_stand_ins(public, owners)


def _read_agency_ids(public: Visible) -> tuple[list[str], Family]:
    """Return the ids of organizations, and a map of parents to their children."""
    order: list[str] = []
    inside: dict[str, list[str]] = defaultdict(list)
    organizations: Iterator[Any] = public.read("organization")
    for organization in organizations:
        order.append(organization.id)
        if organization.parent_organization_id:
            inside[organization.parent_organization_id].append(organization.id)
    return order, inside


class _Member(NamedTuple):
    """An agency in a tree of agencies; ``parent`` is the id of the one above, "" for the root."""

    id: str
    parent: str


def _agency_tree(root: str, inside: Family, seen: set[str]) -> list[_Member]:
    """Return an agency and its unseen descendants, the agency first."""
    found: list[_Member] = []
    waiting = [_Member(root, "")]
    while waiting:
        member = waiting.pop(0)
        if member.id not in seen:
            seen.add(member.id)
            found.append(member)
            waiting += [_Member(child, member.id) for child in inside.get(member.id, ())]
    return found


def _read_agencies(public: Visible, ids: list[str], sites: Collection[str]) -> dict[str, Agency]:
    """Return agencies with their sites, by id."""
    organizations = records_with_ids(public, "organization", ids)
    agencies_by_id = {
        node.record.id: Agency(node) for node in read_trees(public, "organization", organizations)
    }
    services = public.read("service", ServiceRow.organization_id.in_(ids))
    locations = public.read("location", LocationRow.organization_id.in_(ids))
    lone = (location for location in locations if location.id not in sites)
    for agency_id, nodes in grouped_by_organization(
        read_trees(public, "service", services)
    ).items():
        agencies_by_id[agency_id].sites += _sites_of(nodes)
    for agency_id, nodes in grouped_by_organization(read_trees(public, "location", lone)).items():
        agencies_by_id[agency_id].sites += map(Site, nodes)
    return agencies_by_id


def _sites_of(services: Iterable[Nested]) -> list[Site]:
    """Return the sites of services, each with the services there; first those without location."""
    without_location = Site(None)
    by_place: dict[str, Site] = {}
    for service in services:
        links = service.parts.get("service_at_location", ())
        linked_places = [
            (link, place) for link in links for place in link.parts.get("location", ())
        ]
        for link, place in linked_places:
            site = by_place.setdefault(place.record.id, Site(place))
            site.services.append((service, link))
        if not linked_places:
            without_location.services.append((service, None))
    return [*([without_location] if without_location.services else []), *by_place.values()]


def _iter_stand_ins(public: Visible, owners: Mapping[str, str]) -> Iterator[Agency]:
    """Yield an agency named after the service for each service without a public organization."""
    lone = (service for service in all_records(public, "service") if not service.organization_id)
    for services in in_batches(lone, _AGENCIES_IN_A_BATCH):
        for service in read_trees(public, "service", services):
            record: Any = service.record
            agency = Organization(id=stand_in_id(record.id), name=record.name)
            owner = owners.get(record.id, "")
            yield Agency(Nested(agency), _sites_of([service]), owner=owner)
