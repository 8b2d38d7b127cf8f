"""Topics by words: what staff choose from when they say what a need is."""

from __future__ import annotations

from dataclasses import dataclass

from referral.operations.directory import Directory
from referral.operations.suggest_words import suggest_topics
from referral.records.towns import place_key

_MOST = 10


@dataclass(frozen=True, slots=True)
class Topic:
    """A term by its code and name; ``path`` are the names above it, the top first."""

    code: str
    name: str
    path: tuple[str, ...]


def find_topics(directory: Directory, words: str) -> tuple[Topic, ...]:
    """The topics whose name, or another word for them, has all these words or looks like them.

    Where none has all, those that have one of them; names before other words.
    """
    wanted = place_key(words).split()
    if not wanted:
        return ()
    alike = [term.id for term in suggest_topics(directory, words)]
    with directory.store.read() as session:
        tree = directory.listings.terms(session)
    ranked: list[tuple[int, str]] = []
    for term_id, term in tree.terms.items():
        others = " ".join(map(place_key, tree.words(term_id)))
        hits = [_rank(word, place_key(term.name), others) for word in wanted]
        if term.code and any(hits):
            ranked.append((-sum(hits), term_id))
    ranked.sort(key=lambda one: (one[0], tree.terms[one[1]].name))
    most = [term_id for _, term_id in ranked] + [one for one in alike if one in tree.terms]
    return tuple(
        Topic(
            tree.terms[term_id].code,
            tree.terms[term_id].name,
            tuple(term.name for term in reversed(tree.path(term_id)[1:])),
        )
        for term_id in list(dict.fromkeys(most))[:_MOST]
    )


def _rank(word: str, name: str, others: str) -> int:
    """How well a word fits: it begins a word of the name, or of another word for it, or neither."""
    if f" {word}" in f" {name}":
        return 3
    return 2 if f" {word}" in f" {others}" else 0
