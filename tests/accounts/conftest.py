"""The admin whom most tests of accounts have, and a browser where she is signed in."""

import pytest

from tests.support.staff import add_account, signed_in_client


@pytest.fixture
def pat(instance):
    return add_account(instance)


@pytest.fixture
def signed_in(app, pat):
    return signed_in_client(app)
