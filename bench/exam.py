"""``python -m bench.exam``: the search exam, taken by Referral, plain Whoosh and SQLite FTS5."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.baselines import plain_whoosh, sqlite_fts5
from referral.directory.context import Directory
from referral.search.evaluation.exam import Metrics, run_phrases
from referral.search.indexing.documents import document_of
from referral.settings import Settings
from referral.vocabulary.search_exam import (
    compute_marks,
    exam_directory,
    exam_phrases,
    judgments_of,
    public_listings,
    run_exam,
)

RIVALS = {"whoosh": plain_whoosh, "fts5": sqlite_fts5}


def rival_marks(directory: Directory) -> Iterator[tuple[str, dict[str, Metrics]]]:
    """The marks of each rival over the documents that Referral indexes."""
    listings = public_listings(directory)
    for name, rival in RIVALS.items():
        with rival(map(document_of, listings)) as engine:
            results = run_phrases(engine, exam_phrases(), judgments_of(listings))
        yield name, compute_marks(results)


def main() -> None:
    """Print the marks of both halves."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.from_environment({}, instance_path=Path(folder))
        with exam_directory(settings) as directory:
            for name, marks in [("referral", run_exam(directory).marks), *rival_marks(directory)]:
                for half in ("tune", "report"):
                    print(name, half, marks[half])


if __name__ == "__main__":
    main()
