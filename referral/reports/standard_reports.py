"""Tables of report pages, live or of a closed period, with the names of their codes.

In a live table topics are below their broader topics, whose number is the sum of their parts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.desk.desk_list import read_desks
from referral.desk.rows import NeedRow
from referral.directory.instance import Instance
from referral.records.headings import Heading
from referral.records.visibility import Audience
from referral.reports.counts import ABOVE, DIMENSIONS, count_by_month, need_conditions
from referral.reports.records import (
    Cell,
    Dimension,
    Measure,
    Period,
    Scope,
    Table,
    by_size,
    in_order,
    period_of,
)
from referral.reports.rounded_counts import read_closed_table
from referral.reports.territory import ReportSettings, report_settings
from referral.store.base import in_batches
from referral.store.rows import ServiceRow
from referral.store.terms import TermTree, read_headings
from referral.store.visibility import shown_services

Report = tuple[Measure, Dimension]
OVERVIEW: tuple[Report, ...] = (
    (Measure.INQUIRIES, Dimension.MONTH),
    (Measure.NEEDS, Dimension.HEADING),
    (Measure.NEEDS, Dimension.TERM),
    (Measure.NEEDS, Dimension.OUTCOME),
    (Measure.UNMET, Dimension.HEADING),
    (Measure.UNMET, Dimension.UNMET_REASON),
    (Measure.REFERRALS, Dimension.SERVICE),
    (Measure.RESULTS, Dimension.RESULT),
    (Measure.RESULTS, Dimension.WHY_NOT),
    (Measure.FOLLOW_UPS, Dimension.STATUS),
    (Measure.INQUIRIES, Dimension.ZIP_CODE),
    (Measure.INQUIRIES, Dimension.DESK),
    (Measure.INQUIRIES, Dimension.LANGUAGE),
    (Measure.INQUIRIES, Dimension.AGE_BAND),
    (Measure.INQUIRIES, Dimension.HOUSEHOLD),
    (Measure.BARRIERS, Dimension.BARRIER),
)
BUSY_TIMES: tuple[Report, ...] = (
    (Measure.INQUIRIES, Dimension.WEEKDAY),
    (Measure.INQUIRIES, Dimension.HOUR),
)
BOARD: tuple[Report, ...] = (
    (Measure.INQUIRIES, Dimension.MONTH),
    (Measure.NEEDS, Dimension.TERM),
    (Measure.NEEDS, Dimension.OUTCOME),
    (Measure.REFERRALS, Dimension.MONTH),
    (Measure.UNMET, Dimension.HEADING),
    (Measure.ALL_UNMET, Dimension.TERM),
    (Measure.ALL_UNMET, Dimension.UNMET_GROUP),
    (Measure.RESULTS, Dimension.RESULT),
)
ALL_UNMET: tuple[Report, ...] = tuple(
    (Measure.ALL_UNMET, dimension)
    for dimension in (
        Dimension.TERM,
        Dimension.UNMET_GROUP,
        Dimension.ZIP_CODE,
        Dimension.MONTH,
        Dimension.SOURCE,
    )
)
FILTERED = tuple(measure for measure in Measure if measure is not Measure.ALL_UNMET)
"""Measures of the table with filters; searches and slips have no desk to filter by."""
YEARLY = (Measure.INQUIRIES, Measure.NEEDS, Measure.UNMET, Measure.REFERRALS)
_NAMED_DIMENSIONS = (Dimension.TERM, Dimension.SERVICE)
_IDS_IN_A_QUERY = 500
AT_DESKS = (Measure.INQUIRIES, Measure.NEEDS, Measure.UNMET, Measure.REFERRALS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """The tables of a page of reports, with the names of the codes in them."""

    tables: tuple[Table, ...]
    names: CodeNames

    def of(self, measure: Measure, dimension: Dimension) -> Table:
        """Return the report table of a measure by a dimension."""
        return next(
            table
            for table in self.tables
            if (table.measure, table.dimension) == (measure, dimension)
        )


def read_reports(instance: Instance, scope: Scope, reports: Sequence[Report]) -> Reports:
    """Read the report tables for pairs of measure and dimension in one period."""
    with instance.store.read() as session:
        tree = instance.listings.terms(session)
        tables = tuple(
            read_table(session, tree, scope, measure, dimension) for measure, dimension in reports
        )
        return Reports(tables=tables, names=read_names(instance, session, tables))


def read_years(
    instance: Instance, names: Sequence[str], *, is_live: bool
) -> dict[str, dict[Measure, int | None]]:
    """Return the yearly totals of report measures, None for a total that is left out."""
    with instance.store.read() as session:
        tree = instance.listings.terms(session)
        return {
            name: {
                measure: read_table(
                    session,
                    tree,
                    Scope(name=name, period=period_of(name), is_live=is_live),
                    measure,
                    Dimension.MONTH,
                ).total
                for measure in YEARLY
            }
            for name in names
        }


def read_table(
    session: Session, tree: TermTree, scope: Scope, measure: Measure, dimension: Dimension
) -> Table:
    """Read a report table of a measure by a dimension, live or rounded.

    In a live table topics are also below their broader topics.
    """
    if not scope.is_live:
        return read_closed_table(session, measure, dimension, scope.name)
    is_by_month = dimension is Dimension.MONTH
    # Counts by any dimension have their months; ``_by_month`` adds up the values.
    counted_by = DIMENSIONS[measure][1] if is_by_month else dimension
    conditions = need_conditions(session, tree, scope.filters)
    period = scope.period
    counts = count_by_month(
        session, measure, counted_by, period.first_month, period.last_month, conditions
    )
    cells = (
        _by_month(counts, period)
        if is_by_month
        else _cells_by_value(counts, has_parts=counted_by in ABOVE)
    )
    if dimension is Dimension.TERM:
        cells = [_add_broader_topics(heading, tree) for heading in cells]
    return Table(
        measure=measure,
        dimension=dimension,
        cells=in_order(dimension, cells),
        total=counts.total(),
    )


def _by_month(counts: Counter[tuple[str, str, str]], period: Period) -> list[Cell]:
    numbers = dict.fromkeys(period.months, 0)
    for (_, _, month), number in counts.items():
        numbers[month] += number
    return [Cell(month, number) for month, number in numbers.items()]


def _cells_by_value(counts: Counter[tuple[str, str, str]], *, has_parts: bool) -> list[Cell]:
    numbers: Counter[tuple[str, str]] = Counter()
    for (above, value, _), number in counts.items():
        numbers[above, value] += number
    if not has_parts:
        return [Cell(value, number) for (_, value), number in numbers.items()]
    parts_of: defaultdict[str, list[Cell]] = defaultdict(list)
    for (above, value), number in numbers.items():
        parts_of[above].append(Cell(value, number))
    return [
        Cell(
            above,
            sum(part.number for part in parts),
            by_size(parts) if any(part.value for part in parts) else (),
        )
        for above, parts in parts_of.items()
    ]


def read_names(instance: Instance, session: Session, tables: Sequence[Table]) -> CodeNames:
    """Return the names of the topics, services and other codes in report tables."""
    codes: defaultdict[Dimension, set[str]] = defaultdict(set)
    for table in tables:
        if table.dimension in _NAMED_DIMENSIONS:
            codes[table.dimension] |= {cell.value for cell in _iter_cells(table.cells)}
    return read_code_names(instance, session, codes)


def _iter_cells(cells: Sequence[Cell]) -> Iterator[Cell]:
    for cell in cells:
        yield cell
        yield from _iter_cells(cell.parts)


@dataclass(frozen=True, slots=True)
class CodeNames:
    """The names that report tables show for codes of topics, services, headings and desks.

    A missing code is no longer in the directory, or belongs to a service that is not public.
    """

    headings: Mapping[str, Heading] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, str] = field(default_factory=dict)
    desks: Mapping[str, str] = field(default_factory=dict)
    settings: ReportSettings = field(default_factory=ReportSettings)


def read_code_names(
    instance: Instance, session: Session, codes: Mapping[Dimension, Iterable[str]]
) -> CodeNames:
    """Read the names that report tables show for codes of topics, services, headings and desks."""
    tree = instance.listings.terms(session)
    return CodeNames(
        headings={heading.slug: heading for heading in read_headings(session)},
        terms={
            code: tree.terms[tree.ids[code]].name
            for code in codes.get(Dimension.TERM, ())
            if code in tree.ids
        },
        services=_read_service_names(session, codes.get(Dimension.SERVICE, ())),
        desks={desk.id: desk.label for desk in read_desks(session)},
        settings=report_settings(session),
    )


def read_topics_asked(
    instance: Instance,
) -> tuple[tuple[Heading, ...], list[tuple[str, str]]]:
    """Return all headings, and the topics that are needs of any inquiry, to filter reports."""
    with instance.store.read() as session:
        codes = session.scalars(select(NeedRow.term_code).where(NeedRow.term_code != "").distinct())
        names = read_code_names(instance, session, {Dimension.TERM: codes.all()})
        return tuple(names.headings.values()), list(names.terms.items())


def _read_service_names(session: Session, service_ids: Iterable[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for ids in in_batches(sorted(service_ids), _IDS_IN_A_QUERY):
        statement = select(ServiceRow.id, ServiceRow.name).where(
            ServiceRow.id.in_(ids), shown_services(Audience.PUBLIC)
        )
        names |= {service_id: name for service_id, name in session.execute(statement)}  # noqa: C416  # rows are not pairs to mypy
    return names


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic in a report table, with its narrower topics.

    A topic with parts may be a part of itself.
    """

    code: str
    parts: tuple[Topic, ...] = ()


