"""A backup has everything but keys and what was erased, and becomes the same directory again."""

import hashlib
import json
import shutil
import sqlite3
import threading
import zipfile
from base64 import b64encode
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from alembic import command
from click.testing import CliRunner
from cryptography.fernet import Fernet
from sqlalchemy import delete, func, select, text

from referral.accounts.account_admin import change_account, disable_account, read_account
from referral.accounts.links import make_reset_link, read_link, take_link, token_hash
from referral.accounts.rows import (
    AccountRow,
    AccountSessionRow,
    AuditEntryRow,
    LinkRow,
    PasskeyRow,
    SignInTryRow,
)
from referral.accounts.sessions import read_session, sign_in
from referral.app.checks import DOCTOR, VERIFY, diagnose
from referral.backups.archive import BackupFile
from referral.backups.backup import write_backup
from referral.backups.daily_backups import back_up_daily, newest_backup_at
from referral.backups.present_state import (
    PresentState,
    find_returning,
    keep_access_restrictions,
    read_present,
    rows_of,
)
from referral.backups.records import BackupError, Returning
from referral.backups.restore import restore_backup
from referral.backups.sealed_keys import check_values, open_keys, seal_keys
from referral.capacity.capacity_links import (
    end_capacity_link,
    make_capacity_link,
    read_capacity_link,
)
from referral.cli import main
from referral.desk.contact_encryption import decrypt, encrypt
from referral.desk.rows import FollowUpRow, InquiryRow
from referral.directory.instance import opened_instance
from referral.errors import InstanceError, NotFoundError
from referral.jobs.job_queue import add_job
from referral.jobs.rows import JobRow, WorkerLeaseRow
from referral.records.accounts import COMMAND_LINE, AccountRefusedError, Role
from referral.records.hsds import Address, Location, Organization, Service
from referral.records.visibility import Audience, Visibility
from referral.store.change_log import store_state
from referral.store.conversion import row_from
from referral.store.migrations.upgrade import alembic_config, newest_migration
from referral.store.rows import AddressRow, LocationRow, OrganizationRow, ServiceRow
from referral.store.rows_log import StoreStateRow
from referral.store.rows_texts import LocalNoteRow, WithheldHashKeyRow, WithheldKeyRow
from referral.store.table_copies import lines_of, tables_of
from referral.store.withheld_keys import read_withheld_keys
from referral.store.withholding_requests import note_requests, requests_of
from referral.terminal import devices
from referral.terminal.rows import TerminalDeviceRow
from referral.theme import parse_logo
from referral.verification.provider_links import (
    make_provider_link,
    read_provider_link,
    take_provider_answer,
)
from tests.conftest import settings_for
from tests.store.test_migrations import INSTANCE, holds_what_b8f2c5dc_wrote
from tests.support.damaged_database import overwrite_leaf
from tests.support.staff import PASSWORD, add_account

PASSPHRASE = "correct horse battery"


def contents(store):
    """A hash of all rows by table, but for those that a restore changes."""
    left_out = {"store_state", "account_session", "one_time_link", "sign_in_try", "change"}
    with store.read() as session:
        connection = session.connection()
        return {
            table.name: hashlib.sha256(b"".join(sorted(lines_of(connection, table)))).hexdigest()
            for table in tables_of(connection)
            if table.name not in left_out
        }


def add_service(instance, service_id, **values):
    with instance.store.write() as session:
        if session.get(ServiceRow, service_id) is None:
            session.add(row_from(Organization(id=f"o{service_id[2:]}", name="Ours")))
            session.add(
                row_from(Service(id=service_id, organization_id=f"o{service_id[2:]}", **values))
            )


def back_up(instance, path, **more):
    settings = settings_for(instance.settings.instance_path, instance.settings.database_url, **more)
    return write_backup(settings, instance.store, path)


def wrong_parts(instance):
    return [str(each.about) for each in diagnose(instance, VERIFY).findings if each.is_wrong]


@pytest.fixture
def backup(demo, tmp_path):
    """Give the backup of the demo, with its keys."""
    (demo.settings.instance_path / "translations").mkdir(exist_ok=True)
    (demo.settings.instance_path / "translations" / "note.txt").write_text("kept")
    path = tmp_path / "backup.zip"
    back_up(demo, path, backup_passphrase=PASSPHRASE)
    return path


@pytest.mark.slow
def test_a_restored_demo_is_the_same_and_passes_its_check(demo, backup, databases, tmp_path):
    """Made on SQLite, restored on either kind into an empty machine."""
    settings = settings_for(tmp_path / "new", databases.empty())
    report = restore_backup(settings, backup)
    assert report.manifest.rows > 1000
    assert (report.replaces, report.set_aside) == (0, "")
    with opened_instance(settings) as restored:
        restored.index.sync()
        assert contents(restored.store) == contents(demo.store)
        assert not diagnose(restored, VERIFY).findings
        with restored.store.read() as session, demo.store.read() as before:
            assert store_state(session).store_id != store_state(before).store_id
    assert (settings.instance_path / "translations" / "note.txt").read_text() == "kept"


@pytest.mark.slow
def test_rows_given_a_number_by_the_database_go_on_after_the_restored(backup, databases, tmp_path):
    settings = settings_for(tmp_path / "new", databases.empty())
    restore_backup(settings, backup)
    with opened_instance(settings) as restored:
        add_service(restored, "s-new", name="New")
        with restored.store.write() as session:
            session.get_one(ServiceRow, "s-new").name = "Newer"
        with restored.store.read() as session:
            assert session.get_one(ServiceRow, "s-new").name == "Newer"


