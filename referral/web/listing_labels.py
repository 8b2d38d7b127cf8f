"""Texts for parts of a listing: ages, costs, addresses, areas, headings, help lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Flask
from flask_babel import gettext, lazy_gettext, ngettext, to_user_timezone

from referral.directory.instance import local_today
from referral.directory.view_models import HelpLine, ServiceCard, ServicePage
from referral.records.costs import after_free
from referral.records.current_capacity import CurrentCapacity
from referral.records.headings import Heading
from referral.records.hsds import (
    Address,
    CostOption,
    Language,
    Service,
    ServiceArea,
    ServiceCapacity,
)
from referral.web.current import current_instance, current_settings
from referral.web.formatting import (
    format_clock,
    format_date,
    format_language,
    format_listed,
    format_price,
    paragraphs_of,
)
from referral.web.i18n.catalogs import page_locale
from referral.web.i18n.page_language import SOURCE, page_language
from referral.web.translated_text import TranslatedText, translated

_MOST_ZIP_CODES = 12
_FREE_LABELS: Mapping[str, Callable[[int], str]] = {
    "place": lambda count: ngettext("%(num)s place", "%(num)s places", count),
    "bed": lambda count: ngettext("%(num)s bed", "%(num)s beds", count),
    "room": lambda count: ngettext("%(num)s room", "%(num)s rooms", count),
    "meal": lambda count: ngettext("%(num)s meal", "%(num)s meals", count),
    "appointment": lambda count: ngettext("%(num)s appointment", "%(num)s appointments", count),
}
_NONE_FREE_LABELS = {
    "place": lazy_gettext("Full"),
    "bed": lazy_gettext("No beds free"),
    "room": lazy_gettext("No rooms free"),
    "meal": lazy_gettext("No meals left"),
    "appointment": lazy_gettext("No appointments free"),
}
UNIT_LABELS = {
    "Places": lazy_gettext("Places"),
    "Beds": lazy_gettext("Beds"),
    "Rooms": lazy_gettext("Rooms"),
    "Meals": lazy_gettext("Meals"),
    "Appointments": lazy_gettext("Appointments"),
}
_CHINESE_VARIETIES = {"mandarin": lazy_gettext("Mandarin"), "toisanese": lazy_gettext("Toisanese")}


def init_app(app: Flask) -> None:
    """Register the template filters for ages, costs and areas of listings, and for help lines."""
    app.jinja_env.filters.update(
        address_lines=address_lines,
        ages=ages_label,
        area=area_text,
        capacity=capacity_text,
        check_day=check_day,
        cost_texts=cost_texts,
        free_now=free_now,
        is_counted_here=is_counted_here,
        said_when=said_when,
        heading_name=heading_name,
        heading_examples=heading_examples,
        language_of=language_label,
        line_hours=line_hours,
        line_label=line_label,
        line_name=line_name,
        line_phone=line_phone,
        line_what_for=line_what_for,
        web_link=web_link,
        website=website_label,
    )


def check_day(listing: ServicePage | ServiceCard) -> str:
    """Return when a listing was last checked, and by whom if not the library; "" if never."""
    day, credit = listing.service.assured_date, listing.credit
    if day is None:
        return ""
    if credit is None or credit.is_checked_here:
        return format_date(day)
    return str(
        gettext("%(day)s, by %(publisher)s", day=format_date(day), publisher=credit.publisher)
    )


def ages_label(service: Service) -> str:
    """Return the ages that a service is for: ``Ages 5 to 12``; "" if for any age."""
    return ages_between(service.minimum_age or None, service.maximum_age)


def ages_between(low: float | None, high: float | None) -> str:
    """Return an age range in words, such as ``Age 60 or older``.

    Limits are in years, None for no limit.
    """
    if low is not None and high is not None:
        return str(gettext("Ages %(low)s to %(high)s", low=_years(low), high=_years(high)))
    if low:
        return str(gettext("Age %(age)s or older", age=_years(low)))
    if high is not None:
        return str(gettext("Age %(age)s or younger", age=_years(high)))
    return ""


def _years(age: float) -> str:
    if 0 < age < 1:
        return str(ngettext("%(num)s month", "%(num)s months", round(age * 12)))
    return f"{age:g}"


def amount_text(cost: CostOption) -> str:
    """Return the price of a service with its description, such as ``$25 for each visit``.

    Without an amount, only the description is returned.
    """
    price = "" if cost.amount is None else format_price(cost.amount, cost.currency)
    return " ".join(word for word in (price, cost.amount_description, cost.option) if word)


def capacity_text(capacity: ServiceCapacity) -> str:
    """Return a listed capacity: ``3 of 12 free (counted on March 3, 2026)``; "" if no number."""
    free, most = capacity.available, capacity.maximum
    if free is not None and most is not None and free <= most:
        free_text = gettext("%(free)s of %(most)s free", free=f"{free:g}", most=f"{most:g}")
    elif free is not None:
        free_text = gettext("%(free)s free", free=f"{free:g}")
    elif most is not None:
        return str(gettext("%(most)s in all", most=f"{most:g}"))
    else:
        return ""
    day = _local_date(capacity.updated)
    if day is None:
        return str(gettext("%(free)s (day not known)", free=free_text))
    return str(gettext("%(free)s (counted on %(day)s)", free=free_text, day=format_date(day)))


def _local_date(text: str) -> date | None:
    """Parse an ISO date or instant as a date in the library's time zone; None if invalid."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (to_user_timezone(moment) if moment.tzinfo else moment).date()


