"""Topics by words or by id, each with the way up from it: what staff choose a topic from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from referral.directory.directory import Directory
from referral.directory.need_topics import topics_understood
from referral.directory.search import count_services
from referral.directory.suggest_words import suggest_topics
from referral.errors import IndexUnavailableError
from referral.fields.places.place_names import place_key
from referral.search.query import SearchQuery
from referral.store.terms import TermTree


@dataclass(frozen=True, slots=True)
class TermLine:
    """A topic and where it stands: the names of those above it, top first.

    ``code`` is "" for what has none.
    """

    id: str
    code: str
    name: str
    above: tuple[str, ...] = ()


def find_terms(
    directory: Directory, words: str, *, coded: bool = False, most: int = 10
) -> tuple[TermLine, ...]:
    """Topics for some words; nothing for no words.

    First what search takes the words for; then what has them all in its name, its code or another
    word for it, or, where nothing has them all, some. Where that is nothing, what is called
    something that looks like them.

    Args:
        coded: only those with a code, by which a need is kept.
        most: how many at the most.
    """
    if not place_key(words):
        return ()
    with directory.store.read() as session:
        tree = directory.listings.terms(session)
    found = dict.fromkeys(
        [*_understood(directory, words), *_named(tree, place_key(words).split())]
    ) or dict.fromkeys(term.id for term in suggest_topics(directory, words))
    kept = [one for one in found if one in tree.terms and (tree.terms[one].code or not coded)]
    return tuple(_line(tree, term_id) for term_id in kept[:most])


def name_terms(directory: Directory, ids: Iterable[str]) -> tuple[TermLine, ...]:
    """The topics with these ids, in this order; what is no topic any more is named by its id."""
    with directory.store.read() as session:
        tree = directory.listings.terms(session)
    return tuple(
        _line(tree, term_id) if term_id in tree.terms else TermLine(term_id, "", term_id)
        for term_id in dict.fromkeys(ids)
    )


def name_codes(directory: Directory, codes: Iterable[str]) -> tuple[TermLine, ...]:
    """The topics with these codes, in this order; a code that no topic has is named by itself."""
    with directory.store.read() as session:
        tree = directory.listings.terms(session)
    return tuple(
        _line(tree, tree.ids[code]) if code in tree.ids else TermLine(code, code, code)
        for code in dict.fromkeys(codes)
    )


def _understood(directory: Directory, words: str) -> Iterator[str]:
    """While the index is being made anew there are names to go by."""
    try:
        answer = count_services(directory, SearchQuery(words=words))
    except IndexUnavailableError:
        return
    yield from (term.id for term in topics_understood(directory, answer))


def _named(tree: TermTree, wanted: list[str]) -> list[str]:
    """Those with all words, else those with some; the closest first."""
    ranked = []
    for term in tree.terms.values():
        others = place_key(" ".join((term.code, *tree.words(term.id))))
        ranks = [_rank(word, place_key(term.name), others) for word in wanted]
        if any(ranks):
            ranked.append((ranks.count(0), -sum(ranks), len(term.name), term.name, term.id))
    ranked.sort()
    has_all = bool(ranked) and ranked[0][0] == 0
    return [term_id for lacking, *_, term_id in ranked if not (has_all and lacking)]


def _rank(word: str, name: str, others: str) -> int:
    """How well a word fits: it begins a word of the name, or of another word for it, or neither."""
    if f" {word}" in f" {name}":
        return 3
    return 2 if f" {word}" in f" {others}" else 0


def _line(tree: TermTree, term_id: str) -> TermLine:
    path = tree.path(term_id)
    above = tuple(term.name for term in reversed(path[1:]))
    return TermLine(term_id, path[0].code, path[0].name, above)