@pytest.mark.slow
def test_a_backup_shows_no_key_and_names_the_settings(demo, tmp_path):
    secret = "s3cret-of-the-mail-host"
    back_up(demo, tmp_path / "b.zip", smtp_url=f"smtp://u:{secret}@h", library_name="Our Library")
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
        manifest = json.loads(archive.read("manifest.json"))
    for key in (*demo.settings.contact_keys, demo.settings.secret_key, secret):
        assert key.encode() not in everything
    assert manifest["settings"]["library_name"] == "Our Library"
    assert manifest["settings"]["smtp_url"] == ""
    for part in manifest["parts"]:
        with zipfile.ZipFile(tmp_path / "b.zip") as archive:
            assert hashlib.sha256(archive.read(part["name"])).hexdigest() == part["sha256"]
    assert (tmp_path / "b.zip").stat().st_mode & 0o077 == 0


def add_follow_up(instance, contact):
    now = datetime.now(UTC)
    with instance.store.write() as session:
        session.add(InquiryRow(id="i-1", code="AB12", started_at=now))
        session.flush()
        session.add(
            FollowUpRow(
                id="f-1",
                inquiry_id="i-1",
                contact=encrypt(instance.settings, contact),
                permitted_at=now,
                due_on=now.date(),
                erase_on=now.date(),
                status="open",
            )
        )


@pytest.mark.slow
def test_keys_come_back_with_the_passphrase_only(instance, tmp_path):
    add_follow_up(instance, "555-0134")
    path, present = tmp_path / "b.zip", Fernet.generate_key().decode()
    back_up(instance, path, backup_passphrase=PASSPHRASE)

    def restored(name, **more):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "contact_key").write_text(f"{present}\n")
        (folder / "contact_key.new").touch(mode=0o644)  # of a restore that did not end
        settings = settings_for(folder, f"sqlite:///{folder / 'r.sqlite3'}", **more)
        report = restore_backup(settings, path)
        with opened_instance(settings_for(folder, settings.database_url)) as found:
            found.index.sync()
            wrong = wrong_parts(found)
            with found.store.read() as session:
                stored = session.scalars(select(FollowUpRow.contact)).one()
            return report, wrong, stored, found.settings

    report, wrong, _, _ = restored("without")
    assert ("contact_key" in report.unfit_keys, wrong) == (True, ["keys"])
    report, wrong, stored, settings = restored("with", backup_passphrase=PASSPHRASE)
    assert (report.keys, report.unfit_keys, wrong) == (("contact_key",), (), [])
    assert decrypt(settings, stored) == "555-0134"
    assert (settings.instance_path / "contact_key").stat().st_mode & 0o7777 == 0o600
    assert (Path(report.set_aside) / "contact_key").read_text().strip() == present
    with pytest.raises(BackupError, match="another passphrase"):
        restored("wrong", backup_passphrase="something else entirely")


@pytest.mark.slow
@pytest.mark.parametrize("written", [None, b"\xff", b"another"])
def test_keys_that_the_environment_sets_stay(instance, tmp_path, written):
    path, folder = tmp_path / "b.zip", tmp_path / "new"
    back_up(instance, path, backup_passphrase=PASSPHRASE)
    folder.mkdir()
    if written:
        (folder / "contact_key").write_bytes(written)
    settings = settings_for(
        folder,
        f"sqlite:///{folder / 'r.sqlite3'}",
        backup_passphrase=PASSPHRASE,
        contact_keys=(Fernet.generate_key().decode(),),
    )
    report = restore_backup(settings, path, dry_run=True)
    assert (report.keys, report.unfit_keys) == ((), ("contact_key",))


@pytest.mark.slow
def test_several_keys_go_into_no_file(instance, tmp_path):
    path, folder = tmp_path / "b.zip", tmp_path / "new"
    several = tuple(Fernet.generate_key().decode() for _ in range(2))
    back_up(instance, path, backup_passphrase=PASSPHRASE, contact_keys=several)
    settings = settings_for(
        folder, f"sqlite:///{folder / 'r.sqlite3'}", backup_passphrase=PASSPHRASE
    )
    report = restore_backup(settings, path, dry_run=True)
    assert (report.keys, report.unfit_keys) == ((), ("contact_key",))


def test_keys_that_are_here_already_are_not_set_aside(instance, tmp_path):
    back_up(instance, tmp_path / "b.zip", backup_passphrase=PASSPHRASE)
    settings = replace(instance.settings, backup_passphrase=PASSPHRASE)
    report = restore_backup(settings, tmp_path / "b.zip")
    assert (report.keys, report.set_aside) == ((), "")


def test_a_backup_without_keys_is_restored_where_a_passphrase_is_set(instance, tmp_path):
    add_service(instance, "s-1", name="Bread")
    back_up(instance, tmp_path / "b.zip")
    settings = replace(instance.settings, backup_passphrase=PASSPHRASE)
    assert restore_backup(settings, tmp_path / "b.zip", replace=True).keys == ()


