"""For words that find nothing: words and topics of this directory that look like them."""

from __future__ import annotations

from referral.directory.directory import Directory
from referral.records.classification import TaxonomyTerm
from referral.search.understanding.suggestions import alike
from referral.store.terms import load_terms


def suggest_words(directory: Directory, words: str) -> tuple[str, ...]:
    """The words with each unknown one put as a known one that looks like it, closest first.

    Raises:
        IndexUnavailableError: the index is being made anew.
    """
    return directory.index.spellings(words)


def suggest_topics(directory: Directory, words: str) -> tuple[TaxonomyTerm, ...]:
    """Topics called, or also called, something that looks like these words, closest first.

    Whether they have services is for the caller to ask.
    """
    with directory.store.read() as session:
        terms = load_terms(session).terms
    names = {
        name: term
        for term in terms.values()
        for name in (*filter(None, term.use_references.split("|")), term.name)
    }
    found = {names[name].id: names[name] for name in alike(words, names)}
    return tuple(found.values())
