"""Measures a daily pull of a large followed source: ``--services 30000`` prints JSON.

A synthetic list is imported, indexed and followed. All its listings are then indexed again, because
each one names its source. Then the partner's API, or its feed of changes with ``--kind referral``,
reports a changed phone and text of every hundredth service. The pull, the reading, the small changes
that apply automatically and the index are timed together, as the worker runs them. The later jobs,
which find duplicates and suggest topics, are timed separately.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from referral.app.job_kinds import JOB_KINDS, do_work
from referral.directory.instance import Instance, opened_instance
from referral.duplicates.candidates import FIND_DUPLICATES
from referral.duplicates.records import SEARCH_CHECKPOINT
from referral.following.followed_sources import read_followed, save_followed
from referral.following.pulls import queue_due_pulls
from referral.following.records import SourceForm, SourceKind
from referral.following.rows import FollowedSourceRow
from referral.following.small_changes import SMALL_CHANGES
from referral.jobs.job_queue import JobKind, run_jobs
from referral.store.change_log import store_state
from referral.store.checkpoints import set_checkpoint
from tests.conftest import settings_for
from tests.support.databases import migrate_and_fill
from tests.support.imported import import_list
from tests.support.partner import Partner, partner_server
from tests.support.synthetic_list import write_list

_NAME = "county"


def measure(services: int, kind: SourceKind) -> dict[str, Any]:
    """Return the seconds of each step, and the outcome of the pull."""
    with tempfile.TemporaryDirectory() as name, partner_server() as partner:
        folder = Path(name)
        url = f"sqlite:///{(folder / 'measured.sqlite3').as_posix()}"
        migrate_and_fill(url, lambda _: None)
        settings = replace(settings_for(folder, url), partner_hosts=(partner.host,))
        path = write_list(folder / "list", services)
        with opened_instance(settings) as instance:
            started = time.perf_counter()
            import_list(instance, path, source=_NAME)
            instance.index.sync()
            imported = time.perf_counter() - started
            partner.services = _changed(path, services)
            partner.lines_per_response = 100
            partner.changes = [
                {"kind": "service", "id": key, "record": record}
                for key, record in partner.services.items()
            ]
            source_id = _follow(instance, partner, kind)
            credited = _measure(instance.index.sync)  # all its listings now name their source
            queue_due_pulls(instance)
            deferred = JobKind(lambda *_: None, lambda *_: True)
            at_once = {**JOB_KINDS, FIND_DUPLICATES: deferred}
            later = {
                **dict.fromkeys(JOB_KINDS, deferred),
                FIND_DUPLICATES: JOB_KINDS[FIND_DUPLICATES],
            }
            steps = {
                "pull": _measure(lambda: run_jobs(instance, "w", at_once)),
                "duplicates": _measure(lambda: run_jobs(instance, "w", later)),
                "topics": _measure(lambda: do_work(instance, "w")),
            }
            source = read_followed(instance, source_id)
            return {
                "services": services,
                "changed": len(partner.services),
                "import seconds": round(imported, 1),
                "index after the credit": credited,
                **steps,
                "outcome": source.outcome.value,
                "said": str(source.message),
            }


def _measure(action: Callable[[], object]) -> dict[str, float]:
    """Return the seconds of an action: of the clock, and of all processors with child processes."""
    before, started = os.times(), time.perf_counter()
    action()
    wall, after = time.perf_counter() - started, os.times()
    cpu = sum(after[:4]) - sum(before[:4])
    return {"seconds": round(wall, 1), "CPU seconds": round(cpu, 1)}


def _follow(instance: Instance, partner: Partner, kind: SourceKind) -> str:
    path = "/hsds/3.1" if kind is SourceKind.REFERRAL else "/hsds"
    form = SourceForm(
        name=_NAME, kind=kind, address=partner.url(path), is_on=True,
        small_changes=frozenset(SMALL_CHANGES),
    )  # fmt: skip
    source_id = save_followed(instance, form)
    with instance.store.write() as session:  # as after a first pull of everything
        now, row = instance.now(), session.get_one(FollowedSourceRow, source_id)
        row.cursor = f"{partner.epoch}-0" if kind is SourceKind.REFERRAL else now.isoformat()
        row.whole_at = now
        set_checkpoint(session, SEARCH_CHECKPOINT, store_state(session).last_sequence, now)
    return source_id


def _changed(path: Path, services: int) -> dict[str, dict[str, Any]]:
    """Return every hundredth service as an API serves it, with another phone and description."""
    tables: dict[str, list[dict[str, str]]] = {}
    for file in path.iterdir():
        with file.open(encoding="utf-8", newline="") as stream:
            tables[file.stem] = list(csv.DictReader(stream))
    changed_ids = {f"s{number}" for number in range(0, services, 100)}
    by_id = {row["id"]: row for rows in tables.values() for row in rows}
    parts: dict[str, dict[str, list[dict[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for stem in ("phones", "schedules", "service_at_location", "addresses"):
        for row in tables[stem]:
            owner = row.get("service_id") or row.get("location_id") or ""
            parts[stem][owner].append(row)
    found = {}
    for service in tables["services"]:
        if service["id"] in changed_ids:
            found[service["id"]] = _service(service, by_id, parts)
    return found


def _service(
    service: dict[str, str],
    by_id: dict[str, dict[str, str]],
    parts: dict[str, dict[str, list[dict[str, str]]]],
) -> dict[str, Any]:
    key = service["id"]
    phones = [dict(row) for row in parts["phones"][key]]
    if phones:
        phones[0]["number"] = f"814-555-{int(key[1:]) % 10_000:04}"
    links = [
        {
            "id": row["id"],
            "location": {
                **by_id[row["location_id"]], "location_type": "physical",
                "addresses": parts["addresses"][row["location_id"]],
            },
        }
        for row in parts["service_at_location"][key]
    ]  # fmt: skip
    return {
        **service,
        "description": service["description"] + " Changed.",
        "organization": by_id[service["organization_id"]],
        "phones": phones,
        "schedules": parts["schedules"][key],
        "service_at_locations": links,
    }


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--services", type=int, default=30_000)
    arguments.add_argument("--kind", type=SourceKind, default=SourceKind.HSDS_API)
    options = arguments.parse_args()
    print(json.dumps(measure(options.services, options.kind), indent=1))