def _add_broader_topics(heading: Cell, tree: TermTree) -> Cell:
    numbers = {part.value: part.number for part in heading.parts}
    return replace(heading, parts=cells_of(topics_above(numbers, tree), numbers))


def topics_above(codes: Iterable[str], tree: TermTree) -> tuple[Topic, ...]:
    """Arrange the topics of a report table as a tree below their broader topics.

    A broader topic is in it only if it joins several or is given.
    """
    counted = set(codes)
    below: defaultdict[str, set[str]] = defaultdict(set)
    for code in counted:
        path = [term.key for term in tree.path(code)] or [code]
        path[0] = code
        for part, above in zip(path, [*path[1:], ""], strict=True):
            below[above].add(part)
    return _build_topics("", below, counted)


def _build_topics(
    above: str, below: Mapping[str, set[str]], counted: set[str], seen: frozenset[str] = frozenset()
) -> tuple[Topic, ...]:
    found: list[Topic] = []
    for code in sorted(below.get(above, set()) - seen):  # ``seen`` ends a cycle in the data
        parts = _build_topics(code, below, counted, seen | {code}) if code else ()
        if code not in counted and len(parts) == 1:
            found += parts
        else:
            itself = (Topic(code),) if parts and code in counted else ()
            found.append(Topic(code, (*itself, *parts)))
    return tuple(found)


