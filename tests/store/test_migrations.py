"""Migrations go up, down, and carry data; the tables they make are those of the models."""

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from referral.records.directory import Organization
from referral.store import Store
from referral.store.base import Base
from referral.store.change_log import store_state
from referral.store.conversion import row_from
from referral.store.database import newest_migration
from referral.store.rows import OrganizationRow


def test_the_migrated_tables_are_those_of_the_models(database_url):
    store = Store(database_url)
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    store.close()


def test_the_number_of_the_newest_file_is_its_revision():
    config = Config()
    config.set_main_option("script_location", "referral:store/migrations")
    assert newest_migration() == ScriptDirectory.from_config(config).get_current_head()


def test_up_twice_changes_nothing_and_keeps_data(empty_database_url):
    store = Store(empty_database_url)
    assert not store.is_current()
    store.migrate()
    with store.write() as session:
        session.add(row_from(Organization(id="o1", name="Stays")))
    store.migrate()
    assert store.is_current()
    with store.read() as session:
        assert session.get_one(OrganizationRow, "o1").name == "Stays"
        assert store_state(session).last_sequence == 1
    store.close()


def test_down_with_data_leaves_nothing_and_up_again_works(empty_database_url):
    store = Store(empty_database_url)
    store.migrate()
    with store.write() as session:
        session.add(row_from(Organization(id="o1", name="Goes")))
    store.migrate_down("base")
    assert inspect(store.engine).get_table_names() == ["alembic_version"]
    store.migrate()
    with store.read() as session:
        assert session.get(OrganizationRow, "o1") is None
    store.close()


def test_each_store_has_an_id_of_its_own(tmp_path):
    ids = set()
    for name in ("a", "b"):
        store = Store(f"sqlite:///{tmp_path / name}.sqlite3")
        store.migrate()
        with store.read() as session:
            ids.add(store_state(session).store_id)
        store.close()
    assert len(ids) == 2
