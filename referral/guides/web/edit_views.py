"""Staff pages of guides: list, form, preview, versions, publishing, deleting."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from uuid import UUID, uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.directory.context import Directory
from referral.errors import NotFoundError
from referral.guides import editing
from referral.guides.chosen_services import find_services, read_chosen
from referral.guides.content_faults import cleaned
from referral.guides.edit_conflicts import GuideConflict
from referral.guides.published import guide_page
from referral.guides.records import Guide, GuideContent, GuideRefusedError
from referral.guides.web.forms import GuideDraft, GuideForm
from referral.guides.web.labels import ACTION_LABELS, FIELD_LABELS, fault_text, field_names
from referral.guides.web.views import EDIT, forget_published
from referral.records.accounts import Actor
from referral.web.current import current_directory
from referral.web.forms import PressForm
from referral.web.staff.permissions import current_account, requires

guide_editor = Blueprint("guide_editor", __name__, url_prefix="/curation/guides")
_NUMBER = re.compile(r"[0-9]{1,6}")
_PRESSES: Mapping[str, Callable[[Directory, Actor, str], None]] = {
    "publish": editing.publish_guide,
    "unpublish": editing.unpublish_guide,
    "confirm": editing.confirm_guide,
    "delete": editing.delete_guide,
    "restore": editing.restore_guide,
    "up": partial(editing.move_guide, step=-1),
    "down": partial(editing.move_guide, step=1),
}
_STAYS = frozenset({"publish", "unpublish", "confirm", "restore"})


@guide_editor.get("")
@requires(EDIT)
def list_guides() -> ResponseReturnValue:
    """List all guides in their order, and those that were deleted."""
    directory = current_directory()
    listed = editing.list_guides(directory)
    chosen = read_chosen(directory, [each for one in listed for each in one.content.service_ids])
    return render_template(
        "guides/staff_list.html",
        guides=listed,
        left_out={
            guide.id: sum(chosen[each].is_left_out for each in guide.content.service_ids)
            for guide in listed
        },
        deleted=editing.list_guides(directory, deleted=True),
        note=request.args.get("note", ""),
        press=PressForm(),
    )


@guide_editor.route("/new", methods=["GET", "POST"])
@requires(EDIT)
def new() -> ResponseReturnValue:
    """Add a guide, which nobody but staff sees before it is published."""
    if request.method == "GET":
        return _form_page(GuideDraft(GuideContent()).form(0, str(uuid4())), None)
    return _answer(None)


@guide_editor.route("/<uuid:guide_id>", methods=["GET", "POST"])
@requires(EDIT)
def edit(guide_id: UUID) -> ResponseReturnValue:
    """Edit a guide."""
    guide = editing.read_guide(current_directory(), str(guide_id))
    if request.method == "GET":
        return _form_page(GuideDraft(guide.content).form(guide.number), guide)
    return _answer(guide)


@guide_editor.get("/<uuid:guide_id>/preview")
@requires(EDIT)
def preview(guide_id: UUID) -> ResponseReturnValue:
    """Show a guide as it is saved, as the public would see it."""
    guide = editing.read_guide(current_directory(), str(guide_id))
    return _preview_page(guide, ())


@guide_editor.get("/<uuid:guide_id>/versions")
@requires(EDIT)
def versions(guide_id: UUID) -> ResponseReturnValue:
    """List what was done to a guide, each with a button that goes back to it."""
    directory = current_directory()
    return render_template(
        "guides/versions.html",
        guide=editing.read_guide(directory, str(guide_id)),
        versions=editing.list_versions(directory, str(guide_id)),
        action_labels=ACTION_LABELS,
        field_names=field_names,
        press=PressForm(),
    )


@guide_editor.post("/<uuid:guide_id>/versions/<int(max=999999):number>")
@requires(EDIT)
def go_back(guide_id: UUID, number: int) -> ResponseReturnValue:
    """Make an earlier version the present one."""
    editing.go_back(current_directory(), current_account().actor, str(guide_id), number)
    forget_published()
    return _edit_page_of(str(guide_id), "went-back")


@guide_editor.post("/<uuid:guide_id>/<any(publish,unpublish,confirm,delete,restore,up,down):verb>")
@requires(EDIT)
def press(guide_id: UUID, verb: str) -> ResponseReturnValue:
    """Publish, take off, confirm, delete, restore or move a guide."""
    directory, identity = current_directory(), str(guide_id)
    try:
        _PRESSES[verb](directory, current_account().actor, identity)
    except GuideRefusedError as error:
        guide = editing.read_guide(directory, identity)
        form = GuideDraft(guide.content).form(guide.number)
        refusal = fault_text(error.faults[0])
        return _form_page(form, guide, refusal=refusal), 409
    forget_published()
    if verb in _STAYS:
        return _edit_page_of(identity, verb)
    anchor = f"guide-{identity}" if verb in {"up", "down"} else None
    return redirect(url_for("guide_editor.list_guides", note=verb, _anchor=anchor))


def _answer(guide: Guide | None) -> ResponseReturnValue:
    """What the pressed button asks for; what was typed stays in the form."""
    form, do = GuideForm(), request.form.get("do", "")
    typed = form.draft()
    number = int(form.number.data) if _NUMBER.fullmatch(form.number.data or "") else 0
    new_id = _uuid(form.new_id.data or "")
    if do == "preview":
        return _preview_page(_draft_guide(guide, typed.content), _typed_again())
    if do != "save":
        return _form_page(typed.pressed(do).form(number, new_id), guide, is_typed=True)
    content = cleaned(typed.content)
    directory, actor = current_directory(), current_account().actor
    again = GuideDraft(content).form(number, new_id)
    try:
        saved = (
            editing.save_guide(directory, actor, guide.id, number, content)
            if guide
            else editing.add_guide(directory, actor, new_id or str(uuid4()), content)
        )
    except GuideRefusedError as error:
        faults = again.show_faults(error.faults)
        return _form_page(again, guide, faults=faults, is_typed=True), 422
    except NotFoundError:
        refusal = gettext("Somebody deleted this guide. Bring it back, and then save it.")
        return _form_page(again, guide, refusal=refusal, is_typed=True), 409
    if isinstance(saved, GuideConflict):
        merged = GuideDraft(saved.merged).form(saved.theirs.number)
        return _form_page(merged, saved.theirs, conflict=saved, is_typed=True), 409
    forget_published()
    return _edit_page_of(saved.id, "merged" if guide and saved.number > number + 1 else "saved")


def _form_page(
    form: GuideForm,
    guide: Guide | None,
    *,
    faults: list[tuple[str, str]] | None = None,
    refusal: str = "",
    conflict: GuideConflict | None = None,
    is_typed: bool = False,
) -> str:
    directory, draft = current_directory(), form.draft()
    theirs = conflict.theirs.content.service_ids if conflict else ()
    return render_template(
        "guides/edit.html",
        form=form,
        guide=guide,
        draft=draft,
        chosen=read_chosen(directory, (*draft.content.service_ids, *theirs)),
        found=[find_services(directory, words) for words in draft.finds],
        faults=faults or [],
        refusal=refusal,
        conflict=conflict,
        is_typed=is_typed,
        field_labels=FIELD_LABELS,
        field_names=field_names,
        note=request.args.get("note", ""),
        press=PressForm(),
    )


def _preview_page(guide: Guide, hidden: tuple[tuple[str, str], ...]) -> str:
    page = guide_page(current_directory(), guide)
    return render_template("guides/preview.html", page=page, guide=guide, hidden=hidden)


def _draft_guide(guide: Guide | None, content: GuideContent) -> Guide:
    """The guide that is typed, as if it had been saved now."""
    return Guide(
        id=guide.id if guide else "",
        content=cleaned(content),
        number=guide.number if guide else 0,
        is_published=bool(guide and guide.is_published),
        is_deleted=False,
        looked_at=current_directory().now(),
        looked_by=current_account().actor.name,
    )


def _edit_page_of(guide_id: str, note: str) -> ResponseReturnValue:
    return redirect(url_for("guide_editor.edit", guide_id=guide_id, note=note))


def _typed_again() -> tuple[tuple[str, str], ...]:
    """All that was typed, to be sent again."""
    ours = {"csrf_token", "do"}
    return tuple(
        (name, value) for name, value in request.form.items(multi=True) if name not in ours
    )


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        return ""
