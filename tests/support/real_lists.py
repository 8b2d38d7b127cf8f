"""Instances with one real list each, built once in a run, for tests that only read them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from filelock import FileLock

from referral.directory.instance import Instance, opened_instance
from referral.imports.prepare import no_progress
from referral.imports.seed_lists import load_base
from referral.settings import Settings
from referral.topic_suggestions.suggestion_runs import suggest_topics
from tests.conftest import settings_for
from tests.support.imported import import_list
from tests.support.quick_files import folder_of_run

DISTRICT = "dc-directory/2023-export"


@pytest.fixture(scope="session")
def listed_instance(
    shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Instance]]:
    """Yield a function that opens the instance of a list, by its path below ``../shared/data``.

    The instance contains the base data, the list and suggested topics. Test processes share it.
    """
    folder = folder_of_run(tmp_path_factory)
    with ExitStack() as stack:

        @cache
        def opened(name: str) -> Instance:
            path = shared_data / name
            if not path.is_dir():
                pytest.skip(f"../shared/data/{name} is not here: it is a real list, not ours")
            instance_path = folder / f"list-{name.replace('/', '-')}"
            instance_path.mkdir(exist_ok=True)
            with FileLock(instance_path / "making"):
                _make_instance(instance_path, path)
            instance = stack.enter_context(opened_instance(_settings(instance_path)))
            instance.index.sync()
            return instance

        yield opened


def _settings(instance_path: Path) -> Settings:
    return settings_for(
        instance_path, f"sqlite:///{(instance_path / 'referral.sqlite3').as_posix()}"
    )


def _make_instance(instance_path: Path, path: Path) -> None:
    made = instance_path / "made"
    if made.exists():
        return
    with opened_instance(_settings(instance_path)) as instance:
        load_base(instance)
        import_list(instance, path, source="list")
        suggest_topics(instance, no_progress)
        instance.index.sync()
    made.touch()
