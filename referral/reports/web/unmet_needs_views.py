"""Report on unmet needs from the desk, from searches and from replies to slips."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from referral.records.accounts import Permission
from referral.reports.standard_reports import ALL_UNMET
from referral.reports.web.views import figures_of, note_of, report_form, workbook_of
from referral.web.staff.access import requires

unmet_needs = Blueprint("ledger", __name__, url_prefix="/desk/ledger")
SEE_REPORTS = Permission.SEE_REPORTS
_ROWS_IN_CHART = 10


@unmet_needs.get("")
@requires(SEE_REPORTS)
def show() -> ResponseReturnValue:
    """Show the unmet needs of a period."""
    form = report_form()
    return render_template(
        "reports/unmet_needs.html",
        form=form,
        figures={
            figure.dimension: figure for figure in figures_of(form, ALL_UNMET, _ROWS_IN_CHART)
        },
        hiding=note_of(form),
    )


@unmet_needs.get("/unmet-needs.xlsx")
@requires(SEE_REPORTS)
def workbook() -> ResponseReturnValue:
    """Download the tables of unmet needs of a closed period as a workbook."""
    return workbook_of(ALL_UNMET, "unmet-needs.xlsx")
