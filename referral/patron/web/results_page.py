"""Parts of the results page: filters with counts, sections, sort order, pager, notices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext
from wtforms import SelectMultipleField
from wtforms.fields.choices import SelectChoice

from referral.directory.danger import raised_help_lines
from referral.directory.view_models import HelpLine, RaisedLines, ResultsPage, ServiceCard
from referral.records.classification import TaxonomyTerm
from referral.records.conditions import NO_ID, NO_REFERRAL
from referral.records.costs import Cost
from referral.records.facets import Access, AgeGroup, Delivery, load_populations
from referral.records.schedules.recurrence import DAYS
from referral.search.query import (
    Degree,
    Fit,
    Notice,
    Preference,
    PreferenceKind,
    SearchQuery,
    Sort,
    WordKind,
)
from referral.web.current import current_settings
from referral.web.formatting import format_language
from referral.web.i18n.catalogues import page_locale
from referral.web.search_form import (
    MILES,
    Link,
    SearchForm,
    address_of,
    answered_in_address,
    filter_label,
    next_search_url,
    search_url,
)
from referral.web.translated_text import term_name

NEIGHBOURS = 1  # links to pages at each side of the current one


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The cards of a results page in one distance band, with the total of the band.

    Without bands there is one section without a title. Suggested services have a section of their
    own.
    """

    groups: tuple[CardGroup, ...]
    title: str = ""
    total: int = 0
    is_suggested: bool = False


def map_address_of(asked: SearchQuery, page: int, view: str) -> str:
    """Return the address of a results page with a map; without one if ``view`` is empty."""
    values: dict[str, Any] = address_of(asked, page, answered_in_address()) | {"map": view or None}
    return url_for("patron.search", _anchor="places-map" if view else None, **values)


def topic_address(term: TaxonomyTerm, heading: str = "") -> str:
    """Return the address of the services with a topic, optionally under one heading."""
    query = SearchQuery(topic=term.key, headings=(heading,) if heading else ())
    return search_url(query)


def count_of(results: ResultsPage) -> str:
    """Return the number of results in words: ``14 places``."""
    return str(ngettext("%(num)s place", "%(num)s places", results.total))


def sections_of(
    asked: SearchQuery, results: ResultsPage, names: Mapping[str, str]
) -> tuple[Section, ...]:
    """Divide the cards of a page into sections by distance band; suggested services come last.

    Args:
        names: labels of filter values, from ``value_labels``.
    """

    def groups(cards: Iterable[ServiceCard]) -> tuple[CardGroup, ...]:
        if results.answer.question.needs:  # results of several needs alternate
            return (CardGroup(line="", cards=tuple(cards)),)
        return _groups_by_fit(cards, results.answer.preferences, names)

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
    """Yield the sections of results that are not merely suggested, in their order.

    A result placed ahead of its band is in a section of its own. There is one section if the
    results are sorted otherwise or have no bands.
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
    """Return links to the possible sort orders; by distance only if there is a place."""
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
    """Return links to the first, last and neighboring pages of results; None is a gap."""
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
    """Return the notices about a search, in the language of the page.

    There are none for words that mean danger, so that only the help line is shown.
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
    of_results = [each for each in answer.notices if results.total or each.kind != "some-words"]
    texts += [_broader_text(each, results) for each in of_results if each.kind == "broader"]
    return (*texts, *(_notice_text(each) for each in of_results if each.kind != "broader"))


def _broader_text(notice: Notice, results: ResultsPage) -> str:
    def names(codes: str) -> str:
        terms = results.terms
        known = (terms.terms[terms.ids[code]] for code in codes.split("|") if code in terms.ids)
        return ", ".join(map(term_name, known))

    return str(gettext(
        "We found no place for “%(missing)s” here. These are for “%(broader)s”.",
        missing=names(notice.details["topics"]), broader=names(notice.details["broader"]),
    ))  # fmt: skip


def raised_lines_of(results: ResultsPage) -> RaisedLines:
    """Return the help lines for words of a search that mean danger, or perhaps do."""
    return raised_help_lines(current_settings(), results.answer.question.danger)


