"""Actions for shift notes and saved searches of the team."""

from __future__ import annotations

from urllib.parse import parse_qsl
from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from referral.desk.saved_searches import delete_saved_search, save_search
from referral.desk.shift_notes import add_shift_note, remove_shift_note
from referral.desk.web.blueprint import USE, desk, flash_message, redirect_back
from referral.desk.web.computer_desk import desk_id
from referral.desk.web.forms import parse_day
from referral.directory.listings import read_service
from referral.errors import RefusedError
from referral.records.visibility import Audience
from referral.web.current import current_instance
from referral.web.search_form import SearchForm, address_of, read_search
from referral.web.staff.access import current_account, requires


@desk.post("/notes")
@requires(USE)
def take_note() -> ResponseReturnValue:
    """Add a shift note for colleagues to a service."""
    instance, form = current_instance(), request.form
    listing = read_service(instance, form.get("service", ""), Audience.STAFF)
    try:
        add_shift_note(
            instance,
            current_account(),
            listing.service.id,
            form.get("words", ""),
            parse_day(form.get("ends_on", "")),
        )
    except RefusedError:
        flash_message(gettext("Write a short note, and choose a last day within a year."))
    return redirect_back("staff-only")


@desk.post("/notes/<uuid:note_id>/remove")
@requires(USE)
def drop_note(note_id: UUID) -> ResponseReturnValue:
    """Delete a shift note about a service."""
    remove_shift_note(current_instance(), str(note_id))
    return redirect_back("staff-only")


@desk.post("/searches")
@requires(USE)
def take_search() -> ResponseReturnValue:
    """Save the current search under a name for this reference desk."""
    query = request.form.get("next", "").partition("?")[2].partition("#")[0]
    form = SearchForm(MultiDict(parse_qsl(query)))
    form.validate()
    asked = read_search(form)
    try:
        address = address_of(asked)
        save_search(current_instance(), desk_id(), request.form.get("name", ""), address)
    except RefusedError:
        flash_message(gettext("Give the search a short name."))
    else:
        flash_message(gettext("The search is saved for this desk."))
    return redirect_back("desk-team")


@desk.post("/searches/<uuid:search_id>/remove")
@requires(USE)
def drop_search(search_id: UUID) -> ResponseReturnValue:
    """Delete a saved search of a reference desk."""
    delete_saved_search(current_instance(), str(search_id))
    return redirect(url_for("desk.home"))
