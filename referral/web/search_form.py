"""The search form, the addresses of searches, and labels of filters.

The form is sent by GET, so that a search needs no script and has an address. Addresses are read
into a ``SearchQuery`` and built from one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import request, url_for
from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, Form, HiddenField, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length
from wtforms.widgets import TextInput

from referral.directory.search import find_place
from referral.fields.places.lookup import Place
from referral.records.costs import Cost
from referral.records.facets import Access, AgeGroup, Delivery, load_populations
from referral.records.headings import Heading
from referral.search.query import LONGEST_QUERY, PreferenceKind, SearchQuery, Sort
from referral.web.current import current_instance
from referral.web.formatting import day_name, format_date, format_language, format_time
from referral.web.forms import checkbox_group
from referral.web.i18n.catalogs import page_locale
from referral.web.listing_labels import ages_between, heading_name

MILES = (5, 10, 25, 50, 100)
MOST_VALUES = 12
_MOMENT = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d\Z", re.ASCII)
_AGE = re.compile(r"(?:\d{1,2}|1[01]\d|120)\Z", re.ASCII)
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,60}\Z")
_TOPIC = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}\Z")
_ANSWER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}/\d{1,2}/\d{1,2}\Z", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")
_UNCHECKED = ("", "0", "no", "false")

# Filters in the order of their chips: name in the address → field of ``SearchQuery``.
FILTERS: Mapping[str, str] = {
    "heading": "headings",
    "within": "within",
    "open": "open_now",
    "room": "has_room",
    "at": "open_at",
    "cost": "cost",
    "language": "language",
    "ages": "ages",
    "age": "age",
    "for": "populations",
    "access": "access",
    "how": "delivery",
}
_CHECKBOX_VALUES: Mapping[str, str] = {"open_now": "now", "has_room": "yes"}
_EMPTY_QUERY = SearchQuery()


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link of the search pages with its text.

    ``is_current`` marks the page or order shown now.
    """

    words: str
    address: str = ""
    is_current: bool = False


def without_controls(text: str | None) -> str:
    """Strip typed search text, and replace its unprintable characters by spaces."""
    return "".join(letter if letter.isprintable() else " " for letter in text or "").strip()


