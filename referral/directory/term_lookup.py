"""Lookup of taxonomy terms by words, id or code, each with its ancestors; translated term names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy import select

from referral.directory.instance import Instance
from referral.directory.search import count_services, suggest_topics
from referral.errors import IndexUnavailableError
from referral.fields.places.gazetteer import place_key
from referral.records.classification import TaxonomyTerm
from referral.records.headings import OWN_TAXONOMY, Heading
from referral.search.query import Answer, SearchQuery, WordKind
from referral.store.rows import TranslationRow
from referral.store.terms import TermTree, read_headings

TermTranslations = Mapping[str, Mapping[str, str]]


def interpreted_topics(instance: Instance, answer: Answer) -> tuple[TaxonomyTerm, ...]:
    """Return the topics that the words of a search matched, in the order of the words.

    Of topics that the same words match, those of Referral's own taxonomy come first.
    """
    topics = (term for terms in _topics_of_words(instance, answer) for term in terms)
    return tuple({term.id: term for term in topics}.values())


def searched_needs(instance: Instance, answer: Answer) -> tuple[TaxonomyTerm, ...]:
    """Return the needs in a search: the first topic with a code for each phrase."""
    coded = ([term for term in terms if term.code] for terms in _topics_of_words(instance, answer))
    return tuple({terms[0].code: terms[0] for terms in coded if terms}.values())


def _topics_of_words(instance: Instance, answer: Answer) -> list[list[TaxonomyTerm]]:
    """Return the topics that each phrase of a search matched, our own topics first."""
    words = [word.topics for word in answer.question.words if word.kind is WordKind.TERM]
    if not words:
        return []
    with instance.store.read() as session:
        tree = instance.listings.terms(session)
    topics_by_word = ([term for key in keys if (term := tree.get(key))] for keys in words)
    return [sorted(terms, key=lambda term: not is_own_term(term)) for terms in topics_by_word]


def is_own_term(term: TaxonomyTerm) -> bool:
    """Return whether a topic is of Referral's own taxonomy."""
    return term.taxonomy.casefold() == OWN_TAXONOMY.casefold()


def read_needs(
    instance: Instance, codes: Iterable[str]
) -> tuple[dict[str, TaxonomyTerm], tuple[Heading, ...]]:
    """Return the topics for the codes of needs, by code, and all headings."""
    with instance.store.read() as session:
        tree = instance.listings.terms(session)
        headings = read_headings(session)
    return {code: tree.terms[tree.ids[code]] for code in codes if code in tree.ids}, headings


def read_term_translations(instance: Instance, language: str) -> TermTranslations:
    """Return the translated texts of terms in a language, by term id and field."""
    texts: dict[str, dict[str, str]] = defaultdict(dict)
    with instance.store.read() as session:
        rows = session.execute(
            select(TranslationRow.link_id, TranslationRow.field, TranslationRow.text).where(
                TranslationRow.link_entity == "taxonomy_term", TranslationRow.language == language
            )
        )
        for term_id, field, text in rows:
            texts[term_id][field] = text
    return dict(texts)


@dataclass(frozen=True, slots=True)
class TermEntry:
    """A topic with its place in the taxonomy.

    Attributes:
        code: "" if the topic has none.
        above: names of the broader terms, top first.
        is_own: whether it is of Referral's own taxonomy.
    """

    id: str
    code: str
    name: str
    above: tuple[str, ...] = ()
    is_own: bool = False


def find_terms(
    instance: Instance, words: str, *, coded: bool = False, most: int = 10
) -> tuple[TermEntry, ...]:
    """Find topics for typed words.

    First are the topics that search matches; then those with all words in their name, code or use
    references, or with some words if none has all. If nothing matches, topics with a similar
    spelling are returned.

    Args:
        coded: whether only topics with a code are returned, by which needs are stored.
        most: maximum number of topics.
    """
    if not place_key(words):
        return ()
    with instance.store.read() as session:
        tree = instance.listings.terms(session)
    ids = dict.fromkeys(
        [*_searched_ids(instance, words), *_ids_with_words(tree, place_key(words).split())]
    ) or dict.fromkeys(term.id for term in suggest_topics(instance, words))
    kept = [key for key in ids if key in tree.terms and (tree.terms[key].code or not coded)]
    return tuple(_entry(tree, term_id) for term_id in kept[:most])


def name_terms(instance: Instance, ids: Iterable[str]) -> tuple[TermEntry, ...]:
    """Return entries for topics by id, in order; a deleted topic has its id as its name."""
    with instance.store.read() as session:
        tree = instance.listings.terms(session)
    return tuple(
        replace(_entry(tree, term_id), id=term_id)
        if term_id in tree.ids
        else TermEntry(term_id, "", term_id)
        for term_id in dict.fromkeys(ids)
    )


def codes_with_ancestors(instance: Instance, code: str) -> tuple[str, ...]:
    """Return the codes of a topic and of its broader terms; none if no topic has the code."""
    with instance.store.read() as session:
        tree = instance.listings.terms(session)
    path = tree.path(tree.ids[code]) if code in tree.ids else ()
    return tuple(term.code for term in path)


def names_with_ancestors(instance: Instance, keys: Iterable[str]) -> frozenset[str]:
    """Return the folded names of topics by code or id, and of their broader terms."""
    with instance.store.read() as session:
        tree = instance.listings.terms(session)
    paths = [tree.path(tree.ids[key]) for key in keys if key in tree.ids]
    return frozenset(place_key(term.name) for path in paths for term in path)


def name_codes(instance: Instance, codes: Iterable[str]) -> tuple[TermEntry, ...]:
    """Return entries for topics by code, in order; an unknown topic has its code as its name."""
    with instance.store.read() as session:
        tree = instance.listings.terms(session)
    return tuple(
        _entry(tree, tree.ids[code]) if code in tree.ids else TermEntry(code, code, code)
        for code in dict.fromkeys(codes)
    )


def _searched_ids(instance: Instance, words: str) -> Iterator[str]:
    """Yield the ids of topics that search matches; none while the index is being rebuilt."""
    try:
        answer = count_services(instance, SearchQuery(words=words))
    except IndexUnavailableError:
        return
    yield from (term.id for term in interpreted_topics(instance, answer))


def _ids_with_words(tree: TermTree, wanted: list[str]) -> list[str]:
    """Return the ids of topics with all words, else of those with some, closest first."""
    matches = []
    for term in tree.terms.values():
        other_texts = place_key(" ".join((term.code, *tree.words(term.id))))
        ratings = [_rate(word, place_key(term.name), other_texts) for word in wanted]
        if any(ratings):
            missing, rating = ratings.count(0), sum(ratings)
            matches.append(_WordMatch(missing, -rating, len(term.name), term.name, term.id))
    matches.sort()
    has_complete = bool(matches) and not matches[0].missing
    return [match.id for match in matches if not (has_complete and match.missing)]


class _WordMatch(NamedTuple):
    """A term with some of the wanted words; sorts by how well it matches, the best first."""

    missing: int  # wanted words that the term lacks
    negative_rating: int
    name_length: int
    name: str
    id: str


def _rate(word: str, name: str, other_texts: str) -> int:
    """Rate a word: 3 if it begins a word of the name, 2 of the code or a use reference, else 0."""
    if f" {word}" in f" {name}":
        return 3
    return 2 if f" {word}" in f" {other_texts}" else 0


def _entry(tree: TermTree, term_id: str) -> TermEntry:
    path = tree.path(term_id)
    above = tuple(term.name for term in reversed(path[1:]))
    return TermEntry(term_id, path[0].code, path[0].name, above, is_own_term(path[0]))
