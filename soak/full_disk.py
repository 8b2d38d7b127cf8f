"""Soak test that fills the disk of a database or an index while people read and staff write.

SQLite and PostgreSQL alternate. Acknowledged notes must be kept, pages may fail only by a 503 with
the help lines, and a search for a street that is withheld while the index cannot be written must
find nothing.
"""

from __future__ import annotations

import random
import string
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from referral.records.hsds import Address, Location, Service, ServiceAtLocation
from referral.records.visibility import Visibility
from referral.store import Store
from referral.store.conversion import row_from
from referral.store.rows import LocationRow
from soak.failover import (
    Browser,
    Crowd,
    check_crowd,
    check_kept,
    prepare_site,
    served,
)
from soak.progress import Progress
from tests.support.desk import HOUSE
from tests.support.postgres_pair import PostgresPair
from tests.support.server import until
from tests.support.small_disk import fill, small_disk

_FULL_SECONDS = 8.0
_INDEX_MEGABYTES = 3
_MEGABYTES = {"sqlite": 24, "postgresql": 160}


class _Site(NamedTuple):
    """A site whose database and index each have a disk of their own."""

    kind: str
    url: str
    address: str
    disks: dict[str, Path]
    pair: PostgresPair | None


def run_full_disk(progress: Progress, rounds: int) -> None:
    """Fill a disk of a site in each round, until ``rounds`` are done in all."""
    with (
        tempfile.TemporaryDirectory() as name,
        _serve_site(Path(name), "sqlite") as first,
        _serve_site(Path(name), "postgresql") as second,
    ):
        while (done := progress.numbers.get("rounds", 0)) < rounds:
            _run_round(progress, (first, second)[done % 2], ("database", "index")[done // 2 % 2])
            progress.add("rounds")
            progress.save()


def _run_round(progress: Progress, site: _Site, full: str) -> None:
    crowd = Crowd(site.address, f"{time.time():.0f}")
    with crowd.running():
        until(lambda: len(crowd.acknowledged) > 5, "Staff cannot write.")
        if full == "index":
            _withhold_on_full_disk(progress, site)
        else:
            with _disk_filled(site.disks[full]):
                time.sleep(_FULL_SECONDS)
        if site.pair:
            site.pair.start_if_ended("one")
        written = len(crowd.acknowledged)
        until(lambda: len(crowd.acknowledged) > written + 3, "Staff cannot write again.")
    progress.add(f"{full} on {site.kind}")
    check_crowd(progress, crowd)
    check_kept(progress, crowd.acknowledged, site.url)


@contextmanager
def _disk_filled(disk: Path) -> Iterator[None]:
    filler = fill(disk)
    try:
        yield
    finally:
        filler.unlink()


def _withhold_on_full_disk(progress: Progress, site: _Site) -> None:
    """Withhold a new location while the index cannot be written, and search for its street."""
    street = "".join(random.choices(string.ascii_lowercase, k=12))
    service_id, location_id = _add_located_service(site.url, street)
    browser = Browser(site.address)

    def is_visible() -> tuple[bool, bool]:
        """Return whether a search for the street finds the service, and its page shows it."""
        return (
            service_id in browser.fetch(f"/search?q={street}")[1],
            street in browser.fetch(f"/services/{service_id}")[1],
        )

    until(lambda: all(is_visible()), "The street is not found.")
    with _disk_filled(site.disks["index"]):
        with closing(Store(site.url)) as store, store.write() as session:
            session.get_one(LocationRow, location_id).visibility = Visibility.WITHHELD.value
        end = time.monotonic() + _FULL_SECONDS
        while time.monotonic() < end:
            progress.add("looks for a withheld street")
            assert not any(is_visible()), "A withheld street is seen."


def _add_located_service(url: str, street: str) -> tuple[str, str]:
    """Add a service with a location and an address, and return the ids of service and location."""
    service = Service(id=str(uuid4()), name="Kitchen", organization_id=HOUSE, status="active")
    location = Location(id=str(uuid4()), name="Hall")
    with closing(Store(url)) as store, store.write() as session:
        session.add_all(
            [
                row_from(service),
                row_from(location),
                row_from(
                    Address(id=str(uuid4()), location_id=location.id, address_1=f"41 {street} St")
                ),
                row_from(
                    ServiceAtLocation(
                        id=str(uuid4()), service_id=service.id, location_id=location.id
                    )
                ),
            ]
        )
    return service.id, location.id


@contextmanager
def _serve_site(folder: Path, kind: str) -> Iterator[_Site]:
    """Serve a site that has a disk for its database and one for its index."""
    folder = folder / kind
    folder.mkdir(mode=0o700)
    with (
        small_disk(Path(tempfile.mkdtemp()) / "disk", _MEGABYTES[kind]) as disk,
        small_disk(folder / "index", _INDEX_MEGABYTES) as index,
        _database(disk, kind) as (url, pair),
    ):
        prepare_site(folder, url)
        with served(folder, url) as address:
            yield _Site(kind, url, address, {"database": disk, "index": index}, pair)


@contextmanager
def _database(disk: Path, kind: str) -> Iterator[tuple[str, PostgresPair | None]]:
    if kind == "sqlite":
        disk.chmod(0o700)
        yield f"sqlite:///{disk / 'referral.sqlite3'}", None
        return
    for folder in (disk, disk.parent):
        folder.chmod(0o777)
    pair = PostgresPair(disk)
    pair.make_primary()
    try:
        yield pair.url, pair
    finally:
        pair.stop()
