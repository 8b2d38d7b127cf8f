"""Fixtures of tests of what is published: the county, with and without its ledger."""

import pytest

from referral.open_data.ledger.ledger_updates import update_ledger
from tests.support.databases import database_filled
from tests.support.editing import the_county

directory_url = database_filled(the_county)


@pytest.fixture
def ledger(instance):
    """Give the directory of the county with its ledger filled."""
    update_ledger(instance)
    return instance
