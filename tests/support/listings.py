"""A directory with a few services to give."""

from pathlib import Path

import pytest
from sqlalchemy import select

from referral.directory.context import Directory
from referral.imports.apply import apply_import
from referral.imports.prepare import prepare_import
from referral.store.rows import ServiceRow
from tests.support.provider_lists import pantry_list


@pytest.fixture
def services(directory: Directory, tmp_path: Path) -> list[str]:
    """Import a small list; give the ids of its services by name."""
    prepared = prepare_import(directory, pantry_list(tmp_path / "list"), source="pantries")
    apply_import(directory, prepared)
    with directory.store.read() as session:
        return list(session.scalars(select(ServiceRow.id).order_by(ServiceRow.name)))


@pytest.fixture
def service_id(services: list[str]) -> str:
    """Give the id of one service."""
    return services[0]
