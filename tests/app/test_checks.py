"""Checks: what doctor and verify find, that they end accordingly, and that they change nothing."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from click.testing import CliRunner
from sqlalchemy import text, update

from referral.accounts.rows import AccountRow
from referral.app import create_app
from referral.app.background import write_counts
from referral.app.checks import DOCTOR, PAGE, VERIFY, diagnose, forget_removed, readiness
from referral.app.tidy import tidy_once_a_day
from referral.cli import main
from referral.desk.codes import ContactKind
from referral.desk.follow_ups import agree_follow_up
from referral.desk.inquiries import open_inquiry
from referral.jobs.job_queue import add_job
from referral.jobs.rows import JobRow
from referral.records.accounts import Role
from referral.store.rows_log import CheckpointRow, NodeFilesRow, RecordMergeRow
from referral.store.rows_texts import WithheldGroupRow
from tests.support.damaged_database import overwrite_leaf
from tests.support.inspector import soup_of
from tests.support.staff import add_account, signed_in_client


def wrong(instance):
    return {str(each.about) for each in diagnose(instance, DOCTOR).findings if each.is_wrong}


def better(instance):
    return {str(each.about) for each in diagnose(instance, DOCTOR).findings if not each.is_wrong}


@pytest.fixture
def sound(instance):
    """A directory in which nothing is wrong."""
    folder = instance.settings.instance_path
    folder.chmod(0o700)
    instance.index.sync()
    tidy_once_a_day(instance)
    add_account(instance, [Role.ADMIN])
    return instance


def test_nothing_is_wrong_with_a_sound_installation(sound):
    assert not wrong(sound), diagnose(sound, DOCTOR)


def test_every_finding_says_what_to_do(instance):
    found = diagnose(instance, DOCTOR).findings
    assert found
    assert all(each.what and each.do for each in found)


def test_a_new_installation_lacks_an_admin_and_an_index(instance):
    assert {"accounts", "index"} <= wrong(instance)


def test_a_daily_job_that_never_ran_is_no_fault(instance):
    assert "daily job" in better(instance)


def test_a_daily_job_that_stopped_is_wrong(sound, time_machine):
    def finding(days):
        time_machine.move_to(start + timedelta(days=days))
        found = diagnose(sound, DOCTOR).findings
        return [str(each.what) for each in found if str(each.about) == "daily job"]

    start = datetime.now(UTC)
    assert "It was not done since" in finding(4)[0]
    assert "Nothing is erased" in finding(8)[0]
    assert "a day to come" in finding(-2)[0]
    assert "daily job" in wrong(sound)


@pytest.mark.postgresql
@pytest.mark.parametrize(("seconds", "is_wrong"), [(-31, True), (-29, False), (31, True)])
def test_a_clock_apart_from_that_of_the_database_is_wrong(sound, time_machine, seconds, is_wrong):
    time_machine.move_to(datetime.now(UTC) + timedelta(seconds=seconds))
    assert ("clock" in wrong(sound)) is is_wrong


def test_a_proxy_that_no_setting_names_is_wrong_until_it_is_named(sound, time_machine):
    app = create_app(sound.settings, sound)
    admin = signed_in_client(app)
    shown = "Set REFERRAL_TRUSTED_PROXIES"
    assert shown not in admin.get("/staff").text
    app.test_client().get("/health/live", headers={"X-Forwarded-For": "9.9.9.9"})
    write_counts(sound)
    assert wrong(sound) == {"proxy"}
    assert shown in admin.get("/staff").text
    assert "Fije REFERRAL_TRUSTED_PROXIES" in admin.get("/staff?lang=es").text
    add_account(sound, [Role.DESK], "lee@example.org", "Lee")
    assert shown not in signed_in_client(app, "lee@example.org").get("/staff").text
    named = replace(sound.settings, trusted_proxies=(ip_network("127.0.0.1"),))
    assert not wrong(replace(sound, given=named))
    time_machine.move_to(datetime.now(UTC) + timedelta(days=1, hours=1))
    assert "proxy" not in wrong(sound), "none came through it for a day"


@pytest.mark.slow
def test_an_admin_of_the_countys_service_does_not_sign_in_with_a_password(sound):
    assert "accounts" in better(sound)
    with sound.store.write() as session:
        session.execute(update(AccountRow).values(password_hash="", openid_key="k"))
    assert "accounts" not in better(sound)


@pytest.mark.slow
def test_nodes_that_differ_are_named(sound):
    row = NodeFilesRow
    with sound.store.write() as session:
        for name, digest in (("north /var/referral", "1"), ("south /var/referral", "2")):
            session.add(row(name=name, digests={"logo": digest}, seen_at=sound.now()))
    assert wrong(sound) == {"nodes"}
    [found] = [each for each in diagnose(sound, DOCTOR).findings if str(each.about) == "nodes"]
    assert "north" in str(found.what)
    assert "south" in str(found.what)


def test_what_takes_the_place_of_what_was_removed_is_said_until_doctor_said_it(sound):
    with sound.store.write() as session:
        for name in ("api_key", "webhook"):
            session.add(CheckpointRow(name=f"removed {name}", sequence=0, done_at=sound.now()))
    for _ in range(2):
        found = diagnose(sound, DOCTOR).findings
        said = [str(each.what) for each in found if str(each.about) == "removed parts"]
        assert len(said) == 2
        assert "limited by address" in said[0]
        assert "feed of changes" in said[1]
    forget_removed(sound)
    assert "removed parts" not in better(sound)


def test_what_merges_taken_back_left_hidden_is_counted_until_somebody_decides(sound):
    now = sound.now()
    with sound.store.write() as session:
        merge = RecordMergeRow(group_id="m", kind="phone", loser_id="a", survivor_id="b",
                               merged_at=now, merged_by="p", undone_at=now)  # fmt: skip
        session.add(merge)
        for noted in ("m", "an import"):
            group = WithheldGroupRow(id=noted, kind="phone", visibility="staff", asked_by="",
                                     state="waiting", noted_at=now, noted_group=noted,
                                     decided_by="", decided_group="")  # fmt: skip
            session.add(group)
    found = [
        each for each in diagnose(sound, DOCTOR).findings if str(each.about) == "merges taken back"
    ]
    assert [str(each.what)[:1] for each in found] == ["1"]
    with sound.store.write() as session:
        session.execute(update(WithheldGroupRow).values(decided_at=now))
    assert "merges taken back" not in better(sound)


def test_old_tables_are_wrong(sound):
    with sound.store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert wrong(sound) == {"database"}
    assert "keys" in map(str, diagnose(sound, DOCTOR).not_looked_at)


@pytest.mark.slow
@pytest.mark.parametrize("table", ["schedule", "service", "change"])
def test_a_damaged_database_is_wrong_and_nothing_is_rebuilt_from_it(demo, table):
    overwrite_leaf(demo, table)
    diagnosis = diagnose(demo, DOCTOR)
    [found] = [each for each in diagnosis.findings if str(each.about) == "database"]
    assert str(found.what) == "The database is damaged."
    assert "Restore a backup" in str(found.do)
    assert "index" in map(str, diagnosis.not_looked_at)
    assert not [each for each in diagnosis.findings if "rebuild" in str(each.do)]
    [checked] = diagnose(demo, VERIFY).findings
    assert checked == found


@pytest.mark.slow
def test_an_index_that_does_not_agree_with_its_table_is_damage(demo):
    overwrite_leaf(demo, "sqlite_autoindex_organization_1", keep_form=True)
    [found] = [each for each in diagnose(demo, DOCTOR).findings if str(each.about) == "database"]
    assert str(found.what) == "The database is damaged."


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX")
def test_a_folder_that_others_can_read_is_wrong(sound):
    sound.settings.instance_path.chmod(0o755)
    assert wrong(sound) == {"permissions"}


def test_a_job_that_nobody_takes_is_wrong(sound):
    with sound.store.write() as session:
        add_job(session, "export", "one")
        session.flush()
        session.execute(update(JobRow).values(created_at=datetime.now(UTC) - timedelta(hours=1)))
    assert wrong(sound) == {"jobs"}


@pytest.mark.slow
def test_a_mail_host_that_does_not_answer_is_wrong(sound):
    settings = replace(
        sound.settings,
        smtp_url="smtp://127.0.0.1:1",
        mail_from="help@example.org",
        public_url="https://help.example.org",
        secure_cookies=True,
    )
    assert wrong(replace(sound, given=settings)) == {"mail"}


@pytest.mark.slow
def test_a_backup_of_last_week_is_wrong(sound, tmp_path_factory):
    folder = tmp_path_factory.mktemp("backups")
    watched = replace(sound, given=replace(sound.settings, backup_folder=str(folder)))
    assert wrong(watched) == {"backups"}
    backup = folder / "referral-2026-11-20-010203.zip"
    backup.touch()
    assert not wrong(watched)
    os.utime(backup, times=(0, 0))
    assert wrong(watched) == {"backups"}


def test_cookies_without_encryption_are_wrong_where_the_site_has_it(sound):
    settings = replace(sound.settings, public_url="https://help.example.org")
    assert wrong(replace(sound, given=settings)) == {"settings"}


@pytest.mark.slow
def test_contacts_that_no_key_opens_are_wrong(sound):
    agree_follow_up(sound, open_inquiry(sound, "a1"), ContactKind.PHONE, "814-555-0142")
    assert "keys" not in wrong(sound)
    settings = replace(sound.settings, contact_keys=("another key that is long enough, by far",))
    assert wrong(replace(sound, given=settings)) == {"keys"}


def test_the_command_ends_with_1_and_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    words = ["--instance", str(tmp_path / "instance"), "doctor"]
    first, second = (CliRunner().invoke(main, words) for _ in range(2))
    assert first.exit_code == 1
    assert "referral migrate" in first.output
    assert first.output == second.output


def test_a_setting_that_is_gone_is_named(sound, monkeypatch):
    monkeypatch.setenv("REFERRAL_SITEMAP", "no")
    assert any("REFERRAL_SITEMAP" in str(each.what) for each in diagnose(sound, DOCTOR).findings)


def test_the_page_says_what_doctor_says_and_writes_nothing(sound):
    with sound.store.write() as session:
        session.add(CheckpointRow(name="removed webhook", sequence=0, done_at=sound.now()))
    client = signed_in_client(create_app(sound.settings, sound))
    page = client.get("/admin/checks")
    assert page.status_code == 200
    shown = " ".join(soup_of(page).main.text.split())
    for each in diagnose(sound, PAGE).findings:
        assert f"{each.about}: {each.what} {each.do}" in shown
    assert "removed parts" in better(sound)
    assert "Qué está bien" in client.get("/admin/checks?lang=es").text


@pytest.mark.parametrize("role", [Role.DESK, Role.CURATION, Role.AUDIT])
def test_the_page_is_for_admins(instance, role):
    add_account(instance, [role])
    client = signed_in_client(create_app(instance.settings, instance))
    assert client.get("/admin/checks").status_code == 403


def test_what_closes_a_node_is_what_doctor_finds(sound):
    assert readiness(sound) == dict.fromkeys(("disk", "database", "schema", "index"), True)
    with sound.store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert readiness(sound) == {"disk": True, "database": True, "schema": False, "index": False}
    assert "database" in wrong(sound)
