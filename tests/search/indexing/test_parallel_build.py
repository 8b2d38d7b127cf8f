"""An index that several processes wrote holds what one process writes, whatever happens to one."""

import sys
import threading

import pytest

from referral.errors import IndexUnavailableError
from referral.search.indexing import parallel_build, rebuild
from referral.search.indexing.generations import Generations
from referral.search.indexing.rebuild import build_generation
from referral.store.change_log import LogPoint, store_state
from tests.search.contents import contents_from_rows, contents_of
from tests.support.pairs import pantry, store

pytestmark = pytest.mark.slow


@pytest.fixture
def generations(directory, tmp_path):
    """Store some services; give where their index is written, by two processes."""
    for number in range(5):
        store(directory, *pantry(number, name=f"Pantry {number}"))
    return Generations(tmp_path / "apart")


@pytest.fixture
def two_processes(monkeypatch):
    """Write an index of any size by two processes."""
    monkeypatch.setattr(rebuild, "process_count", lambda _services: 2)


def build(directory, generations):
    said = []
    generation = build_generation(
        generations, directory.store, lambda _step: None, lambda *done: said.append(done)
    )
    return generation, said


def test_two_processes_write_what_one_does(directory, generations, two_processes):
    generation, said = build(directory, generations)
    assert contents_of(generations.path) == contents_from_rows(directory.store)
    assert len(contents_of(generations.path)) == 5
    assert generation.mark.segments == 2
    assert said[-1][1] == 5
    with directory.store.read() as session:
        assert generation.mark.seen == store_state(session).point
    assert not list(generation.folder.glob("part*"))


def test_one_process_does_it_all_where_another_cannot(
    directory, generations, two_processes, monkeypatch
):
    monkeypatch.setattr(parallel_build, "_CHILD", "referral.no_such_module")
    generation, _ = build(directory, generations)
    assert contents_of(generations.path) == contents_from_rows(directory.store)
    assert generation.mark.segments == 1


def test_one_process_does_it_all_where_none_can_be_started(
    directory, generations, two_processes, monkeypatch, tmp_path
):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    generation, _ = build(directory, generations)
    assert contents_of(generations.path) == contents_from_rows(directory.store)
    assert generation.mark.segments == 1


def test_the_first_process_is_ended_where_the_second_cannot_begin(directory, generations, tmp_path):
    (tmp_path / "part1").mkdir()
    before = threading.enumerate()
    with pytest.raises(FileExistsError):
        parallel_build.write_in_parallel(directory.store, tmp_path, ["one", "two"], 2)
    assert threading.enumerate() == before, "Somebody still listens to the first."


def test_a_database_replaced_meanwhile_is_noticed(
    directory, generations, two_processes, monkeypatch
):
    """A part was read at a change that the database does not have any more."""

    def replaced(store, folder, service_ids, *_):
        with store.read() as session:
            point = store_state(session).point
        return [point, LogPoint(point.store_id, point.sequence, point.token + 1)]

    monkeypatch.setattr(rebuild, "write_in_parallel", replaced)
    with pytest.raises(IndexUnavailableError):
        build(directory, generations)
    assert generations.current_name() == ""


def test_a_small_index_is_written_by_one_process():
    assert parallel_build.process_count(9_999) == 1
