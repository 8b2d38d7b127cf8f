"""Review of words of searches without results: staff say which need a word stands for."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.directory.context import Directory, local_today
from referral.directory.heading_placement import first_heading
from referral.directory.missed_search_counts import Review, drop_word, read_words, rows_of_word
from referral.directory.search import find_services
from referral.errors import IndexUnavailableError, NotFoundError, refused
from referral.records.accounts import Actor
from referral.records.headings import Heading
from referral.records.visibility import Audience
from referral.records.waiting import Waiting
from referral.search.query import SearchQuery
from referral.store.rows_log import MissedSearchRow
from referral.store.terms import read_headings

_KIND = "missed_search"
_MOST_LOOKED_UP = 40  # searches for one page
_SHOWN = 3
_MONTHS = 3  # of topics


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedSearch:
    """A word of searches that found nothing, and how often it was typed in a month.

    ``is_known`` says that it stands in our thesaurus or taxonomy.
    """

    id: str
    word: str
    month: str
    county: str
    count: int
    is_known: bool


def list_missed_searches(
    directory: Directory, status: Review = Review.PENDING
) -> tuple[MissedSearch, ...]:
    """The words to read, the most frequent first."""
    statement = (
        select(MissedSearchRow)
        .where(MissedSearchRow.status == status)
        .where(MissedSearchRow.word != "")
        .order_by(MissedSearchRow.count.desc(), MissedSearchRow.word, MissedSearchRow.county)
    )
    with directory.store.read() as session:
        return tuple(_missed_search(directory, row) for row in session.scalars(statement))


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundToday:
    """What a word or topic of searches that found nothing finds today.

    Attributes:
        services: id and name of the first.
        topic: code of the topic, "" for a word.
    """

    name: str
    total: int
    services: tuple[tuple[str, str], ...]
    topic: str = ""


def look_up_words(directory: Directory, words: Iterable[str]) -> Mapping[str, FoundToday]:
    """What the first of these words find today."""
    some = list(dict.fromkeys(words))[:_MOST_LOOKED_UP]
    return {each: _found(directory, each, SearchQuery(words=each, limit=_SHOWN)) for each in some}


def look_up_missed_topics(directory: Directory) -> tuple[FoundToday, ...]:
    """Topics for which searches of the last months found nothing, by name, with what they find.

    How often is not told: it is part of the published counts.
    """
    row = MissedSearchRow
    since = (local_today(directory).replace(day=1) - timedelta(days=31 * (_MONTHS - 1))).isoformat()
    with directory.store.read() as session:
        codes = session.scalars(
            select(row.term_code)
            .where(row.word == "", row.term_code != "", row.month >= since[:7])
            .distinct()
        ).all()
        names = _names_of_codes(directory, session)
    found = [
        _found(directory, names[code], SearchQuery(term_code=code, limit=_SHOWN), code)
        for code in sorted(set(codes) & names.keys())[:_MOST_LOOKED_UP]
    ]
    return tuple(sorted(found, key=lambda each: each.name.casefold()))


def _names_of_codes(directory: Directory, session: Session) -> dict[str, str]:
    tree = directory.listings.terms(session)
    return {term.code: term.name for term in tree.terms.values() if term.code}


def _found(directory: Directory, name: str, query: SearchQuery, topic: str = "") -> FoundToday:
    try:
        page = find_services(directory, query, Audience.PUBLIC)
    except IndexUnavailableError:
        return FoundToday(name=name, total=0, services=(), topic=topic)
    services = tuple((card.service.id, card.service.name) for card in page.cards)
    return FoundToday(name=name, total=page.cards.total, services=services, topic=topic)


def read_missed_search(directory: Directory, missed_id: str) -> MissedSearch:
    """A word that waits for somebody to read it.

    Raises:
        NotFoundError: it is gone, or was read.
    """
    with directory.store.read() as session:
        row = session.get(MissedSearchRow, missed_id)
        if row is None or row.status != Review.PENDING:
            raise NotFoundError("Somebody has read these words already.")
        return _missed_search(directory, row)


def list_headings(directory: Directory) -> tuple[Heading, ...]:
    """All headings, which a word may stand for."""
    with directory.store.read() as session:
        return read_headings(session)


def waiting_words(directory: Directory) -> Waiting:
    """How many words wait for somebody to read them; only the month of a search is kept.

    So the last day of the oldest month is told, which the oldest has waited for at least.
    """
    statement = select(func.count(), func.min(MissedSearchRow.month)).where(
        MissedSearchRow.status == Review.PENDING
    )
    with directory.store.read() as session:
        count, month = session.execute(statement).one()
    if not month:
        return Waiting(count)
    year, number = map(int, month.split("-"))
    last = date(year, number, monthrange(year, number)[1])
    return Waiting(count, min(last, local_today(directory)))


def classify_missed_search(
    directory: Directory,
    actor: Actor,
    missed_id: str,
    *,
    heading: str = "",
    term_code: str = "",
) -> None:
    """Assign a need to a word, so that it counts among the unmet needs, in later months too.

    The heading of a term is the one that the crosswalk places it under.

    Raises:
        NotFoundError: it is gone, or there is no such term or heading.
        RefusedError: the need is neither a term nor a heading.
    """
    if not (heading or term_code):
        raise refused("Choose what the words stand for.")
    with directory.store.write() as session:
        if term_code:
            terms = directory.listings.terms(session)
            heading = first_heading(session, terms, term_code)
        elif heading not in {each.slug for each in read_headings(session)}:
            raise NotFoundError("There is no such heading.")
        for row in rows_of_word(session, missed_id):
            row.status, row.heading, row.term_code = Review.KEPT, heading, term_code
        record_audit(session, actor, "missed-search-kept", _KIND, missed_id, heading=heading)


def discard_missed_search(directory: Directory, actor: Actor, missed_id: str) -> None:
    """Drop a word that is no need, or that names a person; its bytes go with it.

    Raises:
        NotFoundError: it is gone already.
    """
    read_words(directory)
    with directory.store.write() as session:
        drop_word(directory, session, rows_of_word(session, missed_id))
        record_audit(session, actor, "missed-search-dropped", _KIND, missed_id)
    directory.store.erase_traces(MissedSearchRow)


def _missed_search(directory: Directory, row: MissedSearchRow) -> MissedSearch:
    return MissedSearch(
        id=row.id,
        word=row.word,
        month=row.month,
        county=row.county,
        count=row.count,
        is_known=bool(directory.index.own_word(row.word)),
    )
