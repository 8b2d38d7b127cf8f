"""Measures a daily pull of a large followed source: ``--services 30000`` prints JSON.

A synthetic list is imported. Then the partner's API tells that one of a hundred services changed:
a phone and a text of each. The pull, the reading, the small changes that apply by themselves and
the index are timed together, as the worker does them.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

from referral.app.job_kinds import do_work
from referral.directory.context import Directory, opened_directory
from referral.following.followed_sources import read_followed, save_followed
from referral.following.pulls import queue_due_pulls
from referral.following.records import SourceForm, SourceKind
from referral.following.rows import FollowedSourceRow
from referral.following.small_changes import SMALL_CHANGES
from referral.imports.apply import apply_import
from referral.imports.prepare import prepare_import
from tests.conftest import settings_for
from tests.support.databases import migrate_and_fill
from tests.support.partner import Partner, partner_server
from tests.support.synthetic_list import write_list

_NAME = "county"


def measure(services: int) -> dict[str, Any]:
    """The seconds of each step, and what came of the pull."""
    with tempfile.TemporaryDirectory() as name, partner_server() as partner:
        folder = Path(name)
        url = f"sqlite:///{(folder / 'measured.sqlite3').as_posix()}"
        migrate_and_fill(url, lambda _: None)
        settings = replace(settings_for(folder, url), partner_hosts=(partner.host,))
        path = write_list(folder / "list", services)
        with opened_directory(settings) as directory:
            started = time.perf_counter()
            apply_import(directory, prepare_import(directory, path, source=_NAME))
            imported = time.perf_counter() - started
            partner.services = _changed(path, services)
            source_id = _follow(directory, partner)
            queue_due_pulls(directory)
            started = time.perf_counter()
            do_work(directory, "w")
            pulled = time.perf_counter() - started
            source = read_followed(directory, source_id)
            return {
                "services": services,
                "changed": len(partner.services),
                "import seconds": round(imported, 1),
                "pull seconds": round(pulled, 1),
                "outcome": source.outcome.value,
                "said": str(source.message),
            }


def _follow(directory: Directory, partner: Partner) -> str:
    said = SourceForm(
        name=_NAME, kind=SourceKind.HSDS_API, address=partner.url("/hsds"), is_on=True,
        small_changes=frozenset(SMALL_CHANGES),
    )  # fmt: skip
    source_id = save_followed(directory, said)
    with directory.store.write() as session:  # as after a first pull of everything
        row = session.get_one(FollowedSourceRow, source_id)
        row.cursor, row.whole_at = directory.now().isoformat(), directory.now()
    return source_id


def _changed(path: Path, services: int) -> dict[str, dict[str, Any]]:
    """Every hundredth service as an API has it, with another phone and text."""
    tables: dict[str, list[dict[str, str]]] = {}
    for file in path.iterdir():
        with file.open(encoding="utf-8", newline="") as stream:
            tables[file.stem] = list(csv.DictReader(stream))
    wanted = {f"s{number}" for number in range(0, services, 100)}
    by_id = {row["id"]: row for rows in tables.values() for row in rows}
    parts: dict[str, dict[str, list[dict[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for stem in ("phones", "schedules", "service_at_location", "addresses"):
        for row in tables[stem]:
            owner = row.get("service_id") or row.get("location_id") or ""
            parts[stem][owner].append(row)
    found = {}
    for service in tables["services"]:
        if service["id"] in wanted:
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
    print(json.dumps(measure(arguments.parse_args().services), indent=1))
