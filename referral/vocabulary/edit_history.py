"""Edit history of the vocabulary: save changes in one transaction, list and undo them.

A change of crisis words is checked against phrases before it is stored. Crisis phrases in
``crisis_phrases.csv`` must still raise their help line. Ordinary phrases there and in the thesaurus
that newly raise a help line need a confirmation.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import uuid4

from sqlalchemy import func, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.directory.heading_placement import services_matching_rules
from referral.directory.instance import Instance
from referral.directory.seed import load_word_lists
from referral.errors import NotFoundError
from referral.records.accounts import Actor
from referral.records.crisis import (
    CrisisPhrase,
    CrisisWords,
    check_crisis_words,
    is_pattern_too_costly,
    parse_crisis_phrases,
)
from referral.records.headings import CrosswalkRule, RuleKind
from referral.resources import resource_path
from referral.store.base import Base
from referral.store.change_log import log_changes
from referral.store.heading_placement import place_services
from referral.store.rows import CrosswalkRuleRow, HeadingRow
from referral.store.rows_texts import SiteTextRow, TaxonomyNoticeRow
from referral.store.terms import CROSSWALK_RULE, HEADING
from referral.store.word_lists import (
    CrisisWordRow,
    ThesaurusEntryRow,
    load_crisis_rows,
    load_thesaurus,
    log_word_list_change,
)
from referral.vocabulary.records import RowValues, VocabularyRefusal, VocabularyRefusedError
from referral.vocabulary.rows import VocabularyEditRow

CrisisRows = list[dict[str, str]]
_MOST_PHRASES = 40
TABLES: Mapping[str, type[Base]] = {
    row.__tablename__: row
    for row in (
        ThesaurusEntryRow, CrisisWordRow, HeadingRow, CrosswalkRuleRow, SiteTextRow,
        TaxonomyNoticeRow,
    )
}  # fmt: skip
Values = Mapping[str, Any]
LISTED = 20
UNDONE_ACTION = "vocabulary-taken-back"
_WORD_LIST_KINDS = frozenset({"thesaurus_entry", "crisis_word"})
_RULE_KINDS = frozenset({CROSSWALK_RULE})
_TEXT_KINDS = frozenset({"site_text", "taxonomy_notice"})


@cache
def crisis_phrases() -> tuple[CrisisPhrase, ...]:
    """Return the test phrases against which changes of the crisis words are checked."""
    path = resource_path("seed_data") / "crisis_phrases.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return parse_crisis_phrases(csv.DictReader(file))


def refuse_missed(session: Session, before: CrisisRows, *, confirmed: bool) -> None:
    """Refuse a change of crisis words with which a crisis would be missed.

    Args:
        confirmed: the user accepted that ordinary phrases raise a help line.

    Raises:
        VocabularyRefusedError: ``MISSED`` or ``FALSE_ALARM`` with the phrases; ``ODD_PATTERN``.
    """
    after = load_crisis_rows(session)
    new = [row for row in after if row not in before]
    costly = [row["words"] for row in new if is_pattern_too_costly(row["kind"], row["words"])]
    if costly:
        raise VocabularyRefusedError(VocabularyRefusal.ODD_PATTERN, tuple(costly))
    try:
        words = CrisisWords(after)
    except ValueError as error:
        raise VocabularyRefusedError(
            VocabularyRefusal.ODD_PATTERN, tuple(row["words"] for row in new)
        ) from error
    ordinary = [CrisisPhrase(entry.phrase, "") for entry in load_thesaurus(session)]
    found = check_crisis_words(CrisisWords(before), words, [*crisis_phrases(), *ordinary])
    if found.missed:
        raise VocabularyRefusedError(VocabularyRefusal.MISSED, found.missed[:_MOST_PHRASES])
    if found.alarms and not confirmed:
        raise VocabularyRefusedError(VocabularyRefusal.FALSE_ALARM, found.alarms[:_MOST_PHRASES])


@dataclass(frozen=True, slots=True)
class RowEdit:
    """An edit of one vocabulary row, such as a thesaurus entry: its values before and after.

    ``before`` is None for a new row, ``after`` for a deleted one.
    """

    kind: str
    key: str
    before: Values | None
    after: Values | None


def write_rows(session: Session, changes: Iterable[RowValues]) -> list[RowEdit]:
    """Write changed rows of the vocabulary, and return the edits to store in its history.

    Raises:
        VocabularyRefusedError: a row to be changed does not exist.
    """
    edits, added = [], []
    for change in changes:
        row = _fetch_table_row(session, change.kind, change.key) if change.key else None
        before = _column_values(row) if row is not None else None
        if change.values is None:
            if row is not None:
                session.delete(row)
                edits.append(RowEdit(change.kind, change.key, before, None))
            continue
        if row is None:
            if change.key and _is_numbered(change.kind):
                raise VocabularyRefusedError(VocabularyRefusal.GONE)
            key_column = {} if _is_numbered(change.kind) else {_key_name(change.kind): change.key}
            row = TABLES[change.kind](**key_column, **(change.values or {}))
            session.add(row)
            added.append(row)
            continue
        for name, value in change.values.items():
            setattr(row, name, value)
        if _column_values(row) != before:
            edits.append(RowEdit(change.kind, change.key, before, _column_values(row)))
    session.flush()
    return [*edits, *(RowEdit(_kind(row), _key(row), None, _column_values(row)) for row in added)]


def undo_rows(session: Session, edits: Iterable[RowEdit]) -> list[RowEdit]:
    """Undo edits of vocabulary rows, and return the new edits that this made.

    Raises:
        VocabularyRefusedError: a row was changed since its edit.
    """
    undoing = []
    for edit in edits:
        row = _fetch_table_row(session, edit.kind, edit.key)
        current = _column_values(row) if row is not None else None
        if current != edit.after:
            raise VocabularyRefusedError(VocabularyRefusal.CHANGED_SINCE)
        if edit.before is None:
            session.delete(row)
        elif row is None:
            key = int(edit.key) if _is_numbered(edit.kind) else edit.key
            session.add(TABLES[edit.kind](**{_key_name(edit.kind): key}, **edit.before))
        else:
            for name, value in edit.before.items():
                setattr(row, name, value)
        session.flush()
        undoing.append(RowEdit(edit.kind, edit.key, current, edit.before))
    return undoing


def store_edits(
    session: Session, edits: Iterable[RowEdit], actor: Actor, action: str, undoes: str = ""
) -> str:
    """Store edits as a new group in the edit history of the vocabulary; return the group's id."""
    group, now = str(uuid4()), datetime.now(UTC)
    session.add_all(
        VocabularyEditRow(
            group_id=group,
            kind=edit.kind,
            row_key=edit.key,
            before=edit.before,
            after=edit.after,
            happened_at=now,
            account_id=actor.account_id,
            actor_name=actor.name,
            action=action,
            undoes=undoes,
        )
        for edit in edits
    )
    return group


