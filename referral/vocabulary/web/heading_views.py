"""Views of the headings, and of the crosswalk rules that file services under them."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.directory.browse import list_headings
from referral.directory.heading_placement import list_unplaced_services
from referral.directory.term_lookup import find_terms
from referral.records.headings import CrosswalkRule, Heading, RuleKind
from referral.records.visibility import Audience
from referral.vocabulary.headings import (
    add_rule,
    list_rules,
    read_one_heading,
    remove_rule,
    save_heading,
)
from referral.vocabulary.web.forms import HeadingForm, RuleForm, choices_of
from referral.vocabulary.web.overview_views import EDIT, is_saved, vocabulary
from referral.web.current import current_instance, page_number
from referral.web.listing_labels import heading_name
from referral.web.staff.access import current_account, requires


@vocabulary.get("/headings")
@requires(EDIT)
def headings() -> ResponseReturnValue:
    """List the headings, and count the services that are under none."""
    instance = current_instance()
    return render_template(
        "vocabulary/headings.html",
        headings=list_headings(instance, Audience.CURATION),
        unplaced=len(list_unplaced_services(instance)),
    )


@vocabulary.route("/headings/<string:slug>", methods=["GET", "POST"])
@requires(EDIT)
def heading(slug: str) -> ResponseReturnValue:
    """Change the names, examples and position of a heading."""
    instance = current_instance()
    stored = read_one_heading(instance, slug)
    form = HeadingForm(obj=stored)
    if form.validate_on_submit() and is_saved(
        form,
        lambda: save_heading(instance, current_account().actor, _heading_from(form, stored)),
        "name",
    ):
        return redirect(url_for("vocabulary.headings"))
    page = render_template("vocabulary/heading.html", form=form, heading=stored)
    return page, 422 if form.errors else 200


@vocabulary.get("/rules")
@requires(EDIT)
def rules() -> ResponseReturnValue:
    """List the crosswalk rules: which topics and words are filed under which heading."""
    instance = current_instance()
    asked = {name: request.args.get(name, "")[:200] for name in ("q", "kind", "heading")}
    return render_template(
        "vocabulary/rules.html",
        listed=list_rules(instance, asked["heading"], asked["kind"], asked["q"], page_number()),
        asked=asked,
        heading_names=_heading_names(),
    )


@vocabulary.route("/rules/new", methods=["GET", "POST"])
@requires(EDIT)
def new_rule() -> ResponseReturnValue:
    """Add a crosswalk rule. Services are placed again at once."""
    instance = current_instance()
    form = RuleForm(heading=request.args.get("heading", ""))
    form.heading.choices = choices_of(_heading_names().items())

    def save() -> str:
        rule = CrosswalkRule(
            kind=RuleKind(form.kind.data), value=form.value.data or "", heading=form.heading.data
        )
        return add_rule(instance, current_account().actor, rule)

    if form.validate_on_submit() and is_saved(form, save, "value"):
        return redirect(url_for("vocabulary.rules", q=form.value.data))
    found = find_terms(instance, form.value.data or "", coded=True) if form.errors else ()
    page = render_template("vocabulary/rule.html", form=form, found=found)
    return page, 422 if form.errors else 200


@vocabulary.post("/rules/<int:rule_id>/remove")
@requires(EDIT)
def drop_rule(rule_id: int) -> ResponseReturnValue:
    """Delete a crosswalk rule. Services are placed again at once."""
    remove_rule(current_instance(), current_account().actor, rule_id)
    flash(gettext("Taken away. Services are placed again."))
    return redirect(url_for("vocabulary.overview"))


def _heading_from(form: HeadingForm, stored: Heading) -> Heading:
    return Heading(
        slug=stored.slug,
        icon=stored.icon,
        name=form.name.data or "",
        plain_words=form.plain_words.data or "",
        name_es=form.name_es.data or "",
        plain_words_es=form.plain_words_es.data or "",
        sort=form.sort.data or 0,
    )


def _heading_names() -> dict[str, str]:
    listed = list_headings(current_instance(), Audience.CURATION)
    return {heading.slug: heading_name(heading) for heading, _ in listed}
