"""Pages of need beside supply, and of when and where people asked."""

from __future__ import annotations

from collections.abc import Iterator

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.formats.writing.sheets import CSV_TYPE, Cell, Sheet, csv_from, csv_table
from referral.reports.branches import AT_DESKS, read_branches
from referral.reports.code_names import CodeNames
from referral.reports.records import Dimension
from referral.reports.standard_reports import BUSY_TIMES, read_reports
from referral.reports.supply import COUNTED, NeedAndSupply, SupplyRow, read_need_and_supply
from referral.reports.web.figures import build_figure, other_label, own_label, suppression_note
from referral.reports.web.labels import MEASURE_LABELS, value_label
from referral.reports.web.views import SEE_REPORTS, report_form, reports
from referral.web.current import current_directory
from referral.web.staff.file_response import file_response
from referral.web.staff.permissions import requires

_MOST_BARS = 24


@reports.get("/supply")
@requires(SEE_REPORTS)
def supply() -> ResponseReturnValue:
    """Show needs beside the services there are for them."""
    form = report_form()
    found = read_need_and_supply(current_directory(), form.period())
    return render_template(
        "reports/supply.html",
        form=form,
        found=found,
        counted=COUNTED,
        label=lambda row, above=None: row_label(row, found.names, above),
        lines=lines_of,
        hiding=suppression_note(),
    )


@reports.get("/supply.csv")
@requires(SEE_REPORTS)
def supply_csv() -> ResponseReturnValue:
    """Give needs and services as a file; its rows add up to the last one."""
    form = report_form()
    found = read_need_and_supply(current_directory(), form.period())
    return file_response(csv_from(_sheet(found, form.summary())), CSV_TYPE, "need-and-supply.csv")


@reports.get("/branches")
@requires(SEE_REPORTS)
def branches() -> ResponseReturnValue:
    """Show branches and desks side by side, and the busiest days and hours."""
    form, directory = report_form(), current_directory()
    found = read_reports(directory, form.period(), BUSY_TIMES)
    return render_template(
        "reports/branches.html",
        form=form,
        found=read_branches(directory, form.period()),
        measures=[(measure, MEASURE_LABELS[measure]) for measure in AT_DESKS],
        figures=[build_figure(table, found.names, _MOST_BARS) for table in found.tables],
    )


@reports.get("/branches.csv")
@requires(SEE_REPORTS)
def branches_csv() -> ResponseReturnValue:
    """Give what was counted at each desk as a file, and the sum of all."""
    form = report_form()
    found = read_branches(current_directory(), form.period())
    measures = [str(MEASURE_LABELS[measure]) for measure in AT_DESKS]
    rows: list[tuple[Cell, ...]] = [
        (branch.label, desk.label, *(desk.counts.get(measure, 0) for measure in AT_DESKS))
        for branch in found.branches
        for desk in branch.desks
    ]
    rows.append((gettext("All"), "", *(found.total.counts[measure] for measure in AT_DESKS)))
    header = (gettext("Branch"), gettext("Desk"), *measures)
    return file_response(csv_table(header, rows), CSV_TYPE, "branches.csv")


def row_label(row: SupplyRow, names: CodeNames, above: SupplyRow | None) -> str:
    """The name of a heading, or of a topic that stands under something; "Other" is a rest."""
    if row.value is None:
        return other_label()
    label = value_label(Dimension.TERM if above else Dimension.HEADING, row.value, names)
    return own_label(label) if above and above.value == row.value else label


def lines_of(row: SupplyRow, depth: int = 0) -> Iterator[tuple[int, SupplyRow, SupplyRow]]:
    """The rows below one: how deep each stands, it, and what it is a part of."""
    for part in row.parts:
        yield depth, part, row
        yield from lines_of(part, depth + 1)


def _sheet(found: NeedAndSupply, period: str) -> Sheet:
    measures = [str(MEASURE_LABELS[measure]) for measure in COUNTED]
    services = (
        gettext("Services today"), gettext("With a suggested topic"),
        gettext("With room now"), gettext("Full now"),
    )  # fmt: skip
    return Sheet(
        name="need and supply",
        title=str(gettext("Need beside supply")),
        notes=(period, suppression_note()),
        header=(gettext("Heading"), gettext("Topic"), *measures, *services),
        rows=(
            *(line for row in found.rows for line in _leaf_lines(row, found.names)),
            (gettext("All"), "", *_numbers(found.total)),
        ),
    )


def _leaf_lines(heading: SupplyRow, names: CodeNames) -> Iterator[tuple[str | int, ...]]:
    label = row_label(heading, names, None)
    if not heading.parts:
        yield label, "", *_numbers(heading)
    for leaf in _leaves(heading):
        yield label, row_label(leaf, names, heading), *_numbers(leaf)


def _leaves(row: SupplyRow) -> Iterator[SupplyRow]:
    for part in row.parts:
        yield from _leaves(part) if part.parts else (part,)


def _numbers(row: SupplyRow) -> tuple[str | int, ...]:
    services: tuple[str | int, ...] = ("", "", "", "")
    if row.services is not None:
        services = row.services, row.suggested, row.with_room, row.full
    return (*(row.counts.get(measure, "") for measure in COUNTED), *services)
