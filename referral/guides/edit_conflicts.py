"""Two people who edit one guide: what both changed is asked, what one changed is taken."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from referral.guides.records import Guide, GuideContent


@dataclass(frozen=True, slots=True)
class GuideConflict:
    """What was not saved.

    Attributes:
        merged: yours, with what only they changed.
        theirs: the guide as it is now.
        both_changed: names of fields that differ in yours and theirs, and were changed by both.
    """

    merged: GuideContent
    theirs: Guide
    both_changed: tuple[str, ...]


def merge_contents(
    base: GuideContent, yours: GuideContent, theirs: GuideContent
) -> tuple[GuideContent, tuple[str, ...]]:
    """Yours with what only they changed since ``base``, and the fields that both changed.

    Sections are compared as a whole: their order is part of what somebody wrote.
    """
    merged, both = yours, []
    for name in changed_fields(yours, theirs):
        if getattr(yours, name) == getattr(base, name):
            merged = replace(merged, **{name: getattr(theirs, name)})
        elif getattr(theirs, name) != getattr(base, name):
            both.append(name)
    return merged, tuple(both)


def changed_fields(one: GuideContent, other: GuideContent) -> tuple[str, ...]:
    """Names of the fields in which two contents differ."""
    names = (each.name for each in fields(GuideContent))
    return tuple(name for name in names if getattr(one, name) != getattr(other, name))
