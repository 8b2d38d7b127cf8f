"""The rounds that a serving process does beside pages."""

import threading

import pytest

from referral.app.background import Round, run_rounds, working_in_background
from referral.directory.health import read_last_tidy_date
from referral.directory.view_counts import count_views
from referral.errors import DatabaseUnavailableError
from referral.search.query import SearchQuery
from referral.store.rows import ServiceRow
from tests.support.desk import PANTRY, stock
from tests.support.server import until


def test_a_round_that_fails_is_logged_by_its_kind_and_all_go_on(caplog):
    stop, done = threading.Event(), []

    def fail():
        done.append("fail")
        raise RuntimeError("17 Secret Lane")

    def refuse():
        raise DatabaseUnavailableError("it is away")

    def count():
        done.append("count")
        if done.count("count") == 3:
            stop.set()

    rounds = [Round("Failing", 0, fail), Round("Refused", 0, refuse), Round("Counting", 0, count)]
    run_rounds([*rounds, Round("Later", 60, lambda: done.append("later"), waits=True)], stop)
    assert done == ["fail", "count"] * 3
    assert "Failing failed and is tried again: RuntimeError" in caplog.text
    assert "Secret" not in caplog.text
    assert "Refused" not in caplog.text, "an outage is logged once, by what notices it"


@pytest.mark.slow
def test_a_served_site_follows_tidies_and_counts_with_three_threads(instance, app):
    stock(instance)
    before = threading.active_count()
    with working_in_background(app):
        assert threading.active_count() - before <= 4
        until(lambda: instance.index.search(SearchQuery(words="pantry")).total)
        until(lambda: read_last_tidy_date(instance) is not None)
        with instance.store.write() as session:
            session.get_one(ServiceRow, PANTRY).name = "Quokka"
        until(lambda: instance.index.search(SearchQuery(words="quokka")).total)
        instance.view_counts.note(PANTRY, instance.now())
    with instance.store.read() as session:
        counted = count_views(session, instance.now().date())
    assert counted == {PANTRY: 1}
    assert threading.active_count() == before
