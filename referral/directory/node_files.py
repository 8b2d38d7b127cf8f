"""Whether all nodes have the same files and settings of their environment.

A logo, translations or address points are put on each node by whoever runs it. Nodes write digests
of theirs to the database once a minute, so that ``referral doctor`` can tell where they differ.
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

from referral.directory.context import Directory
from referral.settings import Settings
from referral.store.address_points import FILE as ADDRESS_POINTS
from referral.store.address_points import AddressPoints
from referral.store.availability import database_now
from referral.store.rows_log import NodeFilesRow

_SERVING = timedelta(minutes=5)  # a node that wrote nothing for longer does not serve


def note_node_files(directory: Directory) -> None:
    """Write what this node has; forget nodes that serve no more."""
    digests = digests_of(directory.settings)
    name = f"{socket.gethostname()} {directory.settings.instance_path}"[:255]
    row = NodeFilesRow
    with directory.store.write() as session:
        now = database_now(session)
        session.execute(delete(row).where(row.seen_at < now - _SERVING))
        session.merge(row(name=name, digests=digests, seen_at=now))


def differing_files(directory: Directory) -> Mapping[str, list[list[str]]]:
    """What nodes have in different forms: its name → groups of nodes that have the same."""
    row = NodeFilesRow
    with directory.store.read() as session:
        since = database_now(session) - _SERVING
        rows = session.scalars(select(row).where(row.seen_at >= since).order_by(row.name)).all()
    groups: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for each in rows:
        for about, digest in each.digests.items():
            groups[about][digest].append(each.name)
    return {about: list(found.values()) for about, found in groups.items() if len(found) > 1}


def digests_of(settings: Settings) -> dict[str, str]:
    """What a node has for itself, each as a digest or a short text that says what is the same."""
    folder, theme = settings.instance_path, settings.theme
    return {
        "logo": _digest(settings.logo.content) if settings.logo else "",
        "colors": repr((theme.tokens, theme.dark_tokens)),
        "translations": _of_files((folder / "translations").rglob("*.po")),
        "zoom levels of map tiles": repr(settings.tile_zooms),
        "address points": _of_points(folder / ADDRESS_POINTS),
    }


def _of_files(paths: Iterable[Path]) -> str:
    there = sorted(path for path in paths if path.is_file())
    return _digest(b"".join(_digest(path.read_bytes()).encode() for path in there))


def _of_points(path: Path) -> str:
    return _sums_of(path.parent, path.stat().st_mtime_ns) if path.is_file() else ""


@lru_cache(maxsize=1)  # there may be millions of points, which seldom change
def _sums_of(folder: Path, _changed_at: int) -> str:
    with closing(AddressPoints(folder)) as points:
        return repr(points.sums())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
