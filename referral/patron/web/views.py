"""Public pages: home, search, suggestions, listings, topics, help lines, about."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from referral.directory.browse import (
    find_term,
    list_public_headings,
    read_heading,
    read_term,
)
from referral.directory.danger import is_home_county
from referral.directory.health import is_index_behind
from referral.directory.help_lines import help_lines as read_help_lines
from referral.directory.help_lines import own_lines_for
from referral.directory.listings import (
    list_organizations,
    open_service,
    read_organization,
    read_service,
)
from referral.directory.local_hotlines import find_local_hotline
from referral.directory.missed_searches import note_missed_search
from referral.directory.search import (
    complete_words,
    count_services,
    find_place,
    find_services,
    suggest_topics,
    suggest_words,
)
from referral.directory.view_models import RaisedLines, ResultsPage
from referral.errors import IndexUnavailableError, NotFoundError
from referral.patron.web import results_page
from referral.patron.web.listing_texts import chosen_place
from referral.patron.web.no_results import (
    Alternative,
    Alternatives,
    Suggestions,
    find_alternatives,
    find_wider_topics,
)
from referral.patron.web.results_page import has_more_filters, set_facet_choices
from referral.patron.web.understood_line import UnderstoodSearch
from referral.patron.web.unsure import next_question, read_answers, results_address
from referral.records.visibility import Audience
from referral.search.query import LONGEST_QUERY, SearchQuery
from referral.web.current import (
    NO_DATABASE,
    cached_value,
    current_instance,
    current_settings,
    is_training,
    page_number,
)
from referral.web.errors import redirect_to_survivor
from referral.web.i18n.catalogs import page_locale
from referral.web.library_texts import policy_text
from referral.web.maps.map_view import map_request
from referral.web.maps.tiles import tile_server
from referral.web.search_form import (
    SearchForm,
    answered_in_address,
    filters_of,
    next_search_url,
    read_search,
    search_url,
    value_labels,
    without,
    without_filters,
)
from referral.web.terminal_device import is_terminal

patron = Blueprint("patron", __name__)
PUBLIC = Audience.PUBLIC
patron.register_error_handler(NotFoundError, redirect_to_survivor)

_EVERYDAY_NEEDS = (
    lazy_gettext("food"),
    lazy_gettext("help with the rent"),
    lazy_gettext("light bill"),
    lazy_gettext("a doctor"),
    lazy_gettext("a lawyer"),
    lazy_gettext("a safe place"),
)


@patron.get("/")
def home() -> ResponseReturnValue:
    """Show the public start page: a search box, everyday needs and the headings."""
    instance = current_instance()
    return render_template(
        "patron/home.html",
        form=SearchForm(),
        everyday=everyday_needs(),
        headings=list_public_headings(instance),
    )


@patron.get("/search")
def search() -> ResponseReturnValue:
    """Show the results of a search, or alternatives if nothing is found."""
    instance = current_instance()
    form = SearchForm(request.args)
    form.validate()
    query = read_search(form)
    topic = find_term(instance, query.topic) if query.topic else None
    page = page_number()
    results = find_services(instance, query, PUBLIC, page)
    if page > results.cards.pages:
        return redirect(next_search_url(query, results.cards.pages))
    names = value_labels(results.headings)
    set_facet_choices(form, query, results, names)
    raised = results_page.raised_lines(results)
    results = results_page.without_lines(results, raised.danger)
    has_raised_lines = raised != RaisedLines()
    # Words that mean danger are not repeated on the page.
    understood = UnderstoodSearch(
        query=query, results=results, topic=topic, names=names, is_danger=bool(raised.danger)
    )
    alternatives = None
    if not results.total:
        alternatives = _handle_no_results(query, results, is_danger=has_raised_lines)
    wider_topics: tuple[Alternative, ...] = ()
    if not has_raised_lines:
        wider_topics = find_wider_topics(query, results, partial(count_services, instance))
    return render_template(
        "patron/results.html",
        form=form,
        asked=query,
        answered=answered_in_address(),
        filter_count=len(filters_of(query)),
        results=results,
        understood=understood,
        counted=results_page.total_text(results),
        cleared=next_search_url(without(without_filters(query), "topic")),
        sorts=results_page.sort_links(query, has_place=bool(results.answer.question.near)),
        notices=results_page.notice_texts(results, raised.danger),
        **_danger_values(query, results, raised),
        exact_address=results_page.exact_address(query, results),
        pages=results_page.page_links(query, page, results.cards.pages),
        next_page=next_search_url(query, page + 1) if results.cards.has_next else "",
        previous_page=next_search_url(query, page - 1) if results.cards.has_previous else "",
        sections=results_page.build_sections(query, results, names),
        map_request=map_request(partial(results_page.map_address, query, page)),
        has_more_filters=has_more_filters(query),
        alternatives=alternatives,
        wider=wider_topics,
    )


@patron.route("/suggest", methods=["GET", "POST"])
def suggest() -> ResponseReturnValue:
    """Return completions of the words typed so far as JSON, for the search box."""
    instance, text = current_instance(), request.values.get("q", "")[:LONGEST_QUERY]
    near = find_place(instance, request.values.get("near", "")[:LONGEST_QUERY])
    completions = complete_words(instance, text, near)
    return jsonify(
        suggestions=[
            {"kind": completion.kind.value, "text": completion.text, "detail": completion.detail}
            for completion in completions
        ]
    )


@patron.get("/services/<uuid:service_id>")
def service(service_id: UUID) -> ResponseReturnValue:
    """Show the public page of a service, with details in the order in which people need them."""
    instance, chosen = current_instance(), chosen_place()
    if is_terminal():  # nothing is counted there
        listing = read_service(instance, str(service_id), PUBLIC, chosen)
    else:
        listing = open_service(instance, str(service_id), chosen)

    def map_address(view: str) -> str:
        url_values: dict[str, Any] = {name: request.args.get(name) for name in ("at", "near")}
        url_values["back"] = (
            request.args.get("back") if is_terminal() else None
        )  # inside the seal only
        anchor = "places-map" if view else "places"
        return url_for(
            ".service", service_id=service_id, map=view or None, **url_values, _anchor=anchor
        )

    return render_template(
        "patron/service.html", listing=listing, map_request=map_request(map_address)
    )


@patron.get("/services/<uuid:service_id>/print")
def print_service(service_id: UUID) -> ResponseReturnValue:
    """Show one service on a sheet of paper to print."""
    listing = read_service(current_instance(), str(service_id), PUBLIC, chosen_place())
    return render_template("patron/service_print.html", listing=listing)


@patron.get("/organizations")
def organizations() -> ResponseReturnValue:
    """Show the organizations from A to Z, on one page or a page for each letter."""
    letter = request.args.get("letter", "").strip().upper()[:1]
    listed = list_organizations(current_instance(), letter, PUBLIC)
    return render_template("patron/organizations.html", listed=listed)


@patron.get("/organizations/<uuid:organization_id>")
def organization(organization_id: UUID) -> ResponseReturnValue:
    """Show an organization and its services."""
    listing = read_organization(current_instance(), str(organization_id), PUBLIC)
    return render_template("patron/organization.html", listing=listing)


@patron.get("/headings/<string:slug>")
def heading(slug: str) -> ResponseReturnValue:
    """Show the public page of a heading, with the topics under it."""
    listing = read_heading(current_instance(), slug, PUBLIC)
    return render_template("patron/heading.html", listing=listing)


@patron.get("/topics/<string:code>")
def topic(code: str) -> ResponseReturnValue:
    """Show the public page of a topic, with its broader and narrower topics."""
    listing = read_term(current_instance(), code, PUBLIC)
    return render_template("patron/topic.html", listing=listing)


@patron.get("/help-now")
def help_now() -> ResponseReturnValue:
    """Show the help lines for danger or distress; the page does not use the database."""
    setattr(g, NO_DATABASE, True)
    return render_template("patron/help_now.html", lines=read_help_lines(current_settings()))


@patron.get("/not-sure")
def unsure() -> ResponseReturnValue:
    """Show the next question of "I am not sure", or redirect to results.

    In danger, show help lines first.

    The page for danger does not use the database.
    """
    answers = read_answers()
    if question := next_question(answers):
        return render_template("patron/unsure.html", question=question)
    results = results_address(answers)
    if answers.soon != "now":
        return redirect(results, 303)
    setattr(g, NO_DATABASE, True)
    lines = read_help_lines(current_settings())
    return render_template("patron/unsure_danger.html", lines=lines, results=results)


@patron.get("/accessibility")
def accessibility() -> ResponseReturnValue:
    """Show the accessibility statement: for whom the site works, and how to report barriers."""
    return render_template("patron/accessibility.html")


@patron.get("/about")
def about() -> ResponseReturnValue:
    """Show the page "About": what the site is, where its data is from, and whom to ask."""
    return render_template("patron/about.html")


@patron.get("/about/privacy")
def privacy() -> ResponseReturnValue:
    """Show the privacy page: what is stored about people, for how long, and who sees it."""
    settings = current_settings()
    return render_template(
        "patron/privacy.html", settings=settings, has_tile_server=bool(tile_server(settings))
    )


@patron.get("/about/what-we-list")
def policy() -> ResponseReturnValue:
    """Show the library's inclusion policy: what is listed, what is not, and why."""
    return render_template("patron/policy.html", policy=policy_text())


