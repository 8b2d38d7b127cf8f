"""Fixtures for an instance with the few services of a small list."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import select

from referral.directory.instance import Instance
from referral.store.rows import ServiceRow
from tests.support.databases import Databases
from tests.support.imported import import_list
from tests.support.provider_lists import pantry_list


def pantries(instance: Instance) -> None:
    """Import a small list: a filling for databases that tests copy."""
    with TemporaryDirectory() as name:
        import_list(instance, pantry_list(Path(name) / "list"), source="pantries")


@pytest.fixture
def directory_url(request: pytest.FixtureRequest, databases: Databases) -> str:
    """Return the URL of a database, filled with a small list if the test uses ``services``."""
    return databases.filled(pantries) if "services" in request.fixturenames else databases.filled()


@pytest.fixture
def services(instance: Instance) -> list[str]:
    """Return the ids of the services of the small list, sorted by name."""
    with instance.store.read() as session:
        return list(session.scalars(select(ServiceRow.id).order_by(ServiceRow.name)))


@pytest.fixture
def service_id(services: list[str]) -> str:
    """Return the id of a service of the small list."""
    return services[0]
