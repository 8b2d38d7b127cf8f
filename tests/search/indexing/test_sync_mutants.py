"""Proof that the machine bites: each way to get the sync wrong is caught by a short replay.

First every replay passes on the real thing; then, with one thing broken, it must fail. A short run
breaks what must never break.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from referral.records.visibility import Audience
from referral.search.indexing import rebuild as rebuilding
from referral.search.indexing import sync
from referral.search.indexing import sync_marks as marks
from referral.search.indexing import writer as writing
from referral.search.indexing.generations import Generations
from referral.store import change_log as changes
from referral.store.change_log import store_state
from referral.store.terms import TermTree
from tests.search.sync_world import World

Breaks = Callable[[pytest.MonkeyPatch], None]
Steps = list[tuple]


def _note_only_new_parents(patch: pytest.MonkeyPatch) -> None:
    def only_new(row, name):
        return {value for value in [getattr(row, name)] if value}

    patch.setattr(changes, "_old_and_new", only_new)


def _note_no_children(patch: pytest.MonkeyPatch) -> None:
    whole = changes._records_to_log_for
    patch.setattr(
        changes,
        "_records_to_log_for",
        lambda row: whole(row) if row.__tablename__ in changes._LOGGED_THEMSELVES else (),
    )


def _note_after_the_transaction_is_lost(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(changes, "log_changes", lambda _session, _changed: None)


def _forget(kind: str) -> Breaks:
    def forget(patch: pytest.MonkeyPatch) -> None:
        whole = changes.affected_services
        patch.setattr(
            sync,
            "affected_services",
            lambda session, noted: whole(session, [c for c in noted if c.kind != kind]),
        )

    return forget


def _fan_out_without_descendants(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(TermTree, "with_descendants", lambda _tree, term_ids: set(term_ids))


def _touch_only_what_is_shown(patch: pytest.MonkeyPatch) -> None:
    whole = changes.affected_services

    def shown_only(session, noted):
        ids = sorted(whole(session, noted))
        return {of.service.id for of in writing.load_listings(session, ids, Audience.PUBLIC)}

    patch.setattr(sync, "affected_services", shown_only)


def _keep_old_documents(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(writing.IndexWriter, "delete_by_term", lambda *_a, **_k: 0)


def _write_twice_in_a_batch(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(writing, "SERVICES_IN_A_READ", 1)  # within one read listings are unique
    whole = changes.affected_services
    patch.setattr(
        sync, "affected_services", lambda session, noted: [*(s := whole(session, noted)), *s]
    )


def _show_everything(patch: pytest.MonkeyPatch) -> None:
    whole = writing.load_listings
    patch.setattr(
        writing,
        "load_listings",
        lambda session, ids, _audience, terms: whole(session, ids, Audience.CURATION, terms),
    )


def _mark_before_commit(patch: pytest.MonkeyPatch) -> None:
    whole = sync.replace_documents

    def early(session, folder, ids, step):
        mark = marks.read_mark(folder)
        last = store_state(session).last_sequence
        marks.write_mark(folder, replace(mark, sequence=last))
        return whole(session, folder, ids, step)

    patch.setattr(sync, "replace_documents", early)


def _never_store_the_mark(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sync.marks, "write_mark", lambda _folder, mark: mark)


def _mark_what_came_during_a_sync(patch: pytest.MonkeyPatch) -> None:
    """Store the newest sequence there is, not that of the last change applied."""
    whole = sync.Synchronizer._store_mark

    def newest(self, generation, mark):
        with self._store.read() as session:
            last = store_state(session).last_sequence
        return whole(self, generation, replace(mark, sequence=last))

    patch.setattr(sync.Synchronizer, "_store_mark", newest)


def _mark_what_came_during_a_rebuild(patch: pytest.MonkeyPatch) -> None:
    whole = rebuilding.build_generation

    def newest(generations, store, step, on_progress=None):
        made = whole(generations, store, step, on_progress)
        with store.read() as session:
            mark = replace(made.mark, sequence=store_state(session).last_sequence)
        marks.write_mark(made.folder, mark)
        return replace(made, mark=mark)

    patch.setattr(sync, "build_generation", newest)


def _skip_the_first_change(patch: pytest.MonkeyPatch) -> None:
    whole = sync.changes_after
    patch.setattr(
        sync, "changes_after", lambda session, mark, limit: whole(session, mark + 1, limit)
    )


def _follow_a_pruned_log(patch: pytest.MonkeyPatch) -> None:
    def blind(session):
        return replace(store_state(session), pruned_through=0)

    patch.setattr(sync, "store_state", blind)
    patch.setattr(sync, "follows_from", lambda _session, _state, _seen: True)


def _one_mark_for_all_replicas(patch: pytest.MonkeyPatch) -> None:
    """Keep the mark in one place, as one who puts it into the database would."""
    shared: dict[str, int] = {}
    read, write = marks.read_mark, marks.write_mark

    def reading(folder: Path):
        mark = read(folder)
        return mark and replace(mark, sequence=shared.get("mark", mark.sequence))

    def writing_(folder: Path, mark) -> None:
        shared["mark"] = mark.sequence
        write(folder, mark)

    patch.setattr("referral.search.indexing.generations.read_mark", reading)
    patch.setattr(marks, "write_mark", writing_)


def _forget_to_switch(patch: pytest.MonkeyPatch) -> None:
    """A rebuild that goes on with the new generation while the old one answers."""
    patch.setattr(
        Generations, "switch", lambda self, _name: self.current_name() or _switch(self, _name)
    )


def _switch(generations: Generations, name: str) -> None:
    marks.replace_file(generations.path / "CURRENT", name)


# What the numbers pick is in sync_world: ("move", 2, 8) is the first link to the second service,
# ("show", 3, 24) withholds the first location.
_RENAME_ORGANIZATION = ("rename", 0, 1)
_RENAME_PROGRAM = ("rename", 1, 0)
_RENAME_SERVICE = ("rename", 2, 3)
_RENAME_ANOTHER = ("rename", 2, 4)
_RENAME_LOCATION = ("rename", 3, 0)
_RENAME_ROOT_TERM = ("rename", 4, 0)
_MOVE_LINK = ("move", 2, 8)
_MOVE_LANGUAGE = ("move", 7, 8)
_WITHHOLD_SERVICE = ("show", 2, 24)
_WITHHOLD_LOCATION = ("show", 3, 24)

MUTANTS: dict[str, tuple[Breaks, Steps]] = {
    "a link that moves away leaves its old service alone": (
        _note_only_new_parents,
        [("edit", _MOVE_LINK), ("compare",)],
    ),
    "a language that moves away leaves its old service alone": (
        _note_only_new_parents,
        [("edit", _MOVE_LANGUAGE), ("compare",)],
    ),
    "children are not noted": (
        _note_no_children,
        [("edit", ("describe", 1, 0)), ("compare",)],
    ),
    "nothing is noted": (
        _note_after_the_transaction_is_lost,
        [("edit", _RENAME_SERVICE), ("compare",)],
    ),
    "organizations do not fan out": (
        _forget("organization"),
        [("edit", _RENAME_ORGANIZATION), ("compare",)],
    ),
    "programs do not fan out": (
        _forget("program"),
        [("edit", _RENAME_PROGRAM), ("compare",)],
    ),
    "locations do not fan out": (
        _forget("location"),
        [("edit", _RENAME_LOCATION), ("compare",)],
    ),
    "links do not lead to their services": (
        _forget("service_at_location"),
        [("edit", ("reschedule", 0, 7)), ("compare",)],
    ),
    "terms do not fan out": (
        _forget("taxonomy_term"),
        [("edit", _RENAME_ROOT_TERM), ("compare",)],
    ),
    "terms fan out without those below": (
        _fan_out_without_descendants,
        [("edit", _RENAME_ROOT_TERM), ("compare",)],
    ),
    "a withheld service stays": (
        _touch_only_what_is_shown,
        [("edit", _WITHHOLD_SERVICE), ("compare",)],
    ),
    "old documents stay beside new ones": (
        _keep_old_documents,
        [("edit", _RENAME_SERVICE), ("compare",)],
    ),
    "one batch writes a service twice": (
        _write_twice_in_a_batch,
        [("edit", _RENAME_SERVICE), ("compare",)],
    ),
    "what is withheld is indexed": (
        _show_everything,
        [("edit", _WITHHOLD_LOCATION), ("compare",)],
    ),
    "the mark is stored before the commit": (
        _mark_before_commit,
        [("edit", _RENAME_SERVICE), ("crash", "A", "documents-written"), ("compare",)],
    ),
    "the mark is never stored": (
        _never_store_the_mark,
        [("edit", _RENAME_SERVICE), ("compare",)],
    ),
    "the mark covers what came during a sync": (
        _mark_what_came_during_a_sync,
        [
            ("edit", _RENAME_SERVICE),
            ("edit_meanwhile", "A", "documents-written", _RENAME_ORGANIZATION),
            ("compare",),
        ],
    ),
    "the mark covers what came during a rebuild": (
        _mark_what_came_during_a_rebuild,
        [("edit_meanwhile", "A", "rebuild-written", _RENAME_SERVICE), ("compare",)],
    ),
    "the first change after the mark is skipped": (
        _skip_the_first_change,
        [("edit", _RENAME_SERVICE), ("compare",)],
    ),
    "a pruned log is followed": (
        _follow_a_pruned_log,
        [("edit", _RENAME_SERVICE), ("edit", _RENAME_ANOTHER), ("prune",), ("compare",)],
    ),
    "replicas share one mark": (
        _one_mark_for_all_replicas,
        [("edit", _RENAME_SERVICE), ("sync", "A"), ("compare",)],
    ),
    "a rebuild does not switch": (
        _forget_to_switch,
        [("edit", _RENAME_SERVICE), ("prune",), ("compare",)],
    ),
}


def _play(sqlite_databases, folder: Path, steps: Steps) -> None:
    world = World(sqlite_databases.migrated(), folder)
    try:
        world.play(steps)
    finally:
        world.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    MUTANTS,
)
def test_replay_finds_the_mutant_and_nothing_else(name, sqlite_databases, tmp_path, monkeypatch):
    breaks, steps = MUTANTS[name]
    _play(sqlite_databases, tmp_path / "real", steps)
    breaks(monkeypatch)
    with pytest.raises(AssertionError):
        _play(sqlite_databases, tmp_path / "broken", steps)
