"""Changes words, headings and texts: one transaction with its checks, trail and effects.

Each page has its own function that looks at what was typed; all of them write by
``save_vocabulary``. What was done in one go is taken back in one go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.directory.context import Directory
from referral.directory.heading_placement import place_services, services_matching_rules
from referral.directory.seed import load_word_lists
from referral.errors import NotFoundError
from referral.records.accounts import Actor
from referral.records.headings import CrosswalkRule, RuleKind
from referral.store.change_log import log_changes
from referral.store.terms import HEADING
from referral.store.word_lists import load_crisis_rows, log_word_list_change
from referral.vocabulary.crisis_safety import refuse_missed
from referral.vocabulary.edits import (
    Edit,
    edits_of,
    keep_edits,
    take_back_rows,
    write_rows,
)
from referral.vocabulary.exam_runs import queue_exam
from referral.vocabulary.records import (
    RowChange,
    VocabularyRefusal,
    VocabularyRefusedError,
)
from referral.vocabulary.rows import VocabularyEditRow

LISTED = 20
TAKEN_BACK = "vocabulary-taken-back"
_SPOKEN = frozenset({"thesaurus_entry", "crisis_word"})
_RULES = frozenset({"crosswalk_rule"})
_TEXTS = frozenset({"site_text", "taxonomy_notice"})
_SYNCED_AT_ONCE = 200  # services; for more, those who look wait for the follower of the index


@dataclass(frozen=True, slots=True)
class VocabularyGroup:
    """What somebody did in one go.

    Attributes:
        label: what the first of its rows is called.
        is_taken_back: somebody did take it back.
    """

    id: str
    action: str
    actor_name: str
    happened_at: datetime
    rows: int
    kind: str
    label: str
    is_taken_back: bool = False


def save_vocabulary(
    directory: Directory,
    actor: Actor,
    action: str,
    changes: Iterable[RowChange],
    *,
    confirmed: bool = False,
) -> str:
    """Write changes in one transaction; the id of what was done, "" when nothing differs.

    Args:
        action: what the audit log calls it.
        confirmed: a person has seen which ordinary phrases would raise a help line.

    Raises:
        VocabularyRefusedError: nothing was written; it says why.
    """
    changes = list(changes)
    if any(change.kind in _SPOKEN for change in changes):
        load_word_lists(directory)  # a first word of their own must not hide those that came
    return _do(
        directory, actor, action, lambda session: write_rows(session, changes), confirmed=confirmed
    )


def take_back_vocabulary(
    directory: Directory, actor: Actor, group_id: str, *, confirmed: bool = False
) -> str:
    """Make all rows of one go what they were before it.

    Raises:
        NotFoundError: nothing like that was done.
        VocabularyRefusedError: somebody changed one of them since, or a danger would be missed.
    """

    def take_back(session: Session) -> list[Edit]:
        edits = edits_of(session, group_id)
        if not edits:
            raise NotFoundError("Nothing like that was done.")
        return take_back_rows(session, edits)

    return _do(directory, actor, TAKEN_BACK, take_back, confirmed=confirmed, undoes=group_id)


def list_vocabulary_edits(directory: Directory) -> tuple[VocabularyGroup, ...]:
    """What was done last, newest first."""
    row = VocabularyEditRow
    with directory.store.read() as session:
        newest = session.execute(
            select(row.group_id, func.max(row.id), func.count(row.id))
            .group_by(row.group_id)
            .order_by(func.max(row.id).desc())
            .limit(LISTED)
        ).all()
        firsts = {
            each.id: each
            for each in session.scalars(select(row).where(row.id.in_([one[1] for one in newest])))
        }
        undone = set(session.scalars(select(row.undoes).where(row.undoes != "").distinct()))
        return tuple(
            _group(firsts[last], count, is_taken_back=group in undone)
            for group, last, count in newest
        )


def _do(
    directory: Directory,
    actor: Actor,
    action: str,
    write: Callable[[Session], list[Edit]],
    *,
    confirmed: bool,
    undoes: str = "",
) -> str:
    with directory.store.write() as session:
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
        group = keep_edits(session, edits, actor, action, undoes)
        services = _note_effects(session, edits, kinds)
        if kinds & (_SPOKEN | _RULES):
            queue_exam(session, actor)
        record_audit(session, actor, action, min(kinds), _key_of(edits), rows=len(edits))
    if services <= _SYNCED_AT_ONCE:
        directory.index.sync()
    directory.texts.follow()
    return group


def _note_effects(session: Session, edits: Sequence[Edit], kinds: set[str]) -> int:
    """What else has to know, or to change, in the same transaction; how many services do."""
    if kinds & _SPOKEN:
        log_word_list_change(session)
    if kinds & _TEXTS:
        log_changes(session, [("site_text", "")])
    if HEADING in kinds:
        log_changes(session, [(HEADING, "")])
    if not kinds & _RULES:
        return 0
    rules = [
        CrosswalkRule(
            kind=RuleKind(values["kind"]), value=values["value"], heading=values["heading"]
        )
        for edit in edits
        for values in (edit.before, edit.after)
        if edit.kind in _RULES and values
    ]
    services = services_matching_rules(session, rules)
    place_services(session, services)
    return len(services)


def _key_of(edits: Sequence[Edit]) -> str:
    """The row it is about; a name with spaces is no key for the audit log."""
    key = edits[0].key
    return key if len(edits) == 1 and " " not in key else ""


def _group(row: VocabularyEditRow, count: int, *, is_taken_back: bool) -> VocabularyGroup:
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
        is_taken_back=is_taken_back,
    )
