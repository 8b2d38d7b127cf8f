"""The ledger of unmet needs, and the searches that somebody has to read before they count."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Flask, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from referral.directory.context import Directory
from referral.directory.term_lookup import find_terms
from referral.errors import NotFoundError
from referral.formats.writing.sheets import (
    CSV_TYPE,
    XLSX_TYPE,
    Sheet,
    csv_from,
    xlsx_from,
)
from referral.records.accounts import Account, Permission
from referral.reports.missed_searches import (
    MissedSearch,
    count_missed_searches,
    drop_missed_search,
    keep_missed_search,
    list_missed_searches,
    read_missed_search,
)
from referral.reports.read import read_choices
from referral.reports.unmet_needs import Ledger, LedgerView, read_ledger
from referral.reports.web.figures import (
    count_in_file,
    cross_bars,
    hiding_words,
)
from referral.reports.web.forms import FindForm, MeaningForm
from referral.reports.web.labels import (
    GROUP_WORDS,
    VIEW_TITLES,
    VIEW_WORDS,
    view_value_words,
)
from referral.reports.web.views import asked_form, file_answer
from referral.web.current import current_directory
from referral.web.forms import PressForm
from referral.web.staff.audit_labels import add_audit_labels
from referral.web.staff.navigation import StaffPage, register_staff_pages
from referral.web.staff.permissions import current_account, requires

ledger = Blueprint("ledger", __name__, url_prefix="/desk/ledger")
SEE = Permission.SEE_REPORTS
_ROWS_IN_CHART = 10
_ROWS_IN_TABLE = 15
add_audit_labels(
    {
        "missed-search-kept": lazy_gettext("said what a search stands for"),
        "missed-search-dropped": lazy_gettext("dropped the words of a search"),
    },
    {"missed_search": lazy_gettext("search that found nothing")},
)


def offer_ledger_pages(app: Flask) -> None:
    """Add the ledger to the navigation of staff."""
    register_staff_pages(
        app,
        StaffPage(
            endpoint="ledger.show",
            label=lazy_gettext("Unmet needs"),
            description=lazy_gettext("What people looked for here and could not get."),
            icon="clipboard-x",
            permission=SEE,
            count=_waiting,
        ),
    )


@ledger.get("")
@requires(SEE)
def show() -> ResponseReturnValue:
    """Show the ledger of a period."""
    form, directory = asked_form(), current_directory()
    found = read_ledger(directory, form.period())
    labels = {view: _labels(found, view) for view in LedgerView}
    top = LedgerView.TERM if form.heading.data else LedgerView.HEADING
    return render_template(
        "reports/ledger.html",
        form=form,
        ledger=found,
        labels=labels,
        top=top,
        bars=cross_bars(found.tables[top], labels[top], _ROWS_IN_CHART),
        view_words=VIEW_WORDS,
        view_titles=VIEW_TITLES,
        group_words=GROUP_WORDS,
        most=_ROWS_IN_TABLE,
        waiting=_waiting(directory, current_account()),
        may_review=_may_review(),
        hiding=hiding_words(),
    )


@ledger.get("/<string:view>.csv")
@requires(SEE)
def table_csv(view: str) -> ResponseReturnValue:
    """Give one table of the ledger as a file."""
    if view not in set(LedgerView):
        abort(404)
    form = asked_form()
    found = read_ledger(current_directory(), form.period())
    sheet = _sheet(found, LedgerView(view), form.said())
    return file_answer(csv_from(sheet), CSV_TYPE, f"{sheet.name}.csv")


@ledger.get("/unmet-needs.xlsx")
@requires(SEE)
def workbook() -> ResponseReturnValue:
    """Give the whole ledger as one workbook."""
    form = asked_form()
    found = read_ledger(current_directory(), form.period())
    sheets = [_sheet(found, view, form.said()) for view in LedgerView]
    return file_answer(xlsx_from(sheets), XLSX_TYPE, "unmet-needs.xlsx")


@ledger.get("/words")
@requires(SEE)
def words() -> ResponseReturnValue:
    """Show the searches that wait for somebody to read them."""
    _check_reviewer()
    waiting = list_missed_searches(current_directory())
    return render_template(
        "reports/words.html", waiting=waiting, press=PressForm(), done=request.args.get("done", "")
    )


@ledger.get("/words/<uuid:missed_id>")
@requires(SEE)
def one_search(missed_id: UUID) -> ResponseReturnValue:
    """Show one search with topics that it may stand for."""
    _check_reviewer()
    missed = _missed(missed_id)
    return _meaning_page(missed, missed.words)


@ledger.post("/words/<uuid:missed_id>/find")
@requires(SEE)
def find(missed_id: UUID) -> ResponseReturnValue:
    """Show topics for other words; a POST, so that no words stand in an address."""
    _check_reviewer()
    form = FindForm()
    return _meaning_page(_missed(missed_id), form.words.data or "")


@ledger.post("/words/<uuid:missed_id>")
@requires(SEE)
def keep(missed_id: UUID) -> ResponseReturnValue:
    """Keep what the words stand for, so that they count."""
    _check_reviewer()
    missed, form = _missed(missed_id), MeaningForm()
    if not form.validate_on_submit():
        return _meaning_page(missed, missed.words, form), 400
    try:
        keep_missed_search(
            current_directory(),
            current_account().actor,
            missed.id,
            heading=form.heading_chosen,
            term_code=form.term_chosen,
        )
    except NotFoundError:
        abort(404)
    return redirect(url_for("ledger.words", done="kept"))


@ledger.post("/words/<uuid:missed_id>/drop")
@requires(SEE)
def drop(missed_id: UUID) -> ResponseReturnValue:
    """Drop words that are no need, or that name somebody."""
    _check_reviewer()
    drop_missed_search(current_directory(), current_account().actor, str(missed_id))
    return redirect(url_for("ledger.words", done="dropped"))


def _meaning_page(missed: MissedSearch, words: str, form: MeaningForm | None = None) -> str:
    directory = current_directory()
    form = form or MeaningForm()
    form.offer(find_terms(directory, words, coded=True), read_choices(directory).headings)
    find_form = FindForm(data={"words": words})
    return render_template("reports/one_search.html", missed=missed, form=form, find_form=find_form)


def _missed(missed_id: UUID) -> MissedSearch:
    try:
        return read_missed_search(current_directory(), str(missed_id))
    except NotFoundError:
        abort(404)


def _waiting(directory: Directory, account: Account) -> int:
    return count_missed_searches(directory) if _is_reviewer(account) else 0


def _is_reviewer(account: Account) -> bool:
    return account.may(Permission.USE_DESK) or account.may(Permission.REVIEW_FEEDBACK)


def _may_review() -> bool:
    return _is_reviewer(current_account())


def _check_reviewer() -> None:
    """Words of searches are for those who work with them, not for all who see reports."""
    if not _may_review():
        abort(403)


def _labels(found: Ledger, view: LedgerView) -> list[str]:
    return [view_value_words(view, value, found.names) for value, _, _ in found.tables[view].rows]


def _sheet(found: Ledger, view: LedgerView, period: str) -> Sheet:
    table = found.tables[view]
    lines = [
        (label, *map(count_in_file, cells), count_in_file(total))
        for label, (_, cells, total) in zip(_labels(found, view), table.rows, strict=True)
    ]
    everything = (*map(count_in_file, table.totals), count_in_file(table.total))
    groups = [str(GROUP_WORDS[group]) for group in table.columns]
    return Sheet(
        name=f"unmet needs {view}",
        title=str(VIEW_TITLES[view]),
        notes=(period, hiding_words()),
        header=(str(VIEW_WORDS[view]), *groups, str(gettext("All"))),
        rows=(*lines, (str(gettext("All")), *everything)),
    )