def cells_of(topics: Iterable[Topic], numbers: Mapping[str, int]) -> tuple[Cell, ...]:
    """Return the counts of topics for a report table; a broader topic has the sum of its parts."""
    found = []
    for topic in topics:
        parts = cells_of(topic.parts, numbers)
        number = sum(part.number for part in parts) if parts else numbers.get(topic.code, 0)
        found.append(Cell(topic.code, number, parts))
    return by_size(found)


@dataclass(frozen=True, slots=True)
class BranchRow:
    """A row of the report by branch: a branch with its desks, or a desk.

    The label is "" if unknown.
    """

    label: str
    counts: Mapping[Measure, int]
    desks: tuple[BranchRow, ...] = ()

    @property
    def unmet_share(self) -> float | None:
        """Return the share of a branch's needs that were not fully met, None without needs."""
        needs = self.counts.get(Measure.NEEDS)
        return self.counts.get(Measure.UNMET, 0) / needs if needs else None


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchReport:
    """A report by branch: the branches with the most needs first, and their total."""

    branches: tuple[BranchRow, ...]
    total: BranchRow


def read_branches(instance: Instance, scope: Scope) -> BranchReport:
    """Read the report by branch and desk: inquiries, needs, unmet needs and services given."""
    tables = read_reports(
        instance, scope, [(measure, Dimension.DESK) for measure in AT_DESKS]
    ).tables
    with instance.store.read() as session:
        desks = {desk.id: desk for desk in read_desks(session)}
    by_desk: defaultdict[str, Counter[Measure]] = defaultdict(Counter)
    for table in tables:
        for cell in table.cells:
            by_desk[cell.value][table.measure] += cell.number
    rows: defaultdict[str, list[BranchRow]] = defaultdict(list)
    for desk_id, counts in by_desk.items():
        desk = desks.get(desk_id)
        rows[desk.branch if desk else ""].append(BranchRow(desk.name if desk else desk_id, counts))
    branches = [
        BranchRow(branch, _sum_counts(desk_rows), _by_needs(desk_rows))
        for branch, desk_rows in sorted(rows.items())
    ]
    return BranchReport(branches=_by_needs(branches), total=BranchRow("", _sum_counts(branches)))


def _sum_counts(rows: list[BranchRow]) -> Mapping[Measure, int]:
    return {measure: sum(row.counts.get(measure, 0) for row in rows) for measure in AT_DESKS}


def _by_needs(rows: list[BranchRow]) -> tuple[BranchRow, ...]:
    return tuple(sorted(rows, key=lambda row: (-row.counts.get(Measure.NEEDS, 0), row.label)))
