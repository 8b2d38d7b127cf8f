"""Pages of guides: the public list and guides, and the staff pages on which they are edited."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import UUID, uuid4

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.directory.instance import Instance
from referral.errors import NotFoundError
from referral.guides import editing
from referral.guides.chosen_services import find_services, read_chosen
from referral.guides.published import (
    PublishedGuides,
    guide_page,
    open_guide,
    read_published,
    read_published_if_available,
)
from referral.guides.records import (
    Guide,
    GuideConflict,
    GuideContent,
    GuideRefusedError,
    cleaned,
)
from referral.guides.web.forms import GuideForm
from referral.guides.web.labels import ACTION_LABELS, fault_text, field_names
from referral.records.accounts import Actor, Permission
from referral.web.current import cached_value, current_instance
from referral.web.forms import PressForm
from referral.web.staff.access import account_or_none, current_account, requires

guides = Blueprint("guides", __name__, url_prefix="/guides")
guide_editor = Blueprint("guide_editor", __name__, url_prefix="/curation/guides")
EDIT = Permission.EDIT_VOCABULARY
_CACHE_KEY = "referral_guides"
_ACTIONS: dict[str, Callable[[Instance, Actor, str], None]] = {
    "publish": editing.publish_guide,
    "unpublish": editing.unpublish_guide,
    "confirm": editing.confirm_guide,
    "delete": editing.delete_guide,
    "restore": editing.restore_guide,
    "up": partial(editing.move_guide, step=-1),
    "down": partial(editing.move_guide, step=1),
}


# ---------------------------------------------------------------- for the public


@guides.get("")
def list_published() -> ResponseReturnValue:
    """Show the public the list of published guides."""
    listed = read_published(current_instance()).guides
    return render_template("guides/guides.html", guides=listed)


@guides.get("/<string:slug>")
def show(slug: str) -> ResponseReturnValue:
    """Show a published guide; an earlier URL redirects to the current one."""
    page = open_guide(current_instance(), slug)
    if slug != page.guide.content.slug:
        return redirect(url_for("guides.show", slug=page.guide.content.slug), 301)
    account = account_or_none()
    may_edit = account is not None and account.may(EDIT)
    return render_template("guides/guide.html", page=page, guide=page.guide, may_edit=may_edit)


def published_guides(*, is_fresh: bool = False) -> PublishedGuides:
    """Return the published guides, cached until something changes.

    Changes by another process are noticed by the change log within a second or two.

    Args:
        is_fresh: whether to read them now.
    """
    if is_fresh:
        _clear_cached_guides()
    instance = current_instance()
    return cached_value(
        _CACHE_KEY, lambda: read_published_if_available(instance), instance.texts.point
    )


def _clear_cached_guides() -> None:
    current_app.extensions.pop(_CACHE_KEY, None)


# ---------------------------------------------------------------- for staff


@guide_editor.get("")
@requires(EDIT)
def list_guides() -> ResponseReturnValue:
    """Show staff all guides in their order, and the deleted ones."""
    instance = current_instance()
    listed = editing.list_guides(instance)
    chosen_ids = [service_id for guide in listed for service_id in guide.content.service_ids]
    chosen = read_chosen(instance, chosen_ids)
    return render_template(
        "guides/staff_list.html",
        guides=listed,
        left_out={
            guide.id: sum(
                chosen[service_id].is_left_out for service_id in guide.content.service_ids
            )
            for guide in listed
        },
        deleted=editing.list_guides(instance, deleted=True),
        note=request.args.get("note", ""),
        press=PressForm(),
    )


@guide_editor.route("/new", methods=["GET", "POST"])
@requires(EDIT)
def new() -> ResponseReturnValue:
    """Show the form for a new guide, or add the guide as a draft."""
    if request.method == "GET":
        return _form_page(GuideForm.from_content(GuideContent(), 0, str(uuid4())), None)
    return _submit(None)


@guide_editor.route("/<uuid:guide_id>", methods=["GET", "POST"])
@requires(EDIT)
def edit(guide_id: UUID) -> ResponseReturnValue:
    """Show staff the form of a guide, or save the guide."""
    guide = editing.read_guide(current_instance(), str(guide_id))
    if request.method == "GET":
        return _form_page(GuideForm.from_content(guide.content, guide.number), guide)
    return _submit(guide)


def _submit(guide: Guide | None) -> ResponseReturnValue:
    """Process a button of a guide's form. Only "save" writes; all others keep the typed values."""
    form = GuideForm()
    button = request.form.get("do", "")
    if button == "save":
        return _save(form, guide)
    if button == "preview":
        return _preview_typed(form, guide)
    return _form_page(form.after_button(button), guide, is_typed=True)


