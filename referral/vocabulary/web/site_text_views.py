"""Views of the texts that the library writes: the notice on all pages and the inclusion policy."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from referral.directory.site_texts import NOTICE, POLICY
from referral.vocabulary.notice_policy import read_text, save_text
from referral.vocabulary.web.forms import NoticeForm, PolicyForm
from referral.vocabulary.web.overview_views import EDIT, is_saved, vocabulary
from referral.web.current import current_instance
from referral.web.library_texts import usual_policy
from referral.web.staff.access import current_account, requires


@vocabulary.get("/texts")
@requires(EDIT)
def texts() -> ResponseReturnValue:
    """Show the current notice on all pages and the inclusion policy."""
    instance = current_instance()
    return render_template(
        "vocabulary/texts.html",
        notice=read_text(instance, NOTICE),
        policy=read_text(instance, POLICY),
    )


@vocabulary.route("/texts/notice", methods=["GET", "POST"])
@requires(EDIT)
def notice() -> ResponseReturnValue:
    """Change the notice that is shown on all pages."""
    instance = current_instance()
    stored = read_text(instance, NOTICE)
    form = NoticeForm(english=stored.english, spanish=stored.spanish, until=stored.until)

    def save() -> str:
        typed = (form.english.data or "", form.spanish.data or "", form.until.data)
        return save_text(instance, current_account().actor, NOTICE, *typed)

    if form.validate_on_submit() and is_saved(form, save, "english"):
        return redirect(url_for("vocabulary.texts"))
    page = render_template("vocabulary/notice.html", form=form)
    return page, 422 if form.errors else 200


@vocabulary.route("/texts/policy", methods=["GET", "POST"])
@requires(EDIT)
def policy() -> ResponseReturnValue:
    """Change the inclusion policy: which services the library lists, and why."""
    instance = current_instance()
    stored = read_text(instance, POLICY)
    form = PolicyForm(
        english=stored.english or usual_policy("en"), spanish=stored.spanish or usual_policy("es")
    )

    def save() -> str:
        typed = (form.english.data or "", form.spanish.data or "")
        return save_text(instance, current_account().actor, POLICY, *typed)

    if form.validate_on_submit() and is_saved(form, save, "english"):
        return redirect(url_for("vocabulary.texts"))
    page = render_template("vocabulary/policy.html", form=form)
    return page, 422 if form.errors else 200
