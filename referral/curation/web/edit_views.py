"""Views of the record form: edit, add, preview and resolve edit conflicts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.curation.drafts import Draft, PutAside, fill_in, new_draft, read_stored
from referral.curation.edit_conflicts import Conflict, Side, read_base_version
from referral.curation.form_parser import ParsedForm, parse_form
from referral.curation.form_text import FormText, format_draft, read_building_hours
from referral.curation.save import save_draft
from referral.curation.secrecy_warning import add_secrecy_warnings
from referral.curation.web.forms import EditForm, form_class, form_data, set_record_choices
from referral.curation.web.labels import parsed_preview, referenced_names
from referral.curation.web.pin_map import pin_map
from referral.curation.web.views import (
    EDIT,
    curation,
    kind_or_404,
    redirect_to_record,
    render_preview,
)
from referral.directory.instance import local_today
from referral.duplicates.already_there import AlreadyThere, find_already_there
from referral.errors import RefusedError
from referral.proposals.proposed_places import read_proposal
from referral.proposals.records import Proposal
from referral.records.problems import Severity
from referral.web.current import current_instance
from referral.web.messages import message_text
from referral.web.staff.access import current_account, requires

_CONTROL_FIELDS = ("csrf_token", "do", "against")
_CHOICE_PREFIX = "choose:"
_LONGEST_HOURS = 2_000  # characters of hours that are parsed while a user types


def field_id(form: EditForm, place: str) -> str:
    """Return the HTML id of a record form's field from its place, such as ``phone/0/number``."""
    return str(form.field_at(place).id)


@curation.route("/records/<string:kind>/<uuid:record_id>/edit", methods=["GET", "POST"])
@requires(EDIT)
def edit(kind: str, record_id: UUID) -> ResponseReturnValue:
    """Show the form of a record and its child records, and save it."""
    instance, identity = current_instance(), str(record_id)
    if request.method == "GET":
        stored, aside = read_stored(instance, kind_or_404(kind), identity)
        return _EditRequest(stored, aside).begin()
    fingerprint = request.form.get("fingerprint", "")
    stored, aside = read_base_version(instance, kind_or_404(kind), identity, fingerprint)
    return _EditRequest(stored, aside).answer()


@curation.route("/records/<string:kind>/new", methods=["GET", "POST"])
@requires(EDIT)
def new(kind: str) -> ResponseReturnValue:
    """Add a record by hand, optionally from a patron's proposal."""
    draft = new_draft(kind_or_404(kind), _uuid_or_empty(request.args.get("organization", "")))
    proposal = read_proposal(current_instance(), _uuid_or_empty(request.values.get("proposal", "")))
    if request.method == "GET":
        filled = fill_in(draft, proposal.place) if proposal else draft
        return _EditRequest(filled, proposal=proposal).begin()
    # A form that is sent twice must not add two records.
    identity = _uuid_or_empty(request.form.get("new_id", "")) or str(uuid4())
    stored = replace(draft, record=replace(draft.record, id=identity))
    return _EditRequest(stored, proposal=proposal).answer()


@curation.post("/hours")
@requires(EDIT)
def read_hours() -> ResponseReturnValue:
    """Show how typed hours are parsed, while staff fill in the record form."""
    return render_template(
        "curation/hours_read.html", typed=request.form.get("hours", "")[:_LONGEST_HOURS]
    )


