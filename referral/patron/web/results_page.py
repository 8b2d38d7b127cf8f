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
from referral.web.i18n.catalogs import page_locale
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

NEIGHBORS = 1  # links to pages at each side of the current one
_NO_COUNTS: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section of a results page: the cards in one distance band, with the band's total.

    Without bands there is one section without a title. Suggested services have a section of their
    own.
    """

    groups: tuple[CardGroup, ...]
    title: str = ""
    total: int = 0
    is_suggested: bool = False


def map_address(query: SearchQuery, page: int, view: str) -> str:
    """Return the URL of a results page with a map view, or without a map if ``view`` is empty."""
    values: dict[str, Any] = address_of(query, page, answered_in_address()) | {"map": view or None}
    return url_for("patron.search", _anchor="places-map" if view else None, **values)


def topic_address(term: TaxonomyTerm, heading: str = "") -> str:
    """Return the URL of a search for the services with a topic, optionally under one heading."""
    query = SearchQuery(topic=term.key, headings=(heading,) if heading else ())
    return search_url(query)


def total_text(results: ResultsPage) -> str:
    """Return the number of search results in words: ``14 places``."""
    return str(ngettext("%(num)s place", "%(num)s places", results.total))


def build_sections(
    query: SearchQuery, results: ResultsPage, names: Mapping[str, str]
) -> tuple[Section, ...]:
    """Divide the cards of a results page into sections by distance band.

    Suggested services come last.

    Args:
        names: labels of filter values, from ``value_labels``.
    """

    def group_cards(cards: Iterable[ServiceCard]) -> tuple[CardGroup, ...]:
        if results.answer.question.needs:  # results of several needs alternate
            return (CardGroup(line="", cards=tuple(cards)),)
        return _group_by_fit(cards, results.answer.preferences, names)

    def comes_last(card: ServiceCard) -> bool:
        return results.answer.suggested_last and card.is_suggested

    main_cards = [card for card in results.cards if not comes_last(card)]
    last_cards = list(filter(comes_last, results.cards))
    sections = list(_band_sections(query, results, main_cards, group_cards)) if main_cards else []
    if last_cards:
        title, total = str(gettext("Suggested")), results.suggested
        groups = group_cards(last_cards)
        sections.append(Section(groups=groups, title=title, total=total, is_suggested=True))
    return tuple(sections)


def _band_sections(
    query: SearchQuery,
    results: ResultsPage,
    cards: Iterable[ServiceCard],
    group_cards: Callable[[Iterable[ServiceCard]], tuple[CardGroup, ...]],
) -> Iterator[Section]:
    """Yield the sections of a results page by distance band, without merely suggested services.

    A result placed ahead of its band is in a section of its own. There is one section if the
    results are sorted otherwise or have no bands.
    """
    if query.sort is not Sort.BEST or not results.answer.bands:
        yield Section(groups=group_cards(cards))
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
    for card in cards:
        bands.setdefault("ahead" if card.is_ahead else card.band, []).append(card)
    counts = results.answer.bands
    for band, band_cards in bands.items():
        total = counts.get(band, len(band_cards))
        yield Section(groups=group_cards(band_cards), title=str(titles[band]), total=total)


def sort_links(query: SearchQuery, *, has_place: bool) -> tuple[Link, ...]:
    """Return links to the sort orders of a results page; by distance only if there is a place."""
    labels = {Sort.BEST: gettext("Best match"), Sort.NEAREST: gettext("Nearest"),
             Sort.NAME: gettext("A to Z")}  # fmt: skip
    return tuple(
        Link(
            words=text,
            address=next_search_url(replace(query, sort=sort)),
            is_current=query.sort is sort,
        )
        for sort, text in labels.items()
        if sort is not Sort.NEAREST or has_place
    )


def page_links(query: SearchQuery, page: int, pages: int) -> tuple[Link | None, ...]:
    """Return links to the first, last and neighboring pages of results; None is a gap."""
    neighbors = range(page - NEIGHBORS, page + NEIGHBORS + 1)
    shown_numbers = [
        number for number in range(1, pages + 1) if number in {1, pages} or number in neighbors
    ]
    links: list[Link | None] = []
    for previous, number in zip([0, *shown_numbers], shown_numbers, strict=False):
        if number - previous > 1:
            links.append(None)
        links.append(
            Link(
                words=str(number), address=next_search_url(query, number), is_current=number == page
            )
        )
    return tuple(links)


def notice_texts(results: ResultsPage, danger_lines: Sequence[HelpLine]) -> tuple[str, ...]:
    """Return the notices that a results page shows about a search, in the page's language.

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
    result_notices = [
        notice for notice in answer.notices if results.total or notice.kind != "some-words"
    ]
    texts += [
        _broader_text(notice, results) for notice in result_notices if notice.kind == "broader"
    ]
    return (
        *texts,
        *(_notice_text(notice) for notice in result_notices if notice.kind != "broader"),
    )


