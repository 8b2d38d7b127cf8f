"""Report on unmet needs, and the review of searches without results."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from referral.directory.context import Directory
from referral.directory.term_lookup import find_terms
from referral.directory.unknown_words import DAYS_UNTIL_READABLE
from referral.errors import NotFoundError
from referral.records.accounts import Account, Permission
from referral.records.waiting import Waiting
from referral.reports.missed_searches import (
    MissedSearch,
    classify_missed_search,
    discard_missed_search,
    list_headings,
    list_missed_searches,
    look_up_missed_topics,
    look_up_words,
    read_missed_search,
    waiting_words,
)
from referral.reports.standard_reports import ALL_UNMET
from referral.reports.web.forms import MissedSearchForm, TopicSearchForm
from referral.reports.web.views import figures_of, note_of, report_form, workbook_of
from referral.web.current import current_directory
from referral.web.forms import PressForm
from referral.web.staff.permissions import current_account, requires

unmet_needs = Blueprint("ledger", __name__, url_prefix="/desk/ledger")
SEE_REPORTS = Permission.SEE_REPORTS
_ROWS_IN_CHART = 10


@unmet_needs.get("")
@requires(SEE_REPORTS)
def show() -> ResponseReturnValue:
    """Show the unmet needs of a period."""
    form = report_form()
    figures = {each.dimension: each for each in figures_of(form, ALL_UNMET, _ROWS_IN_CHART)}
    return render_template(
        "reports/unmet_needs.html",
        form=form,
        figures=figures,
        waiting=words_to_review(current_directory(), current_account()).count,
        may_review=_may_review(),
        hiding=note_of(form),
    )


@unmet_needs.get("/unmet-needs.xlsx")
@requires(SEE_REPORTS)
def workbook() -> ResponseReturnValue:
    """Download all tables of a closed period as one workbook."""
    return workbook_of(ALL_UNMET, "unmet-needs.xlsx")


@unmet_needs.get("/words")
@requires(SEE_REPORTS)
def words() -> ResponseReturnValue:
    """Show the words that wait for somebody to read them."""
    _check_reviewer()
    waiting = list_missed_searches(current_directory())
    return render_template(
        "reports/missed_searches.html",
        waiting=waiting,
        found_today=look_up_words(current_directory(), [each.word for each in waiting]),
        topics=look_up_missed_topics(current_directory()),
        press=PressForm(),
        days_until_readable=DAYS_UNTIL_READABLE,
        done=request.args.get("done", ""),
    )


@unmet_needs.get("/words/<uuid:missed_id>")
@requires(SEE_REPORTS)
def one_search(missed_id: UUID) -> ResponseReturnValue:
    """Show one word with topics that it may stand for."""
    _check_reviewer()
    missed = _read_missed_search(missed_id)
    return _missed_search_page(missed, missed.word)


@unmet_needs.post("/words/<uuid:missed_id>/find")
@requires(SEE_REPORTS)
def find(missed_id: UUID) -> ResponseReturnValue:
    """Show topics for other words; a POST, so that no words stand in an address."""
    _check_reviewer()
    form = TopicSearchForm()
    return _missed_search_page(_read_missed_search(missed_id), form.words.data or "")


@unmet_needs.post("/words/<uuid:missed_id>")
@requires(SEE_REPORTS)
def keep(missed_id: UUID) -> ResponseReturnValue:
    """Keep what the words stand for, so that they count."""
    _check_reviewer()
    missed, form = _read_missed_search(missed_id), MissedSearchForm()
    if not form.validate_on_submit():
        return _missed_search_page(missed, missed.word, form), 400
    try:
        classify_missed_search(
            current_directory(),
            current_account().actor,
            missed.id,
            heading=form.heading_chosen,
            term_code=form.term_chosen,
        )
    except NotFoundError:
        abort(404)
    return redirect(url_for("ledger.words", done="kept"))


@unmet_needs.post("/words/<uuid:missed_id>/drop")
@requires(SEE_REPORTS)
def drop(missed_id: UUID) -> ResponseReturnValue:
    """Drop a word that is no need, or that names somebody."""
    _check_reviewer()
    try:
        discard_missed_search(current_directory(), current_account().actor, str(missed_id))
    except NotFoundError:
        abort(404)
    return redirect(url_for("ledger.words", done="dropped"))


def _missed_search_page(
    missed: MissedSearch, words: str, form: MissedSearchForm | None = None
) -> str:
    directory = current_directory()
    form = form or MissedSearchForm()
    form.set_choices(find_terms(directory, words, coded=True), list_headings(directory))
    find_form = TopicSearchForm(data={"words": words})
    return render_template(
        "reports/missed_search.html", missed=missed, form=form, find_form=find_form
    )


def _read_missed_search(missed_id: UUID) -> MissedSearch:
    try:
        return read_missed_search(current_directory(), str(missed_id))
    except NotFoundError:
        abort(404)


def words_to_review(directory: Directory, account: Account) -> Waiting:
    """The words that wait for a review by this account."""
    return waiting_words(directory) if _is_reviewer(account) else Waiting(0)


def _is_reviewer(account: Account) -> bool:
    return account.may(Permission.USE_DESK) or account.may(Permission.REVIEW_FEEDBACK)


def _may_review() -> bool:
    return _is_reviewer(current_account())


def _check_reviewer() -> None:
    """Words of searches are for those who work with them, not for all who see reports."""
    if not _may_review():
        abort(403)
