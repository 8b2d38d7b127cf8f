"""Formats of values: dates, times, phones, distances, money.

A function ``format_x`` is the template filter ``x``: ``{{ service.assured_date | date }}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, time
from functools import lru_cache
from itertools import takewhile

from babel.dates import format_date as babel_date
from babel.dates import format_time as babel_time
from babel.lists import format_list as babel_list
from babel.numbers import format_currency
from flask import Flask
from flask_babel import gettext, ngettext, pgettext
from markupsafe import Markup

from referral.directory.cards import highlight_words
from referral.fields import phones
from referral.fields.clock_times import WHOLE_DAY
from referral.fields.languages import language_name
from referral.fields.text import sentence_ends, whole_sentences
from referral.records.directory import Phone
from referral.web.i18n.catalogues import page_locale

MIDNIGHTS = {"00:00", "23:59", "24:00"}
_LINE_BREAKS = re.compile(r"\s*\n\s*")


def init_app(app: Flask) -> None:
    """Offer every format to the templates."""
    app.jinja_env.filters.update(
        {
            "date": format_date,
            "distance": format_distance,
            "folded": folded_after,
            "language": format_language,
            "marked": format_marked,
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
    """``3 March 2026``, ``3 de marzo de 2026``."""
    return _date_in(page_locale().language, day)


@lru_cache(maxsize=4096)
def _date_in(language: str, day: date) -> str:
    return str(babel_date(day, "d MMMM y" if language == "en" else "long", locale=language))


def format_time(clock: str) -> str:
    """``4:30 pm`` from ``16:30``; noon and midnight by name; as given when it is not a time."""
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
    # A line must not break between the number and its am or pm.
    return re.sub(r"\s+", "\N{NO-BREAK SPACE}", text).replace("AM", "am").replace("PM", "pm")


def format_clock(clock: str) -> str:
    """The time as a sentence has it: ``4:30 pm``; in Spanish ``las 4:30 p. m.``, ``la 1 p. m.``."""
    if clock == "12:00":
        return str(pgettext("in a sentence", "noon"))
    if clock in MIDNIGHTS:
        return str(pgettext("in a sentence", "midnight"))
    text = format_time(clock)
    if clock[:2] in {"01", "13"}:
        return str(pgettext("one o'clock, in a sentence", "%(time)s", time=text))
    return str(pgettext("in a sentence", "%(time)s", time=text))


def format_phone(phone: Phone) -> str:
    """The number as people read it, with its extension; as given when it is not understood."""
    return phones.format_phone(phone.tel, phone.number, phone.extension)


def tel_link(phone: Phone) -> str:
    """What a phone dials, ``tel:+18145550100``; "" when that is not known."""
    return phones.tel_uri(phone.tel, phone.extension)


def format_distance(miles: float) -> str:
    """``about 3 miles``; ZIP codes and file positions are not more exact than that."""
    if miles < 1:
        return str(gettext("under 1 mile"))
    whole = round(miles)
    return str(ngettext("about %(num)s mile", "about %(num)s miles", whole))


def format_price(amount: float, currency: str) -> str:
    """``$25``, ``$7.50``, ``Free``."""
    if not amount:
        return str(gettext("Free"))
    pattern = "¤#,##0" if amount == int(amount) else "¤#,##0.00"
    return str(
        format_currency(
            amount, currency or "USD", pattern, locale=page_locale(), currency_digits=False
        )
    )


def format_language(code: str) -> str:
    """The name of a language in the language of the page; the code when it is not known."""
    if code == "ase":  # which the CLDR names in few languages
        return str(gettext("American Sign Language"))
    return language_name(code, page_locale().language) or code


def format_listed(words: Iterable[str]) -> str:
    """``a, b and c``."""
    return str(babel_list(list(words), locale=page_locale()))


def paragraphs_of(text: str) -> list[str]:
    """The paragraphs of a plain text."""
    return [part for part in _LINE_BREAKS.split(text.strip()) if part]


def format_shortened(text: str, length: int) -> str:
    """At most about ``length`` letters, cut at the end of a sentence or else of a word."""
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    if end := _last_end(text, length):
        return text[:end]
    return text[:length].rsplit(" ", 1)[0].rstrip(",;:.") + "…"


def folded_after(text: str, words: int = 60) -> tuple[list[str], list[str]]:
    """The paragraphs to show at once, and those to fold away, for a text longer than ``words``.

    The cut is at the end of a sentence where there is one in the last half of what is shown.
    """
    paragraphs = paragraphs_of(text)
    if sum(len(part.split()) for part in paragraphs) <= words:
        return paragraphs, []
    shown: list[str] = []
    left = words
    for at, part in enumerate(paragraphs):
        count = len(part.split())
        if count <= left:
            shown.append(part)
            left -= count
            continue
        head, tail = _cut_after(part, left)
        return [*shown, *filter(None, [head])], [*filter(None, [tail]), *paragraphs[at + 1 :]]
    return shown, []


def _cut_after(text: str, words: int) -> tuple[str, str]:
    """Both parts of a paragraph of more than ``words`` words."""
    if words <= 0:
        return "", text
    cut = [match.start() for match in re.finditer(r"\s+", text)][words - 1]
    cut = _last_end(text, cut) or cut
    return text[:cut], text[cut:].lstrip()


def _last_end(text: str, length: int) -> int:
    """The last end of a sentence in the second half of these letters, 0 without one."""
    ends = takewhile(lambda end: end <= length, sentence_ends(text))
    return max((end for end in ends if end > length // 2), default=0)


def format_marked(text: str, matched: Sequence[str]) -> Markup:
    """The text, escaped, with ``<mark>`` around the words that a search matched."""
    mark = Markup("<mark>{}</mark>").format
    return Markup().join(
        mark(piece) if is_matched else piece for piece, is_matched in highlight_words(text, matched)
    )


def capitalized(text: str) -> str:
    """The text with a capital at its start; many languages write days in small letters."""
    return text[:1].upper() + text[1:]


def day_name(weekday: int) -> str:
    """``Monday`` for 0."""
    return str(page_locale().days["stand-alone"]["wide"][weekday])


def format_span(start: str, end: str) -> str:
    """``9 am to 4:30 pm``."""
    if (start, end) == WHOLE_DAY or start == end:
        return str(gettext("Day and night"))
    return str(
        pgettext("hours", "%(start)s to %(end)s", start=format_time(start), end=format_time(end))
    )
