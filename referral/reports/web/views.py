"""Report pages of the desk: overview, table with filters, board report, branches, map of needs."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.desk.desk_list import list_desks
from referral.directory.instance import local_month
from referral.formats.writing.sheets import CSV_TYPE, XLSX_TYPE, csv_from, xlsx_from
from referral.records.accounts import Permission
from referral.reports.counts import first_month
from referral.reports.needs_map import read_needs_map
from referral.reports.records import NO_FILTERS, Dimension, Measure, Scope
from referral.reports.rounded_counts import CLOSED, close_periods, closed_periods
from referral.reports.standard_reports import (
    AT_DESKS,
    BOARD,
    BUSY_TIMES,
    OVERVIEW,
    Report,
    Reports,
    read_branches,
    read_reports,
    read_topics_asked,
    read_years,
)
from referral.reports.web.figures import Figure, build_figure, rounding_note, table_sheet
from referral.reports.web.forms import ReportForm, TableForm
from referral.reports.web.labels import MEASURE_LABELS, number_label, value_label
from referral.reports.web.needs_map import COVERAGE_LABELS, draw_needs_map, map_sheet
from referral.web.current import current_instance
from referral.web.staff.access import current_account, requires
from referral.web.staff.file_response import file_response

reports = Blueprint("reports", __name__, url_prefix="/desk/reports")
SEE_REPORTS, SEE_LIVE_COUNTS = Permission.SEE_REPORTS, Permission.SEE_LIVE_COUNTS
_ROWS_IN_OVERVIEW = 8
_ROWS_IN_TABLE = 24
_ROWS_FOR_BOARD = 4
_HEIGHT_FOR_BOARD = 70  # pixels, so that the report fits on one sheet
_MOST_YEARS = 5
_MOST_SENTENCES = 4


@reports.get("")
@requires(SEE_REPORTS)
def overview() -> ResponseReturnValue:
    """Show the main tables of a period, and totals of several years."""
    form = report_form()
    return render_template(
        "reports/overview.html",
        form=form,
        figures=figures_of(form, OVERVIEW, _ROWS_IN_OVERVIEW),
        years=_year_totals(form),
        number_label=lambda number: number_label(number, is_rounded=not form.is_live),
        hiding=note_of(form),
    )


@reports.get("/table")
@requires(SEE_LIVE_COUNTS)
def table() -> ResponseReturnValue:
    """Show a live table with all its rows, with or without filters."""
    instance, form = current_instance(), TableForm(request.args)
    headings, topics = read_topics_asked(instance)
    form.set_choices(headings, topics, list_desks(instance))
    _set_live(form)
    found = read_reports(instance, form.scope_of(form.filters), [(form.measure, form.dimension)])
    return render_template(
        "reports/table.html",
        form=form,
        figure=build_figure(found.tables[0], found.names, _ROWS_IN_TABLE),
        detail_days=instance.settings.detail_days,
    )


@reports.get("/<string:measure>/<string:dimension>.csv")
@requires(SEE_REPORTS)
def table_csv(measure: str, dimension: str) -> ResponseReturnValue:
    """Download a table of a closed period as a CSV file."""
    if measure not in set(Measure) or dimension not in set(Dimension):
        abort(404)
    wanted = closed_of(((Measure(measure), Dimension(dimension)),))
    if not wanted:
        abort(404)
    form, found = read_closed(wanted)
    sheet = table_sheet(found.tables[0], found.names, form.summary())
    return file_response(csv_from(sheet), CSV_TYPE, f"{sheet.name}.csv")


@reports.get("/reports.xlsx")
@requires(SEE_REPORTS)
def workbook() -> ResponseReturnValue:
    """Download the overview tables of a closed period as a workbook."""
    return workbook_of(OVERVIEW, "reports.xlsx")


@reports.get("/board")
@requires(SEE_REPORTS)
def board() -> ResponseReturnValue:
    """Show the printable one-page report for the library's board."""
    form = closed_form()
    scope, figures, sentences = form.scope(), {}, []
    if scope:
        found = read_reports(current_instance(), scope, BOARD)
        figures = {
            f"{report.measure}_{report.dimension}": build_figure(
                report, found.names, _ROWS_FOR_BOARD, _HEIGHT_FOR_BOARD
            )
            for report in found.tables
        }
        sentences = need_sentences(found)
    return render_template(
        "reports/board.html",
        form=form,
        figures=figures,
        sentences=sentences,
        hiding=rounding_note(),
    )


@reports.get("/branches")
@requires(SEE_LIVE_COUNTS)
def branches() -> ResponseReturnValue:
    """Show numbers by branch and desk, and the busiest days and hours."""
    form = live_form()
    return render_template(
        "reports/branches.html",
        form=form,
        found=read_branches(current_instance(), form.scope_of(NO_FILTERS)),
        measures=[(measure, MEASURE_LABELS[measure]) for measure in AT_DESKS],
        figures=figures_of(form, BUSY_TIMES, _ROWS_IN_TABLE),
    )


