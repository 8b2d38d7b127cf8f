"""The migrations: the tables are those of the models, and an older instance goes on with its data."""

import gzip
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, func, insert, inspect, select, text

from referral.accounts.links import read_link, take_link, token_hash
from referral.app import create_app
from referral.capacity.capacity_links import read_capacity_link
from referral.desk.rows import InquiryRow, NeedRow
from referral.directory.instance import Instance, opened_instance
from referral.errors import NotFoundError, SettingsError
from referral.following.rows import FollowedSourceRow
from referral.records.accounts import AccountRefusedError
from referral.records.headings import OWN_TAXONOMY
from referral.records.hsds import Organization
from referral.store import Store
from referral.store.base import Base
from referral.store.change_log import store_state
from referral.store.conversion import row_from
from referral.store.database import newest_migration
from referral.store.rows import (
    AddressRow,
    CrosswalkRuleRow,
    OrganizationRow,
    ServiceHeadingRow,
    TaxonomyTermRow,
)
from referral.store.rows_log import CheckpointRow, MissedSearchRow
from referral.terminal.devices import TerminalLink
from referral.terminal.devices import read_link as read_terminal_link
from referral.verification.provider_links import read_provider_link
from tests.conftest import settings_for
from tests.support.staff import signed_in_client


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


INSTANCE = Path(__file__).parent / "b8f2c5dc"
"""What that commit made: dumps of one small instance on both databases, and its backup."""
ID = "00000000-0000-4000-8000-0000000000"  # and two digits: the kind of record, and its number


def load_instance_of_b8f2c5dc(url: str) -> None:
    """Fill an empty database with an account, 41 inquiries and a withheld place of that commit."""
    store = Store(url)
    kind = store.engine.dialect.name
    dump = gzip.decompress((INSTANCE / f"{kind}.sql.gz").read_bytes()).decode()
    if kind == "sqlite":
        with closing(sqlite3.connect(store.engine.url.database)) as connection:
            connection.executescript(dump)
    else:
        with store.engine.begin() as connection:
            connection.connection.driver_connection.execute(dump)
    store.close()