def test_keys_of_an_older_backup_open_and_a_short_passphrase_seals_nothing(instance):
    sealed = (
        b'{"salt":"0dyXvJLXJEGrPuUZDfG6bw==","token":"Z0FBQUFBQnJEN0t0Sktfc21FUlE4YWlXbFB1UFRwTXJLWmdz'
        b"YnhEN3B5S0JackZpUHpVUUk2WGptZGJKSUFBRFRrc2hFOUY3cm1LMVNFcElWQ3NheHhmRzhvRUJuMGVyTVpCSlQ1bUto"
        b'SlBGY1YyTnQxUHFCbFZmOUsyenIzZi05MzJFandZZzhkNFo="}'
    )
    assert open_keys(sealed, PASSPHRASE) == {"secret_key": "one", "contact_key": "two,three"}
    settings = instance.settings
    assert check_values(settings)["secret_key"] == ("75f61c5b715a62a2", "090d7647641304e5")
    keys = {"secret_key": settings.secret_key, "contact_key": ",".join(settings.contact_keys)}
    assert open_keys(seal_keys(settings, "twelve chars"), "twelve chars") == keys
    with pytest.raises(BackupError, match="12 letters"):
        seal_keys(settings, "only eleven")


@pytest.mark.slow
def test_nothing_is_overwritten_unless_somebody_says_so(instance, tmp_path):
    add_service(instance, "s-then", name="Then")
    path = tmp_path / "b.zip"
    back_up(instance, path)
    add_service(instance, "s-since", name="Since")
    before = contents(instance.store)
    with pytest.raises(BackupError, match="--replace"):
        restore_backup(instance.settings, path)
    assert restore_backup(instance.settings, path, dry_run=True).replaces > 0
    assert contents(instance.store) == before

    report = restore_backup(instance.settings, path, replace=True)
    with instance.store.read() as session:
        assert session.get(ServiceRow, "s-since") is None
    restore_backup(instance.settings, Path(report.set_aside) / "before-restore.zip", replace=True)
    assert contents(instance.store) == before, "what was set aside can be put back"


def test_a_restore_where_there_is_no_directory_is_not_refused(instance, tmp_path):
    """Its database may be migrated already, and have a withheld location."""
    folder, path = instance.settings.instance_path, tmp_path / "b.zip"
    (folder / "notes").mkdir()
    (folder / "notes" / "note.txt").write_text("kept")
    (folder / "old" / "notes").mkdir(parents=True)
    (folder / "old" / "notes" / "note.txt").write_text("kept too")
    add_service(instance, "s-1", name="Bread")
    with instance.store.write() as session:
        session.add(row_from(Location(id="l-1")))
    back_up(instance, path)
    (folder / "notes" / "note.txt.new").touch(mode=0o644)  # of a restore that did not end
    shutil.rmtree(folder / "old")
    with instance.store.write() as session:
        session.delete(session.get_one(ServiceRow, "s-1"))
        session.delete(session.get_one(OrganizationRow, "o1"))
        session.get_one(LocationRow, "l-1").visibility = Visibility.WITHHELD.value
    report = restore_backup(instance.settings, path)
    assert (report.replaces, report.unfit_keys, report.set_aside) == (0, (), "")
    assert report.is_present_known
    with instance.store.read() as session:
        assert session.get_one(ServiceRow, "s-1").name == "Bread"
        assert session.get_one(LocationRow, "l-1").visibility == "withheld"
    note = folder / "notes" / "note.txt"
    assert (note.read_text(), note.stat().st_mode & 0o7777) == ("kept", 0o600)
    assert (folder / "old" / "notes" / "note.txt").read_text() == "kept too"


def test_a_restore_puts_the_logo_of_the_environment_into_the_folder(instance, tmp_path):
    picture = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'
    logo = parse_logo(f"data:image/svg+xml;base64,{b64encode(picture).decode()}")
    settings = replace(instance.settings, logo=logo, fixed=frozenset({"logo"}))
    write_backup(settings, instance.store, tmp_path / "b.zip")
    assert restore_backup(instance.settings, tmp_path / "b.zip").files == 1
    assert (settings.instance_path / "logo.svg").read_bytes() == logo.content


@pytest.mark.slow
def test_what_a_restore_replaces_leaves_no_trace_in_the_files(instance, tmp_path):
    back_up(instance, tmp_path / "b.zip")
    settings = settings_for(tmp_path / "new", f"sqlite:///{tmp_path / 'new.sqlite3'}")
    restore_backup(settings, tmp_path / "b.zip")
    with opened_instance(settings) as running:
        add_service(running, "s-since", name="Quiet Harbor")
        restore_backup(settings, tmp_path / "b.zip", replace=True)
        for each in tmp_path.glob("new.sqlite3*"):
            assert b"Quiet Harbor" not in each.read_bytes(), each.name


def test_a_street_is_withheld_by_the_key_that_the_backup_has(instance, tmp_path):
    """Hashes of a machine with another key find nothing: they are made of the rows."""
    with instance.store.write() as session:
        street = Address(id="a-1", location_id="l-1", address_1="7319 Quillfeather Lane")
        session.add_all(map(row_from, (Location(id="l-1"), street)))
    path = tmp_path / "b.zip"
    add_service(instance, "s-1", name="Bread")
    back_up(instance, path)
    with instance.store.write() as session:
        session.get_one(LocationRow, "l-1").visibility = Visibility.WITHHELD.value
        session.scalars(select(WithheldHashKeyRow)).one().secret = "ab" * 32
    restore_backup(instance.settings, path, replace=True)
    with instance.store.read() as session:
        assert read_withheld_keys(session, Audience.PUBLIC).names_street("At 7319 Quillfeather Ln")


def test_a_database_that_does_not_answer_is_not_taken_for_a_damaged_one(instance, tmp_path):
    back_up(instance, tmp_path / "b.zip")
    away = settings_for(tmp_path / "new", "postgresql+psycopg://nobody@127.0.0.1:1/none",
                        contact_keys=instance.settings.contact_keys)  # fmt: skip
    with pytest.raises(BackupError, match="does not answer"):
        restore_backup(away, tmp_path / "b.zip", replace=True)


