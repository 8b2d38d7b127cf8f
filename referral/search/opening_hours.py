"""Which sites are open at a moment; services often share hours, so each set is asked once."""

from __future__ import annotations

import threading
from datetime import datetime

import numpy as np

from referral.records.opening import is_open_at
from referral.search.columns import Columns, Mask
from referral.search.facts import schedules_from_text


class OpenSites:
    """The hours of all sites of one commit.

    Args:
        zone: IANA zone of sites whose ZIP code is not known.
    """

    def __init__(self, columns: Columns, zone: str) -> None:
        self._columns = columns
        self._zone = zone
        self._lock = threading.Lock()
        self._moment: datetime | None = None
        self._mask: Mask = np.zeros(0, dtype=np.bool_)

    def at(self, moment: datetime) -> Mask:
        """The sites known to be open at this minute (aware)."""
        minute = moment.replace(second=0, microsecond=0)
        with self._lock:
            if self._moment != minute:
                self._mask, self._moment = self._ask(minute), minute
            return self._mask

    def _ask(self, moment: datetime) -> Mask:
        answers: dict[tuple[str, str], bool] = {}
        mask = np.zeros(len(self._columns.sites), dtype=np.bool_)
        for row, (site, schedules) in enumerate(self._columns.sites):
            hours = (schedules, site.zone or self._zone)
            if not schedules:
                continue
            if hours not in answers:
                known = is_open_at(schedules_from_text(schedules), moment, hours[1])
                answers[hours] = known is True
            mask[row] = answers[hours]
        return mask