def _broader_text(notice: Notice, results: ResultsPage) -> str:
    def topic_names(codes: str) -> str:
        terms = results.terms
        known_terms = (
            terms.terms[terms.ids[code]] for code in codes.split("|") if code in terms.ids
        )
        return ", ".join(map(term_name, known_terms))

    return str(gettext(
        "We found no place for “%(missing)s” here. These are for “%(broader)s”.",
        missing=topic_names(notice.details["topics"]),
        broader=topic_names(notice.details["broader"]),
    ))  # fmt: skip


def raised_lines(results: ResultsPage) -> RaisedLines:
    """Return the help lines to show above the results if words of a search may mean danger."""
    return raised_help_lines(current_settings(), results.answer.question.danger)


def without_lines(results: ResultsPage, lines: Sequence[HelpLine]) -> ResultsPage:
    """Return a page of results without the listings of help lines that stand above it already.

    A listing is one of a help line if it has its number and no location. If there are no other
    results, all stay.
    """
    numbers = {line.tel for line in lines}
    left = [
        card
        for card in results.cards
        if card.site or not card.phone or card.phone.tel not in numbers
    ]
    if not left:
        return results
    above = len(results.cards) - len(left)
    return replace(results, cards=results.cards.with_items(left), total=results.total - above)


def means_danger(results: ResultsPage) -> bool:
    """Return whether the words of a search surely mean danger."""
    return results.answer.question.danger.degree is Degree.SURE


def anyway_address(query: SearchQuery, results: ResultsPage) -> str:
    """Return the URL of the exact search if a search for help replaced it; else ""."""
    is_danger_search = results.answer.question.is_danger_search
    return next_search_url(replace(query, exactly=True)) if is_danger_search else ""


def exact_address(query: SearchQuery, results: ResultsPage) -> str:
    """Return the URL of a search for exactly the typed words.

    It is "" if this search did so, and for words that surely mean danger.
    """
    question = results.answer.question
    is_reinterpreted = (
        bool(results.answer.preferences)
        or question.guess is not None
        or question.is_in_other_language
        or any(word.kind is WordKind.TERM and not word.is_name for word in question.words)
        or any(notice.kind == "corrected" for notice in question.notices)
    )
    if query.exactly or not is_reinterpreted or means_danger(results):
        return ""
    return next_search_url(replace(query, exactly=True))


def _notice_text(notice: Notice) -> str:
    details = notice.details
    if notice.kind == "corrected":
        return str(gettext("Showing “%(meant)s” in place of “%(typed)s”.",
                           meant=details["to"], typed=details["from"]))  # fmt: skip
    texts = {
        "shortened": gettext("We looked for the first words only. Use fewer words, please."),
        "no-words": gettext("We saw no word to look for. Here is everything."),
        "holiday": gettext("It is a holiday. Hours may differ. Call first."),
        "some-words": gettext("No place has all of your words. The closest ones come first."),
    }
    return str(texts[notice.kind])


@dataclass(frozen=True, slots=True, kw_only=True)
class CardGroup:
    """Result cards that fit a search's preferences equally well, and the line above them.

    The line is "" if they fit all preferences.
    """

    line: str
    cards: tuple[ServiceCard, ...]


def preference_label(preference: Preference, names: Mapping[str, str]) -> str:
    """Return the text of a search preference: ``Open tonight``, ``Age 80``, ``Spanish``."""
    values = preference.values
    if preference.kind is PreferenceKind.OPEN_NOW:
        return str(gettext("Open tonight") if values == ("tonight",) else gettext("Open now"))
    if preference.kind is PreferenceKind.DAY:
        day_names = page_locale().days["format"]["wide"]
        return ", ".join(str(day_names[DAYS.index(value)]) for value in values)
    if preference.kind in {PreferenceKind.PEOPLE, PreferenceKind.PAPERS}:
        labels = _condition_labels()
        return ", ".join(labels[value] for value in values)
    if set(values) == {"free", "low-cost"}:
        return str(gettext("Free or low cost"))
    is_exact_age = preference.kind is PreferenceKind.AGE and values[0].isdecimal()
    is_language = preference.kind is PreferenceKind.LANGUAGE
    filter_name = "language" if is_language else "age" if is_exact_age else ""
    return ", ".join(filter_label(filter_name, value, names) for value in values)


