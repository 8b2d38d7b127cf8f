"""Categories that a list names only by their code: kept as bare terms, with one problem for all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from referral.formats.reading.items import Item, RefusedRow, problem_at
from referral.formats.reading.taxonomy_terms import CODE_TAXONOMIES, LONGEST_CODE, taxonomy_of_code
from referral.message import message
from referral.records.classification import Attribute, Taxonomy, TaxonomyTerm
from referral.records.hsds import Record
from referral.records.kinds import Origin, SourcedRecord
from referral.records.problems import Problem, Severity
from referral.records.record_ids import record_id

_MADE_TAXONOMY = "categories"


class StoredTerms(Protocol):
    """Taxonomy terms and other records that are in the database already."""

    def is_stored(self, kind: str, record_id: str) -> bool:
        """Return whether a record of a kind and id is in the database, from any source."""

    def belongs_to_another(self, kind: str, record_id: str) -> bool:
        """Return whether a stored record is from another source than the list that is read."""


def with_code_only_terms(items: Iterable[Item], stored: StoredTerms) -> list[Item]:
    """Add a term for each taxonomy code that a source list uses and does not define.

    The name of a bare term is its code. It belongs to the taxonomy of the 2-1-1 codes if it looks
    like one, else to the only taxonomy of the list, else to one made for the list.

    Args:
        items: the items of a reader, in the order of ``KINDS``.
        stored: the stored records; a term of another list is not made again.
    """
    items = list(items)
    links = _links_without_terms(items, stored)
    new_items = list(_make_bare_items(items, links))
    bare = [item for item in [*items, *new_items] if _is_code_only(item)]
    if new_items:
        index = _index_after_terms(items)
        items[index:index] = new_items
    if bare:
        items.append(
            _problem_for_all(bare, [link for coded_links in links.values() for link in coded_links])
        )
    return items


def _links_without_terms(
    items: Iterable[Item], stored: StoredTerms
) -> dict[str, list[SourcedRecord]]:
    """Return the links to each taxonomy code for which the source list has no term."""
    present = {item.record.id for item in items if isinstance(item, SourcedRecord)}
    found: dict[str, list[SourcedRecord]] = {}
    for item in items:
        if not isinstance(item, SourcedRecord) or not isinstance(item.record, Attribute):
            continue
        link, code = item.record, item.given.get("taxonomy_term_id", "")
        if not code or len(code) > LONGEST_CODE or link.taxonomy_term_id in present:
            continue
        has_owner = link.link_id in present or stored.is_stored(link.link_entity, link.link_id)
        if has_owner and not stored.belongs_to_another("taxonomy_term", link.taxonomy_term_id):
            found.setdefault(code, []).append(item)
    return found


def _make_bare_items(
    items: Iterable[Item], links: dict[str, list[SourcedRecord]]
) -> Iterator[SourcedRecord]:
    listed = {
        item.origin.key: item.record
        for item in items
        if isinstance(item, SourcedRecord) and isinstance(item.record, Taxonomy)
    }
    taxonomies = _Taxonomies(listed)
    terms = []
    for code, named_by in links.items():
        origin = named_by[0].origin
        taxonomy = taxonomies.of(code, origin)
        term = TaxonomyTerm(
            id=named_by[0].record.taxonomy_term_id,  # type: ignore[attr-defined]  # an Attribute
            name=code,
            code=code,
            taxonomy=taxonomy.name,
            taxonomy_id=taxonomy.id,
        )
        terms.append(_with_origin(term, origin, code))
    yield from taxonomies.made
    yield from terms


class _Taxonomies:
    """The taxonomies of a source list: those it has, and those made for codes without names."""

    def __init__(self, listed: dict[str, Taxonomy]) -> None:
        self._by_key = listed
        self._only = next(iter(listed.values())) if len(listed) == 1 else None
        self.made: list[SourcedRecord] = []

    def of(self, code: str, origin: Origin) -> Taxonomy:
        """Return the taxonomy that a taxonomy code of the source list belongs to."""
        key = taxonomy_of_code(code)
        if key is None and self._only is not None:
            return self._only
        key = key or _MADE_TAXONOMY
        if key not in self._by_key:
            name = CODE_TAXONOMIES.get(key, f"Categories of {origin.source}")
            taxonomy = Taxonomy(id=record_id(origin.source, "taxonomy", key), name=name)
            self._by_key[key] = taxonomy
            self.made.append(_with_origin(taxonomy, origin, key))
        return self._by_key[key]


def _with_origin(record: Record, origin: Origin, key: str) -> SourcedRecord:
    own_origin = Origin(source=origin.source, key=key, file=origin.file, line=origin.line)
    return SourcedRecord(record, own_origin)


def _is_code_only(item: Item) -> bool:
    return (
        isinstance(item, SourcedRecord)
        and isinstance(item.record, TaxonomyTerm)
        and item.record.is_code_only
    )


def _index_after_terms(items: Sequence[Item]) -> int:
    """Return the index of the first item of a source list after its taxonomies and terms."""
    term_kinds = {"taxonomy", "taxonomy_term"}
    for index, item in enumerate(items):
        if isinstance(item, RefusedRow) and item.kind not in term_kinds:
            return index
        if isinstance(item, SourcedRecord) and not isinstance(item.record, Taxonomy | TaxonomyTerm):
            return index
    return len(items)


def _problem_for_all(bare: Sequence[Item], links: Sequence[SourcedRecord]) -> Problem:
    """Build the problem for all taxonomy codes without a name, located at the first."""
    first = next(item for item in (*links, *bare) if isinstance(item, SourcedRecord))
    detail = message(
        "Categories named only by their code: %(count)s. They are kept under it: staff find them "
        "by the code, patrons do not see it. Names come with the taxonomy itself, once an "
        "admin brings it in under Taxonomies.",
        count=format(len(bare), ","),
    )
    return problem_at(first, "categories-without-names", Severity.WARNING, detail)