def _save(form: GuideForm, guide: Guide | None) -> ResponseReturnValue:
    """Save the typed guide, or show the form again with the reasons why it cannot be saved."""
    instance, actor = current_instance(), current_account().actor
    content, number, new_id = cleaned(form.content), form.version_number, form.new_guide_id
    form = GuideForm.from_content(content, number, new_id)
    try:
        saved = (
            editing.save_guide(instance, actor, guide.id, number, content)
            if guide
            else editing.add_guide(instance, actor, new_id or str(uuid4()), content)
        )
    except GuideRefusedError as error:
        faults = form.show_faults(error.faults)
        return _form_page(form, guide, faults=faults, is_typed=True), 422
    except NotFoundError:
        refusal = gettext("Somebody deleted this guide. Bring it back, and then save it.")
        return _form_page(form, guide, refusal=refusal, is_typed=True), 409
    if isinstance(saved, GuideConflict):
        form = GuideForm.from_content(saved.merged, saved.theirs.number)
        return _form_page(form, saved.theirs, conflict=saved, is_typed=True), 409
    _clear_cached_guides()
    is_merged = guide is not None and saved.number > number + 1
    return _redirect_to_edit(saved.id, "merged" if is_merged else "saved")


def _form_page(
    form: GuideForm,
    guide: Guide | None,
    *,
    faults: list[tuple[str, str]] | None = None,
    refusal: str = "",
    conflict: GuideConflict | None = None,
    is_typed: bool = False,
) -> str:
    instance = current_instance()
    theirs = conflict.theirs.content.service_ids if conflict else ()
    return render_template(
        "guides/edit.html",
        form=form,
        guide=guide,
        chosen=read_chosen(instance, (*form.content.service_ids, *theirs)),
        found=[find_services(instance, section.form.find.data) for section in form.sections],
        faults=faults or [],
        refusal=refusal,
        conflict=conflict,
        is_typed=is_typed,
        field_names=field_names,
        note=request.args.get("note", ""),
        press=PressForm(),
    )


@guide_editor.get("/<uuid:guide_id>/preview")
@requires(EDIT)
def preview(guide_id: UUID) -> ResponseReturnValue:
    """Show staff the saved guide as the public would see it."""
    guide = editing.read_guide(current_instance(), str(guide_id))
    page = guide_page(current_instance(), guide)
    return render_template("guides/preview.html", page=page, guide=guide)


def _preview_typed(form: GuideForm, guide: Guide | None) -> str:
    """Show the typed guide as if it were saved, with the typed values in hidden fields."""
    draft = Guide(
        id=guide.id if guide else "",
        content=cleaned(form.content),
        number=guide.number if guide else 0,
        is_published=guide is not None and guide.is_published,
        is_deleted=False,
        looked_at=current_instance().now(),
        looked_by=current_account().actor.name,
    )
    hidden = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in {"csrf_token", "do"}
    ]
    page = guide_page(current_instance(), draft)
    return render_template("guides/preview.html", page=page, guide=draft, hidden=hidden)


@guide_editor.get("/<uuid:guide_id>/versions")
@requires(EDIT)
def versions(guide_id: UUID) -> ResponseReturnValue:
    """Show staff the versions of a guide, each with a button to go back to it."""
    instance = current_instance()
    return render_template(
        "guides/versions.html",
        guide=editing.read_guide(instance, str(guide_id)),
        versions=editing.list_versions(instance, str(guide_id)),
        action_labels=ACTION_LABELS,
        field_names=field_names,
        press=PressForm(),
    )


@guide_editor.post("/<uuid:guide_id>/versions/<int(max=999999):number>")
@requires(EDIT)
def go_back(guide_id: UUID, number: int) -> ResponseReturnValue:
    """Restore the content of an earlier version of a guide, at a user's request."""
    editing.restore_version(current_instance(), current_account().actor, str(guide_id), number)
    _clear_cached_guides()
    return _redirect_to_edit(str(guide_id), "went-back")


@guide_editor.post(f"/<uuid:guide_id>/<any({','.join(_ACTIONS)}):verb>")
@requires(EDIT)
def press(guide_id: UUID, verb: str) -> ResponseReturnValue:
    """Process a button of a guide: publish, unpublish, confirm, delete, restore or move."""
    instance, identity = current_instance(), str(guide_id)
    try:
        _ACTIONS[verb](instance, current_account().actor, identity)
    except GuideRefusedError as error:
        guide = editing.read_guide(instance, identity)
        form = GuideForm.from_content(guide.content, guide.number)
        return _form_page(form, guide, refusal=fault_text(error.faults[0])), 409
    _clear_cached_guides()
    if verb in {"delete", "up", "down"}:
        anchor = None if verb == "delete" else f"guide-{identity}"
        return redirect(url_for("guide_editor.list_guides", note=verb, _anchor=anchor))
    return _redirect_to_edit(identity, verb)


def _redirect_to_edit(guide_id: str, note: str) -> ResponseReturnValue:
    return redirect(url_for("guide_editor.edit", guide_id=guide_id, note=note))
