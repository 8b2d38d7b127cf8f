"""Local hotlines: the number of a local service to call for the danger that words speak of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from referral.directory.context import Directory
from referral.directory.help_lines import help_lines
from referral.directory.view_models import HelpLine
from referral.records.directory import Organization, Phone, Service
from referral.records.listing import Listing
from referral.records.visibility import Audience
from referral.search.analysis import words_of
from referral.search.query import SearchQuery
from referral.search.understanding.danger_evidence import danger_evidence

_LOOKED_AT = 40  # services, in the order of results
_NO_LOCAL_NUMBER = frozenset({"911"})  # it is the local number
_VOICE = frozenset({"voice", "hotline", "cell", ""})
_HOTLINE = re.compile(
    r"hot ?line|help ?line|crisis|24.?(?:hours?|/7)|l[ií]nea de (?:ayuda|emergencia)", re.IGNORECASE
)
# Words that say that a number is a hotline, and not what for.
_OF_ANY_HOTLINE = frozenset({
    "24", "7", "hour", "hours", "hotline", "hot", "line", "lines", "helpline", "help", "crisis",
    "emergency", "toll", "free", "local", "number", "text", "main", "day", "night", "linea",
    "ayuda", "emergencia", "horas",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalHotline:
    """A local service to call for the danger that somebody is in. It has no address."""

    service: Service
    organization: Organization | None
    phone: Phone


def find_local_hotline(
    directory: Directory, query: SearchQuery, line: HelpLine
) -> LocalHotline | None:
    """The first local service under the topics of a help line that somebody can call.

    A hotline for it goes before other numbers, which are only those of services that have the
    first topic of the line in their name. Hotlines for something else are left out, and so are
    the numbers of the help lines.

    Args:
        query: the words that raised the line, and the place asked about; filters are not heeded.
            Where the words are no search for the topics of the line, its first topic is one.

    Raises:
        IndexUnavailableError: the index is being made anew.
    """
    if line.key in _NO_LOCAL_NUMBER or not line.topics:
        return None
    answer = directory.index.search(
        SearchQuery(words=query.words, near=query.near, limit=_LOOKED_AT)
    )
    if all(notice.kind != "danger-search" for notice in answer.notices):
        of_topic = SearchQuery(term_code=line.topics[0], near=answer.near, limit=_LOOKED_AT)
        answer = directory.index.search(of_topic)
    with directory.store.read() as session:
        moment = directory.listings.catch_up(session)
        ids = [hit.service_id for hit in answer.hits]
        listings = directory.listings.read(session, ids, Audience.PUBLIC, moment)
    numbers = {each.tel for each in help_lines(directory.settings)}
    found = [
        LocalHotline(service=each.service, organization=each.organization, phone=phone)
        for each in listings
        if not each.is_national and _is_about(each, line.topics)
        for phone in _voice_phones(each)
        if phone.tel not in numbers
    ]
    best = max(found, key=lambda each: _rating(each, line.topics), default=None)
    return best if best and _rating(best, line.topics) else None


def _is_about(listing: Listing, topics: Iterable[str]) -> bool:
    likely = (each.path for each in listing.suggested_topics if each.is_likely)
    codes = {term.key for path in (*listing.term_paths, *likely) for term in path}
    return not codes.isdisjoint(topics)


def _voice_phones(listing: Listing) -> Iterator[Phone]:
    at_sites = (phone for site in listing.sites for phone in site.phones)
    for phone in (*listing.phones, *at_sites, *listing.organization_phones):
        if phone.tel and phone.type in _VOICE:
            yield phone


def _rating(number: LocalHotline, topics: Sequence[str]) -> int:
    """2 for a hotline for one of the topics, 1 for a service named by the first, 0 for others."""
    name, label = words_of(number.service.name), words_of(number.phone.description)
    own = _subjects(topics)
    others = _subjects(set(danger_evidence()).difference(topics))
    is_called_so = _has_any(name, own)
    has_first_topic = _has_any(name, _subjects(topics[:1]))
    if not is_called_so and (_has_any(name, others) or _has_any(label, others)):
        return 0
    told = {word for words in own for word in words}.union(name, _OF_ANY_HOTLINE)
    is_labelled = number.phone.type == "hotline" or bool(_HOTLINE.search(number.phone.description))
    if is_labelled and not told.issuperset(label):
        return 0
    is_hotline = is_labelled or bool(_HOTLINE.search(number.service.name))
    return 2 if is_hotline else int(has_first_topic)


def _subjects(topics: Iterable[str]) -> list[tuple[str, ...]]:
    """What services under the topics say, without what is said of any hotline."""
    forms = (form for topic in topics for form in danger_evidence().get(topic, ()))
    return [form.words for form in forms if not _OF_ANY_HOTLINE.issuperset(form.words)]


def _has_any(words: Sequence[str], runs: Iterable[tuple[str, ...]]) -> bool:
    text = f" {' '.join(words)} "
    return any(f" {' '.join(run)} " in text for run in runs)
