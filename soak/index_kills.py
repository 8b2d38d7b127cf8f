"""Soak test that kills writers of the index: the last commit must be whole, without stray files."""

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

_INITIAL_DOCUMENTS, _ADDED_DOCUMENTS = 200, 40
_MARK = marks.Mark(schema="", store_id="", sequence=0, seen_sequence=0, seen_token=0)


def run_index_kills(progress: Progress, rounds: int) -> None:
    """Kill writers at random moments until ``rounds`` are done in all."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        create_index(folder)
        _write(folder, _INITIAL_DOCUMENTS)
        started = time.monotonic()
        _write(folder, _ADDED_DOCUMENTS)
        longest = 2 * (time.monotonic() - started)
        count = _INITIAL_DOCUMENTS + _ADDED_DOCUMENTS
        while progress.numbers.get("kills", 0) < rounds:
            _kill_writer(folder, random.uniform(0, longest))
            found = _check_commit(folder)
            assert found in {count, count + _ADDED_DOCUMENTS}, f"{found} documents after {count}"
            progress.add("committed" if found > count else "not committed")
            progress.add("kills")
            progress.save()
            count = found


def _kill_writer(folder: Path, seconds: float) -> None:
    child = multiprocessing.get_context("fork").Process(
        target=_write, args=(folder, _ADDED_DOCUMENTS)
    )
    child.start()
    time.sleep(seconds)
    os.kill(child.pid or 0, signal.SIGKILL)
    child.join()


def _write(folder: Path, count: int) -> None:
    """Add documents to the index in one commit."""
    with writer_of(open_index(folder)) as writer:
        for _ in range(count):
            service_id = str(uuid4())
            writer.add_document(
                **{schema.KEY: service_id, schema.FACTS: Facts(service_id=service_id)},
                name=f"Pantry {service_id}",
                description="food and rent " * 100,
            )
        writer.commit()


def _check_commit(folder: Path) -> int:
    """Check that the last commit is whole, and return its number of documents."""
    with open_index(folder).searcher() as searcher:
        count = searcher.doc_count()
        for query in (Every(), Term("description", "food"), Term(schema.WORDS, "rent")):
            found = len(searcher.search(query, limit=None))
            assert found == count, f"{query} finds {found} of {count}."
    mark = marks.with_current_files(folder, _MARK)
    marks.sweep_files(folder, mark)
    extra_files = {path.name for path in folder.iterdir()} - mark.files.keys()
    assert len(mark.files) == mark.segments + 1
    assert extra_files <= {"MAIN_WRITELOCK"}, f"{extra_files} are left behind."
    return count
