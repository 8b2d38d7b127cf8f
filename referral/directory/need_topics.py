"""Topics by which needs are coded: from the words of a search, or by code."""

from __future__ import annotations

from collections.abc import Iterable

from referral.directory.directory import Directory
from referral.records.classification import TaxonomyTerm
from referral.records.headings import Heading
from referral.search.query import Answer, WordKind
from referral.store.headings import read_headings


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
    in_order = [term for _, term in sorted(named.items(), key=lambda pair: pair[0])]
    return tuple({term.id: term for term in in_order}.values())


def read_need_names(
    directory: Directory, codes: Iterable[str]
) -> tuple[dict[str, TaxonomyTerm], tuple[Heading, ...]]:
    """What needs are called by: topics by their code, and all headings."""
    with directory.store.read() as session:
        tree = directory.listings.terms(session)
        headings = read_headings(session)
    return {code: tree.terms[tree.ids[code]] for code in codes if code in tree.ids}, headings


def _stands_in(name: str, detail: str) -> bool:
    """Whether a name is one of those in ``a, b, c``; a name may have a comma in it."""
    return f", {name}, " in f", {detail}, "