def cost_texts(listing: ServicePage) -> list[TranslatedText]:
    """Return the costs of a service in paragraphs; the first is "Free" if the service is free."""
    fees_text = translated(listing, "fees_description")
    fees_after_free = after_free(fees_text.text)
    fees = fees_text.text if fees_after_free is None or not listing.is_free else fees_after_free
    fee_texts = [replace(fees_text, text=text) for text in paragraphs_of(fees)]
    if listing.is_free:
        return [TranslatedText(str(gettext("Free")), page_language()), *fee_texts]
    return [*fee_texts, *(TranslatedText(text) for text in map(amount_text, listing.costs) if text)]


def address_lines(address: Address) -> tuple[str, ...]:
    """Return the non-empty lines of a street address, as on an envelope."""
    state_and_zip = "\N{NO-BREAK SPACE}".join(filter(None, (address.state_province,
                                                            address.postal_code)))  # fmt: skip
    town = ", ".join(filter(None, (address.city, state_and_zip)))
    return tuple(filter(None, (address.attention, address.address_1, address.address_2, town)))


def website_label(address: str) -> str:
    """Return the URL of a website for display, without scheme, ``www.`` and final slash."""
    return re.sub(r"^(https?://)?(www\.)?|/$", "", address.strip())


def heading_name(heading: Heading) -> str:
    """Return the name of a heading (such as Food) in the language of the page."""
    return (page_locale().language == "es" and heading.name_es) or heading.name


def heading_examples(heading: Heading) -> str:
    """Return everyday examples of a heading's services, in the language of the page."""
    return (page_locale().language == "es" and heading.plain_words_es) or heading.plain_words


def web_link(address: str) -> str:
    """Return the URL of a listed website if it is safe to link to, else "".

    Only http and https are.
    """
    text = address.strip()
    if "://" not in text:
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    is_safe = parts.scheme in {"http", "https"} and "." in (parts.hostname or "")
    return text if is_safe and not re.search(r"\s", text) else ""


def language_label(language: Language) -> str:
    """Return the name of a language spoken at a service; for Chinese, the variety listed."""
    variety = (
        label for name, label in _CHINESE_VARIETIES.items() if name in language.name.casefold()
    )
    code_name = format_language(language.code) if language.code else language.name
    return str(next(variety, code_name))


