"""Labels of search filters and their values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from flask_babel import gettext

from referral.records.facets import AgeGroup, load_populations
from referral.records.headings import Heading
from referral.web.formatting import day_name, format_date, format_language, format_time
from referral.web.i18n.catalogues import page_locale
from referral.web.listing_labels import ages_between, heading_name


def value_labels(headings: Iterable[Heading]) -> Mapping[str, str]:
    """The names of headings, groups of people and codes by their slug; no two share one."""
    spanish = page_locale().language == "es"
    return {
        **{each.slug: heading_name(each) for each in headings},
        **{each.slug: (spanish and each.name_es) or each.name for each in load_populations()},
        **_code_names(),
    }


def _code_names() -> Mapping[str, str]:
    return {
        **{group.value: ages_between(group.youngest, group.oldest) for group in AgeGroup},
        "free": gettext("Free"),
        "low-cost": gettext("Low cost, or pay what you can"),
        "fee": gettext("Has a price"),
        "unknown": gettext("Price not known"),
        "wheelchair": gettext("Wheelchair users"),
        "restroom": gettext("People who need a large restroom"),
        "sign-language": gettext("People who use sign language"),
        "hearing": gettext("People who are hard of hearing"),
        "sight": gettext("People with low vision"),
        "quiet": gettext("People who need a quiet place"),
        "in-person": gettext("In person"),
        "phone": gettext("By phone"),
        "online": gettext("Online"),
        "home": gettext("They come to you"),
    }


def filter_label(name: str, value: str, names: Mapping[str, str]) -> str:
    """One thing that narrows the results: ``Up to 5 miles``, ``Age 34``, ``Spanish``."""
    words: Mapping[str, Callable[[], str]] = {
        "within": lambda: gettext("Up to %(num)s miles", num=value),
        "language": lambda: format_language(value),
        "open": lambda: gettext("Open now"),
        "room": lambda: gettext("Has room now"),
        "at": lambda: open_at_label(value),
        "age": lambda: gettext("Age %(age)s", age=value),
    }
    return str(words[name]()) if name in words else names.get(value, value)


def open_at_label(moment: str) -> str:
    """``Open Friday 27 November 2026, 2 pm``."""
    at = datetime.fromisoformat(moment)
    return str(
        gettext(
            "Open %(weekday)s %(day)s, %(time)s",
            weekday=day_name(at.weekday()),
            day=format_date(at.date()),
            time=format_time(f"{at:%H:%M}"),
        )
    )
