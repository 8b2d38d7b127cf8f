"""Recording of values that are read from an instance, and comparison with those of a later run."""

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

_NOW = datetime(2026, 12, 1, 17, 30, tzinfo=UTC)
_MAX_DIFFERENCES = 10  # that are printed


def record_or_compare(read_values: Callable[[Instance], Iterator[tuple[str, Any]]]) -> None:
    """Run the command line: ``record INSTANCE FILE`` or ``compare INSTANCE FILE``.

    The clock is frozen. The exit code of a comparison is 1 if any value differs.

    Args:
        read_values: yields names and values from an instance; JSON must be able to store the values.
    """
    command, instance_path, file = sys.argv[1:]
    settings = Settings.from_environment(instance_path=Path(instance_path))
    with time_machine.travel(_NOW, tick=False), opened_instance(settings) as instance:
        instance.index.sync()
        found = json.loads(json.dumps(dict(read_values(instance))))
    if command == "record":
        Path(file).write_bytes(gzip.compress(json.dumps(found).encode()))
        print(f"{len(found)} recorded.")
        return
    before = json.loads(gzip.decompress(Path(file).read_bytes()))
    different = [name for name in {**before, **found} if found.get(name) != before.get(name)]
    print(f"{len(before)} before, {len(found)} now, {len(different)} differ.")
    for name in different[:_MAX_DIFFERENCES]:
        print(f"- {name}{_changed_parts(before.get(name), found.get(name))}")
    sys.exit(bool(different))


def _changed_parts(before: Any, now: Any) -> str:
    """Return the names of the parts of a value that differ, or that the value is new or gone."""
    if before is None or now is None:
        return " (new)" if before is None else " (gone)"
    if not isinstance(now, Mapping):
        return ""
    return ": " + ", ".join(part for part in before if now.get(part) != before[part])
