"""Shipped phrases and crisis words that a library set up with an earlier version lacks."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from referral.directory.instance import Instance
from referral.directory.seed import shipped_crisis_words, shipped_thesaurus
from referral.records.accounts import Actor
from referral.store.word_lists import CrisisWordRow, ThesaurusEntryRow
from referral.vocabulary import crisis_words, thesaurus
from referral.vocabulary.crisis_words import folded_pattern
from referral.vocabulary.edit_history import save_vocabulary
from referral.vocabulary.records import RowValues
from referral.vocabulary.rows import VocabularyEditRow
from referral.vocabulary.thesaurus import entry_refusal, tidy_phrase, values_of

_Key = tuple[str, str, str]


def missing_words(instance: Instance) -> list[RowValues]:
    """Return the shipped thesaurus phrases and crisis words that the library has never had.

    Words that staff changed or deleted are not returned, nor phrases for topics that the library
    lacks.
    """
    with instance.store.read() as session:
        tree = instance.listings.terms(session)
        stored_phrases = select(ThesaurusEntryRow.phrase, ThesaurusEntryRow.language)
        stored_words = select(CrisisWordRow.kind, CrisisWordRow.words)
        edits = select(VocabularyEditRow.kind, VocabularyEditRow.before).where(
            VocabularyEditRow.kind.in_((thesaurus.KIND, crisis_words.KIND))
        )
        known = {_phrase_key(*row) for row in session.execute(stored_phrases)}
        known |= {_crisis_key(*row) for row in session.execute(stored_words)}
        known |= {_key_of(kind, before) for kind, before in session.execute(edits) if before}
        last = session.scalar(select(func.max(CrisisWordRow.sort))) or 0
    phrases = [
        RowValues(thesaurus.KIND, "", values_of(entry))
        for entry in shipped_thesaurus()
        if _phrase_key(entry.phrase, entry.language) not in known and not entry_refusal(entry, tree)
    ]
    words = [
        RowValues(crisis_words.KIND, "", {**row, "sort": last + number})
        for number, row in enumerate(shipped_crisis_words(), start=1)
        if _crisis_key(row["kind"], row["words"]) not in known
    ]
    return phrases + words


def add_missing_words(instance: Instance, actor: Actor) -> int:
    """Add missing shipped phrases and crisis words in one edit group; return their number."""
    changes = missing_words(instance)
    if changes:
        save_vocabulary(instance, actor, "words-of-version-added", changes, confirmed=True)
    return len(changes)


def _key_of(kind: str, values: dict[str, Any]) -> _Key:
    if kind == thesaurus.KIND:
        return _phrase_key(values["phrase"], values["language"])
    return _crisis_key(values["kind"], values["words"])


def _phrase_key(phrase: str, language: str) -> _Key:
    return thesaurus.KIND, tidy_phrase(phrase).casefold(), language


def _crisis_key(kind: str, words: str) -> _Key:
    """Return the key by which a shipped and a stored crisis word are compared.

    A set is identified by its name, so that the library's version of it is kept.
    """
    pattern = words.partition("=")[0].strip() if kind == "set" else words
    return crisis_words.KIND, kind, folded_pattern(pattern)
