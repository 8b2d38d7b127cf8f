"""What a load balancer asks."""

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from referral.app import create_app
from referral.app.checks import DOCTOR, diagnose
from referral.app.health import FIRST_PAGE
from referral.backups.backup import write_backup
from referral.backups.records import BackupError
from referral.store.listing_cache import ListingCache
from tests.support.damaged_database import overwrite_leaf


def test_live(client):
    assert client.get("/health/live").json == {"status": "live"}


def test_ready(sample_client):
    response = sample_client.get("/health/ready")
    assert response.status_code == 200
    assert response.json["status"] == "ready"
    assert response.json["database"] is True
    assert response.json["index"] is True
    assert response.json["schema"] is True
    assert response.json["disk"] is True
    assert response.json["index_lag"] == 0
    assert response.json["services"] >= 300
    assert response.json["checked_at"]


def test_not_ready_without_an_index(instance):
    """The fixture's directory was never indexed."""
    response = create_app(instance.settings, instance).test_client().get("/health/ready")
    assert response.status_code == 503
    assert response.json["status"] == "not ready"


def ready(instance):
    return create_app(instance.settings, instance).test_client().get("/health/ready")


def set_schema(instance, revision):
    with instance.store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})


def test_not_ready_while_the_tables_are_older_than_the_program(searchable):
    set_schema(searchable, "0001")
    response = ready(searchable)
    assert response.status_code == 503
    assert response.json["database"] is True
    assert response.json["schema"] is False


def test_ready_beside_a_later_release(searchable):
    """Nodes of two releases serve together while one after the other is brought up to date."""
    set_schema(searchable, "9999")
    assert ready(searchable).status_code == 200


def test_not_ready_with_a_full_disk(searchable, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    response = ready(searchable)
    assert response.status_code == 503
    assert response.json["disk"] is False


def test_a_node_that_is_ready_has_read_what_a_first_search_needs(searchable):
    """The lists of words are read before the first visitor asks."""
    ready(searchable)
    known = searchable.index._word_lists._loaded
    assert known
    assert known.word_lists.nearest_phrases.is_indexed


def test_a_process_is_ready_when_its_first_page_was_made(searchable):
    """It takes ten times as long as the next, and no visitor is to wait for it."""
    app = create_app(searchable.settings, searchable)
    page = app.extensions[FIRST_PAGE]
    with page._lock:  # as while another thread makes it
        response = app.test_client().get("/health/ready")
    assert response.status_code == 503
    assert response.json["pages"] is False
    assert app.test_client().get("/health/ready").json["pages"] is True
    assert "patron/results.html" in {name for _, name in app.jinja_env.cache}


@pytest.fixture
def serving_app(demo):
    """Give the site of the demo as it serves: an error is a page."""
    app = create_app(demo.settings, demo)
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.mark.slow
def test_not_ready_with_a_damaged_database(demo, serving_app, caplog):
    def page_of(service_id):
        return client.get(f"/services/{service_id}")

    client = serving_app.test_client()
    assert client.get("/health/ready").status_code == 200
    with demo.store.engine.connect() as connection:
        last = "SELECT service_id FROM schedule WHERE service_id <> '' ORDER BY rowid DESC LIMIT 5"
        ids = connection.scalars(text(last)).all()
    overwrite_leaf(demo, "schedule")
    damaged = next(answer for answer in map(page_of, ids) if answer.status_code != 200)
    assert damaged.status_code == 503
    assert "is damaged" in damaged.text
    assert "988" in damaged.text
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json["database"] is False
    damaged_file = "The database is damaged (SQLITE_CORRUPT)."
    assert [each.getMessage() for each in caplog.records if each.name == "referral.database"] == [
        f"{damaged_file} Restore the last backup: referral restore FILE --replace"
    ]


@pytest.mark.slow
def test_a_text_that_is_not_utf_8_is_damage(demo, serving_app):
    with demo.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE organization SET name = CAST(x'e4' AS TEXT)")
    answer = serving_app.test_client().get("/organizations")
    assert answer.status_code == 503
    assert "is damaged" in answer.text


@pytest.mark.slow
def test_not_ready_with_a_database_that_was_emptied(demo, serving_app):
    client = serving_app.test_client()
    assert client.get("/health/ready").status_code == 200
    demo.store.erase_traces()  # all is in the file
    Path(demo.store.engine.url.database).write_bytes(b"")
    assert client.get("/search?q=legal").status_code == 503
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json["database"] is False
    assert [each for each in diagnose(demo, DOCTOR).findings if "damaged" in str(each.what)]
    with pytest.raises(BackupError, match="damaged"):
        write_backup(demo.settings, demo.store, demo.settings.instance_path / "new.zip")


@pytest.mark.slow
def test_not_ready_while_pages_of_results_fail(demo, serving_app):
    def rename(old, new):
        with demo.store.engine.begin() as connection:
            connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))

    client = serving_app.test_client()
    assert client.get("/health/ready").status_code == 200
    rename("phone", "lost")
    serving_app.extensions["referral"] = replace(demo, listings=ListingCache())
    assert client.get("/search?q=legal").status_code == 500
    assert client.get("/health/ready").json["pages"] is False
    rename("lost", "phone")
    assert client.get("/health/ready").json["pages"] is True