def area_text(area: ServiceArea) -> TranslatedText:
    """Return the area that a service serves, marked with the language of the text."""
    is_from_list = bool(area.name or area.description)
    return TranslatedText(area_label(area), SOURCE if is_from_list else page_language())


def area_label(area: ServiceArea) -> str:
    """Return the area that a service serves: its name or description, else its ZIP codes."""
    codes = [code for code in re.split(r"\|", area.area_codes) if code]
    if area.name or area.description:
        return area.name or area.description
    if area.area_kind == "nation":
        return str(gettext("The whole country"))
    if area.area_kind != "zip":
        return format_listed(codes) if codes else area.extent
    if len(codes) > _MOST_ZIP_CODES:
        return str(ngettext("%(num)s ZIP code", "%(num)s ZIP codes", len(codes)))
    return str(ngettext("ZIP code %(codes)s", "ZIP codes %(codes)s", len(codes),
                        codes=format_listed(codes)))  # fmt: skip


def line_label(line: HelpLine) -> str:
    """Return a help line's short question on every page, such as ``In danger?``, or its name."""
    labels = {
        "911": gettext("In danger?"),
        "988": gettext("Thinking of suicide?"),
        "211": gettext("Local help"),
        "domestic-violence": gettext("Not safe at home?"),
    }
    return str(labels.get(line.key) or line_name(line))


def line_name(line: HelpLine) -> str:
    """Return the name of a help line in the language of the page."""
    return (page_locale().language == "es" and line.name_es) or line.name


def line_what_for(line: HelpLine) -> str:
    """Return when to call a help line, in the language of the page."""
    return (page_locale().language == "es" and line.what_for_es) or line.what_for


def line_hours(line: HelpLine) -> str:
    """Return the hours of a help line in the language of the page."""
    if line.hours == "24/7":
        return str(gettext("Day and night"))
    return (page_locale().language == "es" and line.hours_es) or line.hours


def line_phone(line: HelpLine) -> str:
    """Return the phone number of a help line for display, in the language of the page."""
    return (page_locale().language == "es" and line.phone_es) or line.phone


def is_counted_here(capacity: CurrentCapacity) -> bool:
    """Return whether the unit of a listed capacity (beds, meals) has translated words."""
    return _unit_key(capacity.unit) in _FREE_LABELS


def free_now(capacity: CurrentCapacity) -> str:
    """Return how many are free at a service: ``4 beds``, ``No beds free`` or ``3 of 12 free``."""
    free, most, key = capacity.available, capacity.maximum, _unit_key(capacity.unit)
    if not capacity.has_room:
        return str(_NONE_FREE_LABELS.get(key) or gettext("None free"))
    if key in _FREE_LABELS and free == int(free):
        return str(_FREE_LABELS[key](int(free)))
    if most is not None and free <= most:
        return str(gettext("%(free)s of %(most)s free", free=f"{free:g}", most=f"{most:g}"))
    return str(gettext("%(free)s free", free=f"{free:g}"))


def said_when(instant: datetime) -> str:
    """Return when a capacity was reported, such as ``said at 4 pm today``, in library time.

    The first instant of a day stands for a day without a time: ``said today``.
    """
    local = instant.astimezone(ZoneInfo(current_settings().timezone))
    clock, day = format_clock(local.strftime("%H:%M")), local.date()
    today = local_today(current_instance())
    if local.time() == time.min:
        if day == today:
            return str(gettext("said today"))
        return str(gettext("said on %(day)s", day=format_date(day)))
    if day == today:
        return str(gettext("said at %(time)s today", time=clock))
    if day == today - timedelta(days=1):
        return str(gettext("said at %(time)s yesterday", time=clock))
    return str(gettext("said at %(time)s on %(day)s", time=clock, day=format_date(day)))


def _unit_key(unit: str) -> str:
    return unit.strip().casefold().removesuffix("s")
