"""Record what a program finds in an instance, and compare a later run with it."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import time_machine

from referral.directory.instance import Instance, opened_instance
from referral.settings import Settings

_TUESDAY = datetime(2026, 12, 1, 17, 30, tzinfo=UTC)
_SHOWN = 10  # differences


def record_or_compare(found_in: Callable[[Instance], Iterator[tuple[str, Any]]]) -> None:
    """Run the command line: ``record INSTANCE FILE``, or ``compare INSTANCE FILE``.

    The clock stands still. The exit code of a comparison is 1 if anything differs.

    Args:
        found_in: yields names and values that JSON has.
    """
    do, instance_path, file = sys.argv[1:]
    settings = Settings.from_environment(instance_path=Path(instance_path))
    with time_machine.travel(_TUESDAY, tick=False), opened_instance(settings) as instance:
        instance.index.sync()
        found = json.loads(json.dumps(dict(found_in(instance))))
    if do == "record":
        Path(file).write_bytes(gzip.compress(json.dumps(found).encode()))
        print(f"{len(found)} recorded.")
        return
    before = json.loads(gzip.decompress(Path(file).read_bytes()))
    other = [each for each in {**before, **found} if found.get(each) != before.get(each)]
    print(f"{len(before)} before, {len(found)} now, {len(other)} differ.")
    for name in other[:_SHOWN]:
        print(f"- {name}{_parts(before.get(name), found.get(name))}")
    sys.exit(bool(other))


def _parts(before: Any, now: Any) -> str:
    """Return which parts of a value differ, or that it is on one side only."""
    if before is None or now is None:
        return " (new)" if before is None else " (gone)"
    if not isinstance(now, Mapping):
        return ""
    return ": " + ", ".join(part for part in before if now.get(part) != before[part])
