"""Imports in words: states, tabs, kinds and fields."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, lazy_gettext, ngettext

from referral.operations.import_pages import BatchPage
from referral.records.imports import BatchState, ChangeAction, Tab

STATE_WORDS = {
    BatchState.UPLOADED: lazy_gettext("Waits to be read"),
    BatchState.READING: lazy_gettext("Being read"),
    BatchState.MAPPING: lazy_gettext("Waits for its columns"),
    BatchState.READY: lazy_gettext("Ready for you"),
    BatchState.APPLYING: lazy_gettext("Being applied"),
    BatchState.APPLIED: lazy_gettext("Applied"),
    BatchState.UNDOING: lazy_gettext("Being undone"),
    BatchState.UNDONE: lazy_gettext("Undone"),
    BatchState.DROPPED: lazy_gettext("Dropped"),
    BatchState.FAILED: lazy_gettext("Could not be read"),
}
TAB_WORDS = {
    Tab.NEW: lazy_gettext("New"),
    Tab.CHANGED: lazy_gettext("Changed"),
    Tab.CONFLICTS: lazy_gettext("Edited by hand"),
    Tab.HELD: lazy_gettext("Held back"),
    Tab.GONE: lazy_gettext("Gone"),
    Tab.UNCHANGED: lazy_gettext("Unchanged"),
}
ACTION_WORDS = {
    ChangeAction.NEW: lazy_gettext("new"),
    ChangeAction.CHANGED: lazy_gettext("changed"),
    ChangeAction.GONE: lazy_gettext("gone"),
}
KIND_WORDS = {
    "organization": lazy_gettext("Organization"),
    "program": lazy_gettext("Program"),
    "service": lazy_gettext("Service"),
    "location": lazy_gettext("Place"),
    "service_at_location": lazy_gettext("Service at a place"),
    "contact": lazy_gettext("Contact"),
    "phone": lazy_gettext("Phone"),
    "address": lazy_gettext("Address"),
    "schedule": lazy_gettext("Hours"),
    "service_area": lazy_gettext("Area served"),
    "language": lazy_gettext("Language"),
    "accessibility": lazy_gettext("Access"),
    "cost_option": lazy_gettext("Cost"),
    "required_document": lazy_gettext("What to bring"),
    "attribute": lazy_gettext("Topic"),
    "taxonomy": lazy_gettext("Taxonomy"),
    "taxonomy_term": lazy_gettext("Term"),
    "service_heading": lazy_gettext("Heading"),
    "translation": lazy_gettext("Translation"),
}
SEVERITY_WORDS = {
    "error": lazy_gettext("Refused"),
    "held": lazy_gettext("Held back"),
    "warning": lazy_gettext("Taken, but look"),
}
PROGRESS_WORDS = {
    "Reading": lazy_gettext("Reading rows"),
    "Comparing": lazy_gettext("Comparing with what is stored"),
    "Sorting": lazy_gettext("Sorting by organization"),
    "Storing": lazy_gettext("Storing records"),
    "Indexing": lazy_gettext("Making them searchable"),
    "Undoing": lazy_gettext("Taking records back"),
}


def field_words(name: str) -> str:
    """A field's name as people say it."""
    return name.replace("_", " ")


def kind_words(kind: str) -> Any:
    """A kind's name as people say it."""
    return KIND_WORDS.get(kind, field_words(kind))


def change_sentence(page: BatchPage) -> Any:
    """What the list would do, in one sentence."""
    tallies = page.tallies
    sentence = gettext(
        "This list would add %(new)s, change %(changed)s, leave %(same)s and retire %(gone)s.",
        new=tallies[Tab.NEW],
        changed=tallies[Tab.CHANGED],
        same=tallies[Tab.UNCHANGED],
        gone=tallies[Tab.GONE],
    )
    need = tallies[Tab.CONFLICTS] + page.problems.get("error", 0)
    if not need:
        return sentence
    return f"{sentence} " + ngettext("%(num)s thing needs you.", "%(num)s things need you.", need)


def apply_words(page: BatchPage) -> Any:
    """What the button does."""
    return ngettext("Apply %(num)s change", "Apply %(num)s changes", page.accepted)
