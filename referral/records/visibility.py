"""The visibility rule: which audience may see which record.

It holds for pages, documents, exports, print and reports. A record is shown if the audience may see
the record itself and all its parents.
"""

from __future__ import annotations

from enum import StrEnum


class Visibility(StrEnum):
    """The visibility of a record: for the public, for staff, or withheld."""

    PUBLIC = "public"
    STAFF = "staff"
    WITHHELD = "withheld"


class Audience(StrEnum):
    """The audience that records are shown to."""

    PUBLIC = "public"
    STAFF = "staff"
    CURATION = "curation"


_STRICTNESS = (Visibility.PUBLIC, Visibility.STAFF, Visibility.WITHHELD)
_VISIBLE_TO = {
    Audience.PUBLIC: frozenset({Visibility.PUBLIC}),
    Audience.STAFF: frozenset({Visibility.PUBLIC, Visibility.STAFF}),
    Audience.CURATION: frozenset(Visibility),
}

# The public sees no service that has ended; staff may still look it up.
_STATUSES_SHOWN = {
    Audience.PUBLIC: frozenset({"active", "temporarily closed"}),
    Audience.STAFF: frozenset({"active", "temporarily closed", "inactive"}),
    Audience.CURATION: frozenset({"active", "temporarily closed", "inactive", "defunct"}),
}


def strictest(*visibilities: str | Visibility) -> Visibility:
    """Return the strictest of several visibilities; public when there is none."""
    return max(map(Visibility, visibilities), key=_STRICTNESS.index, default=Visibility.PUBLIC)


def visible_to(audience: Audience) -> frozenset[Visibility]:
    """Return the visibilities of records that an audience may see."""
    return _VISIBLE_TO[audience]


def statuses_shown_to(audience: Audience) -> frozenset[str]:
    """Return the HSDS statuses of services that are shown to an audience."""
    return _STATUSES_SHOWN[audience]


def sees_other_days(audience: Audience) -> bool:
    """Return whether an audience is shown services outside their first and last listed days."""
    return audience is not Audience.PUBLIC


def may_see(audience: Audience, *visibilities: Visibility) -> bool:
    """Return whether an audience may see a record, given its own and its parents' visibilities."""
    return visible_to(audience).issuperset(visibilities)
