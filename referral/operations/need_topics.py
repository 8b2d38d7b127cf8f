"""Topics by which a need can be coded: from the words of a search, or looked up."""

from __future__ import annotations

from collections.abc import Iterable

from referral.operations.directory import Directory
from referral.operations.find_services import count_services
from referral.operations.suggest_words import suggest_topics
from referral.records.classification import TaxonomyTerm
from referral.records.search import Answer, SearchQuery, WordKind

_MOST = 8


def topics_understood(directory: Directory, answer: Answer) -> tuple[TaxonomyTerm, ...]:
    """The topics that the words of a search were taken to stand for, in the order of the words."""
    details = [word.detail for word in answer.understood_words if word.kind is WordKind.TERM]
    if not details:
        return ()
    with directory.store.read() as session:
        terms = directory.listings.terms(session).terms.values()
    named = {
        (position, detail.index(term.name)): term
        for position, detail in enumerate(details)
        for term in terms
        if _stands_in(term.name, detail)
    }
    return tuple(
        _first_of_each(term for _, term in sorted(named.items(), key=lambda pair: pair[0]))
    )


def look_up_topics(directory: Directory, words: str) -> tuple[TaxonomyTerm, ...]:
    """Topics for some words: what search takes them for, then what has a name like them.

    Raises:
        IndexUnavailableError: the index is being made anew.
    """
    answer = count_services(directory, SearchQuery(words=words))
    understood = topics_understood(directory, answer)
    return tuple(_first_of_each([*understood, *suggest_topics(directory, words)]))[:_MOST]


def name_topics(directory: Directory, codes: Iterable[str]) -> dict[str, TaxonomyTerm]:
    """Topics by their code; codes that stand for none are left out."""
    with directory.store.read() as session:
        tree = directory.listings.terms(session)
    return {code: tree.terms[tree.ids[code]] for code in codes if code in tree.ids}


def _stands_in(name: str, detail: str) -> bool:
    """Whether a name is one of those in ``a, b, c``; a name may have a comma in it."""
    return f", {name}, " in f", {detail}, "


def _first_of_each(terms: Iterable[TaxonomyTerm]) -> list[TaxonomyTerm]:
    return list({term.id: term for term in terms}.values())
