"""Taxonomies of this directory and their notices, and upload of further taxonomies."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import BinaryIO

from sqlalchemy import select

from referral.directory.instance import Instance
from referral.directory.site_texts import TaxonomyNotice
from referral.imports.batches import upload_list
from referral.records.accounts import Account, Actor, printable_line
from referral.records.headings import OWN_TAXONOMY
from referral.store.rows import AttributeRow, ServiceRow
from referral.vocabulary.edit_history import save_vocabulary
from referral.vocabulary.records import RowValues, VocabularyRefusal, VocabularyRefusedError

KIND = "taxonomy_notice"
LONGEST_NAME = 120
LONGEST_NOTICE = 1_000
_FORMAT = "taxonomy"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxonomyLine:
    """A taxonomy in the list of taxonomies, with counts of its terms, and its notice."""

    name: str
    terms: int
    used: int
    notice: TaxonomyNotice


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxonomyFile:
    """An uploaded file of taxonomy terms, with the notice that its owner requires."""

    stream: BinaryIO
    name: str
    notice: TaxonomyNotice


def list_taxonomies(instance: Instance) -> tuple[TaxonomyLine, ...]:
    """Return all taxonomies that have terms, by name."""
    instance.texts.refresh()
    notices = instance.texts.taxonomy_notices()
    used_terms = select(AttributeRow.taxonomy_term_id).where(AttributeRow.retired_at.is_(None))
    with instance.store.read() as session:
        tree = instance.listings.terms(session)
        linked = session.scalars(used_terms.distinct())
        used = {term.id for term_id in linked if (term := tree.get(term_id or ""))}
    terms = Counter(term.taxonomy for term in tree.terms.values())
    in_use = Counter(term.taxonomy for term in tree.terms.values() if term.id in used)
    return tuple(
        TaxonomyLine(
            name=name,
            terms=terms[name],
            used=in_use[name],
            notice=notices.get(name, TaxonomyNotice()),
        )
        for name in sorted(terms)
    )


def save_taxonomy_notice(
    instance: Instance, actor: Actor, taxonomy: str, notice: TaxonomyNotice
) -> str:
    """Save the notice that is shown with the terms of a taxonomy.

    Raises:
        VocabularyRefusedError: a text is too long, or a licensed taxonomy lacks its notice.
    """
    change = _notice_change(taxonomy, notice)
    return save_vocabulary(instance, actor, "taxonomy-notice-changed", [change])


def load_taxonomy(
    instance: Instance, account: Account, file: TaxonomyFile, taxonomy: str, *, may_use: bool
) -> str:
    """Start the import of an uploaded file of taxonomy terms, for review; return the batch id.

    Args:
        taxonomy: name of the taxonomy.
        may_use: the user confirmed that the library has a license, or that none is needed.

    Raises:
        VocabularyRefusedError: ``may_use`` is false, the notice is missing, or the name is that
            of the library's own taxonomy or of a list of services.
        RefusedError: the file is empty or too large.
    """
    taxonomy = printable_line(taxonomy)
    if not may_use:
        raise VocabularyRefusedError(VocabularyRefusal.NOT_LICENSED)
    if taxonomy.casefold() == OWN_TAXONOMY.casefold() or _is_source_list(instance, taxonomy):
        raise VocabularyRefusedError(VocabularyRefusal.TAKEN, (taxonomy,))
    _notice_change(taxonomy, file.notice)
    batch_id = upload_list(
        instance,
        file.stream,
        name=file.name,
        source=taxonomy,
        format=_FORMAT,
        actor=account.actor,
    )
    save_taxonomy_notice(instance, account.actor, taxonomy, file.notice)
    return batch_id


def _is_source_list(instance: Instance, name: str) -> bool:
    """Return whether a taxonomy's name is that of a source list with services.

    An import of terms under that name would retire them all.
    """
    with instance.store.read() as session:
        found = select(ServiceRow.id).where(ServiceRow.source == name).limit(1)
        return session.scalar(found) is not None


def _notice_change(taxonomy: str, notice: TaxonomyNotice) -> RowValues:
    taxonomy, text = printable_line(taxonomy), printable_line(notice.notice)
    if not taxonomy or (notice.is_licensed and not text):
        raise VocabularyRefusedError(VocabularyRefusal.EMPTY)
    if len(taxonomy) > LONGEST_NAME or len(text) > LONGEST_NOTICE:
        raise VocabularyRefusedError(VocabularyRefusal.TOO_LONG)
    return RowValues(KIND, taxonomy, {"notice": text, "is_licensed": notice.is_licensed})
