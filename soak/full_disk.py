"""Full disks: the disk of a database or of an index is filled while people read and staff write.

By turns on SQLite and PostgreSQL. What was acknowledged is kept, no page fails but by a 503 with the
help lines, and a street that is withheld while the index cannot be written finds nothing.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from referral.records.directory import Address, Location, Service, ServiceAtLocation
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
_QUIET, _QUIET_HOUSE = (
    "44444444-4444-4444-8444-444444444444",
    "55555555-5555-4555-8555-555555555555",
)
_NAME, _STREET = "Quiet Kitchen", "Zwiebackgasse"


class _Site(NamedTuple):
    """A site whose database and index have a disk each."""

    kind: str
    url: str
    address: str
    disks: dict[str, Path]
    pair: PostgresPair | None


def run_full_disk(progress: Progress, rounds: int) -> None:
    """Run so many rounds in all: each fills one of two disks of a site on one kind of database."""
    with (
        tempfile.TemporaryDirectory() as name,
        _site(Path(name), "sqlite") as first,
        _site(Path(name), "postgresql") as second,
    ):
        while (done := progress.numbers.get("rounds", 0)) < rounds:
            _one_round(progress, (first, second)[done % 2], ("database", "index")[done // 2 % 2])
            progress.add("rounds")
            progress.save()


def _one_round(progress: Progress, site: _Site, full: str) -> None:
    crowd = Crowd(site.address, f"{time.time():.0f}")
    browser = Browser(site.address)
    with crowd.asking():
        until(lambda: _finds_street(browser), "The street is not found.")
        until(lambda: len(crowd.acknowledged) > 5, "Staff cannot write.")
        filler = fill(site.disks[full])
        if full == "index":
            _show(site.url, Visibility.WITHHELD)
        end = time.monotonic() + _FULL_SECONDS
        while time.monotonic() < end:
            if full == "index":
                progress.add("searches by a withheld street")
                assert not _finds_street(browser), "A withheld street is seen."
        filler.unlink()
        if site.pair:
            site.pair.start_if_ended("one")
        written = len(crowd.acknowledged)
        until(lambda: len(crowd.acknowledged) > written + 3, "Staff cannot write again.")
    _show(site.url, Visibility.PUBLIC)
    progress.add(f"{full} on {site.kind}")
    check_crowd(progress, crowd)
    check_kept(progress, crowd.acknowledged, site.url)


def _finds_street(browser: Browser) -> bool:
    """Return whether a page says that the service is at the street."""
    return _NAME in browser.ask(f"/search?q={_STREET}")[1] or (
        _STREET in browser.ask(f"/services/{_QUIET}")[1]
    )


def _show(url: str, visibility: Visibility) -> None:
    store = Store(url)
    try:
        with store.write() as session:
            session.get_one(LocationRow, _QUIET_HOUSE).visibility = visibility.value
    finally:
        store.close()


@contextmanager
def _site(folder: Path, kind: str) -> Iterator[_Site]:
    """Serve a site on two disks of its own."""
    folder = folder / kind
    folder.mkdir(mode=0o700)
    with (
        small_disk(Path(tempfile.mkdtemp()) / "disk", _MEGABYTES[kind]) as disk,
        small_disk(folder / "index", _INDEX_MEGABYTES) as index,
        _database(disk, kind) as (url, pair),
    ):
        prepare_site(folder, url)
        _add_quiet_kitchen(url)
        with served(folder, url) as address:
            yield _Site(kind, url, address, {"database": disk, "index": index}, pair)


@contextmanager
def _database(disk: Path, kind: str) -> Iterator[tuple[str, PostgresPair | None]]:
    if kind == "sqlite":
        disk.chmod(0o700)
        yield f"sqlite:///{disk / 'referral.sqlite3'}", None
        return
    for each in (disk, disk.parent):
        each.chmod(0o777)
    pair = PostgresPair(disk)
    pair.make_primary()
    try:
        yield pair.url, pair
    finally:
        pair.stop()


def _add_quiet_kitchen(url: str) -> None:
    store = Store(url)
    with store.write() as session:
        session.add_all(
            [
                row_from(Service(id=_QUIET, name=_NAME, organization_id=HOUSE, status="active")),
                row_from(Location(id=_QUIET_HOUSE, name="House")),
                row_from(Address(id="q1", location_id=_QUIET_HOUSE, address_1=f"41 {_STREET}")),
                row_from(ServiceAtLocation(id="q1", service_id=_QUIET, location_id=_QUIET_HOUSE)),
            ]
        )
    store.close()
