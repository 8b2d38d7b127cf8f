"""Soak test of two libraries that follow each other: both must end with the same public records.

Their records may differ only by those that a library withholds. Withheld records must never be in a
response, staff notes must remain, and failed requests, restarts and restored databases must lose
nothing. One library follows the feed of changes, the other the lists of the API.
"""

from __future__ import annotations

import random
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine

from referral.following.records import SourceKind
from soak.progress import Progress
from tests.support.neighbors import Neighbor, random_rounds

_ROUNDS_PER_SERIES = 100
_START = datetime(2026, 11, 2, 9, tzinfo=UTC)
_LAST_PULLS = 12  # of which three read the whole feed
_KINDS = (SourceKind.REFERRAL, SourceKind.HSDS_API)


def run_follow(progress: Progress, rounds: int) -> None:
    """Run random changes until ``rounds`` are done in all, a hundred per pair of libraries."""
    while (done := progress.numbers.get("rounds", 0)) < rounds:
        seed = done + 1
        count = min(_ROUNDS_PER_SERIES, rounds - done)
        with tempfile.TemporaryDirectory() as name:
            _run_series(progress, Path(name), seed, count)
        progress.add("rounds", count)
        progress.save()


def _run_series(progress: Progress, folder: Path, seed: int, rounds: int) -> None:
    rng = random.Random(seed)
    with time_machine.travel(_START, tick=True) as clock:
        pair = Neighbor(folder / "east", "east", rng), Neighbor(folder / "west", "west", rng)
        pair[0].other, pair[1].other = pair[1], pair[0]
        for library in pair:
            library.start()
        try:
            for library, kind in zip(pair, _KINDS, strict=True):
                library.publish()
                library.follow(kind)
            steps = random_rounds(pair, rng)
            for _ in range(rounds):
                progress.add(next(steps))
                clock.shift(timedelta(hours=3))
            for _ in range(_LAST_PULLS):
                for library in pair:
                    library.other.publish()
                    library.pull()
                clock.shift(timedelta(days=8))
            for library in pair:
                _check_copies(progress, library, seed)
        finally:
            for library in pair:
                library.stop()
                progress.add("answers", library.wire.answers)
    leaks = [leak for library in pair for leak in library.leaks]
    progress.add("leaks", len(leaks))
    assert not leaks, f"Seed {seed}: what is withheld was sent {len(leaks)} times."


def _check_copies(progress: Progress, here: Neighbor, seed: int) -> None:
    """Check the records followed from the other library against the public records there.

    Records that a restored copy lacked may have come back as records of the other library.
    """
    there = here.other
    theirs, ours, all_theirs = there.public("by hand"), here.public(there.name), there.public()
    more = ours.keys() - all_theirs.keys()
    assert not more, f"Seed {seed}: {here.name} shows {len(more)} that {there.name} does not."
    for key in theirs.keys() - ours.keys():
        assert here.withholds(key), f"Seed {seed}: {here.name} lacks {theirs[key]['name']}."
        progress.add("withheld here")
    for key, seen in ours.items():
        if seen != all_theirs[key]:
            assert here.withholds(key), f"Seed {seed}: {seen} is not {all_theirs[key]}."
    assert here.kept_notes() == here.notes, f"Seed {seed}: notes of {here.name} are lost."
    progress.add("equal", len(ours))
