"""A worker of the site that measures itself; it imports what a worker of the servers does.

``python -m referral.cli.bench_worker INSTANCE DATABASE_URL STARTED`` reads questions and addresses
as JSON from its input and prints what it measured. ``STARTED`` is the time of the clock when it was
started, in seconds.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from referral.operations.directory import Directory, open_directory
from referral.operations.own_memory import private_megabytes
from referral.records.errors import DirectoryError
from referral.records.search import SearchQuery
from referral.settings import Settings
from referral.web import create_app


def fetcher(directory: Directory) -> Callable[[str], object]:
    """A function that fetches an address of the site of a directory."""
    client = create_app(directory.settings, directory).test_client()

    def fetch(address: str) -> None:
        status = client.get(address).status_code
        if status != 200:
            raise DirectoryError(f"A results page answered with {status} instead of 200.")

    return fetch


def _work(instance_path: Path, database_url: str, started: float) -> dict[str, float]:
    """Open the site and answer: seconds of each step, then megabytes."""
    asked = json.load(sys.stdin)
    times = [started, time.time()]
    before = private_megabytes()
    settings = Settings.from_environment(
        environ={}, instance_path=instance_path, database_url=database_url
    )
    directory = open_directory(settings)
    fetch = fetcher(directory)
    gc.freeze()  # as the servers do
    times.append(time.time())
    directory.index.search(SearchQuery(words=asked["words"][0]))
    times.append(time.time())
    fetch(asked["addresses"][0])
    times.append(time.time())
    for words, address in zip(asked["words"], asked["addresses"], strict=True):
        directory.index.search(SearchQuery(words=words))
        fetch(address)
    names = ("imports_s", "open_s", "first_answer_s", "first_page_s")
    steps = {
        name: round(end - begin, 3)
        for name, begin, end in zip(names, times[:-1], times[1:], strict=True)
    }
    measured = {**steps, "cold_start_s": round(times[3] - started, 3), **private_megabytes()}
    if before:
        measured["private_mb_before"] = before["private_mb"]
    directory.close()
    return measured


if __name__ == "__main__":
    print(json.dumps(_work(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))))
