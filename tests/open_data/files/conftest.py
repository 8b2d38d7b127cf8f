"""The real lists, all in one directory, for tests of what leaves."""

import pytest

from referral.directory.instance import opened_instance
from referral.directory.seed import load_headings
from tests.conftest import settings_for
from tests.support.imported import import_list

REAL_LISTS = {
    "dc": "dc-directory/2023-export",
    "bc": "airs/bc211/BC211_data_excerpt.xml",
    "florida": "florida-legal-aid",
    "ohana": "ohana-sample/sample-csv",
    "sf": "sf-lists/icarol-sf.csv",
    "sf-money": "sf-lists/money-services.csv",
    "sf-women": "sf-lists/women-services.csv",
    "sf-link": "sf-lists/linksf.json",
    "official": "hsds-3.1/examples/csv",
}


@pytest.fixture(scope="session")
def real_lists(shared_data, tmp_path_factory):
    """Give a directory with every real list in it.

    Tests must not change it.
    """
    folder = tmp_path_factory.mktemp("real")
    url = f"sqlite:///{(folder / 'referral.sqlite3').as_posix()}"
    with opened_instance(settings_for(folder, url)) as instance:
        load_headings(instance)
        for source, path in REAL_LISTS.items():
            import_list(instance, shared_data / path, source=source)
        yield instance
