"""A desk with a pantry to give."""

import pytest

from tests.support.desk import Desk, stock


@pytest.fixture
def desk(instance, app):
    """Give a desk whose directory has a pantry."""
    stock(instance)
    return Desk(app, instance)
