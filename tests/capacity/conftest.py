"""Two services whose places everybody may know, beside one with a safe house."""

import pytest
from sqlalchemy import select

from referral.directory.instance import Instance
from referral.store.rows import ServiceRow
from tests.support.desk import PANTRY, stock


@pytest.fixture
def services(instance: Instance) -> list[str]:
    """Give the ids of the two."""
    stock(instance)
    with instance.store.read() as session:
        pantry = select(ServiceRow.id).where(ServiceRow.name == "Food pantry")
        return [session.scalars(pantry).one(), PANTRY]


@pytest.fixture
def safe_house(instance: Instance, services: list[str]) -> str:
    """Give the id of the third."""
    assert services
    with instance.store.read() as session:
        shelter = select(ServiceRow.id).where(ServiceRow.name.like("%shelter"))
        return session.scalars(shelter).one()
