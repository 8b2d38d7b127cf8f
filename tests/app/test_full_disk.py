"""On a full disk people read on, staff are told so, and a site that starts waits and says why."""

import logging
import threading

import pytest

from referral.app import create_app
from referral.backups.backup import write_backup
from referral.backups.records import BackupError
from referral.backups.restore import restore_backup
from referral.directory.instance import opened_instance, wait_for_database
from referral.records.accounts import Role
from tests.conftest import settings_for
from tests.support.desk import PANTRY, stock
from tests.support.inspector import inspecting, soup_of
from tests.support.small_disk import fill, small_disk
from tests.support.staff import add_account, post, signed_in_client

pytestmark = pytest.mark.slow


@pytest.fixture
def disk(tmp_path):
    """Give a disk of its own, with the database of a stocked directory, and the settings."""
    with small_disk(tmp_path / "disk", 32) as folder:
        settings = settings_for(tmp_path, f"sqlite:///{folder / 'referral.sqlite3'}")
        with opened_instance(settings) as instance:
            stock(instance)
            add_account(instance, [Role.DESK, Role.ADMIN])
        yield folder, settings


def test_staff_read_that_the_disk_is_full(disk, caplog):
    folder, settings = disk
    with opened_instance(settings) as instance:
        instance.index.sync()
        app = create_app(settings, instance)
        app.testing = False
        app.config["PROPAGATE_EXCEPTIONS"] = False
        client = signed_in_client(app)
        client.get("/staff/account")
        filler = fill(folder)
        answer = post(client, "/staff/account/digest", "/staff/account", pace="daily")
        assert answer.status_code == 503
        assert soup_of(answer).h1.text.strip() == "The disk is full"
        assert "Tell whoever keeps the server." in answer.text
        assert inspecting(app).get("/search?q=pantry").status_code == 200
        said = [each.getMessage() for each in caplog.records if each.name == "referral.database"]
        assert said == ["The disk of the database is full (SQLITE_FULL). Make room there."]
        filler.unlink()
        assert (
            post(client, "/staff/account/digest", "/staff/account", pace="daily").status_code < 400
        )


def test_a_report_that_was_not_kept_is_to_be_told_at_the_desk(disk):
    folder, settings = disk
    with opened_instance(settings) as instance:
        instance.index.sync()
        app = create_app(settings, instance)
        app.testing = False
        app.config["PROPAGATE_EXCEPTIONS"] = False
        client = inspecting(app)
        page = f"/services/{PANTRY}/wrong"
        client.get(page)
        fill(folder)
        answer = post(client, page, page, kind="closed")
        assert answer.status_code == 503
        assert soup_of(answer).h1.text.strip() == "We could not keep what you sent"
        assert "Please tell us at the desk" in answer.text


def test_a_site_that_starts_says_that_the_disk_is_full(disk, caplog):
    folder, settings = disk
    filler = fill(folder)
    waiting = threading.Thread(target=wait_for_database, args=(settings, 0.05), daemon=True)
    with caplog.at_level(logging.WARNING, "referral.database"):
        waiting.start()
        waiting.join(0.5)
        assert waiting.is_alive()
        filler.unlink()
        waiting.join(30)
    assert not waiting.is_alive()
    [said] = [each.getMessage() for each in caplog.records]
    assert said.startswith("The disk of the database is full")


def test_a_full_disk_is_not_taken_for_a_damaged_database(disk, tmp_path):
    folder, settings = disk
    with opened_instance(settings) as instance:
        write_backup(settings, instance.store, tmp_path / "b.zip")
    fill(folder)
    with pytest.raises(BackupError, match="StoreFullError"):
        restore_backup(settings, tmp_path / "b.zip", replace=True)