@dataclass(slots=True)
class _EditRequest:
    """A request to show, preview or save the record form.

    Attributes:
        stored: the version that the form began with.
        aside: imported values that have no field.
        proposal: the proposal for which the record is added.
        already_there: stored records that may equal the one being added.
    """

    stored: Draft
    aside: PutAside = field(default_factory=PutAside)
    proposal: Proposal | None = None
    already_there: tuple[AlreadyThere, ...] = ()

    def begin(self) -> ResponseReturnValue:
        """Show the record form, filled from the stored record.

        Warnings about it count as accepted.
        """
        kind = self.stored.kind
        data = form_data(kind, format_draft(self.stored), self.stored.fingerprint)
        form = form_class(kind)(data=data)
        parsed = self._parse(form.typed())
        form.accepted.data = _warnings_digest(parsed, ())
        return self._page(form, parsed)

    def answer(self) -> ResponseReturnValue:
        """Perform the action of the button pressed in the record form, and keep the typed text."""
        form = form_class(self.stored.kind)()
        button = request.form.get("do", "")
        verb, _, rest = button.partition(":")
        if verb == "add":
            form.add_row(rest)
        elif verb == "remove":
            kind, _, number = rest.partition(":")
            form.remove_row(kind, int(number) if number.isdecimal() else -1)
        elif verb == "find":
            form.add_row_for_found()
        parsed = self._parse(form.typed())
        if verb in {"save", "check"} and not self.stored.fingerprint:
            self.already_there = self._find_already_there(parsed.draft)
        if verb in {"save", "preview", "resolve"} and not parsed.is_refused:
            try:
                return self._perform(verb, form, parsed)
            except RefusedError as error:
                return self._page(form, parsed, refusal=message_text(error.message)), 422
        shows_problems = verb in {"save", "preview", "resolve", "check"}
        page = self._page(form, parsed, shows_problems=shows_problems)
        return (page, 422) if verb == "save" else page

    def _perform(self, verb: str, form: EditForm, parsed: ParsedForm) -> ResponseReturnValue:
        if verb == "preview":
            return render_preview(parsed.draft, _typed_fields())
        if verb == "save" and (_warnings(parsed) or self.already_there):
            accepted = _warnings_digest(parsed, self.already_there)
            if form.accepted.data != accepted:
                form.accepted.data = accepted
                return self._page(form, parsed, shows_problems=True, asks_to_confirm=True), 422
        return self._save(parsed, is_resolving=verb == "resolve")

    def _save(self, parsed: ParsedForm, *, is_resolving: bool) -> ResponseReturnValue:
        instance, actor = current_instance(), current_account().actor
        saved = save_draft(instance, parsed.draft, actor)
        if isinstance(saved, Conflict) and is_resolving:
            resolved, open_keys = saved.resolved(_chosen_sides())
            if open_keys or request.form.get("against") != saved.theirs.fingerprint:
                return self._conflict_page(saved, open_keys)
            saved = save_draft(instance, resolved, actor)
        if isinstance(saved, Conflict):
            return self._conflict_page(saved, ())
        if self.proposal:
            anchor = f"proposal-{self.proposal.id}"
            return redirect(url_for("proposals.queue", note="saved", _anchor=anchor))
        note = "added" if not self.stored.fingerprint else "saved"
        return redirect_to_record(saved.kind, saved.record_id, note if saved.is_changed else "same")

    def _page(
        self,
        form: EditForm,
        parsed: ParsedForm,
        *,
        shows_problems: bool = False,
        asks_to_confirm: bool = False,
        refusal: str = "",
    ) -> str:
        """Render the record form, optionally asking whether to save in spite of warnings."""
        problems = parsed.problems if shows_problems else ()
        for found in problems:
            form.show_problem(found.place, message_text(found.problem.message))
        set_record_choices(form, parsed.draft)
        names = referenced_names(current_instance(), parsed.draft)
        return render_template(
            "curation/edit.html",
            form=form,
            stored=self.stored,
            draft=parsed.draft,
            problems=problems,
            has_errors=shows_problems and parsed.is_refused,
            asks=asks_to_confirm,
            already_there=self.already_there,
            refusal=refusal,
            parsed_preview=parsed_preview(parsed.draft, names),
            names=names,
            proposal=self.proposal,
            put_aside=self.aside,
            pin_map=pin_map(parsed.draft),
            is_secret=parsed.draft.is_secret_place,
            building_hours=read_building_hours(current_instance(), parsed.draft),
        )

    def _find_already_there(self, draft: Draft) -> tuple[AlreadyThere, ...]:
        """Return stored records that resemble the one being added, if it has a name or address."""
        instance, children = current_instance(), draft.children
        if not draft.name and not draft.of_kind("address"):
            return ()
        return find_already_there(instance, draft.kind, draft.record, children)

    def _conflict_page(self, conflict: Conflict, open_keys: tuple[str, ...]) -> ResponseReturnValue:
        names = referenced_names(current_instance(), conflict.theirs, conflict.yours, conflict.base)
        page = render_template(
            "curation/conflict.html",
            conflict=conflict,
            differences=conflict.differences(),
            open_keys=open_keys,
            choices=_chosen_sides(),
            hidden=_typed_fields(),
            names=names,
            message=gettext("Please choose for each that is marked.") if open_keys else "",
        )
        return page, 409

    def _parse(self, typed: FormText) -> ParsedForm:
        parsed = parse_form(typed, self.stored, local_today(current_instance()))
        return add_secrecy_warnings(current_instance(), parsed)


def _warnings(parsed: ParsedForm) -> set[tuple[str, str, str]]:
    return {
        (found.problem.code, found.problem.column, found.problem.detail)
        for found in parsed.problems
        if found.problem.severity is not Severity.ERROR
    }


def _warnings_digest(parsed: ParsedForm, already_there: tuple[AlreadyThere, ...]) -> str:
    """Return a digest of the record form's warnings, so that new ones must be confirmed too."""
    text = repr((sorted(_warnings(parsed)), [record.id for record in already_there]))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _chosen_sides() -> dict[str, Side]:
    return {
        name.removeprefix(_CHOICE_PREFIX): Side(value)
        for name, value in request.form.items()
        if name.startswith(_CHOICE_PREFIX) and value in set(Side)
    }


def _typed_fields() -> tuple[tuple[str, str], ...]:
    """Return all typed fields of the record form, for a page that sends them again."""
    return tuple(
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in _CONTROL_FIELDS and not name.startswith(_CHOICE_PREFIX)
    )


def _uuid_or_empty(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        return ""
