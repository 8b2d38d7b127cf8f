"""A site whose imports are done."""

import pytest

from referral.imports.seed_lists import load_base
from tests.conftest import settings_for
from tests.support.working_site import working_site


@pytest.fixture
def site(sqlite_databases, tmp_path):
    """Serve a site with an admin, whose work is done, and give its address."""
    with working_site(settings_for(tmp_path, sqlite_databases.filled(load_base))) as address:
        yield address
