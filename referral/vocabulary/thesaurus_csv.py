"""Thesaurus as CSV: download, and upload after work in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from referral.directory.context import Directory
from referral.fields.formulas import unescape_formula
from referral.formats.writing.sheets import csv_table
from referral.records.accounts import Actor
from referral.records.thesaurus import ThesaurusEntry
from referral.store.terms import TermTree
from referral.store.word_lists import ThesaurusEntryRow
from referral.vocabulary.edit_history import save_vocabulary
from referral.vocabulary.records import RowChange, VocabularyRefusal, VocabularyRefusedError
from referral.vocabulary.thesaurus import KIND, entry_from, entry_refusal, tidy_phrase, values_of

COLUMNS = ("phrase", "language", "terms", "weight")
LARGEST_FILE = 4 * 2**20
_NAMED = 20
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedCsvLine:
    """A line of a file that cannot be taken, and why."""

    line: int
    refusal: VocabularyRefusal
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """What a file did; ``group_id`` is by what it can be taken back, "" when nothing differs."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    group_id: str = ""
    refused: tuple[RefusedCsvLine, ...] = ()


def thesaurus_csv(directory: Directory) -> bytes:
    """All entries as CSV, which no spreadsheet program runs."""
    row = ThesaurusEntryRow
    with directory.store.read() as session:
        rows = session.scalars(select(row).order_by(row.language, row.phrase, row.id)).all()
    return csv_table(
        COLUMNS, ((one.phrase, one.language, one.term_codes, f"{one.weight:g}") for one in rows)
    )


def load_thesaurus_csv(
    directory: Directory, actor: Actor, content: bytes, *, removes_others: bool = False
) -> LoadResult:
    """Take a file in, in one go; nothing is written while a line of it is refused.

    Args:
        removes_others: what is not in the file is taken away.

    Raises:
        VocabularyRefusedError: it is no such file.
    """
    with directory.store.read() as session:
        tree = directory.listings.terms(session)
        rows = session.scalars(select(ThesaurusEntryRow)).all()
        have = {_key(entry_from(row)): (row.id, values_of(entry_from(row))) for row in rows}
    entries, refused = _sorted_out(content, tree)
    if refused:
        return LoadResult(refused=tuple(refused[:_NAMED]))
    added = [values_of(entry) for key, entry in entries.items() if key not in have]
    changed = [
        (have[key][0], values_of(entry))
        for key, entry in entries.items()
        if key in have and have[key][1] != values_of(entry)
    ]
    gone = [number for key, (number, _) in have.items() if removes_others and key not in entries]
    changes = [
        *(RowChange(KIND, str(number), None) for number in gone),
        *(RowChange(KIND, str(number), values) for number, values in changed),
        *(RowChange(KIND, "", values) for values in added),
    ]
    group = save_vocabulary(directory, actor, "words-loaded", changes)
    return LoadResult(added=len(added), changed=len(changed), removed=len(gone), group_id=group)


def _sorted_out(
    content: bytes, tree: TermTree
) -> tuple[dict[_Key, ThesaurusEntry], list[RefusedCsvLine]]:
    """The entries of a file, the last of several alike; and the lines that cannot be taken."""
    entries: dict[_Key, ThesaurusEntry] = {}
    refused: list[RefusedCsvLine] = []
    for line, entry in _entries(content):
        problem = entry_refusal(entry, tree) if entry else None
        if entry is None or problem is not None:
            refusal = problem.refusal if problem else VocabularyRefusal.ODD_WEIGHT
            details = problem.details if problem else ()
            refused.append(RefusedCsvLine(line=line, refusal=refusal, details=details))
        else:
            entries[_key(entry)] = entry
    return entries, refused


def _key(entry: ThesaurusEntry) -> _Key:
    return (tidy_phrase(entry.phrase).casefold(), entry.language)


def _entries(content: bytes) -> Iterator[tuple[int, ThesaurusEntry | None]]:
    """Each line of the file with its entry, None where its weight is not a number."""
    try:
        if len(content) > LARGEST_FILE:
            raise VocabularyRefusedError(VocabularyRefusal.ODD_FILE)
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        if not {"phrase", "language", "terms"} <= set(reader.fieldnames or ()):
            raise VocabularyRefusedError(VocabularyRefusal.ODD_FILE)
        for row in reader:
            cells = {name: unescape_formula(row.get(name) or "") for name in COLUMNS}
            if any(cells.values()):
                yield reader.line_num, _entry(cells)
    except (UnicodeDecodeError, csv.Error) as error:
        raise VocabularyRefusedError(VocabularyRefusal.ODD_FILE) from error


def _entry(cells: Mapping[str, str]) -> ThesaurusEntry | None:
    try:
        weight = float(cells["weight"].replace(",", ".") or 1)
    except ValueError:
        return None
    codes = (code.strip() for code in cells["terms"].split("|"))
    return ThesaurusEntry(
        phrase=cells["phrase"],
        language=cells["language"].strip().lower(),
        term_codes=tuple(filter(None, codes)),
        weight=weight,
    )
