"""Pages of local notes: editing, comparison with the list, corrections to its publisher."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.accounts.mail import Mail, MailError
from referral.errors import RefusedError
from referral.following.followed_sources import publisher_report_page
from referral.local_notes.corrections import (
    publisher_contact,
    publisher_email,
    send_correction,
)
from referral.local_notes.overlays import (
    keep_library_value,
    list_local_notes,
    read_local_notes,
    save_local_notes,
    stored_as_typed,
    use_listed_value,
)
from referral.local_notes.records import LONGEST, LONGEST_TRANSLATION, LocalNotes, TypedNotes
from referral.records.accounts import Permission
from referral.records.local_notes import TRANSLATIONS, LocalField
from referral.web.current import current_instance, current_settings
from referral.web.forms import PressForm
from referral.web.messages import message_text
from referral.web.record_labels import field_label
from referral.web.staff.access import current_account, requires

local_notes = Blueprint("local_notes", __name__, url_prefix="/curation/local")
EDIT = Permission.EDIT_RECORDS


@local_notes.get("")
@requires(EDIT)
def queue() -> ResponseReturnValue:
    """Show the services with local notes, those whose source lists changed first."""
    return render_template("local_notes/queue.html", listed=list_local_notes(current_instance()))


@local_notes.get("/<uuid:service_id>")
@requires(EDIT)
def service(service_id: UUID) -> ResponseReturnValue:
    """Show the local notes of a service, beside the values of its source list."""
    notes = read_local_notes(current_instance(), str(service_id))
    return _notes_page(notes, stored_as_typed(notes))


@local_notes.post("/<uuid:service_id>")
@requires(EDIT)
def save(service_id: UUID) -> ResponseReturnValue:
    """Store the local notes that a curator typed for a service."""
    instance, form = current_instance(), request.form
    typed = TypedNotes(
        note=form.get("note", ""),
        spanish_note=form.get("spanish_note", ""),
        hours=form.get("hours", ""),
        is_hidden=form.get("hidden") == "yes",
        translations={key: form.get(key, "") for key in TRANSLATIONS},
    )
    try:
        save_local_notes(instance, current_account().actor, str(service_id), typed)
    except RefusedError as error:
        notes = read_local_notes(instance, str(service_id))
        return _notes_page(notes, typed, message_text(error.message)), 400
    return redirect(url_for("local_notes.service", service_id=service_id, note="saved"))


@local_notes.post("/<uuid:service_id>/decide")
@requires(EDIT)
def decide(service_id: UUID) -> ResponseReturnValue:
    """Keep the library's own value of a changed field, or return to the source list's."""
    decisions = {"ours": keep_library_value, "theirs": use_listed_value}
    apply = decisions.get(request.form.get("decision", ""))
    name = request.form.get("field", "")
    if apply is None or name not in {LocalField.HOURS, *TRANSLATIONS}:
        abort(400)
    apply(current_instance(), current_account().actor, str(service_id), name)
    return redirect(url_for("local_notes.service", service_id=service_id, note="saved"))


@local_notes.get("/<uuid:service_id>/correction")
@requires(EDIT)
def correction(service_id: UUID) -> ResponseReturnValue:
    """Show a prepared mail with a correction for the publisher of a source list."""
    instance = current_instance()
    notes = read_local_notes(instance, str(service_id))
    to = publisher_email(instance, notes.source)
    return _correction_page(notes, Mail(to, _subject(notes), _prepared_text(notes)))


@local_notes.post("/<uuid:service_id>/correction")
@requires(EDIT)
def send(service_id: UUID) -> ResponseReturnValue:
    """Mail the correction of a service to the publisher of its source list."""
    instance = current_instance()
    notes = read_local_notes(instance, str(service_id))
    letter = Mail(request.form.get("to", "").strip(), _subject(notes), request.form.get("text", ""))
    if not instance.settings.sends_mail:
        return _correction_page(notes, letter), 400
    try:
        send_correction(instance, current_account().actor, str(service_id), letter)
    except RefusedError as error:
        return _correction_page(notes, letter, message_text(error.message)), 400
    except MailError:
        problem = gettext("The mail did not go out. Copy the text and send it in another way.")
        return _correction_page(notes, letter, problem), 502
    return redirect(url_for("local_notes.service", service_id=service_id, note="sent"))


def _notes_page(notes: LocalNotes, typed: TypedNotes, problem: str = "") -> str:
    messages = {"saved": gettext("Saved."), "sent": gettext("The mail is on its way.")}
    return render_template(
        "local_notes/service.html",
        notes=notes,
        typed=typed,
        outdated=notes.outdated,
        labels={
            key: gettext("%(field)s, in Spanish", field=field_label(name))
            for key, name in TRANSLATIONS.items()
            if notes.upstream.get(key) or notes.value(key)
        },
        longest_translation=LONGEST_TRANSLATION,
        problem=problem,
        note="" if problem else messages.get(request.args.get("note", ""), ""),
        longest=LONGEST,
        press=PressForm(),
    )


def _correction_page(notes: LocalNotes, letter: Mail, problem: str = "") -> str:
    return render_template(
        "local_notes/correction.html",
        notes=notes,
        letter=letter,
        contact=publisher_contact(current_instance(), notes.source),
        report_page=publisher_report_page(current_instance(), notes.service_id),
        problem=problem,
        may_send=current_settings().sends_mail,
        longest=LONGEST,
        press=PressForm(),
    )


def _subject(notes: LocalNotes) -> str:
    return str(gettext("A correction for your list: %(name)s", name=notes.name))


def _prepared_text(notes: LocalNotes) -> str:
    library = current_settings().library_name
    lines = [
        gettext("We use your list at %(library)s. Thank you for it.", library=library),
        gettext("Something in it seems to be wrong: %(name)s", name=notes.name),
    ]
    if own_hours := notes.value(LocalField.HOURS):
        lines += [
            gettext("Your list says: %(hours)s", hours=notes.upstream_hours),
            gettext("We know these hours: %(hours)s", hours=own_hours),
        ]
    if note := notes.value(LocalField.NOTE):
        lines.append(gettext("We add: %(note)s", note=note))
    return "\n\n".join(map(str, lines))
