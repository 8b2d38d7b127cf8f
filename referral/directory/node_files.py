"""Comparison of the files and environment settings of all nodes.

A logo, translations and address points are installed on each node by its operator. Nodes write
digests of them to the database once a minute, so that ``referral doctor`` can report differences.
"""

from __future__ import annotations

import hashlib
import socket
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from sqlalchemy import delete, select

from referral.directory.instance import Instance
from referral.settings import Settings
from referral.store.address_points import FILE as ADDRESS_POINTS
from referral.store.address_points import AddressPoints
from referral.store.availability import database_now
from referral.store.rows_log import NodeFilesRow

_SERVING_WITHIN = timedelta(minutes=5)  # a node without a write for longer does not serve


def note_node_files(instance: Instance) -> None:
    """Write the digests of this node's files; delete those of nodes that no longer serve."""
    digests = digests_of(instance.settings)
    name = f"{socket.gethostname()} {instance.settings.instance_path}"[:255]
    with instance.store.write() as session:
        now = database_now(session)
        session.execute(delete(NodeFilesRow).where(NodeFilesRow.seen_at < now - _SERVING_WITHIN))
        session.merge(NodeFilesRow(name=name, digests=digests, seen_at=now))


def differing_files(instance: Instance) -> Mapping[str, list[list[str]]]:
    """Return the files that differ between nodes: groups of nodes with equal ones, by file."""
    with instance.store.read() as session:
        since = database_now(session) - _SERVING_WITHIN
        rows = session.scalars(
            select(NodeFilesRow).where(NodeFilesRow.seen_at >= since).order_by(NodeFilesRow.name)
        ).all()
    groups: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        for file, digest in row.digests.items():
            groups[file][digest].append(row.name)
    return {
        file: list(nodes_by_digest.values())
        for file, nodes_by_digest in groups.items()
        if len(nodes_by_digest) > 1
    }


def digests_of(settings: Settings) -> dict[str, str]:
    """Return a digest or short text for each file and setting that a node has of its own.

    They are equal on nodes that have the same.
    """
    folder, theme = settings.instance_path, settings.theme
    return {
        "logo": _digest(settings.logo.content) if settings.logo else "",
        "colors": repr((theme.tokens, theme.dark_tokens)),
        "translations": _digest_of_files((folder / "translations").rglob("*.po")),
        "zoom levels of map tiles": repr(settings.tile_zooms),
        "address points": _digest_of_points(folder / ADDRESS_POINTS),
    }


def _digest_of_files(paths: Iterable[Path]) -> str:
    existing = sorted(path for path in paths if path.is_file())
    return _digest(b"".join(_digest(path.read_bytes()).encode() for path in existing))


def _digest_of_points(path: Path) -> str:
    return _cached_sums(path.parent, path.stat().st_mtime_ns) if path.is_file() else ""


@lru_cache(maxsize=1)  # there may be millions of points, which seldom change
def _cached_sums(folder: Path, _changed_at: int) -> str:
    with closing(AddressPoints(folder)) as points:
        return repr(points.sums())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
