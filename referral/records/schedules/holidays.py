"""Federal holidays of the United States: on these days the hours of a listing may not hold.

A listing says that it is closed by an exception of its own; a holiday by itself closes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

_OBSERVED = " (observed)"
# The names that people know, where the library has those of the law.
_PLAIN_NAMES = {
    "Columbus Day": "Columbus Day and Indigenous Peoples’ Day",
    "Juneteenth National Independence Day": "Juneteenth",
    "Washington’s Birthday": "Presidents’ Day",
}


def federal_holiday(day: date) -> str:
    """The name of the holiday observed on this day, "" when there is none.

    One on a Saturday is observed on the Friday before as well, one on a Sunday on the Monday after.
    No holidays are known for years after 2100.
    """
    name = _holidays_of(day.year).get(day, "").removesuffix(_OBSERVED).replace("'", "’")
    return _PLAIN_NAMES.get(name, name)


@lru_cache(maxsize=64)
def _holidays_of(year: int) -> Mapping[date, str]:
    """Holidays by day, with 31 December where the next New Year's Day is a Saturday."""
    # Imported here: it takes a tenth of a second, and only a search by hours asks.
    from holidays import country_holidays  # noqa: PLC0415

    return country_holidays("US", years=year, expand=False)
