"""Loads ``seed_data/``: headings and their rules, taxonomy, help lines, the sample county."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import insert, select

from referral.operations.directory import Directory
from referral.operations.import_lists import apply_import, no_progress, prepare_import
from referral.operations.progress_files import OnProgress
from referral.records.headings import rules_from
from referral.records.thesaurus import ThesaurusEntry, entries_from
from referral.resources import resource_path
from referral.store.changes import note_changes
from referral.store.classification_rows import CrosswalkRuleRow, HeadingRow
from referral.store.headings import HEADING
from referral.store.spoken_words import (
    CrisisWordRow,
    ThesaurusEntryRow,
    add_crisis_words,
    add_thesaurus,
)

# What every library starts with, and what only the demo has: folder → name of the list.
_BASE_LISTS = {"taxonomy": "referral-needs", "national": "national-help-lines"}
_SAMPLE_LISTS = {"county": "sample-county"}


def load_headings(directory: Directory) -> None:
    """Put the eight headings and the crosswalk in place where there are none yet.

    They are edited in the directory from then on, so a second call changes nothing.
    """
    folder = resource_path("seed_data")
    with directory.store.write() as session:
        if session.scalars(select(HeadingRow.slug).limit(1)).first() is not None:
            return
        session.execute(
            insert(HeadingRow),
            [{**row, "sort": int(row["sort"])} for row in _rows(folder / "headings.csv")],
        )
        note_changes(session, [(HEADING, "")])
        session.execute(
            insert(CrosswalkRuleRow),
            [
                {"kind": rule.kind.value, "value": rule.value, "heading": rule.heading}
                for rule in rules_from(_rows(folder / "crosswalk.csv"))
            ],
        )


def load_spoken_words(directory: Directory) -> None:
    """Put the thesaurus and the crisis words in place, each where there is none yet."""
    tables = (ThesaurusEntryRow, CrisisWordRow)
    with directory.store.read() as session:  # pages ask this too, and must not wait for a writer
        if all(session.scalar(select(table.id).limit(1)) for table in tables):
            return
    folder = resource_path("seed_data")
    with directory.store.write() as session:
        if not session.scalars(select(ThesaurusEntryRow.id).limit(1)).all():
            add_thesaurus(session, entries_from(_rows(folder / "thesaurus.csv")))
            passing = _rows(folder / "passing_words.csv")
            add_thesaurus(
                session,
                (ThesaurusEntry(phrase=row["word"], language=row["language"]) for row in passing),
            )
        if not session.scalars(select(CrisisWordRow.id).limit(1)).all():
            add_crisis_words(session, _rows(folder / "crisis_words.csv"))


def load_base(directory: Directory, progress: OnProgress = no_progress) -> None:
    """Headings, crosswalk, what people say, our taxonomy and the national help lines."""
    load_headings(directory)
    load_spoken_words(directory)
    _load(directory, _BASE_LISTS, progress)


def load_sample(directory: Directory, progress: OnProgress = no_progress) -> None:
    """The base and the invented county of the demo."""
    load_base(directory, progress)
    _load(directory, _SAMPLE_LISTS, progress)


def _load(directory: Directory, lists: dict[str, str], progress: OnProgress) -> None:
    for folder, source in lists.items():
        path = resource_path("seed_data") / folder
        prepared = prepare_import(
            directory, path, source=source, format="hsds-3", progress=progress
        )
        apply_import(directory, prepared, confirmed=True, progress=progress)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