def edits_in_group(session: Session, group_id: str) -> list[RowEdit]:
    """Return the vocabulary edits of a group, last edit first."""
    rows = session.scalars(
        select(VocabularyEditRow)
        .where(VocabularyEditRow.group_id == group_id)
        .order_by(VocabularyEditRow.id.desc())
    )
    return [RowEdit(row.kind, row.row_key, row.before, row.after) for row in rows]


def _fetch_table_row(session: Session, kind: str, key: str) -> Any:
    return session.get(TABLES[kind], int(key) if _is_numbered(kind) else key)


def _kind(row: Base) -> str:
    return str(row.__tablename__)


def _key_name(kind: str) -> str:
    return str(inspect(TABLES[kind]).primary_key[0].name)


def _is_numbered(kind: str) -> bool:
    return _key_name(kind) == "id"


def _key(row: Any) -> str:
    return str(getattr(row, _key_name(_kind(row))))


def _column_values(row: Any) -> dict[str, Any]:
    names = inspect(type(row)).column_attrs.keys()
    return {name: getattr(row, name) for name in names if name != _key_name(_kind(row))}


@dataclass(frozen=True, slots=True)
class VocabularyGroup:
    """A group of vocabulary edits that were made together.

    Attributes:
        label: phrase, words, value, name or key of the row edited last.
        is_undone: the group was undone.
    """

    id: str
    action: str
    actor_name: str
    happened_at: datetime
    rows: int
    kind: str
    label: str
    is_undone: bool = False


def save_vocabulary(
    instance: Instance,
    actor: Actor,
    action: str,
    changes: Iterable[RowValues],
    *,
    confirmed: bool = False,
) -> str:
    """Write vocabulary changes, such as of thesaurus or crisis words, in one transaction.

    Return the id of their edit group, "" if none.

    Args:
        action: name of the action in the audit log.
        confirmed: the user accepted that ordinary phrases raise a help line.

    Raises:
        VocabularyRefusedError: a change was refused; nothing was written.
    """
    changes = list(changes)
    if any(change.kind in _WORD_LIST_KINDS for change in changes):
        load_word_lists(instance)  # one row of the library's own must not hide the shipped rows
    return _write_group(
        instance, actor, action, lambda session: write_rows(session, changes), confirmed=confirmed
    )


