"""Overview of the vocabulary: latest edits and their undo; shared parts of its pages."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm

from referral.errors import NotFoundError
from referral.records.accounts import Permission
from referral.vocabulary.edit_history import list_vocabulary_edits, undo_vocabulary_edit
from referral.vocabulary.records import VocabularyRefusal, VocabularyRefusedError
from referral.vocabulary.web import labels
from referral.web.current import current_instance
from referral.web.errors import error_page
from referral.web.forms import PressForm
from referral.web.staff.access import current_account, requires

vocabulary = Blueprint("vocabulary", __name__, url_prefix="/curation/vocabulary")
EDIT = Permission.EDIT_VOCABULARY


_TABS = (
    ("vocabulary.overview", lazy_gettext("Last changes")),
    ("vocabulary.words", lazy_gettext("Words people say")),
    ("vocabulary.crisis", lazy_gettext("Words of danger")),
    ("vocabulary.headings", lazy_gettext("Headings")),
    ("vocabulary.taxonomies", lazy_gettext("Taxonomies")),
    ("vocabulary.texts", lazy_gettext("Notice and policy")),
    ("vocabulary.questions", lazy_gettext("Questions at the desk")),
)
_REFUSALS_WITH_PHRASES = frozenset({VocabularyRefusal.MISSED, VocabularyRefusal.FALSE_ALARM})
_FIELD_BY_REFUSAL: dict[VocabularyRefusal, str] = {
    VocabularyRefusal.UNKNOWN_LINE: "first",
    VocabularyRefusal.UNKNOWN_TOPIC: "topics",
    VocabularyRefusal.UNKNOWN_HEADING: "heading",
    VocabularyRefusal.ODD_WEIGHT: "weight",
    VocabularyRefusal.NOT_LICENSED: "may_use",
}


@vocabulary.context_processor
def _template_values() -> dict[str, object]:
    return {"labels": labels, "tabs": _TABS, "press": PressForm(formdata=None)}


@vocabulary.errorhandler(NotFoundError)
def _gone(_: NotFoundError) -> ResponseReturnValue:
    return error_page(404)


@vocabulary.get("")
@requires(EDIT)
def overview() -> ResponseReturnValue:
    """Show the latest edits of the vocabulary, such as of thesaurus entries and crisis words."""
    groups = list_vocabulary_edits(current_instance())
    return render_template("vocabulary/overview.html", groups=groups)


@vocabulary.post("/changes/<uuid:group_id>/take-back")
@requires(EDIT)
def take_back(group_id: UUID) -> ResponseReturnValue:
    """Undo a group of vocabulary edits."""
    is_confirmed = request.form.get("confirmed") == "yes"
    try:
        undo_vocabulary_edit(
            current_instance(), current_account().actor, str(group_id), confirmed=is_confirmed
        )
        flash(gettext("Taken back."))
    except VocabularyRefusedError as error:
        words = labels.refusal_label(error)
        phrases = ", ".join(f"“{phrase}”" for phrase in error.details[:5])
        flash(f"{words} {phrases}".strip() if error.refusal in _REFUSALS_WITH_PHRASES else words)
    return redirect(url_for("vocabulary.overview"))


def is_saved(form: FlaskForm, save: Callable[[], str], field: str) -> bool:
    """Save a form of the vocabulary, and return whether this succeeded.

    A refusal is shown at a field; the phrases that it names, at the top of the form.
    """
    try:
        flash(labels.saved_text(save()))
    except VocabularyRefusedError as error:
        name = _FIELD_BY_REFUSAL.get(error.refusal, field)
        field_with_error = form[name if name in form else field]
        field_with_error.errors = (*field_with_error.errors, labels.refusal_label(error))
        has_phrases = error.refusal in _REFUSALS_WITH_PHRASES
        form.phrases = error.details if has_phrases else ()
        form.asks = error.refusal is VocabularyRefusal.FALSE_ALARM
        return False
    return True
