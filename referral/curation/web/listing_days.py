"""The days on which a service is listed, as staff read them."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext

from referral.directory.context import local_today
from referral.web.current import current_directory
from referral.web.formatting import format_date


def listing_days(record: Any) -> str:
    """Until or from when everybody sees a service, or why nobody does; "" when always."""
    first, last = record.listed_from, record.listed_until
    today = local_today(current_directory())
    if first and first > today:
        day = format_date(first)
        return str(gettext("Only staff see it now. Everybody sees it from %(day)s.", day=day))
    if last and last < today:
        day = format_date(last)
        return str(gettext("Only staff see it now. Its last day was %(day)s.", day=day))
    if last:
        return str(gettext("Everybody sees it until %(day)s.", day=format_date(last)))
    return ""


def listing_days_mark(record: Any) -> str:
    """The same in a list, where nobody sees it."""
    today = local_today(current_directory())
    if record.listed_from and record.listed_from > today:
        return str(gettext("Not yet shown"))
    if record.listed_until and record.listed_until < today:
        return str(gettext("No longer shown"))
    return ""