def test_a_restore_keeps_the_stricter_visibility(instance, tmp_path):
    add_service(instance, "s-1", name="Quiet Harbor")
    then = {"l-1": Visibility.PUBLIC, "l-2": Visibility.STAFF, "l-3": Visibility.WITHHELD}
    now = {"l-1": Visibility.STAFF, "l-2": Visibility.WITHHELD, "l-3": Visibility.STAFF}
    with instance.store.write() as session:
        session.add_all(row_from(Location(id=each, visibility=then[each])) for each in then)
    path = tmp_path / "b.zip"
    back_up(instance, path)
    with instance.store.write() as session:
        session.get_one(ServiceRow, "s-1").visibility = Visibility.WITHHELD.value
        for each, visibility in now.items():
            session.get_one(LocationRow, each).visibility = visibility.value
        note_requests(session, "partner", {("service", "s-1"): "withheld"})
        house = Location(id="l-4", visibility=Visibility.WITHHELD)
        street = Address(id="a-4", location_id="l-4", address_1="7319 Quillfeather Lane")
        session.add_all(map(row_from, (house, street)))
    with instance.store.write() as session:
        session.delete(session.get_one(AddressRow, "a-4"))
        session.flush()
        session.delete(session.get_one(LocationRow, "l-4"))
        session.flush()
        hashes = session.scalars(select(WithheldKeyRow.digest)).all()
        assert hashes
    assert restore_backup(instance.settings, path, replace=True).still_withheld == 3
    with instance.store.read() as session:
        assert session.get_one(ServiceRow, "s-1").visibility == "withheld"
        places = session.scalars(select(LocationRow.visibility).order_by(LocationRow.id)).all()
        assert places == ["staff", "withheld", "withheld"]
        assert requests_of(session, "partner") == {("service", "s-1")}
        kept = session.scalars(select(WithheldKeyRow.digest)).all()
        assert kept == hashes, "a street that was withheld since is held back still"


def sign_in_refused(instance, account, password=PASSWORD):
    try:
        sign_in(instance, account.email, password, "")
    except AccountRefusedError:
        return True
    return False


def add_passkey(instance, account, name):
    with instance.store.write() as session:
        row = PasskeyRow(id=name, account_id=account.id, credential_id=name, public_key=b"k")
        row.sign_count, row.asked_at, row.name, row.added_on = 0, 0, name, date(2026, 11, 1)
        session.add(row)


@pytest.mark.slow
def test_a_restore_opens_no_door_that_is_shut_now_and_names_what_comes_back(instance, tmp_path):
    emails = "gone@example.org", "changed@example.org", "moved@example.org"
    gone, changed, moved = (add_account(instance, [Role.DESK, Role.ADMIN], each) for each in emails)
    keeper = add_account(instance)
    for service_id, name in (
        ("s-1", "Bread"),
        ("s-2", "Shelter"),
        ("s-3", "Clothes"),
        ("s-4", "Of a secret agency"),
        ("s-5", "Hidden here"),
    ):
        add_service(instance, service_id, name=name)
    with instance.store.write() as session:
        session.get_one(OrganizationRow, "o4").visibility = Visibility.WITHHELD.value
        common = {"value": "yes", "upstream": "", "changed_at": instance.now()}
        for each, field in (("s-1", "note"), ("s-5", "hidden")):
            session.add(LocalNoteRow(service_id=each, field=field, **common))
    path = tmp_path / "b.zip"
    back_up(instance, path)
    disable_account(instance, COMMAND_LINE, gone.id)
    take_link(
        instance, make_reset_link(instance, COMMAND_LINE, changed.id).token, "new " + PASSWORD
    )
    change_account(instance, COMMAND_LINE, moved.id, "Mo", [Role.DESK])
    with instance.store.write() as session:
        session.get_one(AccountRow, moved.id).second_factor_at = instance.now()
        for service_id in ("s-1", "s-4", "s-5"):
            session.get_one(ServiceRow, service_id).retired_at = instance.now()
        session.get_one(ServiceRow, "s-2").visibility = Visibility.WITHHELD.value
        for row in (LinkRow, AuditEntryRow):
            session.execute(delete(row))
        session.execute(delete(AccountRow).where(AccountRow.id == keeper.id))
    returning = Returning(accounts=(keeper.email,), disabled=(gone.email,), listings=("Bread",))
    words = ["--instance", str(instance.settings.instance_path), "restore", str(path), "--dry-run"]
    environment = {
        "DATABASE_URL": instance.settings.database_url,
        "REFERRAL_SECRET_KEY": instance.settings.secret_key,
        "REFERRAL_CONTACT_KEYS": ",".join(instance.settings.contact_keys),
    }
    said = CliRunner(env=environment).invoke(main, words)
    assert f"Accounts that come back: {keeper.email}." in said.output
    assert f"Accounts that stay disabled: {gone.email}." in said.output
    assert "Listings that come back: 1.\n  Bread\n" in said.output
    announced = []
    with pytest.raises(BackupError, match="--replace"):
        restore_backup(instance.settings, path, announce=announced.append)
    restore_backup(instance.settings, path, replace=True, announce=announced.append)
    assert [each.returning for each in announced] == [returning, returning]
    assert sign_in_refused(instance, gone)
    assert sign_in_refused(instance, changed)
    assert not sign_in_refused(instance, changed, "new " + PASSWORD)
    stays = read_account(instance, moved.id)
    assert (stays.roles, stays.has_code_app) == ({Role.DESK}, True)
    assert not sign_in_refused(instance, keeper)


