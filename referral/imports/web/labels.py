"""Labels of imports: states, actions, formats, severities, progress."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext, ngettext

from referral.imports.fidelity import Fidelity
from referral.imports.records import BatchPage, BatchState, ChangeAction

STATE_LABELS = {
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
STOPPED_LABELS = {
    **dict.fromkeys(
        (BatchState.UPLOADED, BatchState.READING),
        lazy_gettext(
            "The work stopped while the list was being read. Nothing is lost: go on with it."
        ),
    ),
    BatchState.APPLYING: lazy_gettext(
        "The work stopped before any change was stored. Nothing is lost: go on with it."
    ),
    BatchState.UNDOING: lazy_gettext(
        "The work stopped before anything was undone. Nothing is lost: go on with it."
    ),
}
ACTION_LABELS = {
    ChangeAction.NEW: lazy_gettext("new"),
    ChangeAction.CHANGED: lazy_gettext("changed"),
    ChangeAction.GONE: lazy_gettext("gone"),
}
# Proper names of formats are not translated.
FORMAT_LABELS: Mapping[str, Any] = {
    "auto": lazy_gettext("Find it out from the file"),
    "open-referral": "Open Referral (HSDS 1, 2, 3, ORServices, Ohana)",
    "airs": "AIRS XML",
    "icarol": "iCarol",
    "taxonomy": lazy_gettext("A list of topics"),
    "spreadsheet": lazy_gettext("A spreadsheet"),
    "put-aside": lazy_gettext("A column that was put aside"),
}
SEVERITY_LABELS = {
    "doubt": lazy_gettext("Is this right?"),
    "error": lazy_gettext("Refused"),
    "held": lazy_gettext("Held back"),
    "warning": lazy_gettext("Taken, but look"),
}
PROGRESS_LABELS = {
    "Opening": lazy_gettext("Opening the list"),
    "Reading": lazy_gettext("Reading rows"),
    "Comparing": lazy_gettext("Comparing with what is stored"),
    "Sorting": lazy_gettext("Sorting by organization"),
    "Storing": lazy_gettext("Storing records"),
    "Indexing": lazy_gettext("Making them searchable"),
    "Undoing": lazy_gettext("Taking records back"),
}

# Columns of the template, with instructions (spreadsheet programs show at most 255 letters).
TEMPLATE_HINTS = {
    "Organization": lazy_gettext("Who runs it. Write the name the same way in each row."),
    "Service name": lazy_gettext("One service in a row. A second place is a second row."),
    "What it does": lazy_gettext("One or two plain sentences, in words that people use."),
    "Who it is for": lazy_gettext("Such as: Adults 60 and over. Leave it empty if it is for all."),
    "How to apply": lazy_gettext("The first step. Such as: Call first, or Walk in."),
    "Cost": lazy_gettext("Such as: Free, or $5 a visit."),
    "Street address": lazy_gettext("Number and street. Leave it empty if people only call."),
    "City": lazy_gettext("The town of this place."),
    "State": lazy_gettext("Two letters, such as PA."),
    "ZIP code": lazy_gettext("Five digits."),
    "Confidential address": lazy_gettext(
        "Write yes if nobody may see where it is, as with a shelter. The public never sees it."
    ),
    "Phone": lazy_gettext("With area code. Put a semicolon between two numbers."),
    "E-mail": lazy_gettext("The address for people who need help."),
    "Website": lazy_gettext("Such as: https://www.example.org"),
    "Hours": lazy_gettext("Such as: Mon-Fri 9 am-5 pm; Sat 10 am-1 pm"),
    "Languages": lazy_gettext("Such as: English, Spanish"),
    "Area served": lazy_gettext("Counties, towns or ZIP codes. Put a semicolon between them."),
}
TEMPLATE_YES_NO = ("Confidential address",)


def change_summary(page: BatchPage) -> list[Any]:
    """Return a sentence for each count of an import's new, changed, gone and unchanged listings."""
    sentences: Mapping[str, Callable[[int], Any]] = {
        "new": lambda n: ngettext("%(num)s listing is new.", "%(num)s listings are new.", n),
        "changed": lambda n: ngettext("%(num)s listing changes.", "%(num)s listings change.", n),
        "gone": lambda n: ngettext(
            "%(num)s listing is gone from the list.", "%(num)s listings are gone from the list.", n
        ),
        "unchanged": lambda n: ngettext(
            "%(num)s listing stays as it is.", "%(num)s listings stay as they are.", n
        ),
    }
    found = [
        sentence(n)
        for name, sentence in sentences.items()
        if (n := page.line.listings.get(name, 0))
    ]
    return found if page.groups else [gettext("This list changes nothing."), *found]


def fidelity_summary(fidelity: Fidelity) -> Any:
    """Return a sentence with an imported list's share of kept cells.

    It is never rounded up to 100 %.
    """
    share = f"{int(fidelity.kept_share * 100)}%"
    return gettext(
        "Cells we keep (%(share)s of %(cells)s)",
        share=share,
        cells=format(fidelity.cells, ","),
    )
