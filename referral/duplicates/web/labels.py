"""Labels of duplicates: what two records have in common, how sure, why a merge is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext

from referral.duplicates.matching import Evidence, MatchBand
from referral.duplicates.merge_rules import MergeRefusal
from referral.duplicates.web.comparison import RowState

EVIDENCE_LABELS: Mapping[Evidence, Any] = {
    Evidence.NAME: lazy_gettext("name"),
    Evidence.ORGANIZATION: lazy_gettext("organization"),
    Evidence.PHONE: lazy_gettext("phone"),
    Evidence.PLACE: lazy_gettext("address"),
    Evidence.WEBSITE: lazy_gettext("website"),
    Evidence.IDENTIFIER: lazy_gettext("tax number"),
}


BAND_LABELS: Mapping[MatchBand, Any] = {
    MatchBand.NEAR_CERTAIN: lazy_gettext("Near-certain"),
    MatchBand.MAYBE: lazy_gettext("Maybe"),
    MatchBand.UNLIKELY: lazy_gettext("Unlikely"),
}


KIND_LABELS: Mapping[str, Any] = {
    "organization": lazy_gettext("organization"),
    "service": lazy_gettext("service"),
    "location": lazy_gettext("place"),
}


STATE_LABELS: Mapping[RowState, Any] = {
    RowState.SAME: lazy_gettext("same"),
    RowState.DIFFERENT: lazy_gettext("different"),
    RowState.ONE: lazy_gettext("only one has it"),
}


REFUSAL_LABELS: Mapping[MergeRefusal, Any] = {
    MergeRefusal.NOT_TWO: lazy_gettext("Say which of the two records stays."),
    MergeRefusal.GONE: lazy_gettext("One of the two is no longer on the list."),
    MergeRefusal.UNDONE: lazy_gettext("This merge was taken back already."),
    MergeRefusal.MERGED_AGAIN: lazy_gettext(
        "The record was merged again since. Take the later merge back first."
    ),
    MergeRefusal.MERGED: lazy_gettext("The two are merged. Take the merge back first."),
}