def _is_moment(text: str) -> bool:
    if not _MOMENT.match(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


class SearchForm(Form):
    """The search form: words, place, filters and sort order, read from the URL.

    Fields with an error are left out of the search.
    """

    q = StringField(
        lazy_gettext("Type what you need"),
        filters=[without_controls],
        validators=[
            Length(max=LONGEST_QUERY, message=lazy_gettext("Use fewer words, please.")),
        ],
        description=lazy_gettext("For example: food, rent, help with a bill"),
    )
    near = StringField(
        lazy_gettext("ZIP code"),
        filters=[without_controls],
        description=lazy_gettext("Optional"),
    )
    within = SelectField(
        lazy_gettext("How far can you go?"),
        choices=[
            SelectChoice("", lazy_gettext("Any distance")),
            *(
                SelectChoice(str(miles), lazy_gettext("Up to %(num)s miles", num=miles))
                for miles in MILES
            ),
        ],
        validate_choice=False,
    )
    heading = checkbox_group(lazy_gettext("Kind of help"))
    language = SelectField(lazy_gettext("Language spoken"), choices=[], validate_choice=False)
    open = BooleanField(lazy_gettext("Open now"), false_values=_UNCHECKED)
    room = BooleanField(lazy_gettext("Has room now"), false_values=_UNCHECKED)
    at = StringField(
        lazy_gettext("Open at this time"),
        filters=[without_controls],
        widget=TextInput("datetime-local"),
    )
    ages = checkbox_group(lazy_gettext("Age of the person"))
    age = StringField(
        lazy_gettext("Or the exact age"),
        filters=[without_controls],
        description=lazy_gettext("Of the person who needs help, in years."),
    )
    cost = checkbox_group(lazy_gettext("What it costs"))
    population = checkbox_group(lazy_gettext("Made for"), name="for")
    access = checkbox_group(lazy_gettext("Easy to use for"))
    how = checkbox_group(lazy_gettext("How you get it"))
    free = BooleanField(false_values=_UNCHECKED)
    sort = HiddenField()
    topic = HiddenField()
    exactly = HiddenField()
    without = checkbox_group("")  # kinds of preferences not to read from the words
    said = HiddenField()  # the words for which ``without`` was chosen

    place: Place | None = None  # the place that ``near`` names

    def validate_near(self, field: StringField) -> None:
        """Require a known ZIP code or town in a search that filters by distance."""
        text = field.data or ""
        self.place = find_place(current_instance(), text)
        if text and self.place is None:
            raise ValidationError(
                lazy_gettext(
                    "We do not know that place. Type a ZIP code, like 16335, or a town and its"
                    " state, like Meadville, PA."
                )
            )
        if not text and self.within.data:
            raise ValidationError(lazy_gettext("Type your ZIP code, so that we can measure."))

    def validate_at(self, field: StringField) -> None:
        """Require a date and time as browsers send them, for the search filter "open at"."""
        if field.data and not _is_moment(field.data):
            raise ValidationError(lazy_gettext("Type a day and a time, like 2026-11-27T14:00."))

    def validate_age(self, field: StringField) -> None:
        """Require whole years in the search filter for age."""
        if field.data and not _AGE.match(field.data):
            raise ValidationError(lazy_gettext("Type the age in years, like 34."))


def read_search(form: SearchForm) -> SearchQuery:
    """Build a search query from the validated search form.

    Values that cannot be used are left out.
    """
    near = form.place
    miles = form.within.data or ""
    old_free = [Cost.FREE.value] if form.free.data else []  # in addresses of earlier releases
    words = " ".join((form.q.data or "").split())[:LONGEST_QUERY]
    # Preferences that were removed from other words are not removed from these.
    unread = form.without.data if form.said.data in {None, "", words} else []
    return SearchQuery(
        words=words,
        near=near,
        within=int(miles) if near and miles in map(str, MILES) else None,
        headings=_valid_slugs(form.heading.data),
        topic=_text_matching(_TOPIC, form.topic.data),
        language=_text_matching(_LANGUAGE, form.language.data),
        open_now=bool(form.open.data),
        has_room=bool(form.room.data),
        open_at=datetime.fromisoformat(form.at.data) if _is_valid(form.at) else None,
        age=int(form.age.data) if _is_valid(form.age) else None,
        ages=_known_codes(AgeGroup, form.ages.data),
        populations=_valid_slugs(form.population.data),
        cost=_known_codes(Cost, [*(form.cost.data or []), *old_free]),
        access=_known_codes(Access, form.access.data),
        delivery=_known_codes(Delivery, form.how.data),
        unread=tuple(map(PreferenceKind, _known_codes(PreferenceKind, unread))),
        exactly=bool(form.exactly.data),
        sort=Sort(form.sort.data) if form.sort.data in set(Sort) else Sort.BEST,
    )


def answered_in_address() -> tuple[str, ...]:
    """Return the answers to questions about a topic, from the URL of a search at the desk.

    The desk puts them there. They do not change results.
    """
    answers = filter(_ANSWER.match, request.values.getlist("answered"))
    return tuple(dict.fromkeys(answers))[:MOST_VALUES]


def filters_of(query: SearchQuery) -> tuple[tuple[str, str], ...]:
    """Return the filters of a search query as pairs of URL parameter and value."""
    return tuple(
        (name, value) for name, field in FILTERS.items() for value in _filter_values(query, field)
    )


def without(query: SearchQuery, name: str, value: str = "") -> SearchQuery:
    """Return a search query without one filter (a URL parameter), its topic or its place."""
    if name == "near":
        sort = Sort.BEST if query.sort is Sort.NEAREST else query.sort
        return replace(query, near=None, within=None, sort=sort)
    field = FILTERS.get(name, name)
    remaining: Any = _default_of(field)
    if isinstance(remaining, tuple):
        remaining = tuple(other for other in getattr(query, field) if other != value)
    return replace(query, **{field: remaining})


def without_filters(query: SearchQuery) -> SearchQuery:
    """Return a search query without any filter."""
    return replace(query, **{field: _default_of(field) for field in FILTERS.values()})


def without_preference(query: SearchQuery, kind: PreferenceKind) -> SearchQuery:
    """Return a search query in which one kind of preference is not read from the words."""
    unread = {*query.unread, kind}
    return replace(
        query, unread=tuple(unread_kind for unread_kind in PreferenceKind if unread_kind in unread)
    )


def address_of(
    query: SearchQuery, page: int = 1, answered: Sequence[str] = ()
) -> dict[str, str | list[str]]:
    """Return the URL parameters of a search query, without empty ones."""
    near = query.near
    parameters: dict[str, str | list[str]] = {
        "q": query.words,
        "topic": query.topic,
        "near": (near.typed or near.name) if near else "",
    }
    for name, field in FILTERS.items():
        filter_values = list(_filter_values(query, field))
        parameters[name] = (
            filter_values if isinstance(getattr(query, field), tuple) else "".join(filter_values)
        )
    parameters["without"] = list(query.unread)
    parameters["answered"] = list(answered)
    parameters["exactly"] = "yes" if query.exactly else ""
    parameters["sort"] = "" if query.sort is Sort.BEST else query.sort.value
    parameters["page"] = str(page) if page > 1 else ""
    return {name: value for name, value in parameters.items() if value}


def search_url(query: SearchQuery, page: int = 1, answered: Sequence[str] = ()) -> str:
    """Return the URL of the results page of a search query."""
    return url_for("patron.search", **address_of(query, page, answered))  # type: ignore[arg-type]


def next_search_url(query: SearchQuery, page: int = 1) -> str:
    """Return the URL of a search, with the topic answers that the current URL has."""
    return search_url(query, page, answered_in_address())


def _filter_values(query: SearchQuery, field: str) -> tuple[str, ...]:
    """Return the values of one filter of a search query as URL parameters."""
    value = getattr(query, field)
    if value == _default_of(field):
        return ()
    if isinstance(value, tuple):
        return value
    if value is True:
        return (_CHECKBOX_VALUES[field],)
    if isinstance(value, datetime):
        return (f"{value:%Y-%m-%dT%H:%M}",)
    return (value if isinstance(value, str) else f"{value:g}",)


def _default_of(field: str) -> Any:
    return getattr(_EMPTY_QUERY, field)


def _is_valid(field: StringField) -> bool:
    return bool(field.data) and not field.errors


def _text_matching(pattern: re.Pattern[str], text: str | None) -> str:
    return text if text and pattern.match(text) else ""


def _valid_slugs(values: Iterable[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(_SLUG.match, values or [])))[:MOST_VALUES]


def _known_codes(codes: Iterable[str], values: Iterable[str] | None) -> tuple[str, ...]:
    wanted = set(values or [])
    return tuple(str(code) for code in codes if code in wanted)


def value_labels(headings: Iterable[Heading]) -> Mapping[str, str]:
    """Return display labels of filter values (headings, populations and others) by their code."""
    spanish = page_locale().language == "es"
    return {
        **{named.slug: heading_name(named) for named in headings},
        **{named.slug: (spanish and named.name_es) or named.name for named in load_populations()},
        **_code_labels(),
    }


def _code_labels() -> Mapping[str, str]:
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


def filter_label(name: str, value: str, value_names: Mapping[str, str]) -> str:
    """Return a search filter in words: ``Up to 5 miles``, ``Age 34``, ``Spanish``."""
    labels: Mapping[str, Callable[[], str]] = {
        "within": lambda: gettext("Up to %(num)s miles", num=value),
        "language": lambda: format_language(value),
        "open": lambda: gettext("Open now"),
        "room": lambda: gettext("Has room now"),
        "at": lambda: open_at_label(value),
        "age": lambda: gettext("Age %(age)s", age=value),
    }
    return str(labels[name]()) if name in labels else value_names.get(value, value)


def open_at_label(text: str) -> str:
    """Return the search filter "open at" in words: ``Open Friday 27 November 2026, 2 pm``."""
    opening = datetime.fromisoformat(text)
    return str(
        gettext(
            "Open %(weekday)s %(day)s, %(time)s",
            weekday=day_name(opening.weekday()),
            day=format_date(opening.date()),
            time=format_time(f"{opening:%H:%M}"),
        )
    )
