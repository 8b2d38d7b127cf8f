"""Labels of duplicates: what two records have in common, how sure, why a merge is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext

from referral.duplicates.matching import Alike, Band
from referral.duplicates.merge_rules import MergeRefusal

ALIKE: Mapping[Alike, Any] = {
    Alike.NAME: lazy_gettext("name"),
    Alike.ORGANIZATION: lazy_gettext("organization"),
    Alike.PHONE: lazy_gettext("phone"),
    Alike.PLACE: lazy_gettext("address"),
    Alike.WEBSITE: lazy_gettext("website"),
    Alike.IDENTIFIER: lazy_gettext("tax number"),
}


BANDS: Mapping[Band, Any] = {
    Band.NEAR_CERTAIN: lazy_gettext("Near-certain"),
    Band.MAYBE: lazy_gettext("Maybe"),
    Band.UNLIKELY: lazy_gettext("Unlikely"),
}


REFUSALS: Mapping[MergeRefusal, Any] = {
    MergeRefusal.NOT_TWO: lazy_gettext("Say which of the two records stays."),
    MergeRefusal.GONE: lazy_gettext("One of the two is no longer on the list."),
    MergeRefusal.UNDONE: lazy_gettext("This merge was taken back already."),
    MergeRefusal.MERGED_AGAIN: lazy_gettext(
        "The record was merged again since. Take the later merge back first."
    ),
    MergeRefusal.MERGED: lazy_gettext("The two are merged. Take the merge back first."),
}
