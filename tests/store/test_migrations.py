"""Migrations go up, down, and carry data; the tables they make are those of the models."""

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, inspect, select, text

from referral.desk.rows import DeskRow, FavoriteRow, InquiryRow, SavedSearchRow
from referral.records.directory import Organization
from referral.store import Store
from referral.store.base import Base
from referral.store.change_log import store_state
from referral.store.conversion import row_from
from referral.store.database import newest_migration
from referral.store.rows import OrganizationRow
from referral.store.rows_log import MissedSearchRow


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


def database_of_198ea44(url: str) -> Store:
    """A database that commit 198ea44 made in eleven steps, by the statements it executed."""
    store = Store(url)
    file = Path(__file__).with_name(f"schema_198ea44_{store.engine.dialect.name}.sql")
    with store.engine.begin() as connection:
        for statement in file.read_text(encoding="utf-8").split(";\n"):
            if statement:
                connection.exec_driver_sql(statement)
    return store


def contents_of(engine: Engine) -> dict[str, Any]:
    """Tables with columns, constraints, indexes and rows, in an order that can be compared."""
    inspector = inspect(engine)
    metadata = MetaData()
    metadata.reflect(engine)
    found: dict[str, Any] = {}
    with engine.connect() as connection:
        for name, table in metadata.tables.items():
            found[name] = {
                "columns": [
                    column | {"type": str(column["type"])} for column in inspector.get_columns(name)
                ],
                "primary key": inspector.get_pk_constraint(name),
                "foreign keys": sorted(inspector.get_foreign_keys(name), key=str),
                "unique": sorted(inspector.get_unique_constraints(name), key=str),
                "checks": inspector.get_check_constraints(name),
                "indexes": sorted(inspector.get_indexes(name), key=str),
                "rows": [dict(row) for row in connection.execute(select(table)).mappings()],
            }
    # Each store has one of its own.
    del found["store_state"]["rows"][0]["store_id"]
    del found["withheld_hash_key"]["rows"][0]["secret"]
    return found


@pytest.mark.slow
def test_a_database_of_198ea44_becomes_like_a_new_one(database_url, empty_database_url):
    new, old = Store(database_url), database_of_198ea44(empty_database_url)
    old.migrate()
    assert contents_of(new.engine) == contents_of(old.engine)
    new.close()
    old.close()


@pytest.mark.slow
def test_a_database_of_198ea44_takes_changes(empty_database_url):
    store = database_of_198ea44(empty_database_url)
    store.migrate()
    assert store.is_current()
    with store.write() as session:
        session.add(row_from(Organization(id="o1", name="Old")))
    with store.write() as session:
        session.get_one(OrganizationRow, "o1").name = "New"
    with store.read() as session:
        assert session.get_one(OrganizationRow, "o1").name == "New"
        assert store_state(session).last_sequence == 2
    store.close()


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_each_store_has_an_id_of_its_own(tmp_path):
    ids = set()
    for name in ("a", "b"):
        store = Store(f"sqlite:///{tmp_path / name}.sqlite3")
        store.migrate()
        with store.read() as session:
            ids.add(store_state(session).store_id)
        store.close()
    assert len(ids) == 2


@pytest.mark.slow
def test_words_of_searches_and_their_hashes_go_and_topics_count_on(empty_database_url):
    """On SQLite also from the bytes of the file, where an older version had deleted some."""
    store = Store(empty_database_url)
    store.migrate_up("0048")
    with store.engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA secure_delete=OFF") if is_sqlite(store) else None
        insert = (
            "INSERT INTO missed_search (id, word, month, count, status, heading, term_code)"
            " VALUES (:id, :word, '2026-11', 3, :status, 'health', :term)"
        )
        for number in range(40):
            row = {"id": str(number), "word": f"zwieback{number}", "status": "kept", "term": ""}
            connection.execute(text(insert), row)
        topic = {"id": "40", "word": "", "status": "kept", "term": "dentures"}
        connection.execute(text(insert), topic)
        connection.execute(text("DELETE FROM missed_search WHERE id = '39'"))
        connection.execute(
            text("INSERT INTO unknown_word VALUES ('zwiebackhash', 1, 1, '2026-11-02', 'hidden')")
        )
        connection.execute(text("INSERT INTO unknown_word_key VALUES ('2026-11', 'zwiebacksalt')"))
    store.migrate()
    with store.read() as session:
        rows = session.scalars(select(MissedSearchRow)).all()
        assert [(row.heading, row.term_code, row.count) for row in rows] == [
            ("health", "dentures", 3)
        ]
    assert not {"unknown_word", "unknown_word_key"} & set(inspect(store.engine).get_table_names())
    store.close()
    if is_sqlite(store):
        file = Path(store.engine.url.database)
        assert b"zwieback" not in b"".join(
            p.read_bytes() for p in file.parent.glob(f"{file.name}*")
        )


