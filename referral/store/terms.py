"""Taxonomy terms as a tree, and the headings, read whole: hundreds of rows, not millions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.records.classification import TaxonomyTerm
from referral.records.headings import Heading, TermPath
from referral.records.visibility import Audience
from referral.store.conversion import field_columns, record_of_kind
from referral.store.rows_classification import HeadingRow, TaxonomyTermRow, TranslationRow
from referral.store.visibility import shown

_WORD_FIELDS = ("name", "use_references")


@dataclass(frozen=True, slots=True)
class TermTree:
    """All terms by id, their ids by key, their children, their words in other languages."""

    terms: Mapping[str, TaxonomyTerm]
    ids: Mapping[str, str]
    children: Mapping[str, tuple[str, ...]]
    translated_words: Mapping[str, tuple[str, ...]]

    def path(self, term_id: str) -> tuple[TaxonomyTerm, ...]:
        """The term and those above it, up to the top; a loop in the data ends the path."""
        steps: dict[str, TaxonomyTerm] = {}
        while term_id in self.terms and term_id not in steps:
            steps[term_id] = self.terms[term_id]
            term_id = self.terms[term_id].parent_id
        return tuple(steps.values())

    def with_descendants(self, term_ids: Iterable[str]) -> set[str]:
        """These terms and all below them."""
        found: set[str] = set()
        waiting = list(term_ids)
        while waiting:
            term_id = waiting.pop()
            if term_id not in found:
                found.add(term_id)
                waiting.extend(self.children.get(term_id, ()))
        return found

    def words(self, term_id: str) -> tuple[str, ...]:
        """Other words for the term: its use references and its names in other languages."""
        references = self.terms[term_id].use_references.split("|")
        return (*filter(None, references), *self.translated_words.get(term_id, ()))

    def heading_path(self, term_id: str) -> TermPath:
        """The path in the shape that the heading rules look at."""
        path = self.path(term_id)
        return TermPath(
            taxonomy=path[0].taxonomy if path else "",
            steps=tuple((term.code, term.name) for term in path),
        )


def load_terms(session: Session) -> TermTree:
    """All terms the public may see, in two queries."""
    row, kind = TaxonomyTermRow, TaxonomyTermRow.__tablename__
    found = session.execute(  # bare columns: these are read after every edit
        select(*field_columns(kind))
        .where(shown(row, Audience.PUBLIC))
        .order_by(row.origin_line, row.id)
    )
    terms = {each.id: cast(TaxonomyTerm, record_of_kind(kind, each)) for each in found}
    children: dict[str, list[str]] = defaultdict(list)
    for term in terms.values():
        children[term.parent_id].append(term.id)
    return TermTree(
        terms=terms,
        ids={key: term.id for term in reversed(terms.values()) for key in (term.id, term.key)},
        children={parent: tuple(ids) for parent, ids in children.items()},
        translated_words=_translated_words(session),
    )


def _translated_words(session: Session) -> dict[str, tuple[str, ...]]:
    words: dict[str, list[str]] = defaultdict(list)
    rows = session.execute(
        select(TranslationRow.link_id, TranslationRow.text).where(
            TranslationRow.link_entity == "taxonomy_term",
            TranslationRow.field.in_(_WORD_FIELDS),
            shown(TranslationRow, Audience.PUBLIC),
        )
    )
    for term_id, text in rows:
        words[term_id].extend(filter(None, text.split("|")))
    return {term_id: tuple(found) for term_id, found in words.items()}


HEADING = "heading"  # the kind of a change of one in the log
_HEADINGS = select(*(getattr(HeadingRow, field.name) for field in fields(Heading))).order_by(
    HeadingRow.sort
)


def read_headings(session: Session) -> tuple[Heading, ...]:
    """The headings in their order."""
    rows = session.execute(_HEADINGS)
    return tuple(Heading(**row._mapping) for row in rows)  # noqa: SLF001  # its public name
