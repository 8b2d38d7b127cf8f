"""Two libraries follow each other for many rounds; both end with the same public records.

They differ only by what each withholds of the other's. What one withholds is never in an answer of
it from then on, our notes stay, and requests that fail, restarts and restored databases lose
nothing. One follows by the feed of changes, the other by the lists of the API.
"""

from __future__ import annotations

import random
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine

from referral.following.records import SourceKind
from soak.progress import Progress
from tests.support.neighbours import Neighbour, random_rounds

_IN_A_SERIES = 100
_START = datetime(2026, 11, 2, 9, tzinfo=UTC)
_LAST_PULLS = 12  # three whole lists of the feed
_KINDS = (SourceKind.REFERRAL, SourceKind.HSDS_API)


def run_follow(progress: Progress, rounds: int) -> None:
    """Run so many rounds in all, in series of a hundred with two new libraries each."""
    while (done := progress.numbers.get("rounds", 0)) < rounds:
        seed = done + 1
        count = min(_IN_A_SERIES, rounds - done)
        with tempfile.TemporaryDirectory() as name:
            _series(progress, Path(name), seed, count)
        progress.add("rounds", count)
        progress.save()


def _series(progress: Progress, folder: Path, seed: int, rounds: int) -> None:
    rng = random.Random(seed)
    with time_machine.travel(_START, tick=True) as clock:
        pair = Neighbour(folder / "east", "east", rng), Neighbour(folder / "west", "west", rng)
        pair[0].other, pair[1].other = pair[1], pair[0]
        for each in pair:
            each.start()
        try:
            for each, kind in zip(pair, _KINDS, strict=True):
                each.publish()
                each.follow(kind)
            steps = random_rounds(pair, rng)
            for _ in range(rounds):
                progress.add(next(steps))
                clock.shift(timedelta(hours=3))
            for _ in range(_LAST_PULLS):
                for each in pair:
                    each.other.publish()
                    each.pull()
                clock.shift(timedelta(days=8))
            for each in pair:
                _check(progress, each, seed)
        finally:
            for each in pair:
                each.stop()
                progress.add("answers", each.wire.answers)
    leaks = [leak for each in pair for leak in each.leaks]
    progress.add("leaks", len(leaks))
    assert not leaks, f"Seed {seed}: what is withheld was sent {len(leaks)} times."


def _check(progress: Progress, here: Neighbour, seed: int) -> None:
    """Compare what came from the other library with what is public there.

    What a restored copy lacked may have come back from the other library, as its record.
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
