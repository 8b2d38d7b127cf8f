"""Which records a sitemap lists: the services and organizations of the open data."""

from __future__ import annotations

from datetime import datetime

from referral.directory.instance import Instance
from referral.open_data.hsds_records import public_records
from referral.open_data.ledger.entries import modified_at_of

PER_FILE = 50_000  # sitemaps.org: the most addresses that one file may have
KINDS = {"services": "service", "organizations": "organization"}


def count_files(instance: Instance, name: str) -> int:
    """How many files the addresses of a kind (named in ``KINDS``) need."""
    with instance.store.read() as session:
        found = len(public_records(session).ids(KINDS[name]))
    return -(-found // PER_FILE)


def read_pages(instance: Instance, name: str, number: int) -> list[tuple[str, datetime | None]]:
    """The ids in one file of a kind, and when each changed for the public, where that is known.

    Args:
        number: from 1; past the last file there is nothing.
    """
    with instance.store.read() as session:
        ids = sorted(public_records(session).ids(KINDS[name]))
        times = modified_at_of(session, KINDS[name])
    return [(each, times.get(each)) for each in ids[(number - 1) * PER_FILE : number * PER_FILE]]
