"""Counts of services that stand under a topic by suggested topics only, for browsing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from referral.search.doc_facts import SUGGESTED_HEADING, SUGGESTED_TERM
from referral.search.segments.columns import Columns


def count_suggested(columns: Columns, heading: str = "") -> Mapping[str, int]:
    """Key of each suggested topic → documents that a search by it and a heading has of it."""
    under = columns.live
    if heading:
        under = columns.tagged("heading", heading) | columns.tagged(SUGGESTED_HEADING, heading)
    counts = {
        key: int(np.count_nonzero(under.take(docs)))
        for (kind, key), docs in columns.tags.items()
        if kind == SUGGESTED_TERM
    }
    return {key: count for key, count in counts.items() if count}