def contents_of(engine: Engine) -> dict[str, Any]:
    """Tables with columns, constraints, indexes and rows, in an order that can be compared."""
    inspector = inspect(engine)
    metadata = MetaData()
    metadata.reflect(engine)
    found: dict[str, Any] = {}
    with engine.connect() as connection:
        for name, table in metadata.tables.items():
            found[name] = {
                "columns": sorted(
                    (each | {"type": str(each["type"])} for each in inspector.get_columns(name)),
                    key=lambda each: str(each["name"]),
                ),
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
@pytest.mark.both_databases
def test_an_instance_of_b8f2c5dc_goes_on(database_url, empty_database_url, tmp_path):
    load_instance_of_b8f2c5dc(empty_database_url)
    new = Store(database_url)
    with opened_instance(settings_for(tmp_path, empty_database_url)) as instance:
        expected = without_rows(contents_of(new.engine))
        assert without_rows(contents_of(instance.store.engine)) == expected
        holds_what_b8f2c5dc_wrote(instance)
    new.close()


def without_rows(contents: dict[str, Any]) -> dict[str, Any]:
    return {name: table | {"rows": []} for name, table in contents.items()}


def holds_what_b8f2c5dc_wrote(instance: Instance) -> None:
    """The account signs in, inquiries are counted, and the withheld street stays withheld."""
    app = create_app(instance.settings, instance)
    assert signed_in_client(app).get("/desk").status_code == 200
    with instance.store.write() as session:
        assert session.scalar(select(func.count()).select_from(InquiryRow)) == 41
        assert session.scalar(select(func.count()).select_from(NeedRow)) == 51
        session.get_one(AddressRow, f"{ID}31").address_1 = "77 Hidden Lane"
    for number in ("11", "12"):
        page = app.test_client().get(f"/services/{ID}{number}")
        assert page.status_code == 200
        assert "Hidden Lane" not in page.text


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
@pytest.mark.both_databases
def test_what_was_removed_leaves_a_note_and_followed_files_become_feeds(empty_database_url):
    store = Store(empty_database_url)
    store.migrate_up("0048")
    place = "https://lists.county.example"
    with store.engine.begin() as connection:
        tables = MetaData()
        tables.reflect(connection)

        def add(table: str, **values: Any) -> None:
            connection.execute(insert(tables.tables[table]).values(values))

        now = datetime.now(UTC)
        add("api_key", id="k", token_hash="h", name="County", per_minute=9, made_on=now.date())
        add("webhook", id="w", added_at=now)
        source = {
            "is_on": True, "every_hours": 24, "is_together": False, "small_changes": [],
            "is_rest": False, "is_shrunk": False, "failures": 0, "kind": "file", "digest": "d",
        }  # fmt: skip
        add(
            "followed_source", id="a", name="a", address=f"{place}/hsds/3.1/all.ndjson.gz", **source
        )
        add("followed_source", id="b", name="b", address=f"{place}/all.zip", **source)
    store.migrate()
    with store.read() as session:
        marks = session.scalars(select(CheckpointRow.name).order_by(CheckpointRow.name)).all()
        assert marks == ["removed api_key", "removed webhook"]
        feed, file = session.scalars(select(FollowedSourceRow).order_by(FollowedSourceRow.id))
        assert (feed.kind, feed.address, feed.digest) == ("referral", f"{place}/hsds/3.1", "")
        assert (file.kind, file.address, file.digest) == ("file", f"{place}/all.zip", "d")
    store.close()


@pytest.mark.both_databases
def test_the_topics_of_an_older_instance_get_their_order(empty_database_url):
    store = Store(empty_database_url)
    store.migrate_up("0051")
    now = datetime.now(UTC)
    with store.engine.begin() as connection:
        table = MetaData()
        table.reflect(connection, only=["taxonomy_term"])
        for key, code, taxonomy in (
            ("meals", "free-meals", OWN_TAXONOMY),
            ("shelf", "food-pantries", OWN_TAXONOMY),
            ("other", "food-pantries", "County"),
        ):
            connection.execute(
                insert(table.tables["taxonomy_term"]).values(
                    id=key, name=key, code=code, taxonomy=taxonomy, unmapped={}, updated_at=now
                )
            )
    store.migrate()
    with store.read() as session:
        terms = session.scalars(select(TaxonomyTermRow).order_by(TaxonomyTermRow.sort))
        placed = {term.id: term.sort for term in terms}
    assert placed["shelf"] < placed["meals"]
    assert placed["other"] is None
    store.close()


@pytest.mark.both_databases
def test_services_of_an_older_instance_are_placed_by_longer_beginnings_of_codes(
    empty_database_url,
):
    store = Store(empty_database_url)
    store.migrate_up("0052")
    now = datetime.now(UTC)
    with store.engine.begin() as connection:
        tables = MetaData()
        tables.reflect(connection)

        def add(table: str, **values: Any) -> None:
            connection.execute(insert(tables.tables[table]).values(values))

        for slug in (
            "health", "legal", "basic-needs", "employment", "families", "seniors", "emergency",
            "volunteers",
        ):  # fmt: skip
            add("heading", slug=slug, name=slug, plain_words="", name_es="", plain_words_es="",
                icon="", sort=0)  # fmt: skip
        for value, heading in (
            ("B", "basic-needs"), ("L", "health"), ("R", "health"), ("N", "employment"),
            ("P", "families"), ("F", "legal"), ("H", "families"), ("H", "health"),
        ):  # fmt: skip
            add("crosswalk_rule", kind="code_211", value=value, heading=heading)
        record = {"unmapped": {}, "updated_at": now}
        codes = {"helps": "PX-1900", "lends": "TI-1800", "learns": "HH-0500", "picked": "PX"}
        for key, code in codes.items():
            add("service", id=key, name=key, **record)
            add("taxonomy_term", id=f"{key}-term", name=code, code=code, taxonomy="211", **record)
            add("attribute", id=key, link_entity="service", link_id=key,
                taxonomy_term_id=f"{key}-term", **record)  # fmt: skip
        for key, heading, set_by in (
            ("helps", "families", "rule"), ("learns", "families", "rule"),
            ("learns", "health", "rule"), ("picked", "families", "staff"),
        ):  # fmt: skip
            add("service_heading", id=f"{key}-{heading}", service_id=key, heading=heading,
                set_by=set_by, **record)  # fmt: skip
    store.migrate()
    with store.read() as session:
        rule = CrosswalkRuleRow
        rules = {tuple(row) for row in session.execute(select(rule.value, rule.heading))}
        placed = session.execute(select(ServiceHeadingRow.service_id, ServiceHeadingRow.heading))
        assert sorted(map(tuple, placed)) == [
            ("helps", "volunteers"), ("learns", "families"), ("learns", "health"),
            ("lends", "volunteers"), ("picked", "families"),
        ]  # fmt: skip
    assert {("PX", "volunteers"), ("B", "basic-needs"), ("TD-16", "legal")} <= rules
    assert {heading for value, heading in rules if value[0] == "H"} == {"families", "health"}, (
        "the rules of a letter that staff changed stay the only ones"
    )
    store.close()


@pytest.mark.slow
@pytest.mark.both_databases
def test_links_that_were_sent_go_on_working(empty_database_url, tmp_path):
    """Each opens what it opened before, and nothing else."""
    load_instance_of_b8f2c5dc(empty_database_url)
    store = Store(empty_database_url)
    now = datetime.now(UTC)
    later, token = now + timedelta(hours=20), "sent-before"
    with store.engine.begin() as connection:
        tables = MetaData()
        tables.reflect(connection)

        def add(table: str, name: str, **values: Any) -> None:
            row = {"token_hash": token_hash(f"{token}-{name}"), "expires_at": later, **values}
            connection.execute(insert(tables.tables[table]).values(row))

        account_id = connection.scalar(select(tables.tables["account"].c.id).limit(1))
        organization_id = connection.scalar(select(tables.tables["organization"].c.id).limit(1))
        add("one_time_link", "reset", account_id=account_id, purpose="reset")
        add("one_time_link", "used", account_id=account_id, purpose="reset", used_at=now)
        add("provider_link", "provider", organization_id=organization_id, made_at=now)
        add("capacity_link", "capacity", service_id=f"{ID}11", unit="Beds", made_at=now)
        add("terminal_link", "mark", label="Lobby", ends_mark=False)
        add("terminal_link", "unmark", label="", ends_mark=True)
    store.close()
    with opened_instance(settings_for(tmp_path, empty_database_url)) as instance:
        assert read_link(instance, f"{token}-reset").id == account_id
        asked = read_provider_link(instance, f"{token}-provider").listing
        assert asked.organization.id == organization_id
        assert read_capacity_link(instance, f"{token}-capacity").unit == "Beds"
        assert read_terminal_link(instance, f"{token}-mark") == TerminalLink("Lobby", False)
        assert read_terminal_link(instance, f"{token}-unmark") == TerminalLink("", True)
        for name in ("used", "provider", "capacity", "mark"):
            with pytest.raises(AccountRefusedError):
                take_link(instance, f"{token}-{name}", "four odd teapots sing")
        for name in ("reset", "provider", "mark"):
            with pytest.raises(NotFoundError):
                read_capacity_link(instance, f"{token}-{name}")
        for name in ("reset", "capacity", "mark"):
            with pytest.raises(NotFoundError):
                read_provider_link(instance, f"{token}-{name}")
        for name in ("reset", "provider", "capacity"):
            assert read_terminal_link(instance, f"{token}-{name}") is None
        assert take_link(instance, f"{token}-reset", "four odd teapots sing").id == account_id


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
def test_tables_of_an_earlier_release_are_refused_and_kept(empty_database_url):
    store = Store(empty_database_url)
    store.migrate()
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0047'"))
    with pytest.raises(SettingsError, match="migration 0047, and this release upgrades from 0048"):
        store.migrate()
    assert inspect(store.engine).has_table("inquiry")
    store.close()


@pytest.mark.slow
def test_words_of_searches_and_their_hashes_go_and_topics_count_on(empty_database_url):
    """On SQLite also from the bytes of the file, where an older version had deleted some."""
    store = Store(empty_database_url)
    store.migrate_up("0048")
    with store.engine.begin() as connection:
        if store.engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete=OFF")
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
    if store.engine.dialect.name == "sqlite":
        file = Path(store.engine.url.database)
        assert b"zwieback" not in b"".join(
            p.read_bytes() for p in file.parent.glob(f"{file.name}*")
        )
