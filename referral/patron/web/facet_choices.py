"""Choices of the filter form from facet counts of the results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask_babel import gettext
from wtforms import SelectMultipleField

from referral.directory.view_models import ResultsPage
from referral.records.costs import Cost
from referral.records.facets import Access, AgeGroup, Delivery, load_populations
from referral.search.query import SearchQuery
from referral.web.filter_labels import filter_label
from referral.web.formatting import format_language
from referral.web.search_form import MILES, SearchForm, choice

_NONE: Mapping[str, int] = {}


def set_facet_choices(
    form: SearchForm, asked: SearchQuery, results: ResultsPage, names: Mapping[str, str]
) -> None:
    """Fill the form's choices. A filter that has only one, not chosen, is left without any.

    Args:
        names: of the filters' values, as of ``value_labels``.
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
        field.choices = [choice(value, _counted(names[value], counts, value, more)) for value
                         in shown if is_offered]  # fmt: skip
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
    """Whether one of the filters is set that are folded away at first."""
    return bool(asked.open_at or asked.describes_person or asked.access or asked.delivery)


def _set_language_choices(form: SearchForm, asked: SearchQuery, results: ResultsPage) -> None:
    spoken = _counts(results, "languages")
    codes = dict.fromkeys([*spoken, *filter(None, [asked.language])])
    named = sorted((_counted(format_language(code), spoken, code), code) for code in codes)
    form.language.choices = [choice("", gettext("Any language"))]
    form.language.choices += [choice(code, words) for words, code in named]
    form.language.data = asked.language


def _set_distance_choices(form: SearchForm, asked: SearchQuery, results: ResultsPage) -> None:
    counts = _counts(results, "distance")
    form.within.choices = [choice("", gettext("Any distance"))]
    for miles in map(str, MILES):
        words = _counted(filter_label("within", miles, {}), counts, miles)
        form.within.choices.append(choice(miles, words))
    form.within.data = f"{asked.within:g}" if asked.within else ""


def _counts(results: ResultsPage, facet: str) -> dict[str, int]:
    values = results.answer.facets.get(facet, ())
    return {each.value: each.count for each in values if each.count}


def _counted(
    name: str, counts: Mapping[str, int], value: str, suggested: Mapping[str, int] = _NONE
) -> str:
    """``Food (12)``, with those that stand there by suggested topics."""
    count = counts.get(value, 0) + suggested.get(value, 0)
    return f"{name} ({count})" if count else name
