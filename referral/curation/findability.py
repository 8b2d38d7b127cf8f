"""Findability of records: headings, topics, filters, suggestions and search ranks; gaps in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.curation.drafts import load_tree
from referral.directory.instance import Instance
from referral.records.classification import SET_BY_RULE, TaxonomyTerm
from referral.records.headings import CrosswalkRule, Heading
from referral.records.hsds import Record, Service
from referral.records.listing import Listing
from referral.records.page import Page
from referral.records.visibility import Audience
from referral.search import Index
from referral.search.indexing.documents import facts_of
from referral.search.query import SearchQuery
from referral.store.conversion import record_from
from referral.store.listings import load_listings
from referral.store.rows import ServiceAtLocationRow, ServiceHeadingRow, ServiceRow
from referral.store.terms import load_crosswalk, load_terms, read_headings
from referral.store.visibility import shown_services
from referral.store.word_lists import load_thesaurus

TOP_RANKS = 10  # results that patrons look at
_LONGEST_PREFIX = 12
_MOST_NAMES = 30
_MOST_PHRASES = 40
SERVICES_ON_A_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadingPlacement:
    """A heading that a service is filed under, with the rules that filed it there.

    ``rules`` is empty if staff or a file placed the service there.
    """

    heading: Heading
    rules: tuple[CrosswalkRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRank:
    """A search query and the rank of a record in its results."""

    words: str
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Findability:
    """The ways in which a record is found: headings, topics, filters, suggestions, searches.

    Attributes:
        is_public: whether the public may see the record. Only public records are found.
        services: the services of an organization or location, and whether each is public.
        term_paths: the path of each topic in its taxonomy.
        filters: name of a filter → the values that match the record.
        suggestions: first letters typed → name of the record that is suggested.
        own: ranks in searches for the names, topics and keywords of the record.
        common: ranks in searches for thesaurus phrases that rank the record among the first.
    """

    kind: str
    record: Record
    is_public: bool
    services: tuple[tuple[Service, bool], ...] = ()
    headings: tuple[HeadingPlacement, ...] = ()
    term_paths: tuple[tuple[TaxonomyTerm, ...], ...] = ()
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    suggestions: Mapping[str, str] = field(default_factory=dict)
    own: tuple[SearchRank, ...] = ()
    common: tuple[SearchRank, ...] = ()


def read_findability(instance: Instance, kind: str, record_id: str) -> Findability:
    """Return the findability of a service, organization or location.

    Raises:
        NotFoundError: there is no such record.
        IndexUnavailableError: the index is being rebuilt.
    """
    with instance.store.read() as session:
        record = record_from(load_tree(session, kind, record_id).row, Record)
        services = _read_services(session, kind, record_id)
        listings = load_listings(session, [service.id for service in services], Audience.PUBLIC)
        if kind != "service" or not listings:
            return _findability_by_services(instance, kind, record, services, listings)
        listing = listings[0]
        headings = tuple(_heading_placements(session, listing))
        phrases = _common_phrases(session, listing)
    names, index = search_names(listing), instance.index
    common = _search_ranks(index, phrases, {record_id})
    return Findability(
        kind=kind,
        record=record,
        is_public=True,
        headings=headings,
        term_paths=listing.term_paths,
        filters=_matching_filters(listing),
        suggestions=_suggesting_prefixes(index, names),
        own=_sorted_ranks(_search_ranks(index, names, {record_id})),
        common=_sorted_ranks({words: rank for words, rank in common.items() if rank}),
    )


def _read_services(session: Session, kind: str, record_id: str) -> list[Service]:
    condition = {
        "service": ServiceRow.id == record_id,
        "organization": ServiceRow.organization_id == record_id,
        "location": ServiceRow.id.in_(
            select(ServiceAtLocationRow.service_id).where(
                ServiceAtLocationRow.location_id == record_id,
                ServiceAtLocationRow.retired_at.is_(None),
            )
        ),
    }[kind]
    rows = session.scalars(
        select(ServiceRow).where(condition).order_by(ServiceRow.name, ServiceRow.id)
    )
    return [record_from(row, Service) for row in rows]


def _findability_by_services(
    instance: Instance,
    kind: str,
    record: Record,
    services: Sequence[Service],
    listings: Sequence[Listing],
) -> Findability:
    """Return the findability of an organization or location, or of a non-public service."""
    public = {listing.service.id for listing in listings if _is_shown(listing, kind, record)}
    names = [getattr(record, name, "") for name in ("name", "alternate_name")]
    names = [name for name in names if name] if public else []
    return Findability(
        kind=kind,
        record=record,
        is_public=bool(public),
        services=tuple(
            (service, service.id in public) for service in services if kind != "service"
        ),
        suggestions=_suggesting_prefixes(instance.index, names),
        own=_sorted_ranks(_search_ranks(instance.index, names, public)),
    )


def _is_shown(listing: Listing, kind: str, record: Record) -> bool:
    if kind == "location":
        return any(site.location.id == record.id for site in listing.sites)
    return listing.organization is not None


def _heading_placements(session: Session, listing: Listing) -> Iterator[HeadingPlacement]:
    tree = load_terms(session)
    paths = [tree.heading_path(term.id) for term in listing.terms]
    rules = load_crosswalk(session).rules_for(listing.service.name, paths)
    by_rule = set(
        session.scalars(
            select(ServiceHeadingRow.heading).where(
                ServiceHeadingRow.service_id == listing.service.id,
                ServiceHeadingRow.set_by == SET_BY_RULE,
            )
        )
    )
    for heading in read_headings(session):
        if heading.slug in listing.headings:
            matching_rules = [rule for rule in rules if rule.heading == heading.slug]
            matching_rules = sorted(matching_rules, key=lambda rule: (rule.kind, rule.value))
            yield HeadingPlacement(
                heading=heading, rules=tuple(matching_rules) if heading.slug in by_rule else ()
            )


def search_names(listing: Listing) -> list[str]:
    """Return the names by which a listing should be found in search: its own, topics and more."""
    service, organization = listing.service, listing.organization
    words = [service.name, service.alternate_name]
    words.append(listing.translations.get("es", {}).get("name", ""))
    words.append(organization.name if organization else "")
    words += [term.name for term in listing.named_terms]
    words += service.keywords.split("|")
    return list(dict.fromkeys(word.strip() for word in words if word.strip()))[:_MOST_NAMES]


def _common_phrases(session: Session, listing: Listing) -> list[str]:
    """Return thesaurus phrases for the topics of a listing, those of highest weight first."""
    keys = {term.key for term in listing.terms}
    entries = [entry for entry in load_thesaurus(session) if keys.intersection(entry.term_codes)]
    entries.sort(key=lambda entry: (-entry.weight, len(entry.term_codes)))
    return [entry.phrase for entry in entries[:_MOST_PHRASES]]


def _matching_filters(listing: Listing) -> dict[str, tuple[str, ...]]:
    facts = facts_of(listing)
    codes = dict(facts.codes)
    found = {
        "headings": facts.headings,
        "languages": facts.languages,
        "age": codes.get("age", ()),
        "populations": codes.get("population", ()),
        "cost": codes.get("cost", ()),
        "access": codes.get("access", ()),
        "delivery": codes.get("delivery", ()),
        "areas": codes.get("area", ()),
    }
    return {name: values for name, values in found.items() if values}


def _suggesting_prefixes(index: Index, names: Iterable[str]) -> dict[str, str]:
    """Return the shortest typed text for which each name of a record is suggested."""
    found: dict[str, str] = {}
    for name in names:
        for length in range(2, min(len(name), _LONGEST_PREFIX) + 1):
            prefix = name[:length].rstrip()
            if any(suggestion.text == name for suggestion in index.complete(prefix)):
                found[prefix] = name
                break
    return found


def search_top(index: Index, words: str) -> list[str]:
    """Return the ids of the top results of a search, to check a record's findability."""
    answer = index.search(SearchQuery(words=words), limit=TOP_RANKS)
    return [hit.service_id for hit in answer.hits]


