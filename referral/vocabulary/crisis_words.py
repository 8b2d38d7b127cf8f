"""Crisis words (words of danger): list, try and change them without missing a crisis."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from referral.directory.help_lines import help_lines
from referral.directory.instance import Instance
from referral.directory.seed import load_word_lists
from referral.records.accounts import Actor, printable_line
from referral.records.crisis import CrisisWords
from referral.records.page import Page
from referral.store.fetching import fetch_page, fetch_row
from referral.store.word_lists import CrisisWordRow, load_crisis_rows
from referral.vocabulary.edit_history import save_vocabulary
from referral.vocabulary.records import RowValues, VocabularyRefusal, VocabularyRefusedError

KIND = "crisis_word"
KINDS = ("danger", "safe", "set")
ROWS_ON_A_PAGE = 50
_LONGEST_NOTE = 300
_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼ`\u00b4"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CrisisRow:
    """A row of the crisis words: words of danger, and the help lines to show for them.

    ``lines`` are keys of help lines, the best first.
    """

    kind: str = "danger"
    words: str
    lines: tuple[str, ...] = ()
    note: str = ""
    id: int = 0


def list_crisis_rows(
    instance: Instance, words: str = "", kind: str = "", line: str = "", page: int = 1
) -> Page[CrisisRow]:
    """Return a page of crisis words in their order. A page past the end is the last page."""
    conditions: list[ColumnElement[bool]] = []
    if words := folded_pattern(words):
        conditions.append(CrisisWordRow.words.contains(words, autoescape=True))
    if kind in KINDS:
        conditions.append(CrisisWordRow.kind == kind)
    if line:
        conditions.append(CrisisWordRow.line.contains(line, autoescape=True))
    load_word_lists(instance)
    with instance.store.read() as session:
        statement = (
            select(CrisisWordRow).where(*conditions).order_by(CrisisWordRow.sort, CrisisWordRow.id)
        )
        rows = fetch_page(session, statement, page, ROWS_ON_A_PAGE)
        return rows.with_items(map(_crisis_row_from, rows))


def read_crisis_row(instance: Instance, row_id: int) -> CrisisRow:
    """Return a row of the crisis words.

    Raises:
        NotFoundError: there is no such row.
    """
    with instance.store.read() as session:
        row = fetch_row(session, CrisisWordRow, row_id, "row")
        return _crisis_row_from(row)


def lines_raised(instance: Instance, text: str) -> tuple[str, ...]:
    """Return the keys of the help lines that a text triggers by its crisis words.

    The text is not stored.
    """
    with instance.store.read() as session:
        rows = load_crisis_rows(session)
    return CrisisWords(rows).lines_for(text)


def save_crisis_row(
    instance: Instance, actor: Actor, row: CrisisRow, *, confirmed: bool = False
) -> str:
    """Add or change a crisis word; return the id of the edit group, "" if nothing changed.

    Args:
        confirmed: the user accepted that ordinary phrases raise a help line.

    Raises:
        VocabularyRefusedError: a crisis would be missed, or the row is invalid.
    """
    words, kind = folded_pattern(row.words), row.kind
    lines = tuple(dict.fromkeys(row.lines)) if kind == "danger" else ()
    known_lines = {line.key for line in help_lines(instance.settings)}
    if not words or kind not in KINDS or len(row.note) > _LONGEST_NOTE:
        raise VocabularyRefusedError(VocabularyRefusal.EMPTY)
    if (kind == "danger") != bool(lines) or not known_lines.issuperset(lines):
        raise VocabularyRefusedError(VocabularyRefusal.UNKNOWN_LINE)
    load_word_lists(instance)
    with instance.store.read() as session:
        same = select(CrisisWordRow.id).where(
            CrisisWordRow.kind == kind,
            CrisisWordRow.words == words,
            CrisisWordRow.id != (row.id or 0),
        )
        if session.scalar(same.limit(1)) is not None:
            raise VocabularyRefusedError(VocabularyRefusal.TAKEN, (words,))
        last = session.scalar(select(func.max(CrisisWordRow.sort))) or 0
    values = {
        "kind": kind,
        "words": words,
        "line": "|".join(lines),
        "note": printable_line(row.note),
    }
    change = RowValues(KIND, str(row.id or ""), values if row.id else {**values, "sort": last + 1})
    action = "crisis-word-changed" if row.id else "crisis-word-added"
    return save_vocabulary(instance, actor, action, [change], confirmed=confirmed)


def remove_crisis_row(
    instance: Instance, actor: Actor, row_id: int, *, confirmed: bool = False
) -> str:
    """Delete a row of the crisis words.

    Raises:
        VocabularyRefusedError: a crisis would be missed without the row.
    """
    change = RowValues(KIND, str(row_id), None)
    return save_vocabulary(instance, actor, "crisis-word-removed", [change], confirmed=confirmed)


def folded_pattern(words: str) -> str:
    """Return a crisis word as it is compared: case folded, without accents and apostrophes."""
    letters = unicodedata.normalize("NFKD", printable_line(words).translate(_APOSTROPHES))
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()


def _crisis_row_from(row: CrisisWordRow) -> CrisisRow:
    lines = tuple(filter(None, row.line.split("|")))
    return CrisisRow(id=row.id, kind=row.kind, words=row.words, lines=lines, note=row.note)