def without_lines(results: ResultsPage, lines: Sequence[HelpLine]) -> ResultsPage:
    """Return a page of results without the listings of help lines that stand above it already.

    A listing is one of a help line if it has its number and no location.
    """
    numbers = {line.tel for line in lines}
    left = [
        card
        for card in results.cards
        if card.site or not card.phone or card.phone.tel not in numbers
    ]
    above = len(results.cards) - len(left)
    return replace(results, cards=results.cards.with_items(left), total=results.total - above)


def raises_panel(results: ResultsPage) -> bool:
    """Return whether the words of a search surely mean danger."""
    return results.answer.question.danger.degree is Degree.SURE


def anyway_address_of(asked: SearchQuery, results: ResultsPage) -> str:
    """Return the address of the exact search if a search for help replaced it; else ""."""
    is_danger_search = results.answer.question.is_danger_search
    return next_search_url(replace(asked, exactly=True)) if is_danger_search else ""


def exact_address_of(asked: SearchQuery, results: ResultsPage) -> str:
    """Return the address that searches for exactly the typed words.

    It is "" if this search did so, and for words that surely mean danger.
    """
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CardGroup:
    """Cards that fit the preferences alike, and the line above them; "" if they fit."""

    line: str
    cards: tuple[ServiceCard, ...]


def preference_label(preference: Preference, names: Mapping[str, str]) -> str:
    """Return the text of a preference's chip: ``Open tonight``, ``Age 80``, ``Spanish``."""
    values = preference.values
    if preference.kind is PreferenceKind.OPEN_NOW:
        return str(gettext("Open tonight") if values == ("tonight",) else gettext("Open now"))
    if preference.kind is PreferenceKind.DAY:
        names_of_days = page_locale().days["format"]["wide"]
        return ", ".join(str(names_of_days[DAYS.index(value)]) for value in values)
    if preference.kind in {PreferenceKind.PEOPLE, PreferenceKind.PAPERS}:
        labels = _condition_labels()
        return ", ".join(labels[value] for value in values)
    if set(values) == {"free", "low-cost"}:
        return str(gettext("Free or low cost"))
    is_years = preference.kind is PreferenceKind.AGE and values[0].isdecimal()
    is_language = preference.kind is PreferenceKind.LANGUAGE
    name = "language" if is_language else "age" if is_years else ""
    return ", ".join(filter_label(name, value, names) for value in values)


def _condition_labels() -> Mapping[str, str]:
    return {
        "men": gettext("For men"),
        "women": gettext("For women"),
        "families": gettext("For families"),
        "couples": gettext("For couples"),
        NO_ID: gettext("Without ID"),
        NO_REFERRAL: gettext("Without a referral"),
    }


def _groups_by_fit(
    cards: Iterable[ServiceCard], preferences: Sequence[Preference], names: Mapping[str, str]
) -> tuple[CardGroup, ...]:
    """Group consecutive cards that fit the preferences alike, with the line above each group.

    Args:
        names: labels of filter values, from ``value_labels``.
    """
    runs = [(fit, tuple(run)) for fit, run in groupby(cards, key=lambda card: card.fit)]
    return tuple(
        CardGroup(line=_fit_line(fit, preferences, names) if preferences else "", cards=run)
        for fit, run in runs
    )


def _fit_line(fit: Fit, preferences: Sequence[Preference], names: Mapping[str, str]) -> str:
    if fit is Fit.WEAK:
        return str(gettext("These are less close to what you asked for:"))
    if fit is Fit.UNKNOWN:
        doubted = [preference for preference in preferences if preference.unknown]
        if len(doubted) == 1:
            return _unknown_line(doubted[0], names)
        return str(gettext("We do not know if these fit all of your choices:"))
    if fit is Fit.MISFIT:
        doubted = [preference for preference in preferences if preference.misfits]
        if len(doubted) == 1:
            return _misfit_line(doubted[0], names)
        return str(gettext("These may not fit all of your choices:"))
    return ""


def _unknown_line(preference: Preference, names: Mapping[str, str]) -> str:
    choice = preference_label(preference, names)
    lines = {
        PreferenceKind.OPEN_NOW: gettext("We do not know the hours of these:"),
        PreferenceKind.DAY: gettext("We do not know on which days these are open:"),
        PreferenceKind.LANGUAGE: gettext(
            "We do not know if these speak %(choice)s:", choice=choice
        ),
        PreferenceKind.COST: gettext("We do not know what these cost:"),
    }
    other = gettext("We do not know if this is true of these: %(choice)s", choice=choice)
    return str(lines.get(preference.kind, other))


