"""Nodes that differ in files of their environment are named; nodes that are gone are forgotten."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from referral.directory.node_files import differing_files, digests_of, note_node_files
from referral.store.address_points import build_address_points
from referral.store.availability import database_now
from referral.store.rows_log import NodeFilesRow
from referral.theme import parse_logo

CATALOG = "translations/fr/LC_MESSAGES/messages.po"


def node(instance, folder):
    """The same directory as a node with that folder has it."""
    folder.mkdir()
    settings = replace(instance.settings, instance_path=folder)
    return replace(instance, given=settings)


@pytest.fixture
def nodes(instance, tmp_path):
    return [node(instance, tmp_path / name) for name in ("one", "two")]


def put(node, name, content):
    path = node.settings.instance_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def test_nodes_with_the_same_files_differ_in_nothing(nodes):
    for each in nodes:
        put(each, CATALOG, 'msgid ""\nmsgstr ""\n')
        note_node_files(each)
    assert differing_files(nodes[0]) == {}


def test_a_file_that_one_node_lacks_is_named(nodes):
    put(nodes[0], CATALOG, "phrase\n")
    for each in nodes:
        note_node_files(each)
    [(found, groups)] = differing_files(nodes[1]).items()
    assert found == "translations"
    assert [len(group) for group in groups] == [1, 1]


def test_another_logo_or_color_or_other_points_are_noticed(instance, tmp_path):
    here = digests_of(instance.settings)
    logos = [tmp_path / name for name in ("a.svg", "b.svg", "c.svg")]
    for path, content in zip(logos, ("<svg/>", "<svg/>", "<svg></svg>"), strict=True):
        path.write_text(content)
    same, again, other = (
        digests_of(replace(instance.settings, logo=parse_logo(str(path))))["logo"] for path in logos
    )
    assert same == again != other
    colored = digests_of(replace(instance.settings, color_primary=(0, 60, 60)))
    assert {about for about in here if here[about] != colored[about]} == {"colors"}
    point = ("12 Oak St", "Warren", "16365", 41.8, -79.1)
    build_address_points(instance.settings.instance_path, [point], lambda _done: None)
    pointed = digests_of(instance.settings)
    assert {about for about in here if here[about] != pointed[about]} == {"address points"}


def test_a_node_that_serves_no_more_is_forgotten(nodes):
    put(nodes[0], CATALOG, "phrase\n")
    for each in nodes:
        note_node_files(each)
    with nodes[0].store.write() as session:
        gone = NodeFilesRow.name.endswith(str(nodes[0].settings.instance_path))
        since = database_now(session) - timedelta(minutes=6)
        session.execute(update(NodeFilesRow).where(gone).values(seen_at=since))
    assert differing_files(nodes[1]) == {}
    note_node_files(nodes[1])
    with nodes[1].store.read() as session:
        assert len(session.scalars(select(NodeFilesRow)).all()) == 1
