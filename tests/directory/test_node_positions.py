"""A node is far behind only where another one that serves has come further."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from referral.app import create_app
from referral.directory import health
from referral.directory.node_positions import (
    MANY_CHANGES,
    forget_position,
    is_far_behind_others,
    note_position,
)
from referral.store.connections.database_clock import database_now
from referral.store.rows_log import NodeIndexRow


@pytest.fixture
def other(directory, tmp_path):
    """Another node, whose index is up to date."""
    directory.index.sync()
    return replace(
        directory, settings=replace(directory.settings, instance_path=tmp_path / "other")
    )


def test_a_node_is_compared_with_those_that_serve(directory, other):
    reached = directory.index.status().reached
    note_position(directory)
    assert not is_far_behind_others(directory, -MANY_CHANGES)
    note_position(other)
    assert is_far_behind_others(directory, reached - MANY_CHANGES - 1)
    assert not is_far_behind_others(directory, reached - MANY_CHANGES)
    forget_position(other)
    assert not is_far_behind_others(directory, reached - MANY_CHANGES - 1)
    note_position(other)
    with directory.store.write() as session:
        silent_since = database_now(session) - timedelta(minutes=1)
        session.execute(update(NodeIndexRow).values(seen_at=silent_since))
    assert not is_far_behind_others(directory, reached - MANY_CHANGES - 1)


def test_no_visitor_is_sent_to_a_node_that_is_far_behind(directory, other, monkeypatch):
    """Both have the changes of a large list before them; only the one that is further is ready."""
    monkeypatch.setattr(health, "MANY_CHANGES", -1)
    client = create_app(directory.settings, directory).test_client()
    assert client.get("/health/ready").status_code == 200
    note_position(other)
    assert client.get("/health/ready").status_code == 200
    with directory.store.write() as session:
        session.execute(update(NodeIndexRow).values(reached=NodeIndexRow.reached + 1_000))
    behind = client.get("/health/ready")
    assert behind.status_code == 503
    assert behind.json["behind"] is True
    assert behind.json["index"] is True
