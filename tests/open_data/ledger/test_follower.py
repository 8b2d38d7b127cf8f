"""Who follows the feed of a real list, or of a restored database, ends with what is public there."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
import time_machine
from sqlalchemy import select

from referral.backups.backup import write_backup
from referral.backups.restore import restore_backup
from referral.duplicates.merge import merge_records
from referral.following.records import SourceKind
from referral.open_data.hsds_records import all_records, public_records
from referral.open_data.ledger.entries import PUBLISHED_KINDS
from referral.open_data.ledger.ledger_updates import LedgerUpdate, digest_of, update_ledger
from referral.open_data.rows import PublicationRow
from referral.records.accounts import COMMAND_LINE
from referral.store.base import in_batches
from referral.store.rows import LocationRow, ServiceRow
from tests.open_data.ledger.test_changes_feed import read_on
from tests.support.imported import import_list
from tests.support.neighbors import Neighbor

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
LISTS = (
    "airs/bc211/BC211_data_excerpt.xml", "florida-legal-aid", "sf-lists/icarol-sf.csv",
    "dc-directory/2023-export",
)  # fmt: skip


@contextmanager
def neighbors(folder):
    """Give two libraries that serve each other: the second follows the feed of the first."""
    with time_machine.travel(NOW, tick=True) as clock:
        east, west = (Neighbor(folder / name, name, Random(20)) for name in ("east", "west"))
        east.other, west.other = west, east
        east.start()
        west.start()
        try:
            west.follow(SourceKind.REFERRAL)
            yield east, west, clock
        finally:
            east.stop()
            west.stop()
        assert not east.leaks


def bring_in(instance, path):
    """Import a real list."""
    import_list(instance, path, source="list")


def check_feed(instance):
    """Every public record is told exactly once, as the ledger compared it."""
    lines = read_on(instance)
    told = [(each["kind"], each["id"]) for each in lines]
    with instance.store.read() as session:
        public = {(kind, each.id) for kind in PUBLISHED_KINDS
                  for each in all_records(public_records(session), kind)}  # fmt: skip
        rows = session.scalars(select(PublicationRow).where(PublicationRow.gone_at.is_(None)))
        digests = {(row.kind, row.record_id): row.digest for row in rows}
    assert len(told) == len(set(told))
    assert set(told) == public
    assert {(each["kind"], each["id"]): digest_of(each["record"]) for each in lines} == digests
    return len(told)


def work(east):
    """Edit, withhold, merge and delete some of a list."""
    random = Random(7)
    some = random.sample(sorted(east.public()), 25)
    edited, withheld, deleted, first, second = in_batches(some, 5)
    with east.instance.store.write() as session:
        for key in edited:
            row = session.get_one(ServiceRow, key)
            row.description = f"{row.description} Said {random.getrandbits(30):x}.".strip()
        for key in withheld:
            session.get_one(ServiceRow, key).visibility = "withheld"
        for key in deleted:
            session.get_one(ServiceRow, key).retired_at = east.instance.now()
        place = session.scalars(select(LocationRow).order_by(LocationRow.id)).first()
        place.visibility = "withheld"
    for survivor, loser in zip(first, second, strict=True):
        merge_records(east.instance, COMMAND_LINE, "service", survivor, loser)
    return {*withheld, *deleted, *second}


@pytest.mark.release
@pytest.mark.parametrize("name", LISTS)
def test_a_real_list_is_followed_record_by_record(name, shared_data, tmp_path):
    path = shared_data / name
    if not path.exists():
        pytest.skip(f"../shared/data/{name} is not here: it is a real list, not ours")
    with neighbors(tmp_path) as (east, west, clock):
        bring_in(east.instance, path)
        east.publish()
        records = check_feed(east.instance)
        west.pull()
        theirs = east.public()
        assert west.public("east") == theirs
        assert len(theirs) > 30
        gone = work(east)
        east.publish()
        assert update_ledger(east.instance, everything=True) == LedgerUpdate()
        assert check_feed(east.instance) < records
        clock.shift(timedelta(days=1))
        west.pull()
        assert west.public("east") == east.public()
        assert not gone & west.public("east").keys()


@pytest.mark.slow
def test_after_a_restored_backup_a_follower_reads_everything_and_is_equal(tmp_path):
    with neighbors(tmp_path) as (east, west, clock):
        for _ in range(3):
            east.add()
        east.publish()
        write_backup(east.instance.settings, east.instance.store, tmp_path / "backup.zip")
        for change in (east.edit, east.delete, east.add):  # what the backup lacks
            change()
        east.publish()
        west.pull()
        assert west.public("east") == east.public()
        cursor = read_on(east.instance)[-1]["cursor"]
        settings = east.instance.settings
        east.stop()
        restore_backup(settings, tmp_path / "backup.zip", replace=True)
        east.start()
        east.publish()
        address = f"http://127.0.0.1:{east.port}/hsds/3.1/changes?after={cursor}"
        with pytest.raises(HTTPError) as refused:
            urlopen(address)
        assert refused.value.code == 410
        assert refused.value.headers["Link"].endswith('/hsds/3.1/changes>; rel="alternate"')
        for _ in range(3):  # a record is gone after three whole lists that lack it
            west.pull()
            clock.shift(timedelta(days=29))
        assert len(east.public()) == 3
        assert west.public("east") == east.public()
