"""Search front: result pages, counts, completions, suggestions, and the area a query names."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from referral.directory.cards import CardBuilder
from referral.directory.context import Directory
from referral.directory.current_capacities import services_with_room
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


def find_services(
    directory: Directory,
    query: SearchQuery,
    audience: Audience,
    page: int = 1,
    *,
    limit: int = PAGE_SIZE,
) -> ResultsPage:
    """One page of results; ``page`` counts from 1.

    A service that was withdrawn since the index was last brought up to date is left out, and one
    of which anything is withheld since: its withheld street would find it.

    Raises:
        IndexUnavailableError: the index is being rebuilt.
        DatabaseUnavailableError: the database is away.
    """
    page = max(1, page)
    with directory.store.read() as session:
        moment = directory.listings.catch_up(session)
        free = services_with_room(directory, session, moment)
        offset = (page - 1) * limit
        changed = directory.index.changed_services(session, moment)
        without = services_to_leave_out(directory, session, changed)
        answer = directory.index.search(
            query, limit=limit, offset=offset, with_room=free, without=without
        )
        hits = {hit.service_id: hit for hit in answer.hits}
        terms = directory.listings.terms(session, moment)
        headings = directory.listings.headings(session, moment)
        repeated = directory.listings.repeated_names(session, moment)
        withheld = _withheld_among(directory, session, changed & hits.keys())
        shown = [each for each in hits if each not in withheld]
        listings = directory.listings.read(session, shown, audience, moment)
    maker = CardBuilder(directory.settings, headings, directory.now(), repeated)
    near = answer.question.near
    withdrawn = hits.keys() - {each.service.id for each in listings}
    return ResultsPage(
        answer=answer,
        cards=Page(
            items=tuple(
                maker.card(each, hits[each.service.id], near, query.headings) for each in listings
            ),
            number=page,
            size=limit,
            total=answer.total,
        ),
        total=answer.total - len(withdrawn),
        suggested=answer.suggested - sum(hits[each].is_suggested for each in withdrawn),
        headings=headings,
        terms=terms,
    )


def count_services(directory: Directory, query: SearchQuery) -> Answer:
    """How many results a query has, in all and by filter, without reading them.

    Who has room is only read where the query asks for it, and not counted elsewhere. What
    ``find_services`` leaves out is not counted.

    Raises:
        IndexUnavailableError: the index is being rebuilt.
    """
    free = frozenset[str]()
    with directory.store.read() as session:
        if query.has_room:
            moment = directory.listings.catch_up(session)
            free = services_with_room(directory, session, moment)
        without = services_to_leave_out(directory, session)
    return directory.index.search(query, limit=0, with_room=free, without=without)


def services_to_leave_out(
    directory: Directory, session: Session, changed: frozenset[str] | None = None
) -> frozenset[str]:
    """Return the services of which anything is withheld that the index may still have.

    Empty where very many changed since: to read them all takes longer than people wait.

    Args:
        changed: the services with changes that the index has still to take over, if known.

    Raises:
        IndexUnavailableError: the index is being rebuilt.
    """
    if changed is None:
        changed = directory.index.changed_services(session)
    is_few = len(changed) <= _MOST_COMPARED
    return _withheld_among(directory, session, changed) if is_few else frozenset()


def _withheld_among(
    directory: Directory, session: Session, changed: frozenset[str]
) -> frozenset[str]:
    """Return the changed services of which anything is withheld that the index may still have."""
    if not changed:
        return changed
    listings = directory.listings.read(session, sorted(changed), Audience.PUBLIC)
    return changed - {
        each.service.id for each in listings if not directory.index.has_withheld(each)
    }


_MOST = 8


def complete_words(
    directory: Directory, text: str, near: Place | None = None
) -> tuple[Completion, ...]:
    """What the text may become, best first; nothing when index or database cannot answer now.

    A name that the public does not see any more is left out, however far behind the index is.
    """
    try:
        found = directory.index.complete(text, _MOST, near) if _index_follows(directory) else ()
        ids = [each.service_id for each in found if each.service_id]
        if not ids:
            return found
        with directory.store.read() as session:
            listings = directory.listings.read(session, ids, Audience.PUBLIC)
    except (IndexUnavailableError, DatabaseUnavailableError):
        return ()
    named = {each.service.id: each for each in listings}
    return tuple(each for each in found if _has_name(each, named.get(each.service_id)))


def _has_name(completion: Completion, listing: Listing | None) -> bool:
    """Whether a listing, as the public sees it, has the name that is suggested."""
    if not completion.service_id:
        return True  # a topic or a place
    if listing is None:
        return False
    organization = listing.organization.name if listing.organization else ""
    if completion.kind is CompletionKind.ORGANIZATION:
        return completion.text == organization
    return (completion.text, completion.detail) == (listing.service.name, organization)


def suggest_words(directory: Directory, words: str) -> tuple[str, ...]:
    """The words with each unknown one put as a known one that looks like it, closest first.

    Raises:
        IndexUnavailableError: the index is being rebuilt.
    """
    return directory.index.spellings(words) if _index_follows(directory) else ()


def _index_follows(directory: Directory) -> bool:
    """Whether names and words of the index may be shown as they are.

    After a restore or failover they may be of services that are withheld in the database.
    """
    with directory.store.read() as session:
        return directory.index.follows(session)


def suggest_topics(directory: Directory, words: str) -> tuple[TaxonomyTerm, ...]:
    """Topics called, or also called, something that looks like these words, closest first.

    Whether they have services is for the caller to ask.
    """
    with directory.store.read() as session:
        terms = directory.listings.terms(session).terms
    names = {
        name: term
        for term in terms.values()
        if not term.is_code_only
        for name in (*filter(None, term.use_references.split("|")), term.name)
    }
    found = {names[name].id: names[name] for name in most_similar(words, names)}
    return tuple(found.values())


def find_place(directory: Directory, text: str) -> Place | None:
    """The place of a ZIP code, a position, a town or a county; None where there is none.

    Of several of a name, the one in the state with most of the directory's addresses is meant.
    """
    if place := parse_place(text):
        return place
    places = places_named(text)
    if len({place.state for place in places}) > 1:
        own = states_of_addresses(directory)
        places = [place for state in own[:1] for place in places if place.state == state]
    return places[0] if places else None


def states_of_addresses(directory: Directory) -> Sequence[str]:
    """Return the states of the addresses in the directory, the most frequent first."""
    state = AddressRow.state_province
    statement = select(state).where(state != "").group_by(state).order_by(func.count().desc())

    def load(session: Session) -> Sequence[str]:
        return [state_code(found) for found in session.scalars(statement)]

    with directory.store.read() as session:
        moment = directory.listings.catch_up(session)
        return directory.listings.count("states", load, session, moment)
