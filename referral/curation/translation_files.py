"""Export and import of translation files: CSV files of public texts for translators."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from referral.directory.instance import Instance
from referral.errors import refused
from referral.formats.translation_csv import csv_of_translations, read_translation_lines
from referral.message import Message, message
from referral.records.edits import Author, MadeBy
from referral.records.translated_fields import (
    TRANSLATED_FIELDS,
    TranslationLine,
    TranslationStatus,
    text_hash,
)
from referral.records.visibility import Audience, Visibility
from referral.store.base import RecordRow
from referral.store.rows import ServiceRow, TaxonomyTermRow, TranslationRow
from referral.store.rows_texts import licensed_taxonomies
from referral.store.visibility import shown, shown_services

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z", re.ASCII)
_Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslationRowProblem:
    """A row of a translation file that was refused, with the reason and the remedy.

    ``row`` counts the heading as 1.
    """

    row: int
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedTranslations:
    """The result of importing a translation file: numbers of new and changed texts, problems."""

    added: int
    changed: int
    unchanged: int
    problems: tuple[TranslationRowProblem, ...]


def export_translations(
    instance: Instance, language: str, *, only_missing: bool = False
) -> tuple[bytes, int]:
    """Export public texts with their translations as a CSV file for translators.

    Args:
        language: a code such as ``es``.
        only_missing: leave out texts with a translation that a person checked.

    Raises:
        RefusedError: ``language`` is not a language code.
    """
    if not _LANGUAGE.match(language):
        raise refused("%(code)s is not a language code; give one such as es.", code=repr(language))
    with instance.store.read() as session:
        lines = list(_iter_lines(session, language))
    if only_missing:
        lines = [line for line in lines if line.status != TranslationStatus.CHECKED.value]
    return csv_of_translations(lines), len(lines)


def import_translations(instance: Instance, content: bytes) -> ImportedTranslations:
    """Import a translation file, and return the problems of its refused rows.

    An empty translation leaves the stored one. The edit history has no account for these edits,
    since the import runs on the command line.

    Raises:
        RefusedError: the file is no translation file; nothing was stored.
    """
    rows = read_translation_lines(content)
    counts: Counter[str] = Counter()
    problems: list[TranslationRowProblem] = []
    with instance.store.write(Author(made_by=MadeBy.HAND)) as session:
        known = {
            line.key: line
            for language in sorted({line.language for _, line in rows})
            if _LANGUAGE.match(language)
            for line in _iter_lines(session, language)
        }
        imported_keys: set[_Key] = set()
        for row, line in rows:
            stored = known.get(line.key)
            if reason := _refusal_reason(line, stored, imported_keys):
                problems.append(TranslationRowProblem(row=row, message=reason))
                continue
            imported_keys.add(line.key)
            counts[_store_line(session, line, stored)] += 1
    return ImportedTranslations(
        added=counts["added"], changed=counts["changed"], unchanged=counts["unchanged"],
        problems=tuple(problems),
    )  # fmt: skip


def _refusal_reason(
    line: TranslationLine, stored: TranslationLine | None, imported_keys: set[_Key]
) -> Message | None:
    """Return why a row of a translation file is refused, or None if the row is accepted."""
    if stored is None:
        return message("There is no such text any more. Export the file again.")
    if line.key in imported_keys:
        return message("This text is in the file twice. Keep the row that is right.")
    if not line.translation or _is_same(line, stored):
        return None
    if line.original_hash != stored.original_hash:
        return message(
            "The original changed since the export. Export the file again, and check the "
            "translation beside the new text."
        )
    allowed = {status.value for status in TranslationStatus} - {TranslationStatus.NONE.value}
    if line.status not in allowed:
        return message(
            "Write one of these as its status: %(statuses)s.", statuses=", ".join(sorted(allowed))
        )
    return None


def _is_same(line: TranslationLine, stored: TranslationLine) -> bool:
    return (line.translation, line.status) == (stored.translation, stored.status)


def _store_line(session: Session, line: TranslationLine, stored: TranslationLine | None) -> str:
    if stored is None or not line.translation or _is_same(line, stored):
        return "unchanged"
    row = next(iter(session.scalars(_stored_rows(line))), None)
    if row is None:
        session.add(
            TranslationRow(
                id=str(uuid4()),
                link_entity=line.kind,
                link_id=line.id,
                language=line.language,
                field=line.field,
                text=line.translation,
                status=line.status,
                visibility=Visibility.PUBLIC.value,
            )
        )
        return "added"
    row.text, row.status = line.translation, line.status
    return "changed"


def _stored_rows(line: TranslationLine) -> Select[TranslationRow]:
    """Return a query for the stored translations of the text in a line of a translation file."""
    return (
        select(TranslationRow)
        .where(
            TranslationRow.link_entity == line.kind,
            TranslationRow.link_id == line.id,
            TranslationRow.language == line.language,
            TranslationRow.field == line.field,
            shown(TranslationRow, Audience.PUBLIC),
        )
        .order_by(TranslationRow.id)
    )


def _iter_lines(session: Session, language: str) -> Iterator[TranslationLine]:
    """Yield a line of the translation file for each public text: services first, then terms."""
    yield from _iter_lines_of_kind(
        "service",
        session.scalars(
            select(ServiceRow)
            .where(shown_services(Audience.PUBLIC))
            .order_by(ServiceRow.name, ServiceRow.id)
        ),
        _read_translations(session, "service", language),
        language,
    )
    yield from _iter_lines_of_kind(
        "taxonomy_term",
        session.scalars(
            select(TaxonomyTermRow)
            .where(
                shown(TaxonomyTermRow, Audience.PUBLIC),
                TaxonomyTermRow.taxonomy.not_in(licensed_taxonomies()),
            )
            .order_by(TaxonomyTermRow.name, TaxonomyTermRow.id)
        ),
        _read_translations(session, "taxonomy_term", language),
        language,
    )


def _iter_lines_of_kind(
    kind: str,
    rows: Iterable[RecordRow],
    translated: Mapping[tuple[str, str], tuple[str, str]],
    language: str,
) -> Iterator[TranslationLine]:
    for row in rows:
        for field in TRANSLATED_FIELDS[kind]:
            original = getattr(row, field) or ""
            if not original:
                continue
            text, status = translated.get((row.id, field), ("", ""))
            yield TranslationLine(
                kind=kind, id=row.id, field=field, language=language, original=original,
                original_hash=text_hash(original), translation=text,
                status=status if text else TranslationStatus.NONE.value,
            )  # fmt: skip


def _read_translations(
    session: Session, kind: str, language: str
) -> dict[tuple[str, str], tuple[str, str]]:
    found = session.scalars(
        select(TranslationRow)
        .where(
            TranslationRow.link_entity == kind,
            TranslationRow.language == language,
            shown(TranslationRow, Audience.PUBLIC),
        )
        .order_by(TranslationRow.id.desc())  # so that the first of several wins, as in _stored_rows
    )
    return {(row.link_id, row.field): (row.text, row.status) for row in found}
