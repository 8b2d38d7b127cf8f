"""Views of the crisis words. A change that would miss a crisis is refused, with its phrases."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.directory.help_lines import help_lines
from referral.vocabulary.crisis_words import (
    CrisisRow,
    lines_raised,
    list_crisis_rows,
    read_crisis_row,
    remove_crisis_row,
    save_crisis_row,
)
from referral.vocabulary.web.forms import CrisisForm, RemoveForm, TryForm, choices_of, offer_found
from referral.vocabulary.web.overview_views import EDIT, is_saved, vocabulary
from referral.web.current import current_instance, current_settings, page_number
from referral.web.staff.access import current_account, requires


@vocabulary.route("/danger", methods=["GET", "POST"])
@requires(EDIT)
def crisis() -> ResponseReturnValue:
    """List the crisis words, and show which help lines a typed text triggers."""
    asked = {name: request.args.get(name, "")[:200] for name in ("q", "line")}
    asked["kind"] = request.args.get("kind", "danger")
    trying, instance = TryForm(), current_instance()
    is_tried = trying.validate_on_submit()
    raised = lines_raised(instance, trying.text.data or "") if is_tried else ()
    names = _line_names()
    return render_template(
        "vocabulary/crisis.html",
        listed=list_crisis_rows(instance, asked["q"], asked["kind"], asked["line"], page_number()),
        asked=asked,
        trying=trying,
        is_tried=is_tried,
        raised=[names.get(key, key) for key in raised],
        line_names=names,
    )


@vocabulary.route("/danger/new", methods=["GET", "POST"])
@requires(EDIT)
def new_crisis() -> ResponseReturnValue:
    """Add a row of the crisis words."""
    return _row_page(CrisisForm(), 0)


@vocabulary.route("/danger/<int:row_id>", methods=["GET", "POST"])
@requires(EDIT)
def crisis_row(row_id: int) -> ResponseReturnValue:
    """Change a row of the crisis words."""
    row = read_crisis_row(current_instance(), row_id)
    first, *others = row.lines or ("",)
    form = CrisisForm(
        kind=row.kind, words=row.words, first=first, lines=list(others), note=row.note
    )
    return _row_page(form, row_id)


@vocabulary.route("/danger/<int:row_id>/remove", methods=["GET", "POST"])
@requires(EDIT)
def drop_crisis(row_id: int) -> ResponseReturnValue:
    """Delete a row of the crisis words, unless a crisis would be missed without it."""
    instance, form = current_instance(), RemoveForm()
    row = read_crisis_row(instance, row_id)
    actor, confirmed = current_account().actor, request.form.get("confirmed") == "yes"
    if form.validate_on_submit() and is_saved(
        form, lambda: remove_crisis_row(instance, actor, row_id, confirmed=confirmed), "reason"
    ):
        return redirect(url_for("vocabulary.crisis"))
    page = render_template("vocabulary/crisis_remove.html", form=form, row=row)
    return page, 422 if form.is_submitted() else 200


def _row_page(form: CrisisForm, row_id: int) -> ResponseReturnValue:
    if form.validate_on_submit() and is_saved(form, lambda: _save_row(form, row_id), "words"):
        return redirect(url_for("vocabulary.crisis"))
    names = _line_names()
    offer_found(form.lines, names.items())
    form.first.choices = choices_of([("", gettext("(none)")), *names.items()])
    page = render_template("vocabulary/crisis_row.html", form=form, row_id=row_id)
    return page, 422 if form.errors else 200


def _save_row(form: CrisisForm, row_id: int) -> str:
    row = CrisisRow(
        id=row_id,
        kind=form.kind.data,
        words=form.words.data or "",
        lines=tuple(filter(None, (form.first.data, *(form.lines.data or ())))),
        note=form.note.data or "",
    )
    return save_crisis_row(
        current_instance(), current_account().actor, row, confirmed=form.confirmed.data
    )


def _line_names() -> dict[str, str]:
    return {
        line.key: f"{line.name} ({line.phone or line.text_to})"
        for line in help_lines(current_settings())
    }
