"""The lists of terms that this directory has, what is to be said of each, and bringing in more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from sqlalchemy import select

from referral.directory.context import Directory
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
    """A taxonomy: how many terms it has, how many are used, and what is said of it."""

    name: str
    terms: int
    used: int
    notice: TaxonomyNotice


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxonomyFile:
    """A file of terms as it comes in, what its owner calls it, and the notice it asks for."""

    stream: BinaryIO
    name: str
    notice: TaxonomyNotice


def list_taxonomies(directory: Directory) -> tuple[TaxonomyLine, ...]:
    """All of which there are terms, by name."""
    directory.texts.refresh()
    notices = directory.texts.taxonomy_notices()
    used_terms = select(AttributeRow.taxonomy_term_id).where(AttributeRow.retired_at.is_(None))
    with directory.store.read() as session:
        tree = directory.listings.terms(session)
        linked = session.scalars(used_terms.distinct())
        used = {term.id for term_id in linked if (term := tree.get(term_id or ""))}
    counts: dict[str, list[int]] = {}
    for term in tree.terms.values():
        count = counts.setdefault(term.taxonomy, [0, 0])
        count[0] += 1
        count[1] += term.id in used
    return tuple(
        TaxonomyLine(
            name=name,
            terms=terms,
            used=in_use,
            notice=notices.get(name, TaxonomyNotice()),
        )
        for name, (terms, in_use) in sorted(counts.items())
    )


def save_taxonomy_notice(
    directory: Directory, actor: Actor, taxonomy: str, notice: TaxonomyNotice
) -> str:
    """Say what is shown wherever terms of a taxonomy are.

    Raises:
        VocabularyRefusedError: it is too long, or a licensed list would show without its notice.
    """
    change = _notice_change(taxonomy, notice)
    return save_vocabulary(directory, actor, "taxonomy-notice-changed", [change])


def load_taxonomy(
    directory: Directory, account: Account, file: TaxonomyFile, taxonomy: str, *, may_use: bool
) -> str:
    """Keep a file of terms to be reviewed as an import, and its notice; the id of the batch.

    Args:
        taxonomy: what it is called from now on.
        may_use: somebody said that the library holds a licence, or that none is needed.

    Raises:
        VocabularyRefusedError: nobody said so, the notice is missing, or the name is our own's
            or that of a list of services.
        RefusedError: the file is empty or too large.
    """
    taxonomy = printable_line(taxonomy)
    if not may_use:
        raise VocabularyRefusedError(VocabularyRefusal.NOT_LICENSED)
    if taxonomy.casefold() == OWN_TAXONOMY.casefold() or _is_list(directory, taxonomy):
        raise VocabularyRefusedError(VocabularyRefusal.TAKEN, (taxonomy,))
    _notice_change(taxonomy, file.notice)
    batch_id = upload_list(
        directory,
        file.stream,
        name=file.name,
        source=taxonomy,
        format=_FORMAT,
        actor=account.actor,
    )
    save_taxonomy_notice(directory, account.actor, taxonomy, file.notice)
    return batch_id


def _is_list(directory: Directory, name: str) -> bool:
    """Whether services came in under this name: they would all be gone from the next import."""
    with directory.store.read() as session:
        found = select(ServiceRow.id).where(ServiceRow.source == name).limit(1)
        return session.scalar(found) is not None


def _notice_change(taxonomy: str, notice: TaxonomyNotice) -> RowValues:
    taxonomy, text = printable_line(taxonomy), printable_line(notice.notice)
    if not taxonomy or (notice.is_licensed and not text):
        raise VocabularyRefusedError(VocabularyRefusal.EMPTY)
    if len(taxonomy) > LONGEST_NAME or len(text) > LONGEST_NOTICE:
        raise VocabularyRefusedError(VocabularyRefusal.TOO_LONG)
    return RowValues(KIND, taxonomy, {"notice": text, "is_licensed": notice.is_licensed})