@pytest.mark.parametrize("other", ["id", "email_key"])
def test_an_account_disabled_here_stays_so_by_its_id_and_by_its_email(instance, other):
    then = add_account(instance)
    with instance.store.write() as session:
        connection = session.connection()
        tables = {table.name: table for table in tables_of(connection)}
        (row,) = rows_of(connection, tables["account"])
        now = PresentState(accounts=[{**row, other: "another", "disabled_at": instance.now()}])
        returning = find_returning(now, lambda name: lines_of(connection, tables[name]))
        keep_access_restrictions(connection, tables, now)
    assert (returning.disabled, returning.accounts) == ((then.email,), ())
    assert sign_in_refused(instance, then)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("roles", ["desk"]),
        ("password_hash", "of now"),
        ("second_factor_seed", "of now"),
        ("second_factor_at", datetime(2026, 11, 1, tzinfo=UTC)),
        ("second_factor_step", 7),
        ("recovery_hashes", ["of now"]),
    ],
)
def test_what_locks_an_account_is_that_of_now(instance, name, value):
    add_account(instance)
    with instance.store.write() as session:
        connection = session.connection()
        tables = {table.name: table for table in tables_of(connection)}
        (row,) = rows_of(connection, tables["account"])
        keep_access_restrictions(connection, tables, PresentState(accounts=[{**row, name: value}]))
    with instance.store.read() as session:
        account = session.scalars(select(AccountRow)).one()
        assert getattr(account, name) == value
        assert account.session_stamp != row["session_stamp"], "no session of then or now goes on"


def test_a_passkey_that_was_taken_away_locks_no_other_out(instance):
    pat, kim = add_account(instance), add_account(instance, email="kim@example.org")
    for account, name in ((pat, "lost"), (pat, "kept"), (kim, "of one who comes back")):
        add_passkey(instance, account, name)
    with instance.store.write() as session:
        connection = session.connection()
        tables = {table.name: table for table in tables_of(connection)}
        rows = [row for row in rows_of(connection, tables["account"]) if row["id"] == pat.id]
        keep_access_restrictions(connection, tables, PresentState(accounts=rows, passkeys={"kept"}))
    with instance.store.read() as session:
        left = set(session.scalars(select(PasskeyRow.id)))
    assert left == {"kept", "of one who comes back"}


def test_a_table_that_is_missing_is_not_known_and_the_others_are(instance):
    then = add_account(instance)
    with instance.store.read() as session:
        connection = session.connection()
        tables = {table.name: table for table in tables_of(connection) if table.name != "passkey"}
        present = read_present(connection, tables, partly=True)
        with pytest.raises(KeyError):
            read_present(connection, tables)
    assert not present.is_known
    assert [row["id"] for row in present.accounts] == [then.id]


def test_what_a_list_took_away_or_the_public_never_saw_is_not_said_to_return(instance):
    for service_id, name in (("s-1", "Bread"), ("s-2", "Beds")):
        add_service(instance, service_id, name=name)
    add_service(instance, "s-3", name="Closed", status="inactive")
    add_service(instance, "s-4", name="For staff", visibility=Visibility.STAFF)
    add_service(instance, "s-5", name="Off the list")
    with instance.store.write() as session:
        session.get_one(ServiceRow, "s-5").retired_at = instance.now()
    with instance.store.read() as session:
        connection = session.connection()
        tables = {table.name: table for table in tables_of(connection)}
        now = PresentState(retired={"service": {"s-1": "retired"}})
        returning = find_returning(now, lambda name: lines_of(connection, tables[name]))
    assert returning.listings == ("Beds",)


@pytest.mark.slow
def test_a_restore_over_a_damaged_database_keeps_shut_what_is_shut(demo, tmp_path):
    pat, lee = add_account(demo), add_account(demo, email="lee@example.org")
    path = tmp_path / "b.zip"
    back_up(demo, path)
    with demo.store.write() as session:
        place = session.scalars(
            select(LocationRow).where(LocationRow.visibility == "public")
        ).first()
        place.visibility, place_id = Visibility.WITHHELD.value, place.id
    disable_account(demo, COMMAND_LINE, lee.id)
    overwrite_leaf(demo, "schedule")
    with closing(sqlite3.connect(demo.store.engine.url.database)) as serving:
        serving.execute("UPDATE store_state SET store_id = store_id")
        serving.commit()
        report = restore_backup(demo.settings, path, replace=True)
    assert (report.replaces, report.is_present_known) == (-1, False)
    assert report.still_withheld == 1
    aside = {each.name for each in Path(report.set_aside).iterdir()}
    files = {f"referral.sqlite3{ending}" for ending in ("", "-wal", "-shm")}
    assert aside >= files, "nobody reads the log of the old"
    with demo.store.read() as session:
        assert session.get_one(LocationRow, place_id).visibility == "withheld"
    assert sign_in_refused(demo, lee)
    assert not sign_in_refused(demo, pat)
    assert "database" not in wrong_parts(demo)


@pytest.mark.slow
def test_a_restore_while_the_site_runs_is_noticed_at_the_next_request(instance, client, tmp_path):
    service_id = "00000000-0000-0000-0000-00000000000a"
    path = tmp_path / "b.zip"
    back_up(instance, path)
    add_service(instance, service_id, name="Quiet Harbor")
    instance.index.sync()
    assert client.get(f"/services/{service_id}").status_code == 200
    restore_backup(instance.settings, path, replace=True)
    assert client.get(f"/services/{service_id}").status_code == 404
    assert "Quiet Harbor" not in client.get("/search?q=harbor").get_data(as_text=True)
    assert instance.index.sync().rebuilt