def _danger_values(query: SearchQuery, results: ResultsPage, raised: RaisedLines) -> dict[str, Any]:
    """Return the template values of the help line panel for a search that means danger."""
    instance = current_instance()
    question, lines = results.answer.question, raised.danger
    own_lines = own_lines_for(instance.settings, lines)
    looks_for_hotline = bool(lines) and not own_lines
    return {
        "danger_lines": lines,
        "perhaps_line": raised.perhaps,
        "own_lines": own_lines,
        "own_lines_first": is_home_county(instance, question.near),
        "local_hotline": find_local_hotline(instance, question, lines[0])
        if looks_for_hotline
        else None,
        "anyway_address": results_page.anyway_address(query, results),
    }


def _handle_no_results(
    query: SearchQuery, results: ResultsPage, *, is_danger: bool
) -> Alternatives:
    """Return alternatives to a search without results, and count it as a missed search.

    Filtered searches, words that may mean danger, training and terminals are not counted, nor are
    searches while the index is behind an import.
    """
    instance = current_instance()
    alternatives = find_alternatives(query, results, partial(count_services, instance), _suggest)
    if not alternatives.is_filtered and is_index_behind(instance):
        return replace(alternatives, is_behind=True)
    if not (alternatives.is_filtered or is_danger or is_training() or is_terminal()):
        note_missed_search(instance, results.answer, query.near)
    return alternatives


def _suggest(words: str) -> Suggestions:
    instance = current_instance()
    return Suggestions(
        spellings=suggest_words(instance, words), topics=suggest_topics(instance, words)
    )


def everyday_needs() -> list[tuple[str, str]]:
    """Return words and URL of each everyday need (such as food) that has search results.

    The searches run at most every ten minutes for each language of the pages.
    """
    needs = cached_value(
        f"referral_everyday_needs_{page_locale().language}",
        lambda: [need for need in map(str, _EVERYDAY_NEEDS) if _has_services(need)],
    )
    return [(need, search_url(SearchQuery(words=need))) for need in needs]


def _has_services(words: str) -> bool:
    try:
        return count_services(current_instance(), SearchQuery(words=words)).total > 0
    except IndexUnavailableError:
        return False
