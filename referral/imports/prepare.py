"""Preparation of an import: a provider list read, checked and compared with the store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from sys import intern
from time import perf_counter

from msgspec import structs
from sqlalchemy.orm import Session

from referral.address_points.positions import with_positions
from referral.directory.instance import Instance
from referral.errors import RefusedError
from referral.formats import OPEN_REFERRAL
from referral.formats.checks.code_only_terms import with_code_only_terms
from referral.formats.checks.geocoding import geocode_locations
from referral.formats.checks.references import check_references
from referral.formats.checks.shelters import withhold_places
from referral.formats.column_mapping import ColumnMapping
from referral.formats.reading.items import Item
from referral.formats.sandbox.parent import ReadList, read_in_process, read_sandboxed
from referral.formats.sandbox.protocol import Mappings, SheetInspection
from referral.formats.spreadsheet.saved_mapping import ColumnRef
from referral.imports.absences import AbsenceRules
from referral.imports.fidelity import measure_fidelity
from referral.imports.plan import ImportReport, plan_import
from referral.imports.plausibility import SHRANK, UNLINKED, plausibility_doubts
from referral.imports.reused_ids import take_stored_ids
from referral.imports.sources import read_saved_mapping, rules_of
from referral.imports.stored_records import StoredRecords, WantedRecords
from referral.imports.withheld_matches import (
    withheld_address_keys,
    withheld_address_problems,
    withhold_matches,
)
from referral.jobs.progress import OnProgress
from referral.message import message
from referral.records.kinds import Origin, SourcedRecord
from referral.records.problems import Problem
from referral.records.visibility import Audience, Visibility
from referral.resources import resource_path
from referral.store.address_points import AddressPoints
from referral.store.withheld_keys import read_withheld_keys

_NO_CELLS: Mapping[str, str] = {}
_PARENTS_OF_OWN_KIND = frozenset({"parent_organization_id", "parent_id"})


def no_progress(_what: str, _done: int, _total: int) -> None:
    """Ignore the progress of an import's reading."""


class UnmappedColumnsError(RefusedError):
    """Error: a user must map the list's columns first.

    ``inspection`` is for the mapping page.
    """

    def __init__(self, source: str, inspection: SheetInspection) -> None:
        new, gone = (
            _column_names(places) for places in (inspection.changes.new, inspection.changes.gone)
        )
        parts = [
            message("The columns are not those that “%(source)s” had last time.", source=source)
        ]
        if new:
            parts.append(message("New: %(columns)s.", columns=new))
        if gone:
            parts.append(message("Gone: %(columns)s.", columns=gone))
        parts.append(message("Say on the page of imports what they hold, or in a column mapping."))
        super().__init__(parts[0].then(*parts[1:]))
        self.inspection = inspection


def _column_names(places: Iterable[ColumnRef]) -> str:
    return ", ".join(" of ".join(filter(None, (header, sheet))) for sheet, header in places)


@dataclass(frozen=True, slots=True)
class PreparedImport:
    """A source list that was read, and the report of what its import would change.

    Nothing is written.

    Attributes:
        mapping: column mapping by which a spreadsheet was read, None for other formats.
        compared_at: when its comparison with the store began.
    """

    items: tuple[Item, ...]
    report: ImportReport
    compared_at: datetime
    mapping: ColumnMapping | None = None


def prepare_import(
    instance: Instance,
    path: Path,
    *,
    source: str = "",
    format: str = "auto",  # noqa: A002  # the word of the command line
    mapping: ColumnMapping | None = None,
    progress: OnProgress = no_progress,
) -> PreparedImport:
    """Read a source list, and report what importing it would change.

    All lists except those that come with Referral are read in a sandbox process.

    Args:
        path: a folder, a zip file or a single file.
        source: name of the list, by which the next import finds the same records; the name of
            the file or folder by default.
        format: one of ``referral.formats.FORMATS``, or ``auto``.
        mapping: column mapping of a spreadsheet; None uses the saved one of the source, else
            the proposed one.

    Raises:
        UnmappedColumnsError: the columns are not those of the saved mapping.
        RefusedError: the list cannot be read; the message contains advice.
    """
    started = perf_counter()
    source = source or path.absolute().stem
    saved = None if mapping else read_saved_mapping(instance, source)
    mappings = Mappings(given=mapping, saved=saved)
    progress("Opening", 0, 0)
    read_list = _read_list(instance, path, source, format, mappings, progress)
    progress("Comparing", 0, 1)
    return _plan_read_list(instance, path.name, source, read_list, started)


