"""Files of the judged phrases of the exams, and the instances that the exams search."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import structs

from referral.directory.instance import Instance, opened_instance
from referral.formats.column_mapping import ColumnMapping
from referral.imports.apply import apply_import
from referral.imports.prepare import no_progress, prepare_import
from referral.imports.seed_lists import load_base
from referral.settings import Settings
from referral.topic_suggestions.suggestion_runs import suggest_topics

SAMPLE_PHRASES = Path(__file__).with_name("search_exam.csv")
LIST_PHRASES = Path(__file__).with_name("list_exam_phrases.csv")
RECORD_PHRASES = Path(__file__).parents[1] / "tests" / "real_lists" / "record_phrases"
HALVES = ("tune", "report")


def read_rows(path: Path, half: str | None = None) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file of phrases, or those of one half."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if half is None or row["half"] == half:
                yield row


def _mapping_with_descriptions(mapping: ColumnMapping) -> ColumnMapping:
    """Return a mapping whose open questions are answered: columns of sentences are descriptions."""
    return ColumnMapping(
        sheets=tuple(
            structs.replace(
                sheet,
                columns=tuple(
                    structs.replace(rule, target="service.description")
                    if rule.because == "only-text"
                    else rule
                    for rule in sheet.columns
                ),
            )
            for sheet in mapping.sheets
        )
    )


@contextmanager
def imported_instance(folder: Path, lists: Iterable[Path]) -> Iterator[Instance]:
    """Open the instance of a folder, and yield it with its index in step.

    In a folder without a database one is created, with the lists imported as on a site and with
    suggested topics.
    """
    is_new = not (folder / "referral.sqlite3").exists()
    with opened_instance(Settings.from_environment({}, instance_path=folder)) as instance:
        if is_new:
            load_base(instance)
            for path in lists:
                prepared = prepare_import(instance, path)
                if prepared.mapping is not None:
                    mapping = _mapping_with_descriptions(prepared.mapping)
                    prepared = prepare_import(instance, path, mapping=mapping)
                apply_import(instance, prepared, confirmed=prepared.report.doubt_codes)
            suggest_topics(instance, no_progress)
        instance.index.sync()
        yield instance
