"""Thesaurus entries (phrases and the taxonomy terms they mean): list, edit, read and write CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select

from referral.directory.instance import Instance
from referral.directory.seed import load_word_lists
from referral.fields.formulas import unescape_formula
from referral.formats.writing.sheets import csv_table
from referral.records.accounts import Actor, printable_line
from referral.records.page import Page
from referral.records.thesaurus import ThesaurusEntry
from referral.search.analysis import all_words_of, words_of
from referral.store.fetching import fetch_page, fetch_row
from referral.store.terms import TermTree
from referral.store.word_lists import ThesaurusEntryRow
from referral.vocabulary.edit_history import save_vocabulary
from referral.vocabulary.records import RowValues, VocabularyRefusal, VocabularyRefusedError

KIND = "thesaurus_entry"
LANGUAGES = ("en", "es")
LONGEST_PHRASE = 200
LIGHTEST, HEAVIEST = 0.1, 3.0
ENTRIES_PER_PAGE = 50
COLUMNS = ("phrase", "language", "terms", "weight")
LARGEST_FILE = 4 * 2**20
_MOST_REFUSED_SHOWN = 20
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThesaurusLine:
    """A thesaurus entry in a list for staff, with the names of its topics.

    An unknown term has its code instead.
    """

    id: int
    entry: ThesaurusEntry
    topics: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def list_entries(
    instance: Instance, words: str = "", language: str = "", kind: str = "", page: int = 1
) -> Page[ThesaurusLine]:
    """Return a page of thesaurus entries by phrase. A page past the end is the last page.

    Args:
        words: text in the phrase or in a code of its topics.
        kind: ``meaning`` for entries with topics, ``passing`` for entries without.
    """
    conditions: list[ColumnElement[bool]] = []
    if words := printable_line(words).lower():
        in_phrase = func.lower(ThesaurusEntryRow.phrase).contains(words, autoescape=True)
        conditions.append(in_phrase | ThesaurusEntryRow.term_codes.contains(words, autoescape=True))
    if language in LANGUAGES:
        conditions.append(ThesaurusEntryRow.language == language)
    if kind in {"meaning", "passing"}:
        conditions.append(
            (ThesaurusEntryRow.term_codes != "")
            if kind == "meaning"
            else (ThesaurusEntryRow.term_codes == "")
        )
    load_word_lists(instance)
    with instance.store.read() as session:
        statement = (
            select(ThesaurusEntryRow)
            .where(*conditions)
            .order_by(func.lower(ThesaurusEntryRow.phrase), ThesaurusEntryRow.id)
        )
        rows = fetch_page(session, statement, page, ENTRIES_PER_PAGE)
        tree = instance.listings.terms(session)
        return rows.with_items(_thesaurus_line(row, tree) for row in rows)


def read_entry(instance: Instance, entry_id: int) -> ThesaurusLine:
    """Return a thesaurus entry by its id.

    Raises:
        NotFoundError: there is no such entry.
    """
    with instance.store.read() as session:
        row = fetch_row(session, ThesaurusEntryRow, entry_id, "entry")
        return _thesaurus_line(row, instance.listings.terms(session))


def save_entry(
    instance: Instance, actor: Actor, entry: ThesaurusEntry, entry_id: int | None = None
) -> str:
    """Add or change a thesaurus entry; return the id of the edit group, "" if nothing changed.

    Raises:
        VocabularyRefusedError: the entry is invalid or exists already.
    """
    with instance.store.read() as session:
        tree = instance.listings.terms(session)
        problem = entry_refusal(entry, tree)
        same = select(ThesaurusEntryRow.id).where(
            func.lower(ThesaurusEntryRow.phrase) == tidy_phrase(entry.phrase).lower(),
            ThesaurusEntryRow.language == entry.language,
            ThesaurusEntryRow.id != (entry_id or 0),
        )
        if problem is None and session.scalar(same.limit(1)) is not None:
            problem = VocabularyRefusedError(VocabularyRefusal.TAKEN, (entry.phrase,))
    if problem is not None:
        raise problem
    action = "word-changed" if entry_id else "word-added"
    return save_vocabulary(
        instance, actor, action, [RowValues(KIND, str(entry_id or ""), values_of(entry))]
    )


def remove_entry(instance: Instance, actor: Actor, entry_id: int) -> str:
    """Delete a thesaurus entry."""
    change = RowValues(KIND, str(entry_id), None)
    return save_vocabulary(instance, actor, "word-removed", [change])


def entry_refusal(entry: ThesaurusEntry, tree: TermTree) -> VocabularyRefusedError | None:
    """Return the reason why a thesaurus entry is refused, or None if it is accepted."""
    phrase = tidy_phrase(entry.phrase)
    words = words_of(phrase) if entry.term_codes else all_words_of(phrase)
    unknown = tuple(code for code in entry.term_codes if code not in tree.ids)
    checks = (
        (VocabularyRefusal.EMPTY, not words, (phrase,)),
        (VocabularyRefusal.TOO_LONG, len(phrase) > LONGEST_PHRASE, (phrase[:LONGEST_PHRASE],)),
        (VocabularyRefusal.UNKNOWN_LANGUAGE, entry.language not in LANGUAGES, (entry.language,)),
        (VocabularyRefusal.ODD_WEIGHT, not LIGHTEST <= entry.weight <= HEAVIEST, ()),
        (VocabularyRefusal.UNKNOWN_TOPIC, bool(unknown), unknown),
    )
    failed = ((refusal, details) for refusal, is_wrong, details in checks if is_wrong)
    return next((VocabularyRefusedError(refusal, details) for refusal, details in failed), None)


def values_of(entry: ThesaurusEntry) -> dict[str, str | float]:
    """Return a thesaurus entry as column values for the database."""
    return {
        "phrase": tidy_phrase(entry.phrase),
        "language": entry.language,
        "term_codes": "|".join(dict.fromkeys(entry.term_codes)),
        "weight": entry.weight,
    }


def tidy_phrase(phrase: str) -> str:
    """Return a thesaurus phrase on one line without ``|``, which separates phrases."""
    return printable_line(phrase.replace("|", " "))


def entry_from(row: ThesaurusEntryRow) -> ThesaurusEntry:
    """Build a thesaurus entry from its database row."""
    return ThesaurusEntry(
        phrase=row.phrase,
        language=row.language,
        term_codes=tuple(filter(None, row.term_codes.split("|"))),
        weight=row.weight,
    )


def _thesaurus_line(row: ThesaurusEntryRow, tree: TermTree) -> ThesaurusLine:
    entry = entry_from(row)
    return ThesaurusLine(
        id=row.id,
        entry=entry,
        topics=tuple(
            tree.terms[tree.ids[code]].name if code in tree.ids else code
            for code in entry.term_codes
        ),
        unknown=tuple(code for code in entry.term_codes if code not in tree.ids),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedCsvLine:
    """A line of a thesaurus file that was refused, and why."""

    line: int
    refusal: VocabularyRefusal
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """The result of loading a CSV file of thesaurus entries.

    ``group_id`` is the edit group, "" if nothing changed.
    """

    added: int = 0
    changed: int = 0
    removed: int = 0
    group_id: str = ""
    refused: tuple[RefusedCsvLine, ...] = ()


def thesaurus_csv(instance: Instance) -> bytes:
    """Return all thesaurus entries as CSV in which no cell is a spreadsheet formula."""
    with instance.store.read() as session:
        rows = session.scalars(
            select(ThesaurusEntryRow).order_by(
                ThesaurusEntryRow.language, ThesaurusEntryRow.phrase, ThesaurusEntryRow.id
            )
        ).all()
    return csv_table(
        COLUMNS, ((row.phrase, row.language, row.term_codes, f"{row.weight:g}") for row in rows)
    )


class _StoredEntry(NamedTuple):
    """A stored thesaurus entry, to compare with the entries of a loaded file."""

    id: int
    values: dict[str, str | float]


def load_thesaurus_csv(
    instance: Instance, actor: Actor, content: bytes, *, removes_others: bool = False
) -> LoadResult:
    """Load a CSV file of thesaurus entries in one edit group.

    If a line is refused, nothing is written.

    Args:
        removes_others: delete entries that are not in the file.

    Raises:
        VocabularyRefusedError: the file is no thesaurus file.
    """
    with instance.store.read() as session:
        tree = instance.listings.terms(session)
        rows = session.scalars(select(ThesaurusEntryRow)).all()
        stored = {
            _csv_key(entry_from(row)): _StoredEntry(row.id, values_of(entry_from(row)))
            for row in rows
        }
    entries, refused = _check_entries(content, tree)
    if refused:
        return LoadResult(refused=tuple(refused[:_MOST_REFUSED_SHOWN]))
    added = [values_of(entry) for key, entry in entries.items() if key not in stored]
    changed = [
        (stored[key].id, values_of(entry))
        for key, entry in entries.items()
        if key in stored and stored[key].values != values_of(entry)
    ]
    removed_ids = [old.id for key, old in stored.items() if removes_others and key not in entries]
    changes = [
        *(RowValues(KIND, str(entry_id), None) for entry_id in removed_ids),
        *(RowValues(KIND, str(entry_id), values) for entry_id, values in changed),
        *(RowValues(KIND, "", values) for values in added),
    ]
    group = save_vocabulary(instance, actor, "words-loaded", changes)
    return LoadResult(
        added=len(added), changed=len(changed), removed=len(removed_ids), group_id=group
    )


def _check_entries(
    content: bytes, tree: TermTree
) -> tuple[dict[_Key, ThesaurusEntry], list[RefusedCsvLine]]:
    """Check the entries of a thesaurus file; return the accepted ones and the refused lines."""
    entries: dict[_Key, ThesaurusEntry] = {}
    refused: list[RefusedCsvLine] = []
    for line, entry in _iter_file_entries(content):
        problem = entry_refusal(entry, tree) if entry else None
        if entry is None or problem is not None:
            refusal = problem.refusal if problem else VocabularyRefusal.ODD_WEIGHT
            details = problem.details if problem else ()
            refused.append(RefusedCsvLine(line=line, refusal=refusal, details=details))
        else:
            entries[_csv_key(entry)] = entry
    return entries, refused


def _csv_key(entry: ThesaurusEntry) -> _Key:
    return (tidy_phrase(entry.phrase).casefold(), entry.language)


def _iter_file_entries(content: bytes) -> Iterator[tuple[int, ThesaurusEntry | None]]:
    """Yield the entries of a thesaurus file with line numbers, None for an invalid weight."""
    try:
        if len(content) > LARGEST_FILE:
            raise VocabularyRefusedError(VocabularyRefusal.ODD_FILE)
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        if not {"phrase", "language", "terms"} <= set(reader.fieldnames or ()):
            raise VocabularyRefusedError(VocabularyRefusal.ODD_FILE)
        for row in reader:
            cells = {name: unescape_formula(row.get(name) or "") for name in COLUMNS}
            if any(cells.values()):
                yield reader.line_num, _entry_from_cells(cells)
    except (UnicodeDecodeError, csv.Error) as error:
        raise VocabularyRefusedError(VocabularyRefusal.ODD_FILE) from error


def _entry_from_cells(cells: Mapping[str, str]) -> ThesaurusEntry | None:
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
