"""A server that starts a worker of the site, and the worker, which measures itself.

``python -m tests.bench.site INSTANCE DATABASE_URL STARTED`` reads questions and addresses
as JSON from its input and prints what it measured. ``STARTED`` is the time of the clock when it was
started, in seconds.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from referral.cli.garbage import settle
from referral.operations.directory import Directory, open_directory
from referral.records.errors import DirectoryError
from referral.records.search import SearchQuery
from referral.settings import Settings
from referral.web import create_app
from tests.bench.own_memory import private_megabytes

_STEPS = ("open_s", "first_answer_s", "first_page_s")


def fetcher(directory: Directory) -> Callable[[str], object]:
    """A function that fetches an address of the site of a directory."""
    client = create_app(directory.settings, directory).test_client()

    def fetch(address: str) -> None:
        status = client.get(address).status_code
        if status != 200:
            raise DirectoryError(f"A results page answered with {status} instead of 200.")

    return fetch


def _start(instance_path: Path, database_url: str, started: float) -> dict[str, float]:
    """Start a worker as granian does: where the system can, it has all that is imported here."""
    asked = json.load(sys.stdin)
    imports = time.time() - started
    before = private_megabytes()
    method = multiprocessing.get_start_method()
    context = multiprocessing.get_context(method if method == "fork" else "spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        measured = pool.submit(_work, instance_path, database_url, asked, time.time()).result()
    if before:
        measured["private_mb_before"] = before["private_mb"]
    alone = imports + measured["cold_start_s"]
    return {"imports_s": round(imports, 3), **measured, "alone_s": round(alone, 3)}


def _work(
    instance_path: Path, database_url: str, asked: dict[str, list[str]], started: float
) -> dict[str, float]:
    """Open the site and answer: seconds of each step, then megabytes."""
    settings = Settings.from_environment(
        environ={}, instance_path=instance_path, database_url=database_url
    )
    directory = open_directory(settings)
    fetch = fetcher(directory)
    settle()  # as the servers do
    times = [started, time.time()]
    directory.index.search(SearchQuery(words=asked["words"][0]))
    times.append(time.time())
    fetch(asked["addresses"][0])
    times.append(time.time())
    for words, address in zip(asked["words"], asked["addresses"], strict=True):
        directory.index.search(SearchQuery(words=words))
        fetch(address)
    measured = {
        name: round(end - begin, 3)
        for name, begin, end in zip(_STEPS, times[:-1], times[1:], strict=True)
    }
    directory.close()
    return {**measured, "cold_start_s": round(times[2] - started, 3), **private_megabytes()}


if __name__ == "__main__":
    print(json.dumps(_start(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))))
