"""A directory with a few services to give."""

import pytest
from sqlalchemy import select

from referral.operations.import_lists import apply_import, prepare_import
from referral.store.rows import ServiceRow
from tests.operations.lists import pantry_list


@pytest.fixture
def services(directory, tmp_path):
    """Import a small list; give the ids of its services by name."""
    prepared = prepare_import(directory, pantry_list(tmp_path / "list"), source="pantries")
    apply_import(directory, prepared)
    with directory.store.read() as session:
        return list(session.scalars(select(ServiceRow.id).order_by(ServiceRow.name)))


@pytest.fixture
def sample_service(services):
    """Give the id of one service."""
    return services[0]
