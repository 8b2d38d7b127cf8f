"""Parts of the results page: title, chips, sections, sort order, pager, notices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext

from referral.directory.danger import raised_help_lines
from referral.directory.view_models import HelpLine, RaisedLines, ResultsPage, ServiceCard
from referral.patron.web.preference_chips import CardGroup, groups_by_fit
from referral.records.classification import TaxonomyTerm
from referral.search.query import Degree, Notice, SearchQuery, Sort, WordKind
from referral.web.current import current_settings
from referral.web.search_form import (
    Link,
    address_of,
    answered_in_address,
    next_search_url,
    search_url,
)

NEIGHBOURS = 1  # pages shown at each side of the present one


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The cards of this page that are in one band, and how many results the band has.

    Without bands there is one section, which has no title. What is only suggested has one of its
    own.
    """

    groups: tuple[CardGroup, ...]
    title: str = ""
    total: int = 0
    is_suggested: bool = False


def map_address_of(asked: SearchQuery, page: int, view: str) -> str:
    """The address of this page with a map; with an empty view, of the page without one."""
    values: dict[str, Any] = address_of(asked, page, answered_in_address()) | {"map": view or None}
    return url_for("patron.search", _anchor="places-map" if view else None, **values)


def topic_address(term: TaxonomyTerm, heading: str = "") -> str:
    """Where the services of a term are, under one heading or all."""
    query = SearchQuery(topic=term.key, headings=(heading,) if heading else ())
    return search_url(query)


def count_of(results: ResultsPage) -> str:
    """``14 places``."""
    return str(ngettext("%(num)s place", "%(num)s places", results.total))


def sections_of(
    asked: SearchQuery, results: ResultsPage, names: Mapping[str, str]
) -> tuple[Section, ...]:
    """The cards in sections: by band, and below a line those that are only suggested.

    Args:
        names: of the filters' values, as of ``value_labels``.
    """

    def groups(cards: Iterable[ServiceCard]) -> tuple[CardGroup, ...]:
        return groups_by_fit(cards, results.answer.preferences, names)

    is_divided = results.answer.suggested_last
    above = [card for card in results.cards if not (is_divided and card.is_suggested)]
    below = [card for card in results.cards if is_divided and card.is_suggested]
    sections = list(_sections_above(asked, results, above, groups)) if above else []
    if below:
        title, total = str(gettext("Suggested")), results.suggested
        sections.append(Section(groups=groups(below), title=title, total=total, is_suggested=True))
    return tuple(sections)


def _sections_above(
    asked: SearchQuery,
    results: ResultsPage,
    above: Iterable[ServiceCard],
    groups: Callable[[Iterable[ServiceCard]], tuple[CardGroup, ...]],
) -> Iterator[Section]:
    """By band, in the order in which they come; what is ahead of its band comes first.

    All together where another order was asked for, or no place.
    """
    if asked.sort is not Sort.BEST or not results.answer.bands:
        yield Section(groups=groups(above))
        return
    near = results.answer.question.near
    place = near.name if near else ""
    titles = {
        "ahead": gettext("Best match"),
        "near": gettext("Near %(place)s", place=place),
        "serves": gettext("From elsewhere, for your area"),
        "remote": gettext("By phone or online, or no address listed"),
        "elsewhere": gettext("For people in other areas"),
    }
    bands: dict[str, list[ServiceCard]] = {}
    for card in above:
        bands.setdefault("ahead" if card.is_ahead else card.band, []).append(card)
    counts = results.answer.bands
    for band, cards in bands.items():
        total = counts.get(band, len(cards))
        yield Section(groups=groups(cards), title=str(titles[band]), total=total)


def sorts_of(asked: SearchQuery, *, has_place: bool) -> tuple[Link, ...]:
    """The orders that make sense here; nearest does when there is a place to measure from."""
    words = {Sort.BEST: gettext("Best match"), Sort.NEAREST: gettext("Nearest"),
             Sort.NAME: gettext("A to Z")}  # fmt: skip
    return tuple(
        Link(
            words=text,
            address=next_search_url(replace(asked, sort=sort)),
            is_current=asked.sort is sort,
        )
        for sort, text in words.items()
        if sort is not Sort.NEAREST or has_place
    )


def pages_of(asked: SearchQuery, page: int, pages: int) -> tuple[Link | None, ...]:
    """Links to pages: first, last and those around this one; None stands for a gap."""
    near = range(page - NEIGHBOURS, page + NEIGHBOURS + 1)
    shown = [each for each in range(1, pages + 1) if each in {1, pages} or each in near]
    links: list[Link | None] = []
    for before, each in zip([0, *shown], shown, strict=False):
        if each - before > 1:
            links.append(None)
        links.append(
            Link(words=str(each), address=next_search_url(asked, each), is_current=each == page)
        )
    return tuple(links)


def notices_of(results: ResultsPage, danger_lines: Sequence[HelpLine]) -> tuple[str, ...]:
    """What search wants to say, in the language of the page.

    Words of danger are not said back: the help line is what counts.
    """
    if danger_lines:
        return ()
    answer, question = results.answer, results.answer.question
    texts = list(map(_notice_text, question.notices))
    if question.guess:
        texts.append(str(gettext("We are not sure. Is that what you meant?")))
    if question.is_in_other_language:
        texts.append(str(gettext(
            "We can search in English and Spanish only. Call 2-1-1 and say the name of your "
            "language. Ask for an interpreter. It is free."
        )))  # fmt: skip
    of_results = (each for each in answer.notices if results.total or each.kind != "some-words")
    return (*texts, *map(_notice_text, of_results))


def raised_lines_of(results: ResultsPage) -> RaisedLines:
    """The help lines for words that mean danger, or perhaps do."""
    return raised_help_lines(current_settings(), results.answer.question.danger)


def raises_panel(results: ResultsPage) -> bool:
    """Whether the words mean danger, whatever was looked for."""
    return results.answer.question.danger.degree is Degree.SURE


def anyway_address_of(asked: SearchQuery, results: ResultsPage) -> str:
    """Where the words of danger are looked for as they stand; "" where they were."""
    is_danger_search = results.answer.question.is_danger_search
    return next_search_url(replace(asked, exactly=True)) if is_danger_search else ""


def exact_address_of(asked: SearchQuery, results: ResultsPage) -> str:
    """Where only the very words are looked for, "" when nothing else was."""
    question = results.answer.question
    taken_otherwise = (
        bool(results.answer.preferences)
        or question.guess is not None
        or question.is_in_other_language
        or any(word.kind is WordKind.TERM and not word.is_name for word in question.words)
        or any(notice.kind == "corrected" for notice in question.notices)
    )
    if asked.exactly or not taken_otherwise or raises_panel(results):
        return ""
    return next_search_url(replace(asked, exactly=True))


def _notice_text(notice: Notice) -> str:
    details = notice.details
    if notice.kind == "corrected":
        return str(gettext("Showing “%(meant)s” in place of “%(typed)s”.",
                           meant=details["to"], typed=details["from"]))  # fmt: skip
    words = {
        "shortened": gettext("We looked for the first words only. Use fewer words, please."),
        "no-words": gettext("We saw no word to look for. Here is everything."),
        "holiday": gettext("It is a holiday. Hours may differ. Call first."),
        "some-words": gettext("No place has all of your words. The closest ones come first."),
    }
    return str(words[notice.kind])
