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
from typing import IO, Any

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
_TOGETHER = 200
_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
# Nested records that also have a tree of their own; they are flattened there.
_ELSEWHERE = {("service", "organization"), ("service", "program"), ("attribute", "taxonomy_term")}
# Records that may be nested in several others.
_SHARED = {"location", "unit"}
_SPOOLED_IN_MEMORY = 1 << 20  # bytes of a table; larger ones are on disk


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
        self._sites = {each.location_id for each in all_records(public, "service_at_location")}
        self._totals = {
            "taxonomy": len(terms_in_use(public).taxonomies),
            "taxonomy_term": len(terms_in_use(public).terms),
            "organization": len(public.ids("organization")) + len(stand_ins(public)),
            "service": len(public.ids("service")),
        }

    def write(self, form: ExportFormat, file: IO[bytes]) -> None:
        title, license_name = self._settings.library_name, self._settings.open_data_license
        if form is ExportFormat.HSDS_JSON:
            write_json(file, self._sections(), self._values.of)
        elif form is ExportFormat.AIRS_XML:
            self._write_airs(file, f"{title} ({license_name})" if license_name else title)
        else:
            with ExitStack() as stack:
                tables = self._spooled_tables(stack)
                if form is ExportFormat.HSDS_CSV:
                    write_package(file, title, list(tables), _rows_of(tables), license_name)
                else:
                    about = {"author": title, "comments": license_name}
                    rows = self._readable_rows()
                    write_workbook(file, "Instance", HEADER, rows, _rows_of(tables), about)

    # ------------------------------------------------------------ trees of HSDS
    def _sections(self) -> Iterator[tuple[str, Iterator[Nested]]]:
        """Yield the trees by kind; kinds that others refer to come first."""
        for kind, total in self._totals.items():
            if total:
                yield kind, self._trees(kind, total)

    def _trees(self, kind: str, total: int) -> Iterator[Nested]:
        done = 0
        for records in in_batches(all_records(self._public, kind), _TOGETHER):
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
        lone = [p for p in self._public.read("location", is_theirs) if p.id not in self._sites]
        by_owner = grouped_by_organization(read_hsds_trees(self._public, "location", lone))
        for node in organizations:
            if locations := by_owner.get(node.record.id):
                node.parts["location"] = locations

    # ------------------------------------------------------------ tables
    def _spooled_tables(self, stack: ExitStack) -> dict[str, IO[bytes]]:
        """Return the rows of each non-empty table as lines of JSON, in the order of HSDS."""
        spools: dict[str, IO[bytes]] = {}
        encoder, seen = msgspec.json.Encoder(), set[str]()
        for _, trees in self._sections():
            for record in laid_flat(trees, seen):
                kind = name_of(record)
                if kind not in spools:
                    spool = SpooledTemporaryFile(_SPOOLED_IN_MEMORY, dir=str(self._folder))  # noqa: SIM115  # the stack closes it
                    spools[kind] = stack.enter_context(spool)
                spools[kind].write(encoder.encode(self._values.of(record)) + b"\n")
        return {kind: spools[kind] for kind in TABLES if kind in spools}

    def _readable_rows(self) -> Iterator[list[str]]:
        session = self._public.session
        for records in in_batches(all_records(self._public, "service"), _TOGETHER):
            credit_of = credits_of(session, ServiceRow, [each.id for each in records])
            for node in read_trees(self._public, "service", records):
                credit = credit_of.get(node.record.id)
                yield readable_row(node, _credit_line(credit) if credit else "")

    # ------------------------------------------------------------ AIRS
    def _write_airs(self, file: IO[bytes], title: str) -> None:
        whose = self._owners()
        lines = {f"{owner_code(each.publisher)} {_credit_line(each)}" for each in whose.values()}
        owners = {key: credit.publisher for key, credit in whose.items()}
        write_airs(file, title, self._last, self._agencies(owners), sorted(lines))

    def _owners(self) -> Mapping[str, Credit]:
        """Return the credits of public organizations and services from followed sources, by id."""
        session, found = self._public.session, dict[str, Credit]()
        for kind, row in (("organization", OrganizationRow), ("service", ServiceRow)):
            public = self._public.ids(kind)
            of_sources = credits_of(session, row)
            found |= {key: credit for key, credit in of_sources.items() if key in public}
        return found

    def _agencies(self, owners: Mapping[str, str]) -> Iterator[Agency]:
        total = self._totals["organization"]
        found = agencies(self._public, owners, self._sites)
        for number, agency in enumerate(found, start=1):
            if number % _TOGETHER == 0:
                self._progress(EXPORTING, min(number, total), total)
            yield agency


