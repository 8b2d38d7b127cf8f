"""Details and needs that a search implies: reading them from results, filling in, taking out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue

from referral.desk.codes import AccessNeed, AgeBand, Household
from referral.desk.records import NEED_PREFIX, PLACE, Inquiry
from referral.desk.search_details import (
    SearchDetails,
    fill_from_search,
    heading_of_topic,
    new_values_of_search,
    take_out_of_inquiry,
)
from referral.desk.web.blueprint import USE, desk, is_quiet, own_inquiry, redirect_back
from referral.desk.web.forms import desk_languages
from referral.desk.web.sidebar import Sidebar, desk_sidebar, topics_searched
from referral.directory.search import find_services
from referral.directory.view_models import ResultsPage
from referral.records.facets import Access
from referral.records.visibility import Audience
from referral.search.query import PreferenceKind, SearchQuery
from referral.web.code_labels import code_label
from referral.web.current import current_instance
from referral.web.formatting import format_language
from referral.web.search_form import SearchForm, address_of, answered_in_address, read_search
from referral.web.staff.access import requires

_ACCESS_NEEDS = {
    Access.WHEELCHAIR: AccessNeed.WHEELCHAIR,
    Access.RESTROOM: AccessNeed.WHEELCHAIR,
    Access.SIGN_LANGUAGE: AccessNeed.INTERPRETER,
    Access.HEARING: AccessNeed.HEARING,
    Access.SIGHT: AccessNeed.SEEING,
    Access.QUIET: AccessNeed.QUIET,
}
_HOUSEHOLDS = {"homeless": Household.NO_HOME, "children": Household.WITH_CHILDREN}
# Access key of each detail.
_ACCESS_KEYS = {PLACE: "p", "language": "l", "age_band": "a", "household": "h", "access_needs": "e"}
_TOPIC_KEY = "t"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledFromSearch:
    """A detail or need that a search filled into an inquiry, with its removal key."""

    name: str
    words: str
    key: str


def details_of_search(results: ResultsPage, query: SearchQuery) -> SearchDetails:
    """Return the details and needs of a person that a search implies by filters or words."""
    stated = {preference.kind: preference.values for preference in results.answer.preferences}
    near = results.answer.question.near
    zip_code = near.zip_code if near else ""
    area = f"{near.county}, {near.state}" if near and near.county and not zip_code else ""
    topics = topics_searched(results, query.topic)
    if len(topics) > 1 and not results.answer.question.needs:
        topics = ()  # the topics are alternatives, so staff must choose one
    instance = current_instance()
    access = (*query.access, *stated.get(PreferenceKind.ACCESS, ()))
    language = query.language or next(iter(stated.get(PreferenceKind.LANGUAGE, ())), "")
    values: dict[str, Any] = {
        "language": language if language in desk_languages() else "",
        "age_band": _age_band(query, stated.get(PreferenceKind.AGE, ())),
        "household": next(filter(None, map(_HOUSEHOLDS.get, query.populations)), ""),
        "access_needs": list(dict.fromkeys(_ACCESS_NEEDS[Access(code)] for code in access)),
    }
    return SearchDetails(
        zip_code=zip_code,
        area=area,
        values=values,
        needs={topic.code: heading_of_topic(instance, topic.code) for topic in topics},
    )


def has_news(inquiry: Inquiry, results: ResultsPage, query: SearchQuery) -> bool:
    """Return whether a search implies details or needs that the current inquiry lacks."""
    return bool(new_values_of_search(inquiry, details_of_search(results, query)))


def search_fields(query: SearchQuery) -> Iterator[tuple[str, str]]:
    """Yield name and value of the hidden form fields that repeat the current search."""
    for name, values in address_of(query, answered=answered_in_address()).items():
        yield from ((name, value) for value in ([values] if isinstance(values, str) else values))


def things_that_came_in(sidebar: Sidebar) -> tuple[FilledFromSearch, ...]:
    """Return the details and needs that searches filled into an inquiry, with labels."""
    return tuple(_iter_came_in(sidebar))


@desk.post("/inquiries/<uuid:inquiry_id>/from-search")
@requires(USE)
def take_search_details(inquiry_id: UUID) -> ResponseReturnValue:
    """Fill the details of a search into a desk inquiry; the script receives the new sidebar."""
    instance, inquiry = current_instance(), own_inquiry(inquiry_id)
    form = SearchForm(request.form)
    form.validate()
    query = read_search(form)
    results = find_services(instance, query, Audience.PUBLIC)
    fill_from_search(instance, inquiry.id, details_of_search(results, query))
    if not is_quiet():
        return redirect_back()
    return render_template(
        "desk/sidebar.html",
        sidebar=desk_sidebar(results, query.topic),
        results=results,
        asked=query,
    )


@desk.post("/inquiries/<uuid:inquiry_id>/take-out")
@requires(USE)
def take_out(inquiry_id: UUID) -> ResponseReturnValue:
    """Remove a detail or need that a search filled into an inquiry, or all of them."""
    name = request.form.get("out", "")
    take_out_of_inquiry(current_instance(), own_inquiry(inquiry_id).id, name)
    return redirect_back()


def _age_band(query: SearchQuery, stated: tuple[str, ...]) -> str:
    ages = [*query.ages, *stated] if query.age is None else [str(query.age)]
    found = {_band_of(age) for age in ages}
    return found.pop() if len(found) == 1 else ""


def _band_of(age: str) -> str:
    """Return the desk's age band for an age or age group, "" for a group across two bands."""
    if age.isdecimal():
        starts = {band: int(re.split(r"[-+]", band)[0]) for band in AgeBand}
        return max((band for band in AgeBand if starts[band] <= int(age)), key=starts.__getitem__)
    return age if age in set(AgeBand) else ""


def _iter_came_in(sidebar: Sidebar) -> Iterator[FilledFromSearch]:
    inquiry, details = sidebar.inquiry, sidebar.inquiry.details
    words = {
        PLACE: details.zip_code or details.area,
        "language": format_language(details.language) if details.language else "",
        "age_band": code_label(details.age_band) if details.age_band else "",
        "household": code_label(details.household) if details.household else "",
        "access_needs": ", ".join(code_label(need) for need in details.access_needs),
    }
    for name, key in _ACCESS_KEYS.items():
        if name in inquiry.came_in:
            yield FilledFromSearch(name=name, words=words[name], key=key)
    for need in inquiry.needs:
        name = NEED_PREFIX + need.term_code
        if name in inquiry.came_in:
            yield FilledFromSearch(name=name, words=sidebar.need_name(need), key=_TOPIC_KEY)
