"""Summaries by mail: who wants one gets counts, once a day or a week, and nothing else."""

from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest
import time_machine

from referral.app.background import _long_rounds
from referral.app.digest_mails import send_digests
from referral.app.tidy import tidy_once_a_day
from referral.records.accounts import Role
from referral.records.edits import Author, MadeBy
from referral.records.hsds import Address, Location, Service
from referral.records.visibility import Visibility
from referral.store.rows_log import ImportBatchRow
from referral.verification.feedback import submit_report
from referral.verification.records import ReportKind
from tests.support.mail_host import mail_host, mail_settings
from tests.support.pairs import id_of, pantry, store
from tests.support.rows import write_records
from tests.support.staff import add_account, post, signed_in_client


@pytest.fixture
def host():
    with mail_host() as host:
        yield host


@pytest.fixture
def mailing(instance, app, host):
    """Give the site with mail, and one listing that somebody reported."""
    settings = mail_settings(instance.settings, host)
    app.config["REFERRAL_SETTINGS"] = settings
    app.extensions["referral"] = replace(instance, given=settings)
    records = pantry(1, name="Secret Pantry")
    store(instance, *records)
    service_id = id_of(records, Service)
    submit_report(instance, "203.0.113.9", service_id, ReportKind.PHONE, "my own words")
    add_account(instance, [Role.CURATION])
    return app


def choose(app, pace, language="en"):
    client = signed_in_client(app)
    path = f"/staff/account/digest?lang={language}"
    return post(client, path, "/staff/account", pace=pace)


def test_nobody_gets_one_who_did_not_ask(mailing, host):
    assert send_digests(mailing) == 0
    assert host.letters == []


def test_counts_once_a_day_and_no_word_more(mailing, host):
    with time_machine.travel("2026-11-02 12:00Z", tick=False) as clock:
        assert choose(mailing, "daily").status_code == 302
        assert [send_digests(mailing), send_digests(mailing)] == [1, 0]
        text = host.letters[0].get_content()
        assert "Listings that somebody reported: 1" in text
        assert "https://library.example/staff" in text
        for word in ("Secret", "Pantry", "my own words", "0101"):
            assert word not in text
        clock.shift(timedelta(days=1))
        assert send_digests(mailing) == 1


def test_summaries_go_out_although_the_daily_job_of_today_is_done(mailing, host):
    """A server may stop between the two."""
    choose(mailing, "daily")
    tidy_once_a_day(mailing.extensions["referral"])
    for each in _long_rounds(mailing, Event()):
        each.act()
    assert len(host.letters) == 1


@pytest.mark.slow
def test_once_a_week_in_the_language_of_the_person(mailing, host):
    with time_machine.travel("2026-11-02 12:00Z", tick=False) as clock:
        choose(mailing, "weekly", "es")
        assert send_digests(mailing) == 1
        assert "Esto espera en" in host.letters[0].get_content()
        clock.shift(timedelta(days=6))
        assert send_digests(mailing) == 0
        choose(mailing, "daily")
        assert send_digests(mailing) == 1
        choose(mailing, "weekly")
        assert send_digests(mailing) == 0  # not a second one on this day
        choose(mailing, "")
        clock.shift(timedelta(days=30))
        assert send_digests(mailing) == 0


def test_whose_account_is_off_or_may_see_nothing_gets_none(mailing, instance, host):
    choose(mailing, "daily")
    with instance.store.write() as session:
        from referral.accounts.rows import AccountRow

        session.query(AccountRow).one().disabled_at = instance.now()
    assert send_digests(mailing) == 0


def test_a_failed_one_is_not_sent_again_on_the_day(mailing, host):
    choose(mailing, "daily")
    host.refusing = True
    assert send_digests(mailing) == 0
    host.refusing = False
    assert send_digests(mailing) == 0


@pytest.mark.parametrize(("count", "letters"), [(5, 0), (6, 1)])
def test_admins_learn_at_once_that_a_list_hid_many_streets(mailing, host, count, letters):
    instance = mailing.extensions["referral"]
    add_account(instance, [Role.ADMIN], email="kim@example.org")
    street = {"address_1": "7319 Quillfeather Lane", "city": "Meadville"}
    with instance.store.write() as session:
        session.add(ImportBatchRow(id="pull", source="partner", format="", list_name="list",
                                   started_at=instance.now(), counts={}, state="applied"))  # fmt: skip
    for n in range(count):
        write_records(instance.store, Location(id=f"l{n}", name="Office"),
                      Address(id=f"a{n}", location_id=f"l{n}", **street))  # fmt: skip
    house = Location(id="house", name="House", visibility=Visibility.WITHHELD)
    author = Author(made_by=MadeBy.IMPORT, batch_id="pull", group_id="pull")
    write_records(instance.store, house, Address(id="its", location_id="house", **street),
                  author=author, source="partner")  # fmt: skip
    assert [send_digests(mailing), send_digests(mailing)] == [letters, 0]
    for letter in host.letters:
        assert f"hidden for another list: {count}" in letter.get_content()
        assert "Quillfeather" not in letter.get_content()