def laid_flat(nodes: Iterable[Nested], seen: set[str]) -> Iterator[Record]:
    """Yield each record of some trees once, except those that have a tree of their own."""
    for node in nodes:
        kind = name_of(node.record)
        if kind in _SHARED:
            if node.record.id in seen:
                continue
            seen.add(node.record.id)
        yield node.record
        for part, children in node.parts.items():
            if (kind, part) not in _ELSEWHERE:
                yield from laid_flat(children, seen)


def _rows_of(spools: Mapping[str, IO[bytes]]) -> Iterator[Table]:
    """Yield the spooled tables."""
    decoder = msgspec.json.Decoder(Values)
    for kind, spool in spools.items():
        spool.seek(0)
        yield kind, map(decoder.decode, spool)


_AGENCIES_TOGETHER = 100
Family = Mapping[str, list[str]]


def agencies(
    public: Visible, owners: Mapping[str, str], sites: Collection[str]
) -> Iterator[Agency]:
    """Yield the top-level agencies, each with those inside it; then services without agency.

    Args:
        owners: ids of organizations and services from followed sources → their publisher.
        sites: ids of locations that have a service.
    """
    order, inside = _organizations(public)
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


def _organizations(public: Visible) -> tuple[list[str], Family]:
    """Return the ids of organizations, and a map of parents to their children."""
    order: list[str] = []
    inside: dict[str, list[str]] = defaultdict(list)
    organizations: Iterator[Any] = public.read("organization")
    for each in organizations:
        order.append(each.id)
        if each.parent_organization_id:
            inside[each.parent_organization_id].append(each.id)
    return order, inside


def _tree(root: str, inside: Family, seen: set[str]) -> list[tuple[str, str]]:
    """Return an agency and its unseen descendants as pairs of id and parent id."""
    found: list[tuple[str, str]] = []
    waiting = [(root, "")]
    while waiting:
        each, parent = waiting.pop(0)
        if each not in seen:
            seen.add(each)
            found.append((each, parent))
            waiting += [(child, each) for child in inside.get(each, ())]
    return found


def _with_sites(public: Visible, ids: list[str], sites: Collection[str]) -> dict[str, Agency]:
    """Return agencies with their sites, by id."""
    organizations = records_with_ids(public, "organization", ids)
    made = {
        node.record.id: Agency(node) for node in read_trees(public, "organization", organizations)
    }
    services = public.read("service", ServiceRow.organization_id.in_(ids))
    locations = public.read("location", LocationRow.organization_id.in_(ids))
    lone = (each for each in locations if each.id not in sites)
    for agency_id, nodes in grouped_by_organization(
        read_trees(public, "service", services)
    ).items():
        made[agency_id].sites += _sites_of(nodes)
    for agency_id, nodes in grouped_by_organization(read_trees(public, "location", lone)).items():
        made[agency_id].sites += map(Site, nodes)
    return made


def _sites_of(services: Iterable[Nested]) -> list[Site]:
    """Return the sites of services, each with the services there; first those without location."""
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


def _lone_services(public: Visible, owners: Mapping[str, str]) -> Iterator[Agency]:
    """Yield an agency named after the service for each service without a public organization."""
    lone = (each for each in all_records(public, "service") if not each.organization_id)
    for services in in_batches(lone, _AGENCIES_TOGETHER):
        for service in read_trees(public, "service", services):
            record: Any = service.record
            agency = Organization(id=stand_in_id(record.id), name=record.name)
            owner = owners.get(record.id, "")
            yield Agency(Nested(agency), _sites_of([service]), owner=owner)
