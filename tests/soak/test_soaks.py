"""The short form of each soak test."""

import os

import pytest

from tests.soak.failover import run_failover
from tests.soak.follow import run_follow
from tests.soak.kills import run_kills
from tests.soak.progress import Progress

pytestmark = [
    pytest.mark.long,
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="Processes are killed as POSIX does it"),
]


@pytest.fixture
def progress(tmp_path):
    return Progress(tmp_path / "progress.json")


def test_failover(progress):
    """Once started again, once promoted."""
    run_failover(progress, 2)
    assert progress.numbers["lost"] == 0
    assert progress.numbers["promoted"] == progress.numbers["started again"] == 1


def test_follow(progress):
    run_follow(progress, 15)
    assert progress.numbers["leaks"] == 0
    assert progress.numbers["equal"] > 0


def test_kills(progress):
    run_kills(progress, 6)
    assert progress.numbers["acknowledged on sqlite"] > 0
    assert progress.numbers["acknowledged on postgresql"] > 0


def test_a_soak_goes_on_where_it_was_stopped(progress, tmp_path):
    progress.add("kills", 6)
    progress.save()
    again = Progress(tmp_path / "progress.json")
    again.add("kills")
    assert again.numbers == {"kills": 7}