def _misfit_line(preference: Preference, names: Mapping[str, str]) -> str:
    choice = preference_label(preference, names)
    lines = {
        PreferenceKind.OPEN_NOW: gettext("These may be closed at that time:"),
        PreferenceKind.DAY: gettext("These may be closed on that day:"),
        PreferenceKind.AGE: gettext("These may not be for this age:"),
        PreferenceKind.LANGUAGE: gettext("These may not speak %(choice)s:", choice=choice),
        PreferenceKind.COST: gettext("These may cost money:"),
    }
    other = gettext("This may not be true of these: %(choice)s", choice=choice)
    return str(lines.get(preference.kind, other))


_NONE: Mapping[str, int] = {}


def set_facet_choices(
    form: SearchForm, asked: SearchQuery, results: ResultsPage, names: Mapping[str, str]
) -> None:
    """Fill the choices of the filters with counts; a filter with a single, unset choice has none.

    Args:
        names: labels of filter values, from ``value_labels``.
    """
    headings = [each.slug for each in results.headings]
    populations = [each.slug for each in load_populations()]
    offered: tuple[tuple[SelectMultipleField, str, Iterable[str], tuple[str, ...]], ...] = (
        (form.heading, "headings", headings, asked.headings),
        (form.cost, "cost", list(Cost), asked.cost),
        (form.ages, "age", list(AgeGroup), asked.ages),
        (form.population, "populations", populations, asked.populations),
        (form.access, "access", list(Access), asked.access),
        (form.how, "delivery", list(Delivery), asked.delivery),
    )
    for field, facet, values, chosen in offered:
        counts = _counts(results, facet)
        more = _counts(results, "suggested_headings") if facet == "headings" else {}
        shown = [value for value in map(str, values) if value in {*counts, *more, *chosen}]
        is_offered = len(shown) > 1 or bool(chosen)
        field.choices = [
            SelectChoice(value, _with_count(names[value], counts, value, more))
            for value in shown
            if is_offered
        ]
        field.data = list(chosen)
    _set_language_choices(form, asked, results)
    _set_distance_choices(form, asked, results)
    counted = _counts(results, "open_now").get("open", 0)
    form.open.label.text = gettext("Open now") if asked.open_at else (
        gettext("Open now (%(num)s)", num=counted)
    )  # fmt: skip
    form.open.data = asked.open_now
    with_room = _counts(results, "room").get("room", 0)
    form.room.label.text = gettext("Has room now (%(num)s)", num=with_room)
    form.room.data = asked.has_room


def has_more_filters(asked: SearchQuery) -> bool:
    """Return whether a filter is set that the form folds away at first."""
    return bool(asked.open_at or asked.describes_person or asked.access or asked.delivery)


def _set_language_choices(form: SearchForm, asked: SearchQuery, results: ResultsPage) -> None:
    spoken = _counts(results, "languages")
    codes = dict.fromkeys([*spoken, *filter(None, [asked.language])])
    named = sorted((_with_count(format_language(code), spoken, code), code) for code in codes)
    form.language.choices = [SelectChoice("", gettext("Any language"))]
    form.language.choices += [SelectChoice(code, words) for words, code in named]
    form.language.data = asked.language


def _set_distance_choices(form: SearchForm, asked: SearchQuery, results: ResultsPage) -> None:
    counts = _counts(results, "distance")
    form.within.choices = [SelectChoice("", gettext("Any distance"))]
    for miles in map(str, MILES):
        words = _with_count(filter_label("within", miles, {}), counts, miles)
        form.within.choices.append(SelectChoice(miles, words))
    form.within.data = f"{asked.within:g}" if asked.within else ""


def _counts(results: ResultsPage, facet: str) -> dict[str, int]:
    values = results.answer.facets.get(facet, ())
    return {each.value: each.count for each in values if each.count}


def _with_count(
    name: str, counts: Mapping[str, int], value: str, suggested: Mapping[str, int] = _NONE
) -> str:
    """Return a filter value with its count, including suggested services: ``Food (12)``."""
    count = counts.get(value, 0) + suggested.get(value, 0)
    return f"{name} ({count})" if count else name
