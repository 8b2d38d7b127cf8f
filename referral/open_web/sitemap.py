"""The records in a sitemap: all services and organizations of the open data."""

from __future__ import annotations

from datetime import datetime

from referral.directory.instance import Instance
from referral.open_data.hsds_records import public_records
from referral.open_data.ledger.entries import modified_at_of

PER_FILE = 50_000  # the most URLs in a file by the protocol of sitemaps.org
KINDS = {"services": "service", "organizations": "organization"}


def count_files(instance: Instance, name: str) -> int:
    """Return the number of sitemap files for a kind of record (a key of ``KINDS``)."""
    with instance.store.read() as session:
        records = len(public_records(session).ids(KINDS[name]))
    return -(-records // PER_FILE)


def read_pages(instance: Instance, name: str, number: int) -> list[tuple[str, datetime | None]]:
    """Return the record ids in a sitemap file, and when each record last changed, if known.

    Args:
        name: kind of the records (a key of ``KINDS``).
        number: number of the file, from 1. The result is empty if there is no such file.
    """
    with instance.store.read() as session:
        ids = sorted(public_records(session).ids(KINDS[name]))
        times = modified_at_of(session, KINDS[name])
    ids_in_file = ids[(number - 1) * PER_FILE : number * PER_FILE]
    return [(record_id, times.get(record_id)) for record_id in ids_in_file]
