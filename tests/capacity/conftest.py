"""Two services whose places everybody may know, beside one with a safe house."""

import pytest
from sqlalchemy import select

from referral.directory.context import Directory
from referral.store.rows import ServiceRow
from tests.support.desk import PANTRY, stock


@pytest.fixture
def services(directory: Directory) -> list[str]:
    """Give the ids of the two."""
    stock(directory)
    with directory.store.read() as session:
        pantry = select(ServiceRow.id).where(ServiceRow.name == "Food pantry")
        return [session.scalars(pantry).one(), PANTRY]


@pytest.fixture
def safe_house(directory: Directory, services: list[str]) -> str:
    """Give the id of the third."""
    assert services
    with directory.store.read() as session:
        shelter = select(ServiceRow.id).where(ServiceRow.name.like("%shelter"))
        return session.scalars(shelter).one()
