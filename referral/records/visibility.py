"""The visibility rule: which audience may see which record.

Pages, documents, exports, print and reports all ask here. A record is shown when the record
itself and everything it hangs on may be seen by the audience.
"""

from __future__ import annotations

from enum import StrEnum


class Visibility(StrEnum):
    """How far a record may travel."""

    PUBLIC = "public"
    STAFF = "staff"
    WITHHELD = "withheld"


class Audience(StrEnum):
    """Who is asking."""

    PUBLIC = "public"
    STAFF = "staff"
    CURATION = "curation"


_STRICTNESS = (Visibility.PUBLIC, Visibility.STAFF, Visibility.WITHHELD)
_VISIBLE_TO = {
    Audience.PUBLIC: frozenset({Visibility.PUBLIC}),
    Audience.STAFF: frozenset({Visibility.PUBLIC, Visibility.STAFF}),
    Audience.CURATION: frozenset(Visibility),
}

# A service that has ended is not an answer, though staff may still look it up.
_STATUSES_SHOWN = {
    Audience.PUBLIC: frozenset({"active", "temporarily closed"}),
    Audience.STAFF: frozenset({"active", "temporarily closed", "inactive"}),
    Audience.CURATION: frozenset({"active", "temporarily closed", "inactive", "defunct"}),
}


def strictest(*visibilities: str | Visibility) -> Visibility:
    """The one of these that shows least; public when there is none."""
    return max(map(Visibility, visibilities), key=_STRICTNESS.index, default=Visibility.PUBLIC)


def visible_to(audience: Audience) -> frozenset[Visibility]:
    """Which visibilities the audience may see."""
    return _VISIBLE_TO[audience]


def statuses_shown_to(audience: Audience) -> frozenset[str]:
    """Which service statuses (HSDS words) the audience is shown."""
    return _STATUSES_SHOWN[audience]


def sees_other_days(audience: Audience) -> bool:
    """Whether the audience is shown services before their first day, and after their last."""
    return audience is not Audience.PUBLIC


def may_see(audience: Audience, *visibilities: Visibility) -> bool:
    """Whether a record with these visibilities (its own and its parents') may be shown."""
    return visible_to(audience).issuperset(visibilities)
