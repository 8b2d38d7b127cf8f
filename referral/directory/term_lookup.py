"""Lookup of taxonomy terms by words, id or code, each with its ancestors; translated term names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select

from referral.directory.context import Directory
from referral.directory.search import count_services, suggest_topics
from referral.errors import IndexUnavailableError
from referral.fields.places.gazetteer import place_key
from referral.records.classification import TaxonomyTerm
from referral.records.headings import OWN_TAXONOMY, Heading
from referral.search.query import Answer, SearchQuery, WordKind
from referral.store.rows import TranslationRow
from referral.store.terms import TermTree, read_headings


def interpreted_topics(directory: Directory, answer: Answer) -> tuple[TaxonomyTerm, ...]:
    """The topics that the words of a search were taken to stand for, in the order of the words.

    Of those that the same words stand for, topics of the library's own taxonomy come first.
    """
    found = (term for terms in _topics_of_words(directory, answer) for term in terms)
    return tuple({term.id: term for term in found}.values())


def searched_needs(directory: Directory, answer: Answer) -> tuple[TaxonomyTerm, ...]:
    """The needs that a search names: of each run of words the first topic that has a code."""
    coded = ([term for term in terms if term.code] for terms in _topics_of_words(directory, answer))
    return tuple({terms[0].code: terms[0] for terms in coded if terms}.values())


def _topics_of_words(directory: Directory, answer: Answer) -> list[list[TaxonomyTerm]]:
    """For each run of words that stands for topics, these topics, those of our own first."""
    words = [word.topics for word in answer.question.words if word.kind is WordKind.TERM]
    if not words:
        return []
    with directory.store.read() as session:
        tree = directory.listings.terms(session)
    found = ([term for key in keys if (term := tree.get(key))] for keys in words)
    return [sorted(terms, key=lambda term: not is_own_term(term)) for terms in found]


def is_own_term(term: TaxonomyTerm) -> bool:
    """Whether a topic is of the library's own taxonomy."""
    return term.taxonomy.casefold() == OWN_TAXONOMY.casefold()


def read_needs(
    directory: Directory, codes: Iterable[str]
) -> tuple[dict[str, TaxonomyTerm], tuple[Heading, ...]]:
    """What needs are called by: topics by their code, and all headings."""
    with directory.store.read() as session:
        tree = directory.listings.terms(session)
        headings = read_headings(session)
    return {code: tree.terms[tree.ids[code]] for code in codes if code in tree.ids}, headings


TermTranslations = Mapping[str, Mapping[str, str]]


def read_term_translations(directory: Directory, language: str) -> TermTranslations:
    """Term id → field → text, of the terms that have any in this language."""
    words: dict[str, dict[str, str]] = defaultdict(dict)
    with directory.store.read() as session:
        found = session.execute(
            select(TranslationRow.link_id, TranslationRow.field, TranslationRow.text).where(
                TranslationRow.link_entity == "taxonomy_term", TranslationRow.language == language
            )
        )
        for term_id, field, text in found:
            words[term_id][field] = text
    return dict(words)


@dataclass(frozen=True, slots=True)
class TermEntry:
    """A topic and where it stands: the names of those above it, top first.

    ``code`` is "" for what has none. ``is_own``: it is of the library's own taxonomy.
    """

    id: str
    code: str
    name: str
    above: tuple[str, ...] = ()
    is_own: bool = False


def find_terms(
    directory: Directory, words: str, *, coded: bool = False, most: int = 10
) -> tuple[TermEntry, ...]:
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


def name_terms(directory: Directory, ids: Iterable[str]) -> tuple[TermEntry, ...]:
    """The topics with these ids, in this order; what is not a topic any more is named by its id."""
    with directory.store.read() as session:
        tree = directory.listings.terms(session)
    return tuple(
        replace(_line(tree, term_id), id=term_id)
        if term_id in tree.ids
        else TermEntry(term_id, "", term_id)
        for term_id in dict.fromkeys(ids)
    )


def codes_above(directory: Directory, code: str) -> tuple[str, ...]:
    """The code of a topic and those of the topics above it; nothing where no topic has it."""
    with directory.store.read() as session:
        tree = directory.listings.terms(session)
    path = tree.path(tree.ids[code]) if code in tree.ids else ()
    return tuple(term.code for term in path)


def names_with_those_above(directory: Directory, keys: Iterable[str]) -> frozenset[str]:
    """The folded names of the topics with these codes or ids, and of the topics above them."""
    with directory.store.read() as session:
        tree = directory.listings.terms(session)
    paths = [tree.path(tree.ids[key]) for key in keys if key in tree.ids]
    return frozenset(place_key(term.name) for path in paths for term in path)


def name_codes(directory: Directory, codes: Iterable[str]) -> tuple[TermEntry, ...]:
    """The topics with these codes, in this order; a code that no topic has is named by itself."""
    with directory.store.read() as session:
        tree = directory.listings.terms(session)
    return tuple(
        _line(tree, tree.ids[code]) if code in tree.ids else TermEntry(code, code, code)
        for code in dict.fromkeys(codes)
    )


def _understood(directory: Directory, words: str) -> Iterator[str]:
    """While the index is being rebuilt there are names to go by."""
    try:
        answer = count_services(directory, SearchQuery(words=words))
    except IndexUnavailableError:
        return
    yield from (term.id for term in interpreted_topics(directory, answer))


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


def _line(tree: TermTree, term_id: str) -> TermEntry:
    path = tree.path(term_id)
    above = tuple(term.name for term in reversed(path[1:]))
    return TermEntry(term_id, path[0].code, path[0].name, above, is_own_term(path[0]))
