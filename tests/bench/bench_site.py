"""The site as the bench uses it: fetched by Flask's test client, and started in a fresh process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from urllib.parse import urlencode

from referral.records.errors import DirectoryError
from referral.records.search import SearchQuery
from referral.settings import Settings
from tests.bench.run import Site
from tests.bench.site import fetcher


def bench_site() -> Site:
    """What ``run_bench`` needs of the site."""
    return Site(address_of=_address_of, fetcher=fetcher, start_worker=_start_worker)


def _address_of(query: SearchQuery) -> str:
    values = {
        "q": query.words,
        "near": query.near.zip_code if query.near else "",
        "within": f"{query.within_miles:.0f}" if query.within_miles else "",
        "heading": next(iter(query.headings), ""),
        "language": query.language,
    }
    return f"/search?{urlencode({name: value for name, value in values.items() if value})}"


def _start_worker(settings: Settings, asked: str) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.site"]
    where = [str(settings.instance_path), settings.database_url, repr(time.time())]
    done = subprocess.run(
        [*command, *where],
        input=asked,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},  # this very program
    )
    if done.returncode:
        raise DirectoryError("The worker process that the bench started did not get to its end.")
    measured: dict[str, float] = json.loads(done.stdout)
    return measured
