"""Formats of values: dates, times, phones, distances, prices.

A function ``format_x`` is the template filter ``x``: ``{{ service.assured_date | date }}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, time
from functools import lru_cache
from itertools import takewhile

from babel.dates import format_date as babel_date
from babel.dates import format_time as babel_time
from babel.lists import format_list as babel_list
from babel.numbers import format_currency
from flask import Flask
from flask_babel import gettext, ngettext, pgettext

from referral.fields import phones
from referral.fields.clock_times import WHOLE_DAY
from referral.fields.languages import language_name
from referral.fields.text import sentence_ends, whole_sentences
from referral.records.hsds import Phone
from referral.web.i18n.catalogs import page_locale

MIDNIGHTS = {"00:00", "23:59", "24:00"}
_LINE_BREAKS = re.compile(r"\s*\n\s*")


def init_app(app: Flask) -> None:
    """Register the template filters that format dates, times, phones, distances and prices."""
    app.jinja_env.filters.update(
        {
            "date": format_date,
            "distance": format_distance,
            "folded": folded_after,
            "language": format_language,
            "paragraphs": paragraphs_of,
            "phone": format_phone,
            "shortened": format_shortened,
            "whole_sentences": whole_sentences,
            "tel": tel_link,
            "time": format_time,
            "listed": format_listed,
        }
    )


def format_date(day: date) -> str:
    """Return a date in the language of the page: ``3 March 2026``, ``3 de marzo de 2026``."""
    return _date_in(page_locale().language, day)


@lru_cache(maxsize=4096)
def _date_in(language: str, day: date) -> str:
    return str(babel_date(day, "d MMMM y" if language == "en" else "long", locale=language))


def format_time(clock: str) -> str:
    """Return a clock time for display: ``4:30 pm`` for ``16:30``, ``noon``, ``midnight``.

    Text that is not a time is returned unchanged.
    """
    if clock == "12:00":
        return str(gettext("noon"))
    if clock in MIDNIGHTS:
        return str(gettext("midnight"))
    return _time_in(page_locale().language, clock)


@lru_cache(maxsize=4096)
def _time_in(language: str, clock: str) -> str:
    try:
        moment = time.fromisoformat(clock)
    except ValueError:
        return clock
    pattern = "h:mm a" if moment.minute else "h a"
    text = str(babel_time(moment, pattern, locale=language))
    # A no-break space keeps the number and its am or pm on one line.
    return re.sub(r"\s+", "\N{NO-BREAK SPACE}", text).replace("AM", "am").replace("PM", "pm")


def format_clock(clock: str) -> str:
    """Return a clock time within a sentence; in Spanish ``las 4:30 p. m.``, ``la 1 p. m.``."""
    if clock == "12:00":
        return str(pgettext("in a sentence", "noon"))
    if clock in MIDNIGHTS:
        return str(pgettext("in a sentence", "midnight"))
    text = format_time(clock)
    if clock[:2] in {"01", "13"}:
        return str(pgettext("one o'clock, in a sentence", "%(time)s", time=text))
    return str(pgettext("in a sentence", "%(time)s", time=text))


def format_phone(phone: Phone) -> str:
    """Return a phone number with its extension for display; unchanged if it cannot be parsed."""
    return phones.format_phone(phone.tel, phone.number, phone.extension)


def tel_link(phone: Phone) -> str:
    """Return the link that dials a phone, ``tel:+18145550100``; "" if it cannot be dialed."""
    return phones.tel_uri(phone.tel, phone.extension)


def format_distance(miles: float) -> str:
    """Return a distance in words, such as ``about 3 miles``.

    Positions of ZIP codes and lists are not more exact.
    """
    if miles < 1:
        return str(gettext("under 1 mile"))
    whole = round(miles)
    return str(ngettext("about %(num)s mile", "about %(num)s miles", whole))


def format_price(amount: float, currency: str) -> str:
    """Return an amount of money: ``$25``, ``$7.50``, ``Free``."""
    if not amount:
        return str(gettext("Free"))
    pattern = "¤#,##0" if amount == int(amount) else "¤#,##0.00"
    return str(
        format_currency(
            amount, currency or "USD", pattern, locale=page_locale(), currency_digits=False
        )
    )


def format_language(code: str) -> str:
    """Return the name of a language in the language of the page; its code if unknown."""
    if code == "ase":  # the CLDR has its name in few languages only
        return str(gettext("American Sign Language"))
    return language_name(code, page_locale().language) or code


def format_listed(words: Iterable[str]) -> str:
    """Join words as in a sentence of the page's language: ``a, b and c``."""
    return str(babel_list(list(words), locale=page_locale()))


def paragraphs_of(text: str) -> list[str]:
    """Split a plain text for display into its lines, without empty ones."""
    return [part for part in _LINE_BREAKS.split(text.strip()) if part]


def format_shortened(text: str, length: int) -> str:
    """Shorten a text for display to ``length`` letters, after a sentence or else a word."""
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    if end := _last_sentence_end(text, length):
        return text[:end]
    return text[:length].rsplit(" ", 1)[0].rstrip(",;:.") + "…"


def folded_after(text: str, words: int = 60) -> tuple[list[str], list[str]]:
    """Split a long text into paragraphs to show at once and paragraphs to fold away.

    A text of up to ``words`` words is shown whole. A paragraph is cut at the end of a sentence if
    there is one in the last half of its shown part.
    """
    paragraphs = paragraphs_of(text)
    if sum(len(part.split()) for part in paragraphs) <= words:
        return paragraphs, []
    shown: list[str] = []
    words_left = words
    for index, part in enumerate(paragraphs):
        count = len(part.split())
        if count <= words_left:
            shown.append(part)
            words_left -= count
            continue
        head, tail = _split_after(part, words_left)
        return [*shown, *filter(None, [head])], [*filter(None, [tail]), *paragraphs[index + 1 :]]
    return shown, []


def _split_after(text: str, words: int) -> tuple[str, str]:
    """Split a long paragraph after ``words`` words into a part to show and a part to fold."""
    if words <= 0:
        return "", text
    end = [match.start() for match in re.finditer(r"\s+", text)][words - 1]
    end = _last_sentence_end(text, end) or end
    return text[:end], text[end:].lstrip()


def _last_sentence_end(text: str, length: int) -> int:
    """Return the last end of a sentence in a text's second half of ``length`` letters, else 0."""
    ends = takewhile(lambda end: end <= length, sentence_ends(text))
    return max((end for end in ends if end > length // 2), default=0)


def capitalized(text: str) -> str:
    """Capitalize the first letter of a text; many languages write days in lowercase."""
    return text[:1].upper() + text[1:]


def day_name(weekday: int) -> str:
    """Return the name of a weekday in the language of the page, ``Monday`` for 0."""
    return str(page_locale().days["stand-alone"]["wide"][weekday])


def format_span(start: str, end: str) -> str:
    """Return a span of opening hours: ``9 am to 4:30 pm``."""
    if (start, end) == WHOLE_DAY or start == end:
        return str(gettext("Day and night"))
    return str(
        pgettext("hours", "%(start)s to %(end)s", start=format_time(start), end=format_time(end))
    )
