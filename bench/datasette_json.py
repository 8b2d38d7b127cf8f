"""Times of datasette's JSON pages over the same database, for comparison with our API."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from bench.timing import percentiles


def measure_datasette(database: Path, pages: int, rows: int, rounds: int) -> dict[str, Any]:
    """Return the times of pages of flat rows of the table of services, without a total.

    Args:
        database: the SQLite file.
        pages: number of pages to fetch, each in ``rounds`` rounds after an initial fetch.
        rows: number of rows of each page.

    Raises:
        ImportError: datasette is not installed.
    """
    took = asyncio.run(_milliseconds(database, pages, rows, rounds))
    return percentiles(np.median(took, axis=0).tolist())


async def _milliseconds(database: Path, pages: int, rows: int, rounds: int) -> Any:
    from datasette.app import Datasette  # not among our dependencies

    site = Datasette([str(database)])
    await site.invoke_startup()
    addresses = [f"/{database.stem}/service.json?_size={rows}&_shape=array&_nocount=1"]
    while len(addresses) < pages:
        answer = await site.client.get(addresses[-1])
        answer.raise_for_status()
        addresses.append(
            urlsplit(answer.links["next"]["url"])._replace(scheme="", netloc="").geturl()
        )

    async def fetched(address: str) -> float:
        started = time.perf_counter()
        await site.client.get(address)
        return (time.perf_counter() - started) * 1_000

    return [[await fetched(each) for each in addresses] for _ in range(rounds)]
