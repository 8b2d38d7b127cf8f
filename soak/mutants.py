"""Soak test of mutants: when a rule of code that protects people is changed, a test must fail.

``soak.mutations`` makes the mutants, because many rules are texts, tables or conditions of queries:
mutmut changes only functions, and cosmic-ray none of these. Mutants run in a copy of the tree. A
mutant that survived is tried again by the next run, unless ``equivalent_mutants.csv`` contains it.
``SOAK_MODULES=sessions`` tries only the modules whose path contains "sessions".
"""

from __future__ import annotations

import csv
import json
import os
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from zlib import crc32

import click

from soak.mutations import mutations
from soak.progress import Progress

_ROOT = Path(__file__).parent.parent
_MUTANTS_PER_CHECK = 10  # after these the tests run on unchanged code, and must pass
_EQUIVALENTS_FILE = Path(__file__).with_name("equivalent_mutants.csv")
_RESTORES = (
    "tests/backups/test_backups.py"
    " -k 'restore_ or link or disabled or line or identity or overwritten or keys or aside"
    " or trusted or brought or locks or took_away or missing or answer or withheld_by or taken_for'"
)
_FULL_DISK = "test_a_full_disk_is_not_taken_for_a_damaged_database"
TESTS = {
    "records/visibility": "tests/records/test_visibility.py",
    "store/visible": "tests/store/test_visible.py tests/test_one_rule.py",
    "store/visibility": "tests/test_one_rule.py tests/test_listing_days.py",
    "records/secret_places": "tests/records/test_secret_places.py",
    "records/shelter_detection": "tests/records/test_shelter_detection.py",
    "store/withheld_locations": "tests/store/test_withheld.py tests/test_one_rule.py",
    "store/withheld_texts": "tests/store/test_withheld.py tests/test_held_back.py",
    "store/withheld_keys": "tests/store/test_withheld.py tests/store/test_withheld_groups.py",
    "store/withheld_groups": "tests/store/test_withheld_groups.py tests/store/test_withheld.py"
    " tests/curation/test_withheld_review.py tests/imports/test_withheld_twins.py",
    "accounts/sessions": "tests/accounts/test_sessions.py tests/accounts/test_openid.py"
    " tests/accounts/test_passkeys.py tests/accounts/test_audit_log_pages.py"
    " tests/accounts/test_pages.py::test_somebody_signs_out_everywhere",
    "jobs/job_queue": "tests/jobs/test_job_queue.py",
    "terminal/visits": "tests/terminal/test_visits.py",
    "accounts/rate_limits": "tests/accounts/test_sessions.py tests/accounts/test_lockouts.py",
    "accounts/links": "tests/accounts/test_sessions.py tests/accounts/test_accounts.py"
    " tests/terminal/test_device_links.py",
    "records/crisis": "tests/records/test_crisis.py",
    "store/undo": "tests/store/test_undo.py tests/store/test_past_states.py"
    " tests/curation/test_withheld_review.py::test_an_undone_import_holds_nothing_back",
    "store/withholding_requests": "tests/imports/test_requests_to_withhold.py",
    "imports/protection": "tests/following/test_protection.py tests/following/test_removals.py"
    " tests/imports/test_requests_to_withhold.py::test_a_followed_list_is_obeyed_at_once",
    "imports/secrecy_check": "tests/imports/test_secrecy_check.py",
    "imports/decisions": "tests/imports/test_decisions.py",
    "following/small_changes": "tests/following/test_small_changes.py",
    "backups/present_state": f"{_RESTORES} tests/following/test_removals.py",
    "backups/restored_rows": f"{_RESTORES} tests/following/test_removals.py",
    "backups/taken_away": f"{_RESTORES} tests/following/test_removals.py",
    "backups/restore": f"{_RESTORES} tests/app/test_full_disk.py::{_FULL_DISK}",
    "backups/archive": "tests/backups/test_archive.py",
    "backups/sealed_keys": "tests/backups/test_backups.py -k keys",
}
"""Module of ``referral`` → the tests that should fail for its mutants, cheapest first."""


