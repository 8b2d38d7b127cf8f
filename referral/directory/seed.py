"""Seed data: headings, crosswalk rules, thesaurus, crisis words; loaded into empty tables."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import insert, select

from referral.directory.instance import Instance
from referral.records.headings import parse_crosswalk_rules
from referral.records.thesaurus import ThesaurusEntry, parse_thesaurus_entries
from referral.resources import resource_path
from referral.store.change_log import log_changes
from referral.store.rows import CrosswalkRuleRow, HeadingRow
from referral.store.terms import CROSSWALK_RULE, HEADING
from referral.store.word_lists import (
    CrisisWordRow,
    ThesaurusEntryRow,
    add_crisis_words,
    add_thesaurus,
)


def load_headings(instance: Instance) -> None:
    """Load the eight headings and the crosswalk from files, unless there are headings already.

    They are edited in the database afterwards, so a second call changes nothing.
    """
    folder = resource_path("seed_data")
    with instance.store.write() as session:
        if session.scalars(select(HeadingRow.slug).limit(1)).first() is not None:
            return
        session.execute(
            insert(HeadingRow),
            [{**row, "sort": int(row["sort"])} for row in _iter_rows(folder / "headings.csv")],
        )
        log_changes(session, [(HEADING, ""), (CROSSWALK_RULE, "")])
        session.execute(
            insert(CrosswalkRuleRow),
            [
                {"kind": rule.kind.value, "value": rule.value, "heading": rule.heading}
                for rule in parse_crosswalk_rules(_iter_rows(folder / "crosswalk.csv"))
            ],
        )


def load_word_lists(instance: Instance) -> None:
    """Load the thesaurus and the crisis words from files, each if its table is empty."""
    tables = (ThesaurusEntryRow, CrisisWordRow)
    with instance.store.read() as session:  # pages call this too, and must not wait for a writer
        if all(session.scalar(select(table.id).limit(1)) for table in tables):
            return
    with instance.store.write() as session:
        if not session.scalars(select(ThesaurusEntryRow.id).limit(1)).all():
            add_thesaurus(session, shipped_thesaurus())
        if not session.scalars(select(CrisisWordRow.id).limit(1)).all():
            add_crisis_words(session, shipped_crisis_words())


def shipped_thesaurus() -> Iterator[ThesaurusEntry]:
    """Yield the thesaurus entries that come with Referral, then the passing words."""
    folder = resource_path("seed_data")
    yield from parse_thesaurus_entries(_iter_rows(folder / "thesaurus.csv"))
    for row in _iter_rows(folder / "passing_words.csv"):
        yield ThesaurusEntry(phrase=row["word"], language=row["language"])


def shipped_crisis_words() -> Iterator[dict[str, str]]:
    """Yield the crisis words that come with Referral: ``kind``, ``words``, ``line``, ``note``."""
    yield from _iter_rows(resource_path("seed_data") / "crisis_words.csv")


def _iter_rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
