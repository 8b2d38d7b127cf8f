"""Writers of the index are killed at random moments; the last commit is whole, nothing is left."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import tempfile
import time
from pathlib import Path
from uuid import uuid4

from whoosh.query import Every, Term

from referral.search import schema
from referral.search.facts import Facts
from referral.search.indexing import sync_marks as marks
from referral.search.indexing.writer import create_index, open_index, writer_of
from soak.progress import Progress

_AT_FIRST, _ADDED = 200, 40
_MARK = marks.Mark(schema="", store_id="", sequence=0, seen_sequence=0, seen_token=0)


def run_index_kills(progress: Progress, rounds: int) -> None:
    """Kill so many writers in all."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        create_index(folder)
        _write(folder, _AT_FIRST)
        started = time.monotonic()
        _write(folder, _ADDED)
        longest = 2 * (time.monotonic() - started)
        count = _AT_FIRST + _ADDED
        while progress.numbers.get("kills", 0) < rounds:
            _kill_one(folder, random.uniform(0, longest))
            found = _check(folder)
            assert found in {count, count + _ADDED}, f"{found} documents after {count}"
            progress.add("committed" if found > count else "not committed")
            progress.add("kills")
            progress.save()
            count = found


def _kill_one(folder: Path, seconds: float) -> None:
    child = multiprocessing.get_context("fork").Process(target=_write, args=(folder, _ADDED))
    child.start()
    time.sleep(seconds)
    os.kill(child.pid or 0, signal.SIGKILL)
    child.join()


def _write(folder: Path, count: int) -> None:
    """Add so many documents as a commit."""
    with writer_of(open_index(folder)) as writer:
        for _ in range(count):
            service_id = str(uuid4())
            writer.add_document(
                **{schema.KEY: service_id, schema.FACTS: Facts(service_id=service_id)},
                name=f"Pantry {service_id}",
                description="food and rent " * 100,
            )
        writer.commit()


def _check(folder: Path) -> int:
    """Read the last commit; how many documents it has."""
    with open_index(folder).searcher() as searcher:
        count = searcher.doc_count()
        for query in (Every(), Term("description", "food"), Term(schema.WORDS, "rent")):
            found = len(searcher.search(query, limit=None))
            assert found == count, f"{query} finds {found} of {count}."
    mark = marks.with_current_files(folder, _MARK)
    marks.sweep_files(folder, mark)
    left = {path.name for path in folder.iterdir()} - mark.files.keys()
    assert len(mark.files) == mark.segments + 1
    assert left <= {"MAIN_WRITELOCK"}, f"{left} are left behind."
    return count
