"""Topics to be put on a service: found by words, or named by id, each with the way up from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from referral.operations.directory import Directory
from referral.records.place_names import place_key
from referral.store.terms import TermTree

_MOST_TERMS = 30


@dataclass(frozen=True, slots=True)
class TermLine:
    """A topic and where it stands: the names of those above it, top first."""

    id: str
    name: str
    above: tuple[str, ...] = ()


def find_terms(directory: Directory, words: str) -> tuple[TermLine, ...]:
    """Topics whose name, or another word for them, has all these words; nothing for no words."""
    wanted = place_key(words).split()
    if not wanted:
        return ()
    with directory.store.read() as session:
        tree = directory.listings.terms(session)
    found = []
    for term in tree.terms.values():
        text = place_key(" ".join((term.name, term.code, *tree.words(term.id))))
        if all(word in text for word in wanted):
            is_name = all(word in place_key(term.name) for word in wanted)
            found.append((not is_name, len(term.name), term.id))
    return tuple(_line(tree, term_id) for *_, term_id in sorted(found)[:_MOST_TERMS])


def name_terms(directory: Directory, ids: Iterable[str]) -> tuple[TermLine, ...]:
    """The topics with these ids, in this order; what is no topic any more is named by its id."""
    with directory.store.read() as session:
        tree = directory.listings.terms(session)
    return tuple(
        _line(tree, term_id) if term_id in tree.terms else TermLine(term_id, term_id)
        for term_id in dict.fromkeys(ids)
    )


def _line(tree: TermTree, term_id: str) -> TermLine:
    path = tree.path(term_id)
    return TermLine(term_id, path[0].name, tuple(term.name for term in reversed(path[1:])))
