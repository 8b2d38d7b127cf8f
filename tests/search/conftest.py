"""Stores and indexes for the tests of search. SQLite: what differs by database is in test_sync_*."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from referral.records.hsds import Record
from referral.search import Index
from referral.store import Store
from tests.search.small_directory import fill


@pytest.fixture
def index(store: Store, tmp_path: Path) -> Iterator[Index]:
    """Give an index of that store, which has not synced yet."""
    index = Index(tmp_path / "index", store)
    yield index
    index.close()


@pytest.fixture
def indexed(store: Store, index: Index) -> Callable[..., Index]:
    """Give a function that stores records (else the small directory) and syncs."""

    def fill_and_sync(*records: Record) -> Index:
        fill(store, *records)
        index.sync()
        return index

    return fill_and_sync