def is_sqlite(store: Store) -> bool:
    return store.engine.dialect.name == "sqlite"


@pytest.mark.slow
def test_typed_names_of_desks_become_a_list(empty_database_url):
    store = Store(empty_database_url)
    store.migrate_up("0021")
    with store.engine.begin() as connection:
        for number, desk in enumerate(["Main desk", "main-desk", "Main desk", "Bus", "", "--"]):
            connection.execute(
                text(
                    "INSERT INTO inquiry (id, code, desk, started_at, training, county, tried,"
                    " barriers, access_needs, month) VALUES (:id, '', :desk, '2026-11-01', :no,"
                    " '', '[]', '[]', '[]', '2026-11')"
                ),
                {"id": str(number), "desk": desk, "no": False},
            )
            for table, more in (("favorite", ", service_id"), ("saved_search", ", address")):
                connection.execute(
                    text(
                        f"INSERT INTO {table} (id, desk, name{more}) VALUES (:id, :desk, :name,"
                        " '{}')"
                    ),
                    {"id": str(number), "desk": desk, "name": "B" if number == 2 else "A"},
                )
        for value, number in (("Main desk", 7), ("main-desk", 2), ("Bus", 1)):
            connection.execute(
                text(
                    "INSERT INTO published_count (measure, dimension, months, above, value,"
                    " first_month, last_month, count) VALUES ('inquiries', 'desk', 'm', '',"
                    " :value, '2026-11', '2026-11', :number)"
                ),
                {"value": value, "number": number},
            )
    store.migrate()
    with store.read() as session:
        desks = {desk.id: desk.name for desk in session.scalars(select(DeskRow))}
        assert sorted(desks.values()) == ["--", "Bus", "Main desk"]
        found = session.execute(select(InquiryRow.desk).order_by(InquiryRow.id)).scalars()
        names = [desks.get(desk, desk) for desk in found]
        assert names == ["Main desk", "Main desk", "Main desk", "Bus", "", "--"]
        kept = {
            table: sorted(
                name
                for desk, name in session.execute(select(table.desk, table.name))
                if desks.get(desk) == "Main desk"
            )
            for table in (FavoriteRow, SavedSearchRow)
        }
        published = session.execute(text("SELECT value, count FROM published_count")).all()
        assert {desks[desk]: number for desk, number in published} == {"Main desk": 9, "Bus": 1}
    assert kept == {FavoriteRow: ["A", "B"], SavedSearchRow: ["A", "A 2", "B"]}
    store.migrate_down("0021")
    with store.engine.connect() as connection:
        kept_names = connection.execute(text("SELECT desk FROM inquiry ORDER BY id")).scalars()
        assert list(kept_names)[:4] == ["Main desk"] * 3 + ["Bus"]
    store.close()


@pytest.mark.slow
def test_an_inquiry_of_before_happened_in_its_month(empty_database_url):
    store = Store(empty_database_url)
    store.migrate_up("0019")
    closed = {"1": "2026-11-01 02:00:00", "2": "2026-11-14 15:00:00"}
    with store.engine.begin() as connection:
        for number, moment in closed.items():
            connection.execute(
                text(
                    "INSERT INTO inquiry (id, code, desk, started_at, closed_at, training, county,"
                    " tried, barriers, access_needs, month) VALUES (:id, '', '', :at, :at, :no,"
                    " '', '[]', '[]', '[]', :month)"
                ),
                {"id": number, "at": moment, "no": False,
                 "month": "2026-10" if number == "1" else "2026-11"},
            )  # fmt: skip
    store.migrate()
    with store.read() as session:
        rows = session.scalars(select(InquiryRow).order_by(InquiryRow.id)).all()
        assert [str(row.happened_on) for row in rows] == ["2026-10-31", "2026-11-14"]
        assert {(row.question_type, row.count, row.with_need) for row in rows} == {
            ("referral", 1, True)
        }
    store.close()
