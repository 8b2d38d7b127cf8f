"""Counts in memory: by many threads, kept when they cannot be written, and across a fork."""

import os
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from referral.directory.gathered_counts import GatheredCounts
from referral.directory.view_counts import count_views

ROOT = Path(__file__).resolve().parents[2]
# A server that loads the site, counts, and then forks, as gunicorn does with --preload.
PRELOAD = """
import os, sys, time
from datetime import UTC, datetime
from pathlib import Path
from referral.app import create_app
from referral.app.background import follow_changes
from referral.directory.context import open_directory
from referral.settings import Settings

folder, url = sys.argv[1:]
settings = Settings.from_environment({}, instance_path=Path(folder), database_url=url, secret_key='x')
directory = open_directory(settings)
now = datetime.now(UTC)
app = create_app(settings, directory)
with follow_changes(app):
    while not app.extensions["referral_first_page"].make():
        time.sleep(0.1)  # what another thread is at must not be cut in two by the fork
    while not directory.index.status().available:
        time.sleep(0.1)  # until the first round of each thread is over
    time.sleep(0.5)
    directory.view_counts.note("of the parent", now)
    child = os.fork()
    if child == 0:
        for _ in range(3):
            directory.view_counts.note("of the child", now)
        sys.exit(0)
    assert os.waitpid(child, 0)[1] == 0
"""


def test_threads_lose_no_count():
    counts: GatheredCounts[str] = GatheredCounts()

    def note():
        for _ in range(1000):
            counts.note("a")

    threads = [threading.Thread(target=note) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts.take() == {"a": 8000}
    assert counts.take() == {}


def test_what_cannot_be_written_waits_and_does_not_grow_without_end():
    counts: GatheredCounts[int] = GatheredCounts()
    for key in range(6000):
        counts.note(key)
    taken = counts.take()
    assert len(taken) == 5000
    counts.note(0)
    counts.put_back(taken)
    again = counts.take()
    assert (len(again), again[0]) == (5000, 2)


def test_counts_wait_while_the_database_does_not_answer(directory):
    store = directory.store
    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE opened_count RENAME TO away"))
    directory.view_counts.note("s1", datetime.now(UTC))
    directory.view_counts.write(store)
    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO opened_count"))
    directory.view_counts.write(store)
    with store.read() as session:
        assert count_views(session, datetime.now(UTC).date()) == {"s1": 1}


@pytest.mark.slow
@pytest.mark.both_databases
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_parent_and_forked_child_each_write_their_own(directory):
    command = [sys.executable, "-W", "ignore", "-c", PRELOAD]
    settings = directory.settings
    subprocess.run(
        [*command, str(settings.instance_path), settings.database_url],
        check=True,
        cwd=ROOT,
        timeout=120,
    )
    with directory.store.read() as session:
        views = count_views(session, datetime.now(UTC).date())
    assert views == {"of the parent": 1, "of the child": 3}
