"""Report on unmet needs."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from referral.formats.writing.sheets import CSV_TYPE, XLSX_TYPE, Sheet, csv_from, xlsx_from
from referral.records.accounts import Permission
from referral.reports.unmet_needs import UnmetNeeds, UnmetNeedsView, read_unmet_needs
from referral.reports.web.figures import (
    build_figure,
    other_label,
    suppression_note,
    table_sheet,
)
from referral.reports.web.labels import GROUP_LABELS, VIEW_TITLES
from referral.reports.web.views import report_form
from referral.web.current import current_directory
from referral.web.staff.file_response import file_response
from referral.web.staff.permissions import requires

unmet_needs = Blueprint("ledger", __name__, url_prefix="/desk/ledger")
SEE_REPORTS = Permission.SEE_REPORTS
_ROWS_IN_CHART = 10


@unmet_needs.get("")
@requires(SEE_REPORTS)
def show() -> ResponseReturnValue:
    """Show the unmet needs of a period."""
    form = report_form()
    found = read_unmet_needs(current_directory(), form.period())
    figures = [
        build_figure(table, found.names, _ROWS_IN_CHART, title=str(VIEW_TITLES[view]))
        for view, table in found.tables.items()
    ]
    by_group = found.tables[UnmetNeedsView.UNMET_GROUP]
    numbers = {cell.value: cell.number for cell in by_group.cells}
    groups = [
        (label, numbers[group]) for group, label in GROUP_LABELS.items() if numbers.get(group)
    ]
    if groups and by_group.other:  # alone it says no more than the sum
        groups.append((other_label(), by_group.other))
    return render_template(
        "reports/unmet_needs.html",
        form=form,
        figures=dict(zip(found.tables, figures, strict=True)),
        groups=groups,
        hiding=suppression_note(),
    )


@unmet_needs.get("/<string:view>.csv")
@requires(SEE_REPORTS)
def table_csv(view: str) -> ResponseReturnValue:
    """Download one table as CSV."""
    if view not in set(UnmetNeedsView):
        abort(404)
    form = report_form()
    found = read_unmet_needs(current_directory(), form.period())
    sheet = _sheet(found, UnmetNeedsView(view), form.summary())
    return file_response(csv_from(sheet), CSV_TYPE, f"{sheet.name}.csv")


@unmet_needs.get("/unmet-needs.xlsx")
@requires(SEE_REPORTS)
def workbook() -> ResponseReturnValue:
    """Download all tables as one workbook."""
    form = report_form()
    found = read_unmet_needs(current_directory(), form.period())
    sheets = [_sheet(found, view, form.summary()) for view in UnmetNeedsView]
    return file_response(xlsx_from(sheets), XLSX_TYPE, "unmet-needs.xlsx")


def _sheet(found: UnmetNeeds, view: UnmetNeedsView, period: str) -> Sheet:
    sheet = table_sheet(found.tables[view], found.names, period, str(VIEW_TITLES[view]))
    return replace(sheet, name=f"unmet needs {view}".replace("_", " "))
