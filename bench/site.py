"""Results pages through Flask's test client, and the start of a worker in a new process.

``python -m bench.site INSTANCE DATABASE_URL STARTED`` starts a worker, reads queries and
addresses as JSON from its input, and prints the measurements. ``STARTED`` is the clock time, in
seconds, at which the command was started.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path
from urllib.parse import urlencode

from bench.queries import HEADLINE, make_queries
from bench.stores import stored_listings
from referral.app import create_app
from referral.cli.serve import tune_gc
from referral.directory.instance import Instance, open_instance
from referral.errors import InstanceError
from referral.search.query import SearchQuery
from referral.settings import Settings
from referral.store import Store

_SAMPLE, _QUERIES = 2_000, 160
_STEPS = ("open_s", "first_answer_s", "first_page_s")


def results_address(query: SearchQuery) -> str:
    """Return the address of the results page of a query."""
    values = {
        "q": query.words,
        "near": query.near.zip_code if query.near else "",
        "within": f"{query.within:.0f}" if query.within else "",
        "heading": next(iter(query.headings), ""),
        "language": query.language,
    }
    return f"/search?{urlencode({name: value for name, value in values.items() if value})}"


def addresses_by_kind(url: str) -> dict[str, list[str]]:
    """Return addresses of each kind of page, made from the records of a database."""
    store = Store(url)
    try:
        sample = list(islice(stored_listings(store), _SAMPLE))
    finally:
        store.close()
    queries = make_queries(sample, _QUERIES)
    return {
        "results": [results_address(query) for query in queries.by_kind[HEADLINE]],
        "results, words only": [results_address(query) for query in queries.by_kind["words"]],
        "listing": [f"/services/{listing.service.id}" for listing in sample[:_QUERIES]],
        "start page": ["/"],
        "heading": ["/headings/health", "/headings/basic-needs"],
        "completion": [f"/suggest?q={prefix.strip()}" for prefix in queries.prefixes],
    }


def page_fetcher(instance: Instance) -> Callable[[str], object]:
    """Return a function that fetches an address of an instance's site, and fails without a 200."""
    client = create_app(instance.settings, instance).test_client()

    def fetch(address: str) -> None:
        status = client.get(address).status_code
        if status != 200:
            raise InstanceError(f"A results page answered with {status} instead of 200.")

    return fetch


def measure_worker(settings: Settings, workload: dict[str, list[str]]) -> dict[str, float]:
    """Start a new process of the site, and return its measurements.

    Args:
        settings: settings of the site.
        workload: ``words`` to search for, and as many ``addresses`` to fetch.
    """
    command = [sys.executable, "-m", "bench.site"]
    where = [str(settings.instance_path), settings.database_url, repr(time.time())]
    done = subprocess.run(
        [*command, *where],
        input=json.dumps(workload),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},  # the same version of the code
    )
    if done.returncode:
        raise InstanceError("The worker process that the bench started did not get to its end.")
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def _serve(instance_path: Path, database_url: str, started: float) -> dict[str, float]:
    """Measure a process started as by ``referral serve --workers``: forked if the system can."""
    workload = json.load(sys.stdin)
    imports = time.time() - started
    before = _private_megabytes()
    method = multiprocessing.get_start_method()
    context = multiprocessing.get_context(method if method == "fork" else "spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        measured = pool.submit(
            _measure_steps, instance_path, database_url, workload, time.time()
        ).result()
    if before:
        measured["private_mb_before"] = before["private_mb"]
    alone = imports + measured["cold_start_s"]
    return {"imports_s": round(imports, 3), **measured, "alone_s": round(alone, 3)}


def _measure_steps(
    instance_path: Path, database_url: str, workload: dict[str, list[str]], started: float
) -> dict[str, float]:
    """Open the site, search and fetch pages, and return the seconds of each step and the memory."""
    settings = Settings.from_environment(
        environ={},
        instance_path=instance_path,
        database_url=database_url,
        secret_key="only for measuring" * 2,
    )
    instance = open_instance(settings)
    fetch = page_fetcher(instance)
    tune_gc()  # as serving processes do
    times = [started, time.time()]
    instance.index.search(SearchQuery(words=workload["words"][0]))
    times.append(time.time())
    fetch(workload["addresses"][0])
    times.append(time.time())
    for words, address in zip(workload["words"], workload["addresses"], strict=True):
        instance.index.search(SearchQuery(words=words))
        fetch(address)
    measured = {
        name: round(end - begin, 3)
        for name, begin, end in zip(_STEPS, times[:-1], times[1:], strict=True)
    }
    instance.close()
    return {**measured, "cold_start_s": round(times[2] - started, 3), **_private_megabytes()}


def _private_megabytes() -> dict[str, float]:
    """Return the megabytes that no other process shares, and how many of them were written to.

    Empty on systems other than Linux.
    """
    try:
        lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return {}
    sizes = {words[0]: int(words[1]) for line in lines if (words := line.split())[-1] == "kB"}
    dirty, clean = sizes["Private_Dirty:"], sizes["Private_Clean:"]
    return {
        "private_mb": round((dirty + clean) / 1024, 1),
        "private_written_mb": round(dirty / 1024, 1),
    }


if __name__ == "__main__":
    print(json.dumps(_serve(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))))