@reports.get("/map")
@requires(SEE_REPORTS)
def needs_map() -> ResponseReturnValue:
    """Show the map of needs and of the services for them."""
    form = report_form()
    scope = form.scope()
    found = read_needs_map(current_instance(), scope) if scope else None
    return render_template(
        "reports/needs_map.html",
        form=form,
        found=found,
        drawn=found and draw_needs_map(found),
        coverage_labels=COVERAGE_LABELS,
        number_label=lambda number: number_label(number, is_rounded=not form.is_live),
        hiding=note_of(form),
    )


@reports.get("/map.csv")
@requires(SEE_REPORTS)
def map_csv() -> ResponseReturnValue:
    """Download the numbers of the map of a closed period as a CSV file."""
    form = closed_form()
    found = read_needs_map(current_instance(), _closed_scope(form))
    return file_response(csv_from(map_sheet(found, form.summary())), CSV_TYPE, "map.csv")


def report_form() -> ReportForm:
    """Return the period form for the request, live for accounts that may see exact numbers."""
    return live_form() if current_account().may(SEE_LIVE_COUNTS) else closed_form()


def live_form() -> ReportForm:
    """Return the period form for exact numbers, up to the current month."""
    form = ReportForm(request.args)
    _set_live(form)
    return form


def closed_form() -> ReportForm:
    """Return the period form for closed periods, after closing those that are due."""
    instance, form = current_instance(), ReportForm(request.args)
    close_periods(instance)
    with instance.store.read() as session:
        form.set_closed(closed_periods(session), first_month(session))
    return form


def _set_live(form: ReportForm) -> None:
    instance = current_instance()
    close_periods(instance)
    with instance.store.read() as session:
        form.set_live(first_month(session), local_month(instance), closed_periods(session))


def figures_of(form: ReportForm, wanted: tuple[Report, ...], most: int) -> list[Figure]:
    """Return the figures of a page, empty if no period is closed."""
    scope = form.scope()
    if scope is None:
        return []
    found = read_reports(current_instance(), scope, wanted if scope.is_live else closed_of(wanted))
    return [build_figure(report, found.names, most) for report in found.tables]


def closed_of(wanted: tuple[Report, ...]) -> list[Report]:
    """Return the pairs of measure and dimension that closed periods include."""
    return [
        (measure, dimension)
        for measure, dimension in wanted
        if dimension is Dimension.MONTH or dimension in CLOSED[measure]
    ]


def workbook_of(wanted: tuple[Report, ...], name: str) -> ResponseReturnValue:
    """Return tables of a closed period as a workbook to download."""
    form, found = read_closed(closed_of(wanted))
    sheets = [table_sheet(report, found.names, form.summary()) for report in found.tables]
    return file_response(xlsx_from(sheets), XLSX_TYPE, name)


def read_closed(wanted: list[Report]) -> tuple[ReportForm, Reports]:
    """Return the form and the tables for the closed period of the request."""
    form = closed_form()
    return form, read_reports(current_instance(), _closed_scope(form), wanted)


def _closed_scope(form: ReportForm) -> Scope:
    scope = form.scope()
    if scope is None:
        abort(404)
    return scope


def note_of(form: ReportForm) -> str:
    """Return the note on rounding, "" if the numbers of the page are exact."""
    return "" if form.is_live else rounding_note()


def _year_totals(form: ReportForm) -> list[tuple[str, dict[Measure, int | None]]]:
    """Return label and totals of the last years, with the counted months if not all are counted."""
    found = read_years(current_instance(), form.years[:_MOST_YEARS], is_live=form.is_live)
    return [(form.year_label(name), sums) for name, sums in found.items()]


def need_sentences(found: Reports) -> list[str]:
    """Return a sentence for each of the most frequent headings, with its unmet needs."""
    needs = found.of(Measure.NEEDS, Dimension.TERM)
    unmet = found.of(Measure.UNMET, Dimension.HEADING)
    numbers = {cell.value: cell.number for cell in unmet.cells}
    return [
        _sentence(
            value_label(Dimension.HEADING, cell.value, found.names),
            cell.number,
            numbers.get(cell.value),
        )
        for cell in needs.cells[:_MOST_SENTENCES]
    ]


def _sentence(name: str, asked: int, unmet: int | None) -> str:
    asked_label = number_label(asked, is_rounded=True)
    if unmet is None:
        return str(gettext("%(need)s: asked %(asked)s times.", need=name, asked=asked_label))
    return str(
        gettext(
            "%(need)s: asked %(asked)s times; %(unmet)s times there was no help, or not enough.",
            need=name,
            asked=asked_label,
            unmet=number_label(unmet, is_rounded=True),
        )
    )