@pytest.mark.slow
def test_erased_data_is_gone_from_the_next_backup(instance, tmp_path):
    add_follow_up(instance, "555-0134")
    with instance.store.write() as session:
        session.get_one(InquiryRow, "i-1").county = "Secret County"
        stored = session.get_one(FollowUpRow, "f-1").contact
    first, second = tmp_path / "1.zip", tmp_path / "2.zip"
    back_up(instance, first)
    with instance.store.write() as session:
        session.delete(session.get_one(FollowUpRow, "f-1"))
        session.get_one(InquiryRow, "i-1").county = ""
    back_up(instance, second)
    for path, is_there in ((first, True), (second, False)):
        with zipfile.ZipFile(path) as archive:
            everything = b"".join(archive.read(name) for name in archive.namelist())
        assert (stored.encode() in everything, b"Secret County" in everything) == (
            is_there,
            is_there,
        )


def damage_table(archive_path):
    """Write the archive anew with one letter of a table changed, which reads as before."""
    with zipfile.ZipFile(archive_path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = next(name for name in parts if name.startswith("tables/heading"))
    parts[name] = parts[name].replace(b"rent", b"tent", 1)
    write_parts(archive_path, parts)


def make_newer(archive_path):
    make_of_revision(archive_path, f"{int(newest_migration()) + 1:04}")


def make_older(archive_path):
    make_of_revision(archive_path, "0047")


def make_of_revision(archive_path, revision):
    with zipfile.ZipFile(archive_path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(parts["manifest.json"])
    manifest["revision"] = revision
    parts["manifest.json"] = json.dumps(manifest).encode()
    write_parts(archive_path, parts)


def leave_the_folder(archive_path):
    with zipfile.ZipFile(archive_path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(parts["manifest.json"])
    content = b"out"
    parts["files/../out.txt"] = content
    manifest["parts"].append(
        {
            "name": "files/../out.txt",
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
    )
    parts["manifest.json"] = json.dumps(manifest).encode()
    write_parts(archive_path, parts)


def write_parts(archive_path, parts):
    with zipfile.ZipFile(archive_path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def cut_short(archive_path):
    archive_path.write_bytes(archive_path.read_bytes()[:-200])


@pytest.mark.slow
@pytest.mark.parametrize(
    "spoil", [damage_table, make_newer, make_older, leave_the_folder, cut_short]
)
def test_a_backup_that_cannot_be_trusted_changes_nothing(spoil, instance, tmp_path):
    path = tmp_path / "b.zip"
    back_up(instance, path)
    add_service(instance, "s-since", name="Since")
    before = contents(instance.store)
    spoil(path)
    with pytest.raises(BackupError):
        restore_backup(instance.settings, path, replace=True)
    assert contents(instance.store) == before
    assert not (instance.settings.instance_path.parent / "out.txt").exists()


@pytest.mark.parametrize("line", [b'["half of a row"\n', b'["another column"]\n', b"7\n"])
def test_an_unreadable_line_is_named_and_changes_nothing(line, instance, tmp_path):
    path = tmp_path / "b.zip"
    add_service(instance, "s-1", name="Bread")
    back_up(instance, path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["tables/slip.jsonl"] += line
    manifest = json.loads(parts["manifest.json"])
    for part in manifest["parts"]:
        content = parts[part["name"]]
        part.update(size=len(content), sha256=hashlib.sha256(content).hexdigest())
    parts["manifest.json"] = json.dumps(manifest).encode()
    write_parts(path, parts)
    before = contents(instance.store)
    with pytest.raises(InstanceError, match="Line 2 of table slip"):
        restore_backup(instance.settings, path, replace=True)
    assert contents(instance.store) == before
    assert not (instance.settings.instance_path / "set-aside").exists()


@pytest.mark.slow
def test_a_backup_of_b8f2c5dc_is_brought_up_to_date(instance):
    restore_backup(instance.settings, INSTANCE / "backup.zip", replace=True)
    assert instance.store.is_current()
    holds_what_b8f2c5dc_wrote(instance)


@pytest.mark.slow
def test_a_file_that_is_no_database_any_more_is_set_aside(demo, backup, tmp_path):
    """Who looks meanwhile sees the damaged file, and then at once the whole new one."""

    def look():
        while not is_restored.is_set():
            with closing(sqlite3.connect(folder / "r.sqlite3")) as connection:
                try:
                    seen.update(connection.execute("SELECT count(*) FROM service").fetchone())
                except sqlite3.DatabaseError as error:
                    seen.add(error.sqlite_errorname)

    folder = tmp_path / "new"
    folder.mkdir()
    for ending in ("", ".new", ".new-wal", ".new-shm"):
        (folder / f"r.sqlite3{ending}").write_bytes(b"not a database" * 1000)
    settings = settings_for(folder, f"sqlite:///{folder / 'r.sqlite3'}")
    seen, is_restored = set(), threading.Event()
    looking = threading.Thread(target=look)
    looking.start()
    report = restore_backup(settings, backup, replace=True)
    is_restored.set()
    looking.join()
    with demo.store.read() as session:
        services = session.scalar(select(func.count()).select_from(ServiceRow))
    assert seen <= {"SQLITE_NOTADB", services}
    assert (report.replaces, report.is_present_known) == (-1, False)
    assert (Path(report.set_aside) / "r.sqlite3").exists()
    assert not list(folder.glob("*.new*")), "nor is what another restore left"
    with opened_instance(settings) as restored:
        assert contents(restored.store) == contents(demo.store)


def test_a_damaged_file_is_set_aside_also_where_a_disk_has_no_links(
    instance, tmp_path, monkeypatch
):
    path, file = tmp_path / "b.zip", tmp_path / "new.sqlite3"
    add_service(instance, "s-1", name="Bread")
    back_up(instance, path)
    file.write_bytes(b"not a database" * 1000)

    def refuse(*_):
        raise OSError

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    settings = settings_for(tmp_path / "new", f"sqlite:///{file}")
    report = restore_backup(settings, path, replace=True)
    assert (Path(report.set_aside) / file.name).read_bytes().startswith(b"not a database")
    with opened_instance(settings) as restored, restored.store.read() as session:
        assert session.get_one(ServiceRow, "s-1").name == "Bread"


@pytest.mark.slow
def test_a_directory_of_an_older_version_is_set_aside_and_can_be_put_back(instance, tmp_path):
    path = tmp_path / "b.zip"
    back_up(instance, path)
    add_service(instance, "s-1", name="Bread")
    with instance.store.write() as session:
        command.downgrade(alembic_config(session.connection()), "0049")
    report = restore_backup(instance.settings, path, replace=True)
    assert report.is_present_known
    restore_backup(instance.settings, Path(report.set_aside) / "before-restore.zip")
    with instance.store.read() as session:
        assert session.get_one(ServiceRow, "s-1").name == "Bread"


@pytest.mark.slow
def test_the_check_says_what_is_wrong(instance):
    add_service(instance, "s-1", name="Bread")
    instance.index.sync()

    def wrong():
        return wrong_parts(instance)

    assert wrong() == []
    with instance.store.write() as session:
        session.get_one(ServiceRow, "s-1").name = "Butter"
    add_service(instance, "s-2", name="Milk")
    assert wrong() == [], "the index follows these changes within seconds"
    instance.index.sync()
    with instance.store.engine.begin() as connection:
        connection.execute(text("UPDATE service SET name = 'Jam' WHERE id = 's-1'"))
    add_service(instance, "s-3", name="Salt")
    assert wrong() == ["contents of the index"], "no change in the log says so"
    shutil.rmtree(instance.settings.index_path)
    assert wrong() == ["index"]
    instance.index.sync()
    (instance.settings.instance_path / "help_lines.csv").write_bytes(b"\xff\xfe\x00bad")
    assert wrong() == ["help lines"]


@pytest.mark.slow
def test_a_backup_a_day_is_written_and_the_oldest_goes(instance, tmp_path):
    folder = tmp_path / "kept"
    settings = settings_for(
        instance.settings.instance_path,
        instance.settings.database_url,
        backup_folder=str(folder),
        backups_kept=2,
    )
    assert newest_backup_at(settings) is None
    with opened_instance(settings) as kept:
        names = []
        for day in range(3):
            with time_machine.travel(datetime(2026, 12, 1, 3, tzinfo=UTC) + timedelta(days=day)):
                assert back_up_daily(kept) is not None
                assert back_up_daily(kept) is None, "one a day"
            names.append(max(path.name for path in folder.iterdir()))
    assert [path.name for path in sorted(folder.iterdir())] == names[1:]
    assert newest_backup_at(settings) is not None


@pytest.mark.slow
def test_a_backup_with_far_fewer_records_pushes_no_larger_one_out(instance, tmp_path, caplog):
    """As where a site was started on an empty database by mistake."""
    for number in "123":
        add_service(instance, f"s-{number}", name="Quilts")
    folder = tmp_path / "kept"
    settings = replace(instance.settings, backup_folder=str(folder), backups_kept=2)
    kept = replace(instance, given=settings)
    days = [datetime(2026, 12, 1, 3, tzinfo=UTC) + timedelta(days=day) for day in range(5)]
    with time_machine.travel(days[0]):
        good = back_up_daily(kept)
    by_hand = tmp_path / "by hand.zip"
    write_backup(settings, instance.store, by_hand)
    with instance.store.write() as session:
        for number in "23":
            session.delete(session.get_one(ServiceRow, f"s-{number}"))
            session.delete(session.get_one(OrganizationRow, f"o{number}"))
    for day in days[1:]:
        with time_machine.travel(day):
            back_up_daily(kept)
            found = [
                each for each in diagnose(kept, DOCTOR).findings if good.name in str(each.what)
            ]
            assert [str(each.about) for each in found] == ["backups"]
    assert good in folder.iterdir()
    assert len(list(folder.iterdir())) == 3
    assert good.name in caplog.text
    with pytest.raises(BackupError, match="far fewer records"):
        write_backup(settings, instance.store, by_hand)
    with BackupFile(by_hand) as whole, BackupFile(good) as first:
        assert whole.manifest.rows == first.manifest.rows
    good.unlink()
    assert not [each for each in diagnose(kept, DOCTOR).findings if "fewer" in str(each.what)]


@pytest.mark.slow
@pytest.mark.parametrize("table", ["schedule", "ix_schedule_service_id"])
def test_no_backup_is_made_of_a_damaged_database_and_older_ones_are_kept(demo, tmp_path, table):
    folder = tmp_path / "kept"
    settings = replace(demo.settings, backup_folder=str(folder), backups_kept=1)
    kept = replace(demo, given=settings)
    with time_machine.travel(datetime(2026, 12, 1, 3, tzinfo=UTC)):
        good = back_up_daily(kept)
    overwrite_leaf(demo, table)
    with (
        time_machine.travel(datetime(2026, 12, 2, 3, tzinfo=UTC)),
        pytest.raises(BackupError, match="The database is damaged"),
    ):
        back_up_daily(kept)
    assert list(folder.iterdir()) == [good]


@pytest.mark.slow
def test_no_session_link_or_open_job_outlives_a_restore(instance, tmp_path):
    pat = add_account(instance)
    token = sign_in(instance, pat.email, PASSWORD, "").token
    link = make_reset_link(instance, COMMAND_LINE, pat.id)
    at_device = devices.make_link(instance, COMMAND_LINE, "Lobby")
    assert sign_in_refused(instance, pat, "wrong")
    with instance.store.write() as session:
        for state in ("waiting", "running", "done"):
            add_job(session, "import", state)
            session.flush()
            session.scalars(select(JobRow).filter_by(subject_id=state)).one().state = state
        lease = session.scalars(select(WorkerLeaseRow)).first() or WorkerLeaseRow(id=1)
        lease.owner, lease.beat_at = "another machine", instance.now()
        session.add(lease)
    path = tmp_path / "b.zip"
    back_up(instance, path)
    with instance.store.write() as session:  # no stamp of the account ends its session
        for row in (AccountSessionRow, LinkRow, AuditEntryRow, AccountRow):
            session.execute(delete(row))
    restore_backup(instance.settings, path, replace=True)
    with instance.store.read() as session:
        assert [each.owner for each in session.scalars(select(WorkerLeaseRow))] == [""]
        assert session.scalars(select(SignInTryRow)).all() == []
    assert read_session(instance, token) is None
    with pytest.raises(AccountRefusedError):
        read_link(instance, link.token)
    assert devices.read_link(instance, at_device) is None
    with instance.store.read() as session:
        states = session.scalars(select(JobRow.state).order_by(JobRow.subject_id)).all()
    assert states == ["done", "stopped", "stopped"]


def link_works(read, instance, token):
    try:
        read(instance, token)
    except NotFoundError:
        return False
    return True


def test_a_link_or_device_that_was_ended_since_stays_ended(instance, tmp_path):
    service_id, house = "s-1", "o1"
    add_service(instance, service_id, name="Shelter")
    ended, kept = (
        make_capacity_link(instance, COMMAND_LINE, service_id, unit).token
        for unit in ("Beds", "Rooms")
    )
    once = make_provider_link(instance, COMMAND_LINE, house).token
    add_service(instance, "s-2", name="Pantry")
    replaced = make_provider_link(instance, COMMAND_LINE, "o2").token
    marks = [devices.make_link(instance, COMMAND_LINE, "Lobby") for _ in range(2)]
    lost, lobby = (devices.use_link(instance, mark, "") for mark in marks)
    path = tmp_path / "b.zip"
    back_up(instance, path)
    end_capacity_link(instance, COMMAND_LINE, service_id, "Beds")
    take_provider_answer(instance, once, {})
    make_provider_link(instance, COMMAND_LINE, "o2")
    devices.revoke_mark(instance, COMMAND_LINE, lost)

    def open_doors(found):
        return (
            *(link_works(read_capacity_link, found, token) for token in (ended, kept)),
            *(link_works(read_provider_link, found, token) for token in (once, replaced)),
            *(devices.Devices(found).is_set_up(each) for each in (lost, lobby)),
        )

    restore_backup(instance.settings, path, replace=True)
    assert open_doors(instance) == (False, True, False, False, False, True)
    settings = settings_for(tmp_path / "new", f"sqlite:///{tmp_path / 'new.sqlite3'}")
    (tmp_path / "new.sqlite3").touch()  # a database without tables is none
    restore_backup(settings, path)
    with opened_instance(settings) as restored:
        assert all(open_doors(restored)), "on a new machine nobody ended anything"


def test_a_link_used_when_the_backup_was_made_stays_used(instance):
    """As where an older backup was restored before."""
    add_service(instance, "s-1", name="Shelter")
    link = make_provider_link(instance, COMMAND_LINE, "o1")
    take_provider_answer(instance, link.token, {})
    with instance.store.write() as session:
        connection = session.connection()
        tables = {table.name: table for table in tables_of(connection)}
        keep_access_restrictions(
            connection, tables, PresentState(links={token_hash(link.token): None})
        )
    assert not link_works(read_provider_link, instance, link.token)


def test_a_linked_computer_that_was_taken_back_when_the_backup_was_made_stays_so(
    instance, tmp_path
):
    """As where an older backup was restored before."""
    add_service(instance, "s-1", name="Bread")
    lost = devices.use_link(instance, devices.make_link(instance, COMMAND_LINE, "Lobby"), "")
    devices.revoke_mark(instance, COMMAND_LINE, lost)
    back_up(instance, tmp_path / "b.zip")
    with instance.store.write() as session:
        session.get_one(TerminalDeviceRow, lost).ended_on = None
    restore_backup(instance.settings, tmp_path / "b.zip", replace=True)
    assert not devices.Devices(instance).is_set_up(lost)


@pytest.mark.slow
def test_a_restored_database_has_another_identity(instance, tmp_path):
    path = tmp_path / "b.zip"
    back_up(instance, path)
    with instance.store.read() as session:
        before = session.get_one(StoreStateRow, 1).store_id
    restore_backup(instance.settings, path, replace=True)
    with instance.store.read() as session:
        assert session.get_one(StoreStateRow, 1).store_id != before
