"""Nodes that start at once, and releases that serve beside each other."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from referral.errors import SettingsError
from referral.store import Store
from referral.store.database import newest_migration
from referral.store.migrations import versions
from tests.store.test_migrations import contents_of, load_instance_of_b8f2c5dc

ROOT = Path(__file__).parents[2]
NODES = 2
START = """
import sys
from pathlib import Path
from referral.directory.instance import opened_instance
from referral.settings import Settings

folder, url = sys.argv[1:]
settings = Settings.from_environment({}, instance_path=Path(folder), database_url=url, secret_key="x")
print("ready", flush=True)
sys.stdin.readline()
with opened_instance(settings) as instance:
    assert instance.store.is_current()
"""
TAKES_AWAY = {"drop_column", "drop_table", "alter_column", "rename_table", "drop_constraint"}


def start_nodes(url, folder):
    """Have processes open the same database at the same moment; what went wrong."""
    one_folder = url.startswith("sqlite")  # then they are processes of one node
    nodes = [
        subprocess.Popen(
            [sys.executable, "-c", START, str(folder if one_folder else folder / str(number)), url],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for number in range(NODES)
    ]  # fmt: skip
    for node in nodes:
        assert node.stdout.readline() == "ready\n", node.stderr.read()
    for node in nodes:
        node.stdin.write("\n")
        node.stdin.flush()
    ended = [(node.communicate(timeout=120)[1], node.returncode) for node in nodes]
    return [said for said, code in ended if code]


@pytest.mark.slow
@pytest.mark.both_databases
@pytest.mark.parametrize(
    "is_old",
    [pytest.param(False, id="empty"), pytest.param(True, id="older")],
)
def test_nodes_start_at_once(database_url, empty_database_url, tmp_path, is_old):
    if is_old:
        load_instance_of_b8f2c5dc(empty_database_url)
    assert start_nodes(empty_database_url, tmp_path) == []
    new, made = Store(database_url), Store(empty_database_url)
    found, expected = contents_of(made.engine), contents_of(new.engine)
    assert found.keys() == expected.keys()
    assert all(
        found[name] | {"rows": 0} == expected[name] | {"rows": 0} for name in expected
    )  # the day of listings, and who started, differ
    new.close()
    made.close()


def say_later(store, serves_from):
    """Make the tables those of a later release."""
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("UPDATE schema_state SET serves_from = :one"), {"one": serves_from})


def test_a_node_starts_on_the_tables_of_the_next_release(database_url):
    store = Store(database_url)
    say_later(store, newest_migration())
    store.migrate()
    assert store.is_usable()
    with store.engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
    store.close()


def test_a_node_refuses_tables_that_it_cannot_serve_on(database_url):
    store = Store(database_url)
    say_later(store, "9998")
    assert not store.is_usable()
    with pytest.raises(SettingsError, match="Install the later release"):
        store.migrate()
    store.close()


def faults_of(source):
    """What in a migration a node of the release before could not serve beside."""
    tree = ast.parse(source)
    assigned = [node.targets[0] for node in tree.body if isinstance(node, ast.Assign)]
    if any(isinstance(name, ast.Name) and name.id == "contracts" for name in assigned):
        return []
    upgrade = next(
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "upgrade"
    )
    calls = [node for node in ast.walk(upgrade) if isinstance(node, ast.Call)]
    named = [(node.func.attr, node) for node in calls if isinstance(node.func, ast.Attribute)]
    faults = [name for name, _ in named if name in TAKES_AWAY]
    for name, node in named:
        if name == "add_column":
            words = ast.unparse(node)
            if "nullable=False" in words and "server_default" not in words:
                faults.append("a column that older inserts leave out")
    return faults


def test_migrations_only_add_unless_they_say_so():
    paths = sorted(Path(versions.__path__[0]).glob("[0-9]*.py"))
    faults = {path.name: faults_of(path.read_text(encoding="utf-8")) for path in paths}
    assert not any(faults.values()), f"{faults}; see docs/nodes.md"
    drops = "def upgrade():\n    op.drop_column('a', 'b')\n"
    lacks = "def upgrade():\n    op.add_column('a', sa.Column('b', sa.Text(), nullable=False))\n"
    assert faults_of(drops) == ["drop_column"]
    assert len(faults_of(lacks)) == 1
    assert faults_of("contracts = True\n" + drops) == []