def rank_of(found: Sequence[str], wanted: set[str]) -> int:
    """Return the rank of the first wanted record in search results, 0 if none is found."""
    return next((rank for rank, result_id in enumerate(found, start=1) if result_id in wanted), 0)


def _search_ranks(index: Index, phrases: Iterable[str], wanted: set[str]) -> dict[str, int]:
    return {words: rank_of(search_top(index, words), wanted) for words in phrases}


def _sorted_ranks(ranks: Mapping[str, int]) -> tuple[SearchRank, ...]:
    found = [SearchRank(words=words, rank=rank) for words, rank in ranks.items()]
    return tuple(sorted(found, key=lambda search: (not search.rank, search.rank, search.words)))


@dataclass(frozen=True, slots=True, kw_only=True)
class FindabilityGap:
    """A public service that is hard to find.

    Attributes:
        reasons: ``no-heading``, ``no-topic``, ``not-by-name``; with all three it is not found.
    """

    service: Service
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindabilityGapsPage:
    """A page of services with their findability gaps. ``checked`` has the ids of these services."""

    found: tuple[FindabilityGap, ...]
    checked: Page[str]


def list_findability_gaps(instance: Instance, page: int = 1) -> FindabilityGapsPage:
    """List public services without a heading or topic, or not found by their own names.

    A page checks a part of the services, ordered by name, because each check runs searches.

    Raises:
        IndexUnavailableError: the index is being rebuilt.
    """
    with instance.store.read() as session:
        ids = session.scalars(
            select(ServiceRow.id)
            .where(shown_services(Audience.PUBLIC))
            .order_by(ServiceRow.name, ServiceRow.id)
        ).all()
        checked = Page.of(ids, page, SERVICES_ON_A_PAGE)
        listings = load_listings(session, checked, Audience.PUBLIC)
    gaps = [
        FindabilityGap(service=listing.service, reasons=reasons)
        for listing in listings
        if (reasons := tuple(_gap_reasons(instance.index, listing)))
    ]
    gaps.sort(key=lambda gap: -len(gap.reasons))
    return FindabilityGapsPage(found=tuple(gaps), checked=checked)


def _gap_reasons(index: Index, listing: Listing) -> Iterator[str]:
    if not listing.headings:
        yield "no-heading"
    if not listing.named_terms:
        yield "no-topic"
    wanted = {listing.service.id}
    if not any(rank_of(search_top(index, words), wanted) for words in search_names(listing)):
        yield "not-by-name"
