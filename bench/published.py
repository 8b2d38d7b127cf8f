"""Comparison of everything published before and after a change: ``python -m bench.published``.

The command records digests of all data that leaves an instance, and compares a later run with them::

    python -m bench.published record INSTANCE before.json.gz
    python -m bench.published compare INSTANCE before.json.gz

The data are each object of the API (flat, full, and as in the feed), each line of the feed, each
file of an export in each format, and each listing and page of an organization for each audience.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from io import BytesIO
from typing import Any

from bench.before_and_after import record_or_compare
from referral.directory.instance import Instance
from referral.directory.listings import read_organization
from referral.errors import NotFoundError
from referral.open_data.files.export import export_directory
from referral.open_data.hsds_objects import HsdsObjects
from referral.open_data.ledger.changes_feed import read_changes
from referral.open_data.ledger.entries import PUBLISHED_KINDS
from referral.open_data.records import ExportFormat
from referral.records.visibility import Audience
from referral.store.base import in_batches
from referral.store.listings import load_listings
from referral.store.rows import OrganizationRow, ServiceRow

_BATCH_SIZE = 50


def published_digests(instance: Instance) -> Iterator[tuple[str, str]]:
    """Yield name and digest of each listing, page, API object, feed line and export file."""
    yield from _page_digests(instance)
    yield from _api_digests(instance)
    yield from _feed_digests(instance)
    yield from _export_digests(instance)


def _page_digests(instance: Instance) -> Iterator[tuple[str, str]]:
    with instance.store.read() as session:
        services = [row.id for row in session.query(ServiceRow).order_by(ServiceRow.id)]
        organizations = [row.id for row in session.query(OrganizationRow)]
        for audience in Audience:
            for batch in in_batches(services, _BATCH_SIZE):
                for listing in load_listings(session, batch, audience):
                    yield f"listing {audience} {listing.service.id}", _digest(asdict(listing))
    for audience in Audience:
        for organization_id in organizations:
            try:
                page = read_organization(instance, organization_id, audience)
            except NotFoundError:
                continue
            yield f"organization {audience} {organization_id}", _digest(asdict(page))


def _api_digests(instance: Instance) -> Iterator[tuple[str, str]]:
    with instance.store.read() as session:
        objects = HsdsObjects(instance, session)
        for kind in PUBLISHED_KINDS:
            for some in in_batches(sorted(objects.public.ids(kind)), _BATCH_SIZE):
                for name in ("flat", "full", "alone"):
                    for each in getattr(objects, name)(kind, some):
                        yield f"{name} {kind} {each['id']}", _digest(each)


def _feed_digests(instance: Instance) -> Iterator[tuple[str, str]]:
    cursor = "0"
    while (page := read_changes(instance, cursor)).lines:
        cursor = page.cursor
        for line in map(json.loads, page.lines.splitlines()):
            yield f"feed {line['kind']} {line['id']}", _digest(line)


def _export_digests(instance: Instance) -> Iterator[tuple[str, str]]:
    for form in ExportFormat:
        if form is ExportFormat.XLSX:  # its sheets are the same tables as in other formats
            continue
        file = BytesIO()
        export_directory(instance, form, file)
        if not zipfile.is_zipfile(file):
            yield f"file {form}", _digest(file.getvalue().decode())
            continue
        with zipfile.ZipFile(file) as parts:
            for name in parts.namelist():  # rows are sorted, because their order has no meaning
                lines = sorted(parts.read(name).decode("utf-8", "replace").splitlines())
                yield f"file {form} {name}", _digest(lines)


def _digest(value: Any) -> str:
    plain = json.dumps(value, default=_plain_value, sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()


def _plain_value(value: Any) -> Any:
    return sorted(value) if isinstance(value, set | frozenset) else str(value)


if __name__ == "__main__":
    record_or_compare(published_digests)
