"""Two replicas follow one store through every order of edits, syncs and crashes we can think of."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from referral.search.indexing import sync
from referral.search.indexing import writer as writing
from tests.search.sync_world import EDITS, POINTS, REPLICAS, World
from tests.support.databases import SqliteDatabases

_edits = st.lists(
    st.tuples(st.sampled_from(EDITS), st.integers(0, 99), st.integers(0, 999)),
    min_size=1,
    max_size=4,
)
_replicas = st.sampled_from(REPLICAS)
_points = st.sampled_from(POINTS)


class SyncMachine(RuleBasedStateMachine):
    """The rules; what must hold is in ``World.compare``."""

    def __init__(self, databases) -> None:
        super().__init__()
        self._databases = databases
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._patch = pytest.MonkeyPatch()
        self.world: World | None = None

    @initialize(changes=st.sampled_from([1, 3, 10_000]), services=st.sampled_from([1, 3, 250]))
    def populate(self, changes: int, services: int) -> None:
        """Batches of one and three show what breaks between two batches."""
        self._patch.setattr(sync, "_CHANGES_IN_A_BATCH", changes)
        self._patch.setattr(writing, "SERVICES_IN_A_READ", services)
        self.world = World(self._databases.migrated(), Path(self._folder.name))

    @rule(edits=_edits)
    def edit(self, edits) -> None:
        self.world.edit(*edits)

    @rule(edits=_edits)
    def roll_back(self, edits) -> None:
        self.world.roll_back(*edits)

    @rule(name=_replicas)
    def sync(self, name) -> None:
        self.world.sync(name)

    @rule(name=_replicas)
    def tidy(self, name) -> None:
        self.world.tidy(name)

    @rule(name=_replicas, point=_points)
    def crash(self, name, point) -> None:
        self.world.crash(name, point)

    @rule(name=_replicas, point=_points, edits=_edits)
    def edit_meanwhile(self, name, point, edits) -> None:
        self.world.edit_meanwhile(name, point, *edits)

    @rule()
    def prune(self) -> None:
        self.world.prune()

    @rule()
    def compare(self) -> None:
        self.world.compare()

    def teardown(self) -> None:
        """Whatever happened, both replicas end up with what the rows say."""
        try:
            if self.world:
                self.world.compare()
        finally:
            if self.world:
                self.world.close()
            self._patch.undo()
            self._folder.cleanup()


def _count(*, is_sqlite: bool) -> int:
    """How many orders to try: the index is the same on both, the log is not."""
    return 5 if is_sqlite else 2


@pytest.mark.slow
def test_two_replicas_follow_the_store(databases) -> None:
    run_state_machine_as_test(
        lambda: SyncMachine(databases),
        settings=settings(
            max_examples=_count(is_sqlite=isinstance(databases, SqliteDatabases)),
            stateful_step_count=20,
            deadline=None,
            phases=(Phase.reuse, Phase.generate),  # shrinking files and databases takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "steps",
    [
        # A term's other words are a translation, which hangs on the term.
        [("edit", ("delete_leaf", 5, 9)), ("compare",)],
        [("edit", ("describe", 2, 9)), ("compare",)],
        # Deleted and added to within one transaction, and seen by the other replica only later.
        [("edit", ("delete_service", 3, 0), ("add", 1, 1)), ("sync", "A"), ("compare",)],
        # A place withheld while a rebuild reads it.
        [("edit_meanwhile", "B", "rebuild-written", ("show", 3, 24)), ("compare",)],
        # The log is gone before the other replica has read it.
        [("edit", ("rename", 0, 1)), ("sync", "A"), ("prune",), ("compare",)],
    ],
)
def test_fixed_order_of_things(steps, sqlite_databases, tmp_path) -> None:
    world = World(sqlite_databases.migrated(), tmp_path)
    try:
        world.play(steps)
    finally:
        world.close()
