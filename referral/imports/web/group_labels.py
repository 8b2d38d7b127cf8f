"""Labels of the groups of a review: how many listings change, how, and hints on accepting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext, ngettext

from referral.imports.records import ChangeGroup, ReviewGroup

_ = lazy_gettext
_Count = Callable[[int], Any]

_LABELS: Mapping[ChangeGroup, _Count] = {
    ChangeGroup.WITHHELD: lambda n: ngettext(
        "%(num)s listing is kept private", "%(num)s listings are kept private", n
    ),
    ChangeGroup.ADDS_TO_OTHERS: lambda n: ngettext(
        "Adds to %(num)s listing of another list",
        "Adds to %(num)s listings of other lists",
        n,
    ),
    ChangeGroup.EDITED: lambda n: ngettext(
        "%(num)s listing was edited here, and the list says something else",
        "%(num)s listings were edited here, and the list says something else",
        n,
    ),
    ChangeGroup.EDITED_GONE: lambda n: ngettext(
        "%(num)s listing left the list and stays for an edit made here",
        "%(num)s listings left the list and stay for edits made here",
        n,
    ),
    ChangeGroup.ODD: lambda n: ngettext(
        "%(num)s listing gets a value that looks odd",
        "%(num)s listings get a value that looks odd",
        n,
    ),
    ChangeGroup.VISIBILITY: lambda n: ngettext(
        "%(num)s listing changes who may see it",
        "%(num)s listings change who may see them",
        n,
    ),
    ChangeGroup.SERVICE_GONE: lambda n: ngettext(
        "%(num)s service is not in the list any more",
        "%(num)s services are not in the list any more",
        n,
    ),
    ChangeGroup.LOCATION_GONE: lambda n: ngettext(
        "%(num)s place is not in the list any more",
        "%(num)s places are not in the list any more",
        n,
    ),
    ChangeGroup.ORGANIZATION_GONE: lambda n: ngettext(
        "%(num)s organization is not in the list any more",
        "%(num)s organizations are not in the list any more",
        n,
    ),
    ChangeGroup.PROGRAM_GONE: lambda n: ngettext(
        "%(num)s program is not in the list any more",
        "%(num)s programs are not in the list any more",
        n,
    ),
    ChangeGroup.STATUS: lambda n: ngettext(
        "%(num)s listing opens, closes or has another notice",
        "%(num)s listings open, close or have another notice",
        n,
    ),
    ChangeGroup.PHONE_GONE: lambda n: ngettext(
        "%(num)s listing loses a phone number", "%(num)s listings lose a phone number", n
    ),
    ChangeGroup.ADDRESS_GONE: lambda n: ngettext(
        "%(num)s listing loses an address", "%(num)s listings lose an address", n
    ),
    ChangeGroup.SCHEDULE_GONE: lambda n: ngettext(
        "%(num)s listing loses its hours", "%(num)s listings lose their hours", n
    ),
    ChangeGroup.PHONE_CHANGED: lambda n: ngettext(
        "%(num)s listing has another phone number",
        "%(num)s listings have another phone number",
        n,
    ),
    ChangeGroup.ADDRESS_CHANGED: lambda n: ngettext(
        "%(num)s listing has another address", "%(num)s listings have another address", n
    ),
    ChangeGroup.SCHEDULE_CHANGED: lambda n: ngettext(
        "%(num)s listing has other hours", "%(num)s listings have other hours", n
    ),
    ChangeGroup.BACK: lambda n: ngettext(
        "%(num)s listing is in the list again", "%(num)s listings are in the list again", n
    ),
    ChangeGroup.ORGANIZATION_NEW: lambda n: ngettext(
        "%(num)s new organization", "%(num)s new organizations", n
    ),
    ChangeGroup.PROGRAM_NEW: lambda n: ngettext("%(num)s new program", "%(num)s new programs", n),
    ChangeGroup.SERVICE_NEW: lambda n: ngettext("%(num)s new service", "%(num)s new services", n),
    ChangeGroup.LOCATION_NEW: lambda n: ngettext("%(num)s new place", "%(num)s new places", n),
    ChangeGroup.PHONE_NEW: lambda n: ngettext(
        "%(num)s listing gets one more phone number",
        "%(num)s listings get one more phone number",
        n,
    ),
    ChangeGroup.ADDRESS_NEW: lambda n: ngettext(
        "%(num)s listing gets an address", "%(num)s listings get an address", n
    ),
    ChangeGroup.SCHEDULE_NEW: lambda n: ngettext(
        "%(num)s listing gets hours", "%(num)s listings get hours", n
    ),
    ChangeGroup.CONDITIONS: lambda n: ngettext(
        "%(num)s listing changes who can get it, and how",
        "%(num)s listings change who can get it, and how",
        n,
    ),
    ChangeGroup.CONTACT: lambda n: ngettext(
        "%(num)s listing has another website, e-mail or contact person",
        "%(num)s listings have another website, e-mail or contact person",
        n,
    ),
    ChangeGroup.PLACES: lambda n: ngettext(
        "%(num)s listing moves to another place or organization",
        "%(num)s listings move to another place or organization",
        n,
    ),
    ChangeGroup.NAME: lambda n: ngettext(
        "%(num)s listing has another name", "%(num)s listings have another name", n
    ),
    ChangeGroup.DESCRIPTION: lambda n: ngettext(
        "%(num)s listing is worded differently", "%(num)s listings are worded differently", n
    ),
    ChangeGroup.TOPICS: lambda n: ngettext(
        "%(num)s listing has other topics", "%(num)s listings have other topics", n
    ),
    ChangeGroup.CHECKED: lambda n: ngettext(
        "%(num)s listing was checked on another day",
        "%(num)s listings were checked on another day",
        n,
    ),
    ChangeGroup.OTHER: lambda n: ngettext(
        "%(num)s listing changes in a detail", "%(num)s listings change in a detail", n
    ),
    ChangeGroup.TERM_GONE: lambda n: ngettext(
        "%(num)s topic is not in the list any more",
        "%(num)s topics are not in the list any more",
        n,
    ),
    ChangeGroup.TERM_CHANGED: lambda n: ngettext(
        "%(num)s topic has another name or place",
        "%(num)s topics have another name or place",
        n,
    ),
    ChangeGroup.TERM_NEW: lambda n: ngettext("%(num)s new topic", "%(num)s new topics", n),
}
_gone = _("Accept: people do not find them any more. You can undo it later.")
_HINTS: Mapping[ChangeGroup, Any] = {
    ChangeGroup.WITHHELD: _("They look like places that must stay secret. No page shows them."),
    ChangeGroup.ADDS_TO_OTHERS: _("Leave: they stay as their list or you have them."),
    ChangeGroup.EDITED: _("Leave: your edits stay. Accept: the list replaces them."),
    ChangeGroup.EDITED_GONE: _("Leave: they stay. Accept: people do not find them any more."),
    ChangeGroup.ODD: _("Leave: what we have stays. Accept: the list replaces it."),
    ChangeGroup.SERVICE_GONE: _gone,
    ChangeGroup.LOCATION_GONE: _gone,
    ChangeGroup.ORGANIZATION_GONE: _gone,
    ChangeGroup.PROGRAM_GONE: _gone,
}


def group_label(group: ReviewGroup) -> Any:
    """Return a sentence with the number of listings in a review group, and how they change."""
    return _LABELS[group.group](group.count)


def group_hints(group: ReviewGroup) -> list[Any]:
    """Return hints about a review group: its organizations, and the effect of accepting it."""
    found: list[Any] = []
    if group.organizations and group.count > 1:
        found.append(
            ngettext("Of %(num)s organization", "Of %(num)s organizations", group.organizations)
        )
    if group.group in _HINTS:
        found.append(_HINTS[group.group])
    return found


def decision_label(group: ReviewGroup) -> Any:
    """Return the label of the decision about a group of import changes."""
    if group.left == group.count:
        return gettext("Left as it is")
    if not group.left and not group.partly:
        return gettext("Accepted")
    if not group.left:
        return ngettext("%(num)s accepted in part", "%(num)s accepted in part", group.partly)
    return ngettext("Accepted, but %(num)s left", "Accepted, but %(num)s left", group.left)
