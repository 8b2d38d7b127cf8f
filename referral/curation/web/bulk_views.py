"""Views of bulk changes: choose, preview, apply and undo changes of many records."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext, ngettext

from referral.curation.bulk_changes import (
    BulkAction,
    BulkRequest,
    Key,
    PlannedEdit,
    apply_changes,
    list_changes,
    preview_changes,
    replaceable_fields,
    undo_changes,
)
from referral.curation.find_records import SEARCHED_KINDS, find_record_keys
from referral.curation.web.forms import topic_choices
from referral.curation.web.labels import CHOICE_LABELS, value_text
from referral.curation.web.views import EDIT, curation
from referral.directory.browse import list_headings
from referral.directory.term_lookup import find_terms, name_terms
from referral.errors import RefusedError
from referral.records.visibility import Audience, Visibility
from referral.web.current import current_instance
from referral.web.listing_labels import heading_name
from referral.web.messages import message_text
from referral.web.record_labels import FIELDS
from referral.web.staff.access import current_account, requires

_LONGEST_VALUE = 500  # characters of a typed value
_MOST_SHOWN = 200  # changes in a preview
_KEY = re.compile(rf"({'|'.join(SEARCHED_KINDS)}):([0-9a-f-]{{36}})\Z")
ACTION_LABELS: Mapping[str, Any] = {
    "topic": lazy_gettext("Add a topic"),
    "heading": lazy_gettext("Put under a heading"),
    "visibility": lazy_gettext("Say who may see it"),
    "language": lazy_gettext("Add a language"),
    "phone": lazy_gettext("Add or replace a phone"),
    "checked-by": lazy_gettext("Say who it was checked with"),
    "replace": lazy_gettext("Find and replace in one field"),
}


@curation.get("/records/together")
@requires(EDIT)
def changed_together() -> ResponseReturnValue:
    """List past bulk changes of records, which can be undone here."""
    return _list_page("")


@curation.post("/records/together")
@requires(EDIT)
def change_together() -> ResponseReturnValue:
    """Preview and apply a bulk change of the selected records."""
    bulk = _BulkForm.of_request()
    if not bulk.keys or bulk.button != "apply" or not bulk.change.is_complete:
        return bulk.page()
    try:
        count = apply_changes(
            current_instance(), bulk.keys, bulk.change, request.form.get("shown", ""),
            current_account().actor, shelters=request.form.get("shelters") == "1",
        )  # fmt: skip
    except RefusedError as error:
        return bulk.page(message_text(error.message)), 422
    done = ngettext("%(num)s record was changed.", "%(num)s records were changed.", count)
    return _list_page(str(done))


@curation.post("/records/together/undo")
@requires(EDIT)
def undo_together() -> ResponseReturnValue:
    """Undo a bulk change of records."""
    group = request.form.get("group", "")
    try:
        undone = undo_changes(current_instance(), group, current_account().actor)
    except RefusedError as error:
        return _list_page("", message_text(error.message)), 422
    note = ngettext("%(num)s record was taken back.", "%(num)s records were taken back.",
                    undone.count)  # fmt: skip
    if undone.kept:
        note_on_kept = ngettext("%(num)s stays, since it was changed later.",
                        "%(num)s stay, since they were changed later.",
                        len(undone.kept))  # fmt: skip
        note = f"{note} {note_on_kept}"
    return _list_page(str(note))


@dataclass(frozen=True, slots=True, kw_only=True)
class _BulkForm:
    """A submitted form for a bulk change: the records, the change and the pressed button."""

    keys: tuple[Key, ...]
    change: BulkRequest
    button: str

    @classmethod
    def of_request(cls) -> _BulkForm:
        """Parse the bulk change form in the current request."""
        names = {action.value for action in BulkAction}
        action = request.form.get("action", "")
        action = BulkAction(action if action in names else BulkAction.TOPIC)
        value = request.form.get(f"{action}-value", "")[:_LONGEST_VALUE]
        if action is BulkAction.VISIBILITY and value not in set(Visibility):
            value = ""
        if action is not BulkAction.REPLACE:
            value = value.strip()
        field = request.form.get("replace-field", "")
        return cls(
            keys=tuple(_selected_keys()),
            change=BulkRequest(
                action=action,
                value=value,
                find=request.form.get(f"{action}-find", "")[:_LONGEST_VALUE],
                field=field if field in replaceable_fields() else "",
            ),
            button=request.form.get("do", ""),
        )

    def page(self, refusal: str = "") -> str:
        """Render the form for a bulk change, with a preview of the change if requested."""
        instance = current_instance()
        wants_plan = self.button in {"preview", "apply"} and self.keys
        plan = (
            preview_changes(instance, self.keys, self.change)
            if wants_plan and self.change.is_complete
            else None
        )
        sought = request.form.get("topic-search", "")
        topic = request.form.get("topic-value", "")
        return render_template(
            "curation/together.html",
            asked=self.change,
            keys=self.keys,
            selection=_selection_fields(),
            plan=plan,
            most=_MOST_SHOWN,
            lacks=wants_plan and plan is None,
            refusal=refusal,
            actions=ACTION_LABELS,
            sought=sought,
            topics=topic_choices([*name_terms(instance, filter(None, [topic])),
                                  *find_terms(instance, sought, most=30)]),
            headings=[(heading.slug, heading_name(heading))
                      for heading, _ in list_headings(instance, Audience.CURATION)],
            visibilities=CHOICE_LABELS["visibility"],
            fields=[(name, FIELDS[name]) for name in replaceable_fields()],
            typed=request.form,
        )  # fmt: skip


def planned_value(change: PlannedEdit, value: str) -> str:
    """Return the text of a value before or after an edit that a bulk change plans."""
    if change.field == "taxonomy_term_id" and value:
        return name_terms(current_instance(), [value])[0].name
    if change.field == "visibility":
        value = Visibility(value).value if value in set(Visibility) else value
    return value_text(change.field, value, {})


def _selected_keys() -> list[Key]:
    """Return the records selected for a bulk change: those ticked, or all that match the search."""
    form = request.form
    if form.get("all") == "1":
        return find_record_keys(
            current_instance(), form.get("q", "")[:200], form.get("kind", ""),
            include_retired=form.get("retired") != "no",
            search_unmapped=form.get("aside") == "1",
        )  # fmt: skip
    matches = map(_KEY.match, form.getlist("record"))
    return list(dict.fromkeys((match[1], match[2]) for match in matches if match))


def _selection_fields() -> list[tuple[str, str]]:
    """Return the hidden form fields that repeat which records a bulk change is for."""
    if request.form.get("all") == "1":
        names = ("all", "q", "kind", "retired", "aside")
        return [(name, request.form.get(name, "")) for name in names]
    return [("record", f"{kind}:{record_id}") for kind, record_id in _selected_keys()]


def _list_page(note: str, refusal: str = "") -> str:
    return render_template(
        "curation/changed_together.html",
        entries=list_changes(current_instance()),
        actions=ACTION_LABELS,
        note=note,
        refusal=refusal,
    )
