"""Views of the taxonomies: list, notices, order of topics, upload of a file."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from referral.directory.site_texts import TaxonomyNotice
from referral.errors import NotFoundError, RefusedError
from referral.vocabulary.records import VocabularyRefusedError
from referral.vocabulary.taxonomies import (
    TaxonomyFile,
    list_taxonomies,
    load_taxonomy,
    save_taxonomy_notice,
)
from referral.vocabulary.topic_order import read_topic_level, save_topic_order
from referral.vocabulary.web.forms import TaxonomyForm, TaxonomyNoticeForm, topic_order_form
from referral.vocabulary.web.labels import refusal_label, saved_text
from referral.vocabulary.web.overview_views import EDIT, is_saved, vocabulary
from referral.web.current import current_instance
from referral.web.messages import message_text
from referral.web.staff.access import current_account, requires


@vocabulary.get("/taxonomies")
@requires(EDIT)
def taxonomies() -> ResponseReturnValue:
    """List the taxonomies with their notices."""
    listed = list_taxonomies(current_instance())
    return render_template("vocabulary/taxonomies.html", listed=listed)


@vocabulary.route("/taxonomies/notice", methods=["GET", "POST"])
@requires(EDIT)
def taxonomy_notice() -> ResponseReturnValue:
    """Change the notice that is shown with the terms of a taxonomy."""
    instance, name = current_instance(), request.args.get("name", "")
    lines = {line.name: line for line in list_taxonomies(instance)}
    if name not in lines:
        raise NotFoundError("There is no such taxonomy.")
    stored = lines[name].notice
    form = TaxonomyNoticeForm(notice=stored.notice, is_licensed=stored.is_licensed)
    actor = current_account().actor
    if form.validate_on_submit() and is_saved(
        form, lambda: save_taxonomy_notice(instance, actor, name, _notice(form)), "notice"
    ):
        return redirect(url_for("vocabulary.taxonomies"))
    page = render_template("vocabulary/taxonomy_notice.html", form=form, name=name)
    return page, 422 if form.errors else 200


@vocabulary.route("/taxonomies/new", methods=["GET", "POST"])
@requires(EDIT)
def new_taxonomy() -> ResponseReturnValue:
    """Upload a file of taxonomy terms, which is reviewed as an import before it is used."""
    form = TaxonomyForm()
    if form.validate_on_submit():
        try:
            return redirect(url_for("imports.batch", batch_id=_upload_file(form)))
        except VocabularyRefusedError as error:
            field = form.may_use if not form.may_use.data else form.notice
            field.errors = [refusal_label(error)]
        except RefusedError as error:
            form.file.errors = [message_text(error.message)]
    page = render_template("vocabulary/taxonomy.html", form=form)
    return page, 422 if form.is_submitted() else 200


@vocabulary.route("/taxonomies/topics", methods=["GET", "POST"])
@requires(EDIT)
def topics() -> ResponseReturnValue:
    """Show the topics on one level of a taxonomy, and change the order of those below a topic."""
    instance = current_instance()
    name, above = request.args.get("name", ""), request.args.get("above", "")
    level = read_topic_level(instance, name, above)
    form = topic_order_form(level) if above else None
    if form is not None and form.validate_on_submit():
        places = {topic.id: form[f"place-{topic.id}"].data for topic, _ in level.topics}
        is_changed = save_topic_order(instance, current_account().actor, above, places)
        flash(saved_text(above if is_changed else ""))
        return redirect(url_for("vocabulary.topics", name=name, above=above))
    page = render_template("vocabulary/topics.html", form=form, level=level, name=name)
    return page, 422 if form is not None and form.errors else 200


def _upload_file(form: TaxonomyForm) -> str:
    upload = form.file.data
    file = TaxonomyFile(stream=upload.stream, name=upload.filename or "", notice=_notice(form))
    return load_taxonomy(
        current_instance(),
        current_account(),
        file,
        form.taxonomy.data or "",
        may_use=form.may_use.data,
    )


def _notice(form: TaxonomyNoticeForm) -> TaxonomyNotice:
    return TaxonomyNotice(notice=form.notice.data or "", is_licensed=form.is_licensed.data)