def undo_vocabulary_edit(
    instance: Instance, actor: Actor, group_id: str, *, confirmed: bool = False
) -> str:
    """Undo a group of vocabulary edits, and return the id of the undoing group.

    Raises:
        NotFoundError: there is no such group.
        VocabularyRefusedError: a row was changed since, or a crisis would be missed.
    """

    def take_back(session: Session) -> list[RowEdit]:
        edits = edits_in_group(session, group_id)
        if not edits:
            raise NotFoundError("Nothing like that was done.")
        return undo_rows(session, edits)

    return _write_group(
        instance, actor, UNDONE_ACTION, take_back, confirmed=confirmed, undoes=group_id
    )


def list_vocabulary_edits(instance: Instance) -> tuple[VocabularyGroup, ...]:
    """Return the latest groups of vocabulary edits, newest first."""
    with instance.store.read() as session:
        newest = session.execute(
            select(
                VocabularyEditRow.group_id,
                func.max(VocabularyEditRow.id),
                func.count(VocabularyEditRow.id),
            )
            .group_by(VocabularyEditRow.group_id)
            .order_by(func.max(VocabularyEditRow.id).desc())
            .limit(LISTED)
        ).all()
        last_ids = [last_id for _, last_id, _ in newest]
        latest_edits = {
            edit.id: edit
            for edit in session.scalars(
                select(VocabularyEditRow).where(VocabularyEditRow.id.in_(last_ids))
            )
        }
        undone = set(
            session.scalars(
                select(VocabularyEditRow.undoes).where(VocabularyEditRow.undoes != "").distinct()
            )
        )
        return tuple(
            _group_from(latest_edits[last_id], count, is_undone=group_id in undone)
            for group_id, last_id, count in newest
        )


def _write_group(
    instance: Instance,
    actor: Actor,
    action: str,
    write: Callable[[Session], list[RowEdit]],
    *,
    confirmed: bool,
    undoes: str = "",
) -> str:
    with instance.store.write() as session:
        crisis_rows = load_crisis_rows(session)
        try:
            edits = write(session)
        except IntegrityError as error:
            raise VocabularyRefusedError(VocabularyRefusal.TAKEN) from error
        if not edits:
            return ""
        kinds = {edit.kind for edit in edits}
        if "crisis_word" in kinds:
            refuse_missed(session, crisis_rows, confirmed=confirmed)
        group = store_edits(session, edits, actor, action, undoes)
        services = _log_effects(session, edits, kinds)
        record_audit(session, actor, action, min(kinds), _audit_key(edits), rows=len(edits))
    instance.index.sync_if_few(services)
    instance.texts.refresh()
    return group


def _log_effects(session: Session, edits: Sequence[RowEdit], kinds: set[str]) -> int:
    """Log vocabulary edits so that caches reload, and file services under headings again.

    Return the number of services.
    """
    if kinds & _WORD_LIST_KINDS:
        log_word_list_change(session)
    if kinds & _TEXT_KINDS:
        log_changes(session, [("site_text", "")])
    log_changes(session, [(kind, "") for kind in kinds & {HEADING, CROSSWALK_RULE}])
    if not kinds & _RULE_KINDS:
        return 0
    rules = [
        CrosswalkRule(
            kind=RuleKind(values["kind"]), value=values["value"], heading=values["heading"]
        )
        for edit in edits
        for values in (edit.before, edit.after)
        if edit.kind in _RULE_KINDS and values
    ]
    services = services_matching_rules(session, rules)
    place_services(session, services)
    return len(services)


def _audit_key(edits: Sequence[RowEdit]) -> str:
    """Return the key of an edited vocabulary row for the audit log.

    It is "" for several rows, and for a name with spaces, which is no key there.
    """
    key = edits[0].key
    return key if len(edits) == 1 and " " not in key else ""


def _group_from(row: VocabularyEditRow, count: int, *, is_undone: bool) -> VocabularyGroup:
    values = row.after or row.before or {}
    names = ("phrase", "words", "value", "name")
    label = next((str(values[name]) for name in names if values.get(name)), row.row_key)
    return VocabularyGroup(
        id=row.group_id,
        action=row.action,
        actor_name=row.actor_name,
        happened_at=row.happened_at,
        rows=count,
        kind=row.kind,
        label=label[:120],
        is_undone=is_undone,
    )
