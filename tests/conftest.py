"""Fixtures that most tests ask for; what stands behind them is in tests/support."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from filelock import FileLock
from flask import Flask
from hypothesis import settings as hypothesis_settings

from referral.app import create_app
from referral.demo.sample_guides import add_sample_guides
from referral.directory.instance import Instance, opened_instance
from referral.imports.seed_lists import load_sample
from referral.open_data.ledger.ledger_updates import update_ledger
from referral.settings import Settings
from tests.support.compiling import compile_once
from tests.support.inspector import InspectingClient, inspecting
from tests.support.places import lend_places, make_places
from tests.support.plants import planted
from tests.support.quick_files import folder_of_run, keep_files_in_memory
from tests.support.reading_processes import fork_readers
from tests.support.server import serving
from tests.support.staff import add_account, signed_in_client
from tests.support.two_nodes import has_two_nodes, use_two_nodes

# In this order: the browser imports from the databases, and pytest rewrites before it imports.
pytest_plugins = [
    "tests.support.skips",
    "tests.support.databases",
    "tests.support.browser",
    "tests.support.listings",
    "tests.support.pages",
    "tests.support.real_lists",
]

keep_files_in_memory()
compile_once()
fork_readers()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that gives each site two nodes."""
    parser.addoption(
        "--two-nodes", action="store_true", help="serve each site by two nodes on PostgreSQL"
    )


# A busy machine is not a failure, and a failure must come again on the next run.
def pytest_configure(config: pytest.Config) -> None:
    """Choose how properties are tried."""
    in_ci = {"derandomize": True, "print_blob": True} if os.environ.get("CI") == "true" else {}
    hypothesis_settings.register_profile("here", deadline=None, max_examples=25, **in_ci)
    hypothesis_settings.load_profile("here")
    use_two_nodes(is_on=config.getoption("--two-nodes"))


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Hash passwords at the least cost."""
    with pytest.MonkeyPatch.context() as patch:
        hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        patch.setattr("referral.accounts.passwords.HASHER", hasher)
        yield


@pytest.fixture(scope="session", autouse=True)
def places(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Make the table of places, which ``settings_for`` lends to every instance."""
    make_places(tmp_path_factory.mktemp("places"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give real provider lists, which lie beside the repository and are no part of it."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("../shared/data is not here: it has real provider lists that are not ours")
    return folder


def settings_for(instance_path: Path, database_url: str, **more: object) -> Settings:
    """Give settings that no environment variable of this machine reaches."""
    lend_places(instance_path)
    return Settings.from_environment(
        environ={},
        instance_path=instance_path,
        database_url=database_url,
        secret_key="only for tests, and long enough to be taken",
        testing=True,
        **more,
    )


@pytest.fixture
def instance(directory_url: str, tmp_path: Path) -> Iterator[Instance]:
    """Give a directory with headings and rules and no listing, on each kind of database.

    A module whose tests all begin with the same listings gives another ``directory_url``.
    """
    with opened_instance(settings_for(tmp_path, directory_url)) as instance:
        yield instance


@pytest.fixture
def searchable(instance: Instance) -> Instance:
    """Give the same directory with an index of what its database was filled with."""
    instance.index.sync()
    return instance


@pytest.fixture(scope="session")
def sample_instance(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Instance]:
    """Give the directory of the demo, on SQLite: a copy of what is made once in a run.

    Tests must not change it.
    """
    if has_two_nodes():
        url = request.getfixturevalue("postgresql_databases").filled(load_sample)
        settings = settings_for(tmp_path_factory.mktemp("sample"), url, sample_data=True)
        with opened_instance(settings) as instance:
            _fill_sample(instance)
            yield instance
        return
    sample = _made_sample(folder_of_run(tmp_path_factory) / "sample")
    with _copied(sample, tmp_path_factory.mktemp("sample") / "demo") as instance:
        yield instance


def _made_sample(instance_path: Path) -> Settings:
    url = f"sqlite:///{(instance_path / 'referral.sqlite3').as_posix()}"
    with FileLock(f"{instance_path}.lock"):
        settings = settings_for(instance_path, url, sample_data=True)
        made = instance_path.with_suffix(".made")
        if not made.exists():
            with opened_instance(settings) as instance:
                _fill_sample(instance)
            made.touch()
    return settings


def _fill_sample(instance: Instance) -> None:
    load_sample(instance)
    add_sample_guides(instance)
    instance.index.sync()
    update_ledger(instance)


@pytest.fixture
def demo(sample_instance: Instance, tmp_path: Path) -> Iterator[Instance]:
    """Give a copy of the demo, on SQLite, that a test may change."""
    with copied(sample_instance, tmp_path / "demo") as instance:
        yield instance


def copied(original: Instance, folder: Path) -> AbstractContextManager[Instance]:
    """Open a copy of a directory on SQLite that all tests share; with two nodes, the demo anew."""
    return _copied(original.settings, folder)


@contextmanager
def _copied(sample: Settings, folder: Path) -> Iterator[Instance]:
    shutil.copytree(sample.instance_path, folder, ignore=shutil.ignore_patterns("*.sqlite3*"))
    if has_two_nodes():
        from tests.support.databases import PostgresDatabases

        url = PostgresDatabases.in_use[-1].filled(load_sample)
    else:
        url = _copied_file(sample.instance_path, folder)
    settings = settings_for(folder, url, sample_data=sample.sample_data)
    with opened_instance(settings) as instance:
        if has_two_nodes():
            add_sample_guides(instance)
        instance.index.sync()
        yield instance


def _copied_file(old: Path, new: Path) -> str:
    name = "referral.sqlite3"
    with closing(sqlite3.connect(old / name)) as source, closing(sqlite3.connect(new / name)) as to:
        source.backup(to)
        to.execute("DELETE FROM sign_in_try")  # who tried in other tests must not wait here
        to.commit()
    return f"sqlite:///{(new / name).as_posix()}"


@pytest.fixture
def app(instance: Instance) -> Flask:
    """Give the site without a listing."""
    return create_app(instance.settings, instance)


@pytest.fixture(scope="session")
def sample_app(sample_instance: Instance) -> Flask:
    """Give the site of the demo."""
    return create_app(sample_instance.settings, sample_instance)


@pytest.fixture
def sample_client(sample_app: Flask) -> InspectingClient:
    """Give a client that inspects every page of the demo it fetches, for withheld text too."""
    return inspecting(sample_app, *planted())


@pytest.fixture
def client(app: Flask) -> InspectingClient:
    """Give a client that inspects every page it fetches."""
    return inspecting(app)


@pytest.fixture
def admin(app: Flask, searchable: Instance) -> InspectingClient:
    """Give a client in which an admin is signed in."""
    add_account(searchable)
    return signed_in_client(app)


@pytest.fixture
def site(app: Flask, searchable: Instance) -> Iterator[str]:
    """Serve the site of ``instance`` for a browser and give its address."""
    with serving(app) as address:
        yield address
