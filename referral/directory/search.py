"""Search for pages: results, counts, completions, suggestions, and the place of a text."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from referral.directory.cards import CardBuilder
from referral.directory.current_capacities import services_with_room
from referral.directory.instance import Instance
from referral.directory.view_models import ResultsPage
from referral.errors import DatabaseUnavailableError, IndexUnavailableError
from referral.fields.places.gazetteer import state_code
from referral.fields.places.lookup import Place, parse_place, places_named
from referral.records.classification import TaxonomyTerm
from referral.records.listing import Listing
from referral.records.page import Page
from referral.records.visibility import Audience
from referral.search.query import PAGE_SIZE, Answer, Completion, CompletionKind, SearchQuery
from referral.search.understanding.spelling import most_similar
from referral.store.rows import AddressRow

_MOST_COMPARED = 500  # changed services; to read one takes up to a millisecond
_MOST_COMPLETIONS = 8


def find_services(
    instance: Instance,
    query: SearchQuery,
    audience: Audience,
    page: int = 1,
    *,
    limit: int = PAGE_SIZE,
) -> ResultsPage:
    """Search for services and return one page of result cards.

    Services that were withdrawn since the last update of the index are left out, and those with a
    text or address withheld since, because the query might match the withheld words.

    Args:
        page: counts from 1.

    Raises:
        IndexUnavailableError: the index is being rebuilt.
        DatabaseUnavailableError: the database does not answer.
    """
    page = max(1, page)
    with instance.store.read() as session:
        point = instance.listings.catch_up(session)
        with_room = services_with_room(instance, session, point)
        offset = (page - 1) * limit
        changed = instance.index.changed_services(session, point)
        without = services_to_leave_out(instance, session, changed)
        answer = instance.index.search(
            query, limit=limit, offset=offset, with_room=with_room, without=without
        )
        hits = {hit.service_id: hit for hit in answer.hits}
        terms = instance.listings.terms(session, point)
        headings = instance.listings.headings(session, point)
        repeated_names = instance.listings.repeated_names(session, point)
        withheld = _withheld_among(instance, session, changed & hits.keys())
        shown = [service_id for service_id in hits if service_id not in withheld]
        listings = instance.listings.read(session, shown, audience, point)
    builder = CardBuilder(instance.settings, headings, instance.now(), repeated_names)
    near = answer.question.near
    withdrawn = hits.keys() - {listing.service.id for listing in listings}
    return ResultsPage(
        answer=answer,
        cards=Page(
            items=tuple(
                builder.card(listing, hits[listing.service.id], near, query.headings)
                for listing in listings
            ),
            number=page,
            size=limit,
            total=answer.total,
        ),
        total=answer.total - len(withdrawn),
        suggested=answer.suggested - sum(hits[service_id].is_suggested for service_id in withdrawn),
        headings=headings,
        terms=terms,
    )


def count_services(instance: Instance, query: SearchQuery) -> Answer:
    """Count the results of a query, in total and by facet, without reading them.

    Services with room are read, and counted as a facet, only if the query filters by room. Services
    with anything withheld since the last update of the index are left out, as in ``find_services``.

    Raises:
        IndexUnavailableError: the index is being rebuilt.
    """
    with_room = frozenset[str]()
    with instance.store.read() as session:
        if query.has_room:
            point = instance.listings.catch_up(session)
            with_room = services_with_room(instance, session, point)
        without = services_to_leave_out(instance, session)
    return instance.index.search(query, limit=0, with_room=with_room, without=without)


def services_to_leave_out(
    instance: Instance, session: Session, changed: frozenset[str] | None = None
) -> frozenset[str]:
    """Return the services with anything withheld now that the index may still contain.

    It is empty if very many services changed, since reading them would take too long for a page.

    Args:
        changed: services with changes that are not indexed yet, if known.

    Raises:
        IndexUnavailableError: the index is being rebuilt.
    """
    if changed is None:
        changed = instance.index.changed_services(session)
    is_few = len(changed) <= _MOST_COMPARED
    return _withheld_among(instance, session, changed) if is_few else frozenset()


def _withheld_among(
    instance: Instance, session: Session, changed: frozenset[str]
) -> frozenset[str]:
    """Return the changed services with anything withheld that the index may still contain."""
    if not changed:
        return changed
    listings = instance.listings.read(session, sorted(changed), Audience.PUBLIC)
    return changed - {
        listing.service.id for listing in listings if not instance.index.has_withheld(listing)
    }


def complete_words(
    instance: Instance, text: str, near: Place | None = None
) -> tuple[Completion, ...]:
    """Return completions of a typed text, best first; none while index or database is unavailable.

    Names that the public no longer sees are left out, even if the index is behind.
    """
    try:
        if not _index_follows(instance):
            return ()
        completions = instance.index.complete(text, _MOST_COMPLETIONS, near)
        ids = [completion.service_id for completion in completions if completion.service_id]
        if not ids:
            return completions
        with instance.store.read() as session:
            listings = instance.listings.read(session, ids, Audience.PUBLIC)
    except (IndexUnavailableError, DatabaseUnavailableError):
        return ()
    listings_by_id = {listing.service.id: listing for listing in listings}
    return tuple(
        completion
        for completion in completions
        if _has_name(completion, listings_by_id.get(completion.service_id))
    )


def _has_name(completion: Completion, listing: Listing | None) -> bool:
    """Return whether a public listing has the name in a completion; topics and places have none."""
    if not completion.service_id:
        return True  # a topic or a place
    if listing is None:
        return False
    organization = listing.organization.name if listing.organization else ""
    if completion.kind is CompletionKind.ORGANIZATION:
        return completion.text == organization
    return (completion.text, completion.detail) == (listing.service.name, organization)


def suggest_words(instance: Instance, words: str) -> tuple[str, ...]:
    """Return spelling corrections of a query, closest first: unknown words are replaced.

    Raises:
        IndexUnavailableError: the index is being rebuilt.
    """
    return instance.index.spellings(words) if _index_follows(instance) else ()


def _index_follows(instance: Instance) -> bool:
    """Return whether the index belongs to the database, so that its names and words may be shown.

    After a restore or failover they may be of services that are withheld in the database.
    """
    with instance.store.read() as session:
        return instance.index.follows(session)


def suggest_topics(instance: Instance, words: str) -> tuple[TaxonomyTerm, ...]:
    """Return topics whose name or use reference is spelled similarly to words, closest first.

    Topics without services are included.
    """
    with instance.store.read() as session:
        terms = instance.listings.terms(session).terms
    names = {
        name: term
        for term in terms.values()
        if not term.is_code_only
        for name in (*filter(None, term.use_references.split("|")), term.name)
    }
    similar = {names[name].id: names[name] for name in most_similar(words, names)}
    return tuple(similar.values())


def find_place(instance: Instance, text: str) -> Place | None:
    """Return the place of a ZIP code, a position, a town or a county, None if it is unknown.

    If several states have a place of the name, the state with most of the directory's addresses
    is taken.
    """
    if place := parse_place(text):
        return place
    places = places_named(text)
    if len({place.state for place in places}) > 1:
        own_states = states_of_addresses(instance)
        places = [place for state in own_states[:1] for place in places if place.state == state]
    return places[0] if places else None


def states_of_addresses(instance: Instance) -> Sequence[str]:
    """Return the states of the addresses in the directory, the most frequent first."""
    state = AddressRow.state_province
    statement = select(state).where(state != "").group_by(state).order_by(func.count().desc())

    def load(session: Session) -> Sequence[str]:
        return [state_code(name) for name in session.scalars(statement)]

    with instance.store.read() as session:
        point = instance.listings.catch_up(session)
        return instance.listings.count("states", load, session, point)
