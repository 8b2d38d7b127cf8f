"""What a service can be given for: the needs of the open inquiry, and those of the search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import g

from referral.desk.inquiries import add_need
from referral.desk.records import Need
from referral.desk.search_details import heading_of_topic
from referral.desk.web.sidebar import Sidebar, staff_details
from referral.directory.browse import list_headings
from referral.directory.term_lookup import is_own_term, names_with_those_above
from referral.directory.view_models import ServicePage
from referral.records.classification import TaxonomyTerm
from referral.records.visibility import Audience
from referral.web.current import current_directory
from referral.web.listing_labels import heading_name
from referral.web.translated_text import term_name

_TOPIC, _HEADING = "topic:", "heading:"


@dataclass(frozen=True, slots=True)
class GiveOption:
    """A need that a service can be given for.

    Attributes:
        value: what the form sends: ``topic:`` and a code, ``heading:`` and a slug, or the id of a
            need that has neither. A need that is not in the inquiry yet is made by it.
        is_likely: it is the one to be chosen before anybody chooses.
    """

    value: str
    name: str
    is_likely: bool = False


def give_options(sidebar: Sidebar | None, service_id: str) -> tuple[GiveOption, ...]:
    """What a service can be given for; nothing where no need is known, and the service has no kind.

    After a search for one topic, that is the likely one; of several topics, none is. Without any it
    is the only need of the service's kind, else that kind is one more.
    """
    needs = sidebar.inquiry.needs if sidebar else ()
    names = {_value(need): sidebar.need_name(need) for need in needs} if sidebar else {}
    searched: tuple[TaxonomyTerm, ...] = g.get("topics_searched", ())
    likely = ""
    if searched:
        if "values_searched" not in g:  # the same for all cards
            g.values_searched = {_value_of_topic(term, needs): term for term in searched}
        for value, term in g.values_searched.items():
            names.setdefault(value, term_name(term))
        likely = next(iter(g.values_searched)) if len(g.values_searched) == 1 else ""
    elif listing := staff_details([service_id]).listings.get(service_id):
        fitting = [_value(need) for need in needs if _fits(need, listing)]
        own = next(_own_kind(listing), None)
        if len(fitting) == 1:
            likely = fitting[0]
        elif own and not fitting:
            names.setdefault(*own)
    return tuple(
        GiveOption(value, name, is_likely=value == likely or len(names) == 1)
        for value, name in names.items()
    )


def need_to_give_for(inquiry_id: str, value: str) -> str:
    """The id of the need of an option; it is added to the inquiry if it is not there. "" for none.

    Raises:
        NotFoundError: there is no such topic.
    """
    directory = current_directory()
    code, slug = value.removeprefix(_TOPIC), value.removeprefix(_HEADING)
    if code != value:
        return add_need(directory, inquiry_id, term_code=code, is_by_giving=True)
    known = {each.slug for each, _ in list_headings(directory, Audience.PUBLIC)}
    return add_need(directory, inquiry_id, heading=slug) if slug != value and slug in known else ""


def _value(need: Need) -> str:
    if need.term_code:
        return _TOPIC + need.term_code
    return _HEADING + need.heading if need.heading else need.id


def _value_of_topic(term: TaxonomyTerm, needs: tuple[Need, ...]) -> str:
    """That of the topic, or of the need under its heading of which nobody said the topic."""
    untold = {need.heading for need in needs if need.heading and not need.term_code}
    heading = heading_of_topic(current_directory(), term.code) if untold else ""
    return _HEADING + heading if heading in untold else _TOPIC + term.code


def _fits(need: Need, listing: ServicePage) -> bool:
    """Whether a need is of the service's kind, as far as both are known.

    Topics tell more than headings: food and housing are under one. Those of different lists are
    alike if they, or topics above them, have the same name.
    """
    kinds = [term.key for term in (*listing.terms, *(t.term for t in listing.suggested_topics))]
    if need.term_code and kinds:
        directory = current_directory()
        of_need = names_with_those_above(directory, [need.term_code])
        return not of_need.isdisjoint(names_with_those_above(directory, kinds))
    headings = {each.slug for each in listing.headings}
    return need.heading in headings if need.heading and headings else True


def _own_kind(listing: ServicePage) -> Iterator[tuple[str, str]]:
    """Values and names for what the service itself is about, the best first."""
    for term in sorted(listing.terms, key=lambda each: not is_own_term(each)):
        if term.code:
            yield _TOPIC + term.code, term_name(term)
    for heading in listing.headings:
        yield _HEADING + heading.slug, heading_name(heading)