def _condition_labels() -> Mapping[str, str]:
    return {
        "men": gettext("For men"),
        "women": gettext("For women"),
        "families": gettext("For families"),
        "couples": gettext("For couples"),
        NO_ID: gettext("Without ID"),
        NO_REFERRAL: gettext("Without a referral"),
    }


def _group_by_fit(
    cards: Iterable[ServiceCard], preferences: Sequence[Preference], names: Mapping[str, str]
) -> tuple[CardGroup, ...]:
    """Group consecutive result cards that fit the preferences alike, with a line above each group.

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
        unsure = [preference for preference in preferences if preference.unknown]
        if len(unsure) == 1:
            return _unknown_line(unsure[0], names)
        return str(gettext("We do not know if these fit all of your choices:"))
    if fit is Fit.MISFIT:
        unsure = [preference for preference in preferences if preference.misfits]
        if len(unsure) == 1:
            return _misfit_line(unsure[0], names)
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


def set_facet_choices(
    form: SearchForm, query: SearchQuery, results: ResultsPage, names: Mapping[str, str]
) -> None:
    """Fill the choices of the search filters with counts of results.

    A filter with a single, unset choice gets no choices.

    Args:
        names: labels of filter values, from ``value_labels``.
    """
    heading_slugs = [heading.slug for heading in results.headings]
    population_slugs = [group.slug for group in load_populations()]
    filter_fields: tuple[tuple[SelectMultipleField, str, Iterable[str], tuple[str, ...]], ...] = (
        (form.heading, "headings", heading_slugs, query.headings),
        (form.cost, "cost", list(Cost), query.cost),
        (form.ages, "age", list(AgeGroup), query.ages),
        (form.population, "populations", population_slugs, query.populations),
        (form.access, "access", list(Access), query.access),
        (form.how, "delivery", list(Delivery), query.delivery),
    )
    for field, facet, values, chosen in filter_fields:
        counts = _counts(results, facet)
        suggested = _counts(results, "suggested_headings") if facet == "headings" else {}
        shown = [value for value in map(str, values) if value in {*counts, *suggested, *chosen}]
        is_offered = len(shown) > 1 or bool(chosen)
        field.choices = [
            SelectChoice(value, _with_count(names[value], counts, value, suggested))
            for value in shown
            if is_offered
        ]
        field.data = list(chosen)
    _set_language_choices(form, query, results)
    _set_distance_choices(form, query, results)
    _set_checkboxes(form, query, results)


def _set_checkboxes(form: SearchForm, query: SearchQuery, results: ResultsPage) -> None:
    open_count = _counts(results, "open_now").get("open", 0)
    form.open.label.text = gettext("Open now") if query.open_at else (
        gettext("Open now (%(num)s)", num=open_count)
    )  # fmt: skip
    form.open.data = query.open_now
    room_count = _counts(results, "room").get("room", 0)
    form.room.label.text = gettext("Has room now (%(num)s)", num=room_count)
    form.room.data = query.has_room


def has_more_filters(query: SearchQuery) -> bool:
    """Return whether a search filter is set that the form folds away at first."""
    return bool(query.open_at or query.describes_person or query.access or query.delivery)


def _set_language_choices(form: SearchForm, query: SearchQuery, results: ResultsPage) -> None:
    counts = _counts(results, "languages")
    codes = dict.fromkeys([*counts, *filter(None, [query.language])])
    labeled = sorted((_with_count(format_language(code), counts, code), code) for code in codes)
    form.language.choices = [SelectChoice("", gettext("Any language"))]
    form.language.choices += [SelectChoice(code, label) for label, code in labeled]
    form.language.data = query.language


def _set_distance_choices(form: SearchForm, query: SearchQuery, results: ResultsPage) -> None:
    counts = _counts(results, "distance")
    form.within.choices = [SelectChoice("", gettext("Any distance"))]
    for miles in map(str, MILES):
        label = _with_count(filter_label("within", miles, {}), counts, miles)
        form.within.choices.append(SelectChoice(miles, label))
    form.within.data = f"{query.within:g}" if query.within else ""


def _counts(results: ResultsPage, facet: str) -> dict[str, int]:
    values = results.answer.facets.get(facet, ())
    return {facet_value.value: facet_value.count for facet_value in values if facet_value.count}


def _with_count(
    name: str, counts: Mapping[str, int], value: str, suggested: Mapping[str, int] = _NO_COUNTS
) -> str:
    """Return a search filter's value with its number of results, as in ``Food (12)``.

    Suggested services count too.
    """
    count = counts.get(value, 0) + suggested.get(value, 0)
    return f"{name} ({count})" if count else name