def prepare_interactively(
    instance: Instance,
    path: Path,
    *,
    source: str,
    format: str = "auto",  # noqa: A002  # the word of the command line
    progress: OnProgress = no_progress,
    absences: AbsenceRules | None = None,
) -> PreparedImport:
    """Prepare an import like ``prepare_import``, but raise if a person must map columns first.

    Raises:
        UnmappedColumnsError: there is no saved mapping, or the columns are not those of it.
        RefusedError: the list cannot be read; the message contains advice.
    """
    started = perf_counter()
    mappings = Mappings(saved=read_saved_mapping(instance, source), interactive=True)
    progress("Opening", 0, 0)
    if absences is not None and not absences.scope.has_records:
        read_list = ReadList(format=OPEN_REFERRAL, why=message("It says only what is gone."))
    else:
        read_list = _read_list(instance, path, source, format, mappings, progress)
    progress("Comparing", 0, 1)
    return _plan_read_list(instance, path.name, source, read_list, started, absences)


def _read_list(
    instance: Instance,
    path: Path,
    source: str,
    format: str,  # noqa: A002  # the word of the command line
    mappings: Mappings,
    progress: OnProgress,
) -> ReadList:
    """Read a source list in a sandbox process, unless the list comes with Referral."""

    def on_row(done: int, total: int) -> None:
        progress("Reading" if total else "Opening", done, total)

    if path.resolve().is_relative_to(resource_path("seed_data").resolve()):
        return read_in_process(path, source, format=format, on_row=on_row)
    mappings = structs.replace(mappings, area_code=instance.settings.area_code)
    result = read_sandboxed(path, source, format=format, mappings=mappings, on_row=on_row)
    if result.inspection is not None:
        raise UnmappedColumnsError(source, result.inspection)
    return result


def _plan_read_list(
    instance: Instance,
    list_name: str,
    source: str,
    read_list: ReadList,
    started: float,
    absences: AbsenceRules | None = None,
) -> PreparedImport:
    """Check a source list that was read, and plan its import.

    ``started`` is a ``perf_counter``.
    """
    compared_at = datetime.now(UTC)
    with instance.store.read() as session:
        is_part = absences is not None and not absences.scope.is_whole
        found_again = take_stored_ids(session, source, read_list.items, is_whole=not is_part)
        wanted = WantedRecords(read_list.items, absences) if absences and is_part else None
        stored = StoredRecords(session, source, wanted)
        complete = with_code_only_terms(read_list.items, stored)
        checked = list(geocode_locations(check_references(complete, stored.is_stored)))
        del complete
        read_list.items.clear()  # a list may have a quarter of a million records
        withheld_before = _withheld_ids(checked)
        items, renamed = withhold_matches(session, list(withhold_places(checked)), stored.is_stored)
        items = _with_own_positions(instance, session, items)
        items += withheld_address_problems(session, items)
        del checked
        fidelity = measure_fidelity(read_list.columns, items)
        for position, item in enumerate(items):
            items[position] = _without_reading_details(item)
        newly_withheld = _withheld_ids(items) - withheld_before - renamed
        plan = plan_import(items, stored, newly_withheld, rules_of(session, source), absences)
    doubts = plausibility_doubts(items, fidelity, plan.counts, found_again)
    report = ImportReport(
        format=read_list.format,
        why=read_list.why,
        source=source,
        list_name=list_name,
        plan=plan,
        doubts=_with_absences(doubts, absences),
        fidelity=fidelity,
        new_keys=found_again.keys if found_again else {},
        seconds=perf_counter() - started,
    )
    return PreparedImport(tuple(items), report, compared_at, read_list.mapping)


def _with_absences(
    doubts: tuple[Problem, ...], absences: AbsenceRules | None
) -> tuple[Problem, ...]:
    """Return a list's doubts, with those of a followed source's absence rules.

    The doubt about a shrunk list is replaced by theirs. The services of an API do not include the
    parents of their organizations and terms, so missing ones are no doubt.
    """
    if absences is None:
        return doubts
    kept = (
        doubt
        for doubt in doubts
        if doubt.code != SHRANK
        and (doubt.code != UNLINKED or doubt.column not in _PARENTS_OF_OWN_KIND)
    )
    return (*kept, *absences.problems())


def _with_own_positions(instance: Instance, session: Session, items: list[Item]) -> list[Item]:
    points = AddressPoints(instance.settings.instance_path)
    try:
        if not points:
            return items
        keys = read_withheld_keys(session, Audience.PUBLIC)
        return list(with_positions(items, points, keys, withheld_address_keys(items)))
    finally:
        points.close()


def _without_reading_details(item: Item) -> Item:
    """Return a listed record without data that only the import's checks need, to save memory."""
    if not isinstance(item, SourcedRecord):
        return item
    origin = item.origin
    return SourcedRecord(
        item.record,
        Origin(
            source=intern(origin.source),
            key=origin.key,
            file=intern(origin.file),
            line=origin.line,
            unmapped=origin.unmapped or _NO_CELLS,
        ),
    )


def _withheld_ids(items: Iterable[Item]) -> frozenset[str]:
    return frozenset(
        item.record.id
        for item in items
        if isinstance(item, SourcedRecord) and item.record.visibility is Visibility.WITHHELD
    )
