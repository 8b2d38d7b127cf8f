"""A desk with a pantry to give."""

import pytest

from tests.support.desk import Desk, stock


@pytest.fixture
def desk(directory, app):
    """Give a desk whose directory has a pantry."""
    stock(directory)
    return Desk(app, directory)
