"""How far the search index of each serving node has come, and whether this one is far behind.

A node that is far behind another finds old listings, so no visitor should be sent to it while the
other serves. Nodes are compared with each other, not with the database: a large import leaves all
of them behind at once, and then all go on. The node that has come furthest is never far behind.
"""

from __future__ import annotations

import socket
from datetime import timedelta

from sqlalchemy import delete, func, select

from referral.directory.context import Directory
from referral.store.connections.database_clock import database_now
from referral.store.rows_log import NodeIndexRow

POSITION_SECONDS = 5.0  # so often a node writes how far it has come
MANY_CHANGES = 500  # more than staff make while the index rests
_SERVING = timedelta(seconds=20)  # a node that wrote nothing for longer does not serve


def node_name(directory: Directory) -> str:
    """The name of this node in the database."""
    return f"{socket.gethostname()} {directory.settings.instance_path}"[:255]


def note_position(directory: Directory) -> None:
    """Write how far the index of this node has come; forget nodes that serve no more."""
    status = directory.index.status()
    row = NodeIndexRow
    with directory.store.write() as session:
        now = database_now(session)
        session.execute(delete(row).where(row.seen_at < now - _SERVING))
        if status.available:
            session.merge(row(name=node_name(directory), reached=status.reached, seen_at=now))


def forget_position(directory: Directory) -> None:
    """Say that this node serves no more, so that no other waits for it."""
    with directory.store.write() as session:
        session.execute(delete(NodeIndexRow).where(NodeIndexRow.name == node_name(directory)))


def is_far_behind_others(directory: Directory, reached: int) -> bool:
    """Whether another node that serves has come further by the changes of a list or more."""
    row = NodeIndexRow
    with directory.store.read() as session:
        furthest = session.scalar(
            select(func.max(row.reached)).where(
                row.name != node_name(directory), row.seen_at >= database_now(session) - _SERVING
            )
        )
    return furthest is not None and furthest - reached > MANY_CHANGES
