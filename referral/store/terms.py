"""Taxonomy terms as a tree, headings and crosswalk rules, each loaded as a whole."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.records.classification import TaxonomyTerm
from referral.records.headings import (
    OWN_TAXONOMY,
    Crosswalk,
    CrosswalkRule,
    Heading,
    RuleKind,
    TermPath,
)
from referral.records.visibility import Audience
from referral.store.conversion import field_columns, record_of_kind
from referral.store.rows import (
    CrosswalkRuleRow,
    HeadingRow,
    TaxonomyTermRow,
    TranslationRow,
)
from referral.store.visibility import shown

_CODE_211 = re.compile(r"[A-Z]{1,2}-\d{4}(?:\.\d{4}(?:-\d{3}(?:\.\d{2})?)?)?")
_WORD_FIELDS = ("name", "use_references")
# Kinds of changes of headings and crosswalk rules in the log.
HEADING = "heading"
CROSSWALK_RULE = "crosswalk_rule"
_HEADINGS = select(*(getattr(HeadingRow, each.name) for each in fields(Heading))).order_by(
    HeadingRow.sort
)


@dataclass(frozen=True, slots=True)
class TermTree:
    """All taxonomy terms, with their hierarchy and their words in other languages.

    A bare term, of which a list has only the code, is merged into the term with the same code of
    another list.

    Attributes:
        terms: terms by id, without the merged ones.
        ids: id of a term by its id, its key, or the id of a merged term.
        children: ids of the narrower terms, in order.
        translated_words: names and use references in other languages, by id.
        bare_ids: ids of the merged terms, by the id of the term that stands for them.
    """

    terms: Mapping[str, TaxonomyTerm]
    ids: Mapping[str, str]
    children: Mapping[str, tuple[str, ...]]
    translated_words: Mapping[str, tuple[str, ...]]
    bare_ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def get(self, term_id: str) -> TaxonomyTerm | None:
        """Return the term with an id, which may be that of a merged term."""
        return self.terms.get(self.ids.get(term_id, ""))

    def find(self, keys: Iterable[str]) -> dict[str, TaxonomyTerm]:
        """Return the terms with these codes or ids; unknown keys are left out."""
        return {key: self.terms[self.ids[key]] for key in keys if key in self.ids}

    def path(self, term_id: str) -> tuple[TaxonomyTerm, ...]:
        """Return a term and its broader terms, up to the top; a cycle in the data ends the path."""
        steps: dict[str, TaxonomyTerm] = {}
        term = self.get(term_id)
        while term is not None and term.id not in steps:
            steps[term.id] = term
            term = self.get(term.parent_id)
        return tuple(steps.values())

    def with_descendants(self, term_ids: Iterable[str]) -> set[str]:
        """Return the ids of terms and all their narrower terms, merged ones included."""
        ids: set[str] = set()
        to_visit = list(term_ids)
        while to_visit:
            term_id = to_visit.pop()
            if term_id not in ids:
                ids.add(term_id)
                to_visit.extend(self.children.get(term_id, ()))
                to_visit.extend(self.bare_ids.get(term_id, ()))
        return ids

    def words(self, term_id: str) -> tuple[str, ...]:
        """Return the other words for a term: use references, and words in other languages."""
        references = self.terms[term_id].use_references.split("|")
        return (*filter(None, references), *self.translated_words.get(term_id, ()))

    def heading_path(self, term_id: str) -> TermPath:
        """Return the path of a term in the form that the crosswalk rules match."""
        path = self.path(term_id)
        return TermPath(
            taxonomy=path[0].taxonomy if path else "",
            steps=tuple((term.code, term.name) for term in path),
        )


def load_terms(session: Session) -> TermTree:
    """Load all taxonomy terms that the public may see, with two queries."""
    kind = TaxonomyTermRow.__tablename__
    rows = session.execute(  # bare columns: these are read after every edit
        select(*field_columns(kind))
        .where(shown(TaxonomyTermRow, Audience.PUBLIC))
        .order_by(TaxonomyTermRow.origin_line, TaxonomyTermRow.id)
    )
    all_terms = {row.id: cast(TaxonomyTerm, record_of_kind(kind, row)) for row in rows}
    merged_ids = _match_bare_terms(all_terms.values())
    terms = {term_id: term for term_id, term in all_terms.items() if term_id not in merged_ids}
    children: dict[str, list[str]] = defaultdict(list)
    for term in sorted(terms.values(), key=lambda term: term.order):
        children[merged_ids.get(term.parent_id, term.parent_id)].append(term.id)
    bare_ids: dict[str, list[str]] = defaultdict(list)
    for bare_id, term_id in merged_ids.items():
        bare_ids[term_id].append(bare_id)
    # Of two taxonomies with the same code, our own term comes first, then one with a name.
    by_priority = sorted(
        terms.values(), key=lambda term: (term.taxonomy != OWN_TAXONOMY, term.is_code_only)
    )
    ids = {key: term.id for term in reversed(by_priority) for key in (term.id, term.key)}
    return TermTree(
        terms=terms,
        ids=ids | merged_ids,
        children={parent: tuple(ids) for parent, ids in children.items()},
        translated_words=_translated_words(session),
        bare_ids={term_id: tuple(ids) for term_id, ids in bare_ids.items()},
    )


def _match_bare_terms(terms: Iterable[TaxonomyTerm]) -> dict[str, str]:
    """Match terms that have only a code with the terms of that code, by id.

    A code of the 2-1-1 taxonomy is the same term in every list; any other code only in lists whose
    taxonomies have the same name.
    """
    terms = list(terms)
    bare = [term for term in terms if term.is_code_only]
    if not bare:
        return {}
    first_id: dict[tuple[str, str], str] = {}
    for term in (*(term for term in terms if not term.is_code_only), *bare):
        for taxonomy in _taxonomies_of_code(term):
            first_id.setdefault((taxonomy, term.code), term.id)
    matches = {}
    for term in bare:
        match = next(iter(first_id[taxonomy, term.code] for taxonomy in _taxonomies_of_code(term)))
        if match != term.id:
            matches[term.id] = match
    return matches


def _taxonomies_of_code(term: TaxonomyTerm) -> tuple[str, ...]:
    """Return the names of taxonomies in which a term's code is the same term, "" for all."""
    return ("", term.taxonomy) if _CODE_211.fullmatch(term.code) else (term.taxonomy,)


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
    return {term_id: tuple(term_words) for term_id, term_words in words.items()}


def read_headings(session: Session) -> tuple[Heading, ...]:
    """Return the headings in their order."""
    rows = session.execute(_HEADINGS)
    return tuple(Heading(**row._mapping) for row in rows)  # noqa: SLF001  # its public name


def load_crosswalk(session: Session) -> Crosswalk:
    """Load the crosswalk: the editable rules that place services under headings."""
    return Crosswalk(
        CrosswalkRule(kind=RuleKind(kind), value=value, heading=heading)
        for kind, value, heading in session.execute(
            select(CrosswalkRuleRow.kind, CrosswalkRuleRow.value, CrosswalkRuleRow.heading)
        )
    )
