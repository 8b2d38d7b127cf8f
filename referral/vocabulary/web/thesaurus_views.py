"""Views of the thesaurus: list, entry, CSV download and upload."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from referral.directory.term_lookup import find_terms, name_codes
from referral.formats.writing.sheets import CSV_TYPE
from referral.records.thesaurus import ThesaurusEntry
from referral.vocabulary.records import VocabularyRefusedError
from referral.vocabulary.thesaurus import (
    LARGEST_FILE,
    list_entries,
    load_thesaurus_csv,
    read_entry,
    remove_entry,
    save_entry,
    thesaurus_csv,
)
from referral.vocabulary.web.forms import WordForm, WordsFileForm, choices_of, offer_found
from referral.vocabulary.web.labels import refusal_label
from referral.vocabulary.web.overview_views import EDIT, is_saved, vocabulary
from referral.web.current import current_instance, page_number
from referral.web.staff.access import current_account, requires
from referral.web.staff.file_response import file_response


@vocabulary.get("/words")
@requires(EDIT)
def words() -> ResponseReturnValue:
    """List the thesaurus entries."""
    asked = {name: request.args.get(name, "")[:200] for name in ("q", "language", "kind")}
    listed = list_entries(
        current_instance(), asked["q"], asked["language"], asked["kind"], page_number()
    )
    return render_template("vocabulary/thesaurus.html", listed=listed, asked=asked)


@vocabulary.route("/words/new", methods=["GET", "POST"])
@requires(EDIT)
def new_word() -> ResponseReturnValue:
    """Add a thesaurus entry."""
    form = WordForm(phrase=request.args.get("phrase", "")[:200])
    return _word_page(form, None)


@vocabulary.route("/words/<int:entry_id>", methods=["GET", "POST"])
@requires(EDIT)
def word(entry_id: int) -> ResponseReturnValue:
    """Change a thesaurus entry."""
    entry = read_entry(current_instance(), entry_id).entry
    form = WordForm(
        phrase=entry.phrase,
        language=entry.language,
        topics=list(entry.term_codes),
        weight=f"{entry.weight:g}",
    )
    return _word_page(form, entry_id)


@vocabulary.post("/words/<int:entry_id>/remove")
@requires(EDIT)
def drop_word(entry_id: int) -> ResponseReturnValue:
    """Delete a thesaurus entry."""
    remove_entry(current_instance(), current_account().actor, entry_id)
    flash(gettext("Taken away."))
    return redirect(url_for("vocabulary.words"))


@vocabulary.get("/words.csv")
@requires(EDIT)
def download_words() -> ResponseReturnValue:
    """Return all thesaurus entries as a CSV file."""
    return file_response(thesaurus_csv(current_instance()), CSV_TYPE, "words-people-say.csv")


@vocabulary.route("/words/file", methods=["GET", "POST"])
@requires(EDIT)
def upload_words() -> ResponseReturnValue:
    """Load a thesaurus file, or show which lines must be corrected."""
    form = WordsFileForm()
    loaded = None
    if form.validate_on_submit():
        content = form.file.data.stream.read(LARGEST_FILE + 1)
        try:
            loaded = load_thesaurus_csv(
                current_instance(),
                current_account().actor,
                content,
                removes_others=form.removes_others.data,
            )
        except VocabularyRefusedError as error:
            form.file.errors = [refusal_label(error)]
        if loaded and not loaded.refused:
            flash(
                gettext(
                    "%(added)s added, %(changed)s changed, %(removed)s taken away.",
                    added=loaded.added,
                    changed=loaded.changed,
                    removed=loaded.removed,
                )
            )
            return redirect(url_for("vocabulary.overview"))
        if loaded:
            count = len(loaded.refused)
            form.file.errors = [
                ngettext(
                    "%(num)s line has to be fixed first. Nothing was changed.",
                    "%(num)s lines have to be fixed first. Nothing was changed.",
                    count,
                )
            ]
    status = 422 if form.errors or form.file.errors else 200
    page = render_template("vocabulary/thesaurus_file.html", form=form, loaded=loaded)
    return page, status


def _word_page(form: WordForm, entry_id: int | None) -> ResponseReturnValue:
    instance = current_instance()
    is_searching = request.form.get("do") == "find"
    is_valid = form.validate_on_submit() and not is_searching
    if is_valid and is_saved(form, lambda: _save_entry_form(form, entry_id), "phrase"):
        return redirect(url_for("vocabulary.words", q=form.phrase.data))
    if is_searching:
        form.phrase.errors = ()
    found = find_terms(instance, form.term_search.data or "", coded=True)
    chosen = name_codes(instance, form.topics.data or ())
    offer_found(
        form.topics, [(line.code or line.id, " – ".join((*line.above, line.name)))
                      for line in (*chosen, *found)],
    )  # fmt: skip
    _offer_weight(form)
    page = render_template("vocabulary/thesaurus_entry.html", form=form, entry_id=entry_id)
    return page, 422 if form.errors and not is_searching else 200


def _save_entry_form(form: WordForm, entry_id: int | None) -> str:
    entry = ThesaurusEntry(
        phrase=form.phrase.data or "",
        language=form.language.data,
        term_codes=tuple(form.topics.data or ()),
        weight=_parse_weight(form.weight.data),
    )
    return save_entry(current_instance(), current_account().actor, entry, entry_id)


def _parse_weight(text: str | None) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0.0


def _offer_weight(form: WordForm) -> None:
    """Add the weight of a thesaurus entry to the form's choices if it is an unusual one."""
    value = form.weight.data or "1"
    form.weight.data = value
    if value not in [choice.value for choice in form.weight.choices]:
        form.weight.choices = [*form.weight.choices, *choices_of([(value, value)])]
