"""Reports of the desk: an overview, each table by itself, a page for the board, and a map."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from referral.formats.writing.sheets import (
    CSV_TYPE,
    XLSX_TYPE,
    csv_from,
    xlsx_from,
)
from referral.records.accounts import Permission
from referral.reports.counts import dimensions_of
from referral.reports.needs_map import read_needs_map
from referral.reports.read import (
    BOARD,
    OVERVIEW,
    Reports,
    read_choices,
    read_reports,
    read_unmet_groups,
)
from referral.reports.records import Dimension, Measure
from referral.reports.web.figures import figure_of, hiding_words, sheet_of
from referral.reports.web.labels import (
    DIMENSION_WORDS,
    GROUP_WORDS,
    cell_words,
    month_words,
)
from referral.reports.web.needs_map import (
    COVER_WORDS,
    cover_of,
    cover_words,
    draw_needs,
    needs_sheet,
)
from referral.reports.web.report_form import ReportForm
from referral.web.current import current_directory
from referral.web.staff.navigation import StaffPage, register_staff_pages
from referral.web.staff.permissions import requires

reports = Blueprint("reports", __name__, url_prefix="/desk/reports")
SEE = Permission.SEE_REPORTS
reports.add_app_template_filter(cell_words, "cell_words")
reports.add_app_template_filter(month_words, "month_words")
reports.add_app_template_filter(cover_of, "cover_of")
reports.add_app_template_filter(cover_words, "cover_words")
_ROWS_IN_OVERVIEW = 8
_ROWS_IN_FIGURE = 40
_ROWS_FOR_BOARD = 5
_HEIGHT_FOR_BOARD = 100  # pixels, so that all fits on one sheet


def offer_report_pages(app: Flask) -> None:
    """Add the reports to the navigation of staff."""
    register_staff_pages(
        app,
        StaffPage(
            endpoint="reports.overview",
            label=lazy_gettext("Reports"),
            description=lazy_gettext("What people needed, what they got, and what was missing."),
            icon="bar-chart-line",
            permission=SEE,
        ),
    )


@reports.get("")
@requires(SEE)
def overview() -> ResponseReturnValue:
    """Show the main tables of a period."""
    form = asked_form()
    found = read_reports(current_directory(), form.period(), OVERVIEW)
    figures = [figure_of(table, found.names, _ROWS_IN_OVERVIEW) for table in found.tables]
    return render_template(
        "reports/overview.html", form=form, figures=figures, hiding=hiding_words()
    )


@reports.get("/<string:measure>/<string:dimension>")
@requires(SEE)
def table(measure: str, dimension: str) -> ResponseReturnValue:
    """Show one table whole."""
    found, form = _one_table(measure, dimension)
    return render_template(
        "reports/table.html",
        form=form,
        figure=figure_of(found.tables[0], found.names, _ROWS_IN_FIGURE),
        others=_others(found),
        hiding=hiding_words(),
    )


@reports.get("/<string:measure>/<string:dimension>.csv")
@requires(SEE)
def table_csv(measure: str, dimension: str) -> ResponseReturnValue:
    """Give one table as a file."""
    found, form = _one_table(measure, dimension)
    sheet = sheet_of(found.tables[0], found.names, form.said())
    return file_answer(csv_from(sheet), CSV_TYPE, f"{sheet.name}.csv")


@reports.get("/reports.xlsx")
@requires(SEE)
def workbook() -> ResponseReturnValue:
    """Give all tables of the overview as one workbook."""
    form = asked_form()
    found = read_reports(current_directory(), form.period(), OVERVIEW)
    sheets = [sheet_of(each, found.names, form.said()) for each in found.tables]
    return file_answer(xlsx_from(sheets), XLSX_TYPE, "reports.xlsx")


@reports.get("/board")
@requires(SEE)
def board() -> ResponseReturnValue:
    """Show the one page that a director can print for the board."""
    form, directory = asked_form(), current_directory()
    period = form.period()
    found = read_reports(directory, period, BOARD)
    figures = {
        f"{each.measure}_{each.dimension}": figure_of(
            each, found.names, _ROWS_FOR_BOARD, _HEIGHT_FOR_BOARD
        )
        for each in found.tables
    }
    groups = [
        (GROUP_WORDS[cell.value], cell_words(cell))
        for cell in read_unmet_groups(directory, period).cells
    ]
    return render_template(
        "reports/board.html", form=form, figures=figures, groups=groups, hiding=hiding_words()
    )


@reports.get("/map")
@requires(SEE)
def needs_map() -> ResponseReturnValue:
    """Show where needs are and where services are thin."""
    form = asked_form()
    found = read_needs_map(current_directory(), form.period())
    return render_template(
        "reports/map.html",
        form=form,
        found=found,
        drawn=draw_needs(found),
        all_covers=COVER_WORDS,
        hiding=hiding_words(),
    )


@reports.get("/map.csv")
@requires(SEE)
def map_csv() -> ResponseReturnValue:
    """Give the numbers of the map as a file."""
    form = asked_form()
    found = read_needs_map(current_directory(), form.period())
    return file_answer(csv_from(needs_sheet(found, form.said())), CSV_TYPE, "map.csv")


def asked_form() -> ReportForm:
    """What the address narrows reports by."""
    form = ReportForm(request.args)
    form.offer(read_choices(current_directory()))
    return form


def file_answer(content: bytes, kind: str, name: str) -> Response:
    """A file to download."""
    answer = Response(content, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name.replace(" ", "-")}"'
    return answer


def _one_table(measure: str, dimension: str) -> tuple[Reports, ReportForm]:
    try:
        report = (Measure(measure), Dimension(dimension))
    except ValueError:
        abort(404)
    if report[1] not in dimensions_of(report[0]):
        abort(404)
    form = asked_form()
    return read_reports(current_directory(), form.period(), [report]), form


def _others(found: Reports) -> list[tuple[Dimension, str]]:
    """By what else the same thing can be counted."""
    shown = found.tables[0]
    return [
        (each, str(DIMENSION_WORDS[each]))
        for each in dimensions_of(shown.measure)
        if each is not shown.dimension
    ]
