"""Writes the public directory into a file for others: HSDS 3.1, AIRS XML 3.1, or a workbook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO

from sqlalchemy.orm import Session

from referral.capacity.statements import end_capacities
from referral.directory.context import Directory
from referral.errors import refused
from referral.formats.writing.airs_xml import Agency, owner_code, write_airs
from referral.formats.writing.hsds_json import write_json
from referral.formats.writing.hsds_tables import Table, write_package, write_workbook
from referral.formats.writing.hsds_values import TABLES, Values
from referral.formats.writing.nested import Nested
from referral.formats.writing.readable_rows import HEADER, readable_row
from referral.imports.prepare import no_progress
from referral.jobs.progress import OnProgress
from referral.open_data.files.airs_agencies import agencies
from referral.open_data.hsds_records import HsdsRecords
from referral.open_data.ledger.modification_times import last_modified
from referral.open_data.nesting import nested
from referral.open_data.public_records import PublicRecords
from referral.open_data.record_values import RecordValues
from referral.open_data.records import ExportFormat
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