def run_mutants(progress: Progress, rounds: int) -> None:
    """Try up to ``rounds`` mutants of each module, drawn with a fixed seed, and print a table."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / "tree"
        ignored = shutil.ignore_patterns(".*", "*.sqlite3*", "__pycache__", "soak-*.json")
        shutil.copytree(_ROOT, copy, ignore=ignored)
        for module, tests in TESTS.items():
            if os.environ.get("SOAK_MODULES", "") in module:
                _try_mutants(progress, copy, module, tests, rounds)
    for module in TESTS:
        if found := progress.numbers.get(module):
            counts = len(found["killed"].split()), len(found["survived"]), found["equivalent"]
            click.echo(f"| {module} | {found['mutants']} | {' | '.join(map(str, counts))} |")


def _try_mutants(progress: Progress, copy: Path, module: str, tests: str, rounds: int) -> None:
    path = copy / "referral" / f"{module}.py"
    original = path.read_text(encoding="utf-8")
    mutants = list(mutations(original))
    random.Random(module).shuffle(mutants)
    found = progress.numbers.setdefault(module, {"killed": "", "survived": []})
    found["mutants"], equivalent = len(mutants), _equivalents(module)
    mutants = mutants[:rounds]
    found["equivalent"] = sum(name in equivalent for name, _ in mutants)
    drawn = {name: source for name, source in mutants if name not in equivalent}
    found["survived"] = [name for name in found["survived"] if name in drawn]
    killed = found["killed"].split()
    to_try = [(name, source) for name, source in drawn.items() if _digest(name) not in killed]
    if not to_try:
        return
    for at in (
        len(to_try),
        *range(
            (len(to_try) - 1) // _MUTANTS_PER_CHECK * _MUTANTS_PER_CHECK, -1, -_MUTANTS_PER_CHECK
        ),
    ):
        to_try.insert(at, ("", original))
    results = copy.parent / "results"
    results.write_text("")
    work = {"path": f"referral/{module}.py", "results": str(results), "mutants": to_try}
    (copy.parent / "work.json").write_text(json.dumps(work), encoding="utf-8")
    process = _start_tests(copy, tests)
    seen, unsure = 0, dict[str, bool]()
    try:
        while seen < len(to_try):
            is_ended = process.poll() is not None
            lines = results.read_text(encoding="utf-8").splitlines()
            for name, is_killed in map(json.loads, lines[seen:]):
                if name:
                    unsure[name] = is_killed
                    continue
                output = (copy.parent / "output").read_text(encoding="utf-8")[-3000:]
                assert not is_killed, f"{module} fails where nothing is changed: {output}"
                for unsure_name, was_killed in unsure.items():
                    _record_result(found, unsure_name, is_killed=was_killed)
                unsure.clear()
            seen = len(lines)
            progress.save()
            assert seen == len(to_try) or not is_ended, (copy.parent / "output").read_text()[-3000:]
            time.sleep(0.5)
    finally:
        process.kill()
        process.wait()
        path.write_text(original, encoding="utf-8")


def _start_tests(copy: Path, tests: str) -> subprocess.Popen[bytes]:
    words = ["-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-p", "soak.mutants_plugin"]
    chosen = ["-m", "not browser and not postgresql and not release", *shlex.split(tests)]
    environment = {**os.environ, "SOAK_MUTANTS": str(copy.parent / "work.json")}
    with (copy.parent / "output").open("wb") as output:
        return subprocess.Popen(
            [sys.executable, *words, *chosen], cwd=copy, env=environment, stdout=output,
            stderr=subprocess.STDOUT,
        )  # fmt: skip


def _record_result(found: dict[str, object], name: str, *, is_killed: bool) -> None:
    survived = [other for other in found["survived"] if other != name]
    if is_killed:
        found["killed"] = f"{found['killed']} {_digest(name)}".strip()
    found["survived"] = survived if is_killed else [*survived, name]


def _digest(name: str) -> str:
    return f"{crc32(name.encode()):08x}"


def _equivalents(module: str) -> set[str]:
    with _EQUIVALENTS_FILE.open(encoding="utf-8", newline="") as file:
        return {row["mutant"] for row in csv.DictReader(file) if row["module"] == module}
