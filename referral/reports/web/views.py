"""Reports of the desk: overview, single tables, board report and map of needs."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from referral.directory.context import local_month
from referral.formats.writing.sheets import CSV_TYPE, XLSX_TYPE, csv_from, xlsx_from
from referral.records.accounts import Permission
from referral.reports.counts import dimensions_of
from referral.reports.needs_map import read_needs_map
from referral.reports.records import Dimension, Measure
from referral.reports.standard_reports import (
    BOARD,
    OVERVIEW,
    Reports,
    read_periods,
    read_reports,
)
from referral.reports.web.board import need_sentences
from referral.reports.web.figures import (
    build_figure,
    other_label,
    suppression_note,
    table_sheet,
)
from referral.reports.web.forms import ReportForm
from referral.reports.web.labels import DIMENSION_LABELS, value_label
from referral.reports.web.needs_map import COVERAGE_LABELS, draw_needs_map, map_sheet
from referral.reports.years import YearsReport, read_years
from referral.web.current import current_directory
from referral.web.staff.file_response import file_response
from referral.web.staff.permissions import requires

reports = Blueprint("reports", __name__, url_prefix="/desk/reports")
SEE_REPORTS = Permission.SEE_REPORTS
_ROWS_IN_OVERVIEW = 8
_ROWS_IN_FIGURE = 40
_ROWS_FOR_BOARD = 4
_HEIGHT_FOR_BOARD = 70  # pixels, so that all fits on one sheet


@reports.get("")
@requires(SEE_REPORTS)
def overview() -> ResponseReturnValue:
    """Show the main tables of a period."""
    form = report_form()
    found = read_reports(current_directory(), form.period(), OVERVIEW)
    figures = [build_figure(table, found.names, _ROWS_IN_OVERVIEW) for table in found.tables]
    return render_template(
        "reports/overview.html", form=form, figures=figures, hiding=suppression_note()
    )


@reports.get("/<string:measure>/<string:dimension>")
@requires(SEE_REPORTS)
def table(measure: str, dimension: str) -> ResponseReturnValue:
    """Show one table whole."""
    found, form = _read_table(measure, dimension)
    return render_template(
        "reports/table.html",
        form=form,
        figure=build_figure(found.tables[0], found.names, _ROWS_IN_FIGURE),
        others=_other_dimensions(found),
        hiding=suppression_note(),
    )


@reports.get("/<string:measure>/<string:dimension>.csv")
@requires(SEE_REPORTS)
def table_csv(measure: str, dimension: str) -> ResponseReturnValue:
    """Give one table as a file."""
    found, form = _read_table(measure, dimension)
    sheet = table_sheet(found.tables[0], found.names, form.summary())
    return file_response(csv_from(sheet), CSV_TYPE, f"{sheet.name}.csv")


@reports.get("/reports.xlsx")
@requires(SEE_REPORTS)
def workbook() -> ResponseReturnValue:
    """Give all tables of the overview as one workbook."""
    form = report_form()
    found = read_reports(current_directory(), form.period(), OVERVIEW)
    sheets = [table_sheet(each, found.names, form.summary()) for each in found.tables]
    return file_response(xlsx_from(sheets), XLSX_TYPE, "reports.xlsx")


@reports.get("/board")
@requires(SEE_REPORTS)
def board() -> ResponseReturnValue:
    """Show the one page that a director can print for the board."""
    form, directory = report_form(), current_directory()
    found = read_reports(directory, form.period(), BOARD)
    figures = {
        f"{each.measure}_{each.dimension}": build_figure(
            each, found.names, _ROWS_FOR_BOARD, _HEIGHT_FOR_BOARD
        )
        for each in found.tables
    }
    return render_template(
        "reports/board.html",
        form=form,
        figures=figures,
        sentences=need_sentences(found),
        hiding=suppression_note(),
    )


@reports.get("/years")
@requires(SEE_REPORTS)
def years() -> ResponseReturnValue:
    """Show years and quarters side by side."""
    form = report_form()
    found = read_years(current_directory())
    rows = [
        (value_label(Dimension.HEADING, heading, found.names), numbers_of(found, heading))
        for heading in found.headings
    ]
    rows.append((other_label(), [table.other for table in found.by_heading]))
    return render_template(
        "reports/years.html", form=form, found=found, rows=rows, hiding=suppression_note()
    )


@reports.get("/map")
@requires(SEE_REPORTS)
def needs_map() -> ResponseReturnValue:
    """Show where needs are and where services are thin."""
    form = report_form()
    found = read_needs_map(current_directory(), form.period())
    return render_template(
        "reports/needs_map.html",
        form=form,
        found=found,
        drawn=draw_needs_map(found),
        coverage_labels=COVERAGE_LABELS,
        hiding=suppression_note(),
    )


@reports.get("/map.csv")
@requires(SEE_REPORTS)
def map_csv() -> ResponseReturnValue:
    """Give the numbers of the map as a file."""
    form = report_form()
    found = read_needs_map(current_directory(), form.period())
    return file_response(csv_from(map_sheet(found, form.summary())), CSV_TYPE, "map.csv")


def numbers_of(found: YearsReport, heading: str) -> list[int | None]:
    """The number of a heading in each year; None where it has none of its own."""
    return [
        next((cell.number for cell in table.cells if cell.value == heading), None)
        for table in found.by_heading
    ]


def report_form() -> ReportForm:
    """The form of the current address; what is due is published first."""
    form = ReportForm(request.args)
    directory = current_directory()
    form.set_choices(read_periods(directory), local_month(directory))
    return form


def _read_table(measure: str, dimension: str) -> tuple[Reports, ReportForm]:
    try:
        report = (Measure(measure), Dimension(dimension))
    except ValueError:
        abort(404)
    if report[1] not in dimensions_of(report[0]):
        abort(404)
    form = report_form()
    return read_reports(current_directory(), form.period(), [report]), form


def _other_dimensions(found: Reports) -> list[tuple[Dimension, str]]:
    """By what else the same thing can be counted."""
    shown = found.tables[0]
    return [
        (each, str(DIMENSION_LABELS[each]))
        for each in dimensions_of(shown.measure)
        if each is not shown.dimension
    ]
