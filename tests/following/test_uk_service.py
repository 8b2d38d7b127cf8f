"""A service of Open Referral UK is followed, whatever of the standard it leaves out."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from referral.app.job_kinds import do_work
from referral.following.records import PullOutcome, SourceKind
from referral.following.small_changes import SMALL_CHANGES
from referral.imports.batches import apply_batch
from referral.imports.review import read_batch
from referral.store.rows import PhoneRow, ServiceRow
from tests.following.conftest import Follower
from tests.support.uk_service import uk_service

SERVICES = 25
START = "2026-11-02 09:00"


@pytest.fixture
def uk(shared_data):
    path = shared_data / "hsds-3.1/examples/service_full.json"
    with uk_service(json.loads(path.read_text(encoding="utf-8")), SERVICES) as server:
        yield server


@pytest.fixture
def follower(instance, uk):
    settings = replace(instance.settings, partner_hosts=(uk.host,))
    found = Follower(replace(instance, given=settings), uk)
    found.follow(uk.address, SourceKind.HSDS_API, small_changes=frozenset(SMALL_CHANGES))
    return found


def take_all(follower):
    """Look for news, and apply all of it; services made of one example are alike."""
    follower.pull()
    batch_id = follower.source.batch_id
    codes = [doubt.code for doubt in read_batch(follower.instance, batch_id).doubts]
    assert set(codes) <= {"one-value"}
    apply_batch(follower.instance, batch_id, confirmed=codes)
    do_work(follower.instance, "w")


def count(instance, row):
    with instance.store.read() as session:
        statement = select(func.count()).select_from(row).where(row.retired_at.is_(None))
        return session.scalar(statement)


@pytest.mark.slow
@pytest.mark.parametrize("version", [1, 3])
def test_all_pages_come_with_all_that_a_service_has(follower, uk, version):
    uk.version = version
    take_all(follower)
    assert count(follower.instance, ServiceRow) == SERVICES
    assert count(follower.instance, PhoneRow) >= SERVICES
    lists = [each for each in uk.requests if "/uk/services?" in each]
    assert len(lists) == 3
    assert follower.source.settings.publisher == ""


@pytest.mark.slow
def test_a_server_that_tells_everything_each_time_is_asked_for_what_changed(follower, uk):
    with time_machine.travel(START, tick=False) as clock:
        for each in uk.services.values():
            each["last_modified"] = "2026-10-01T00:00:00+00:00"
        take_all(follower)
        phones = count(follower.instance, PhoneRow)
        uk.requests.clear()
        changed = list(uk.services.values())[3]
        changed["last_modified"] = "2026-11-02T20:00:00+00:00"
        changed["description"] = "It moved to mornings."
        clock.shift(timedelta(days=1))
        follower.pull()
        alone = [each for each in uk.requests if "/uk/services/" in each]
        assert alone == [f"/uk/services/{changed['id']}"]
        with follower.instance.store.read() as session:
            texts = set(session.scalars(select(ServiceRow.description)))
        assert "It moved to mornings." in texts
        assert count(follower.instance, ServiceRow) == SERVICES
        assert count(follower.instance, PhoneRow) == phones


@pytest.mark.slow
def test_a_busy_server_is_asked_again_when_it_says(follower, uk):
    uk.busy = 3
    take_all(follower)
    assert count(follower.instance, ServiceRow) == SERVICES
    uk.busy, uk.pause = 1, "3600"
    source = follower.pull()
    assert source.outcome is PullOutcome.FAILED
    assert "429" in str(source.message)
    uk.busy, uk.pause = 100, "0"
    assert "busy" in str(follower.pull().message)


@pytest.mark.slow
def test_pages_that_change_while_they_are_read_are_read_again(follower, uk):
    first = next(iter(uk.services))

    def drop_first(number):
        if number == 1:
            uk.services.pop(first, None)

    uk.after_page = drop_first
    take_all(follower)
    assert count(follower.instance, ServiceRow) >= SERVICES - 1
    with follower.instance.store.read() as session:
        assert set(session.scalars(select(ServiceRow.source_key))) >= set(uk.services)
    uk.after_page = lambda number: uk.services.popitem() if number == 1 else None
    source = follower.pull()
    assert source.outcome is PullOutcome.FAILED
    assert "changed while we read it" in str(source.message)


@pytest.mark.slow
def test_a_page_that_is_no_json_changes_nothing(follower, uk):
    take_all(follower)
    uk.services = dict(list(uk.services.items())[:15])
    uk.broken_page = 2
    source = follower.pull()
    assert source.outcome is PullOutcome.FAILED
    assert "not JSON" in str(source.message)
    assert count(follower.instance, ServiceRow) == SERVICES
