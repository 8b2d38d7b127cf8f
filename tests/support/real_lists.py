"""Directories with one real list each, for tests that only read them: made once a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from filelock import FileLock

from referral.directory.context import Directory, opened_directory
from referral.imports.prepare import no_progress
from referral.imports.seed_lists import load_base
from referral.settings import Settings
from referral.topic_suggestions.suggestion_runs import suggest_topics
from tests.conftest import settings_for
from tests.support.imported import import_list
from tests.support.quick_files import folder_of_run

DISTRICT = "dc-directory/2023-export"


@pytest.fixture(scope="session")
def listed_directory(
    shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Directory]]:
    """Give what opens a directory by the path of its list below ``../shared/data``.

    It holds the base data, the list, and suggested topics. All test processes share it.
    """
    folder = folder_of_run(tmp_path_factory)
    with ExitStack() as stack:

        @cache
        def opened(name: str) -> Directory:
            path = shared_data / name
            if not path.is_dir():
                pytest.skip(f"../shared/data/{name} is not here: it is a real list, not ours")
            instance = folder / f"list-{name.replace('/', '-')}"
            instance.mkdir(exist_ok=True)
            with FileLock(instance / "making"):
                _make(instance, path)
            directory = stack.enter_context(opened_directory(_settings(instance)))
            directory.index.sync()
            return directory

        yield opened


def _settings(instance: Path) -> Settings:
    return settings_for(instance, f"sqlite:///{(instance / 'referral.sqlite3').as_posix()}")


def _make(instance: Path, path: Path) -> None:
    made = instance / "made"
    if made.exists():
        return
    with opened_directory(_settings(instance)) as directory:
        load_base(directory)
        import_list(directory, path, source="list")
        suggest_topics(directory, no_progress)
        directory.index.sync()
    made.touch()
