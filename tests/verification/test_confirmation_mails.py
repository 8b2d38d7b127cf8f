"""All providers that are due are mailed in one go, none twice, and what came back is shown."""

import multiprocessing
import os
import re
import signal
from dataclasses import replace
from datetime import date, timedelta

import pytest
import time_machine

from referral.accounts.mail import Mail, MailAddressError, MailHostError, send_mail
from referral.app.job_kinds import do_work
from referral.directory.instance import opened_instance
from referral.jobs.job_queue import release_worker
from referral.records.accounts import Role
from referral.records.hsds import Organization, Service
from referral.records.visibility import Visibility
from referral.store.rows import OrganizationRow
from referral.verification.confirmation_mails import plan_confirmations, read_round
from referral.verification.records import MailStatus
from tests.support.inspector import inspecting
from tests.support.mail_host import mail_host, mail_settings
from tests.support.pairs import id_of, pantry, store
from tests.support.staff import add_account, post, signed_in_client

MAILS = "/curation/verification/mails"


@pytest.fixture
def host():
    with mail_host() as host:
        yield host


@pytest.fixture
def mailing(instance, app, host):
    """Give a directory that can mail; its site has the same settings."""
    settings = mail_settings(instance.settings, host)
    app.config["REFERRAL_SETTINGS"] = settings
    add_account(instance, [Role.CURATION])
    return replace(instance, given=settings)


def provider(instance, number, address, **more):
    records = pantry(number, agency=f"Table {number}", **more)
    store(instance, *records)
    with instance.store.write() as session:
        session.get_one(OrganizationRow, id_of(records, Organization)).email = address
    return id_of(records, Organization)


def start(client):
    digest = re.search(r'name="digest" value="([^"]+)"', client.get(MAILS).text)[1]
    answer = post(client, MAILS, digest=digest)
    assert answer.status_code == 302, answer.text
    return answer.location.rpartition("/")[2]


def statuses(instance, round_id):
    return {mail.name: mail.status for mail in read_round(instance, round_id).mails}


def test_the_preview_says_who_gets_a_mail(instance):
    asked = provider(instance, 1, "one@table.example")
    provider(instance, 2, "see our website")
    provider(instance, 3, "", email="pantry@table.example")
    provider(instance, 4, "four@table.example", assured_date=instance.now().date())
    provider(instance, 5, "five@table.example", visibility=Visibility.STAFF)
    provider(instance, 6, "test@email.example")
    plan = plan_confirmations(instance)
    assert [each.email for each in plan.mailed] == ["one@table.example", "pantry@table.example"]
    assert [each.name for each in plan.without_address] == ["Table 2", "Table 6"]
    assert plan.mailed[0].organization_id == asked
    assert plan.mailed[0].due == 1
    several = provider(instance, 7, "see our website", assured_date=date(2024, 5, 1))
    checked = Service(
        id="s-7", organization_id=several, name="Beds", assured_date=date(2023, 5, 1),
        email="beds@table.example",
    )  # fmt: skip
    store(instance, checked)
    last = plan_confirmations(instance).mailed[-1]
    assert (last.email, last.due, last.checked_on) == (
        "beds@table.example", 2, date(2023, 5, 1),
    )  # fmt: skip
    store(instance, replace(checked, id="s-8", assured_date=None))
    assert plan_confirmations(instance).mailed[-1].checked_on is None


@pytest.mark.slow
def test_from_the_button_to_what_came_back(mailing, app, host):
    for number, name in enumerate(("answers", "opens", "unknown", ""), start=1):
        provider(mailing, number, f"{name}@table.example" if name else "")
    host.unknown = {"unknown@table.example"}
    staff, anybody = signed_in_client(app), inspecting(app)
    page = staff.get(MAILS).text
    assert "3 providers get a mail" in page
    assert "1 has no address that we know" in page
    assert page.index("Hello!") < page.index("¡Hola!")
    round_id = start(staff)
    assert host.letters == []  # a worker sends them
    do_work(mailing, "a worker")
    assert sorted(letter["To"] for letter in host.letters) == [
        "answers@table.example", "opens@table.example",
    ]  # fmt: skip
    text = host.letters[0].get_content()
    assert "{" not in text
    links = {
        letter["To"]: re.search(r"https://library\.example(/provider/\S+)", letter.get_content())[1]
        for letter in host.letters
    }
    anybody.head(links["answers@table.example"])
    assert read_round(mailing, round_id).line.opened == 0
    anybody.get(links["opens@table.example"])
    post(anybody, links["answers@table.example"], **{"all-right": "yes"})
    result = read_round(mailing, round_id)
    assert statuses(mailing, round_id) == {
        "Table 1": MailStatus.SENT,
        "Table 2": MailStatus.SENT,
        "Table 3": MailStatus.REFUSED,
        "Table 4": MailStatus.NO_ADDRESS,
    }
    assert (result.line.sent, result.line.opened, result.line.answered) == (2, 2, 1)
    page = staff.get(f"{MAILS}/{round_id}").text
    for words in ("Opened the link", "Answered", "Address refused", "code 550", "No address known",
                  "1 address was refused."):  # fmt: skip
        assert words in page


def test_no_provider_is_mailed_twice_within_the_set_time(mailing, app, host):
    provider(mailing, 1, "one@table.example")
    provider(mailing, 2, "gone@table.example")
    host.unknown = {"gone@table.example"}
    with time_machine.travel("2026-11-02 12:00Z", tick=False) as clock:
        start(signed_in_client(app))
        do_work(mailing, "a worker")
        clock.shift(timedelta(days=mailing.settings.ask_again_days - 1))
        plan = plan_confirmations(mailing)
        assert plan.mailed == ()
        assert [each.refused for each in plan.refused] == [550]
        assert plan.asked_lately[0].asked_on.isoformat() == "2026-11-02"
        clock.shift(timedelta(days=1))
        assert [each.email for each in plan_confirmations(mailing).mailed] == ["one@table.example"]


def test_a_preview_that_is_old_sends_nothing(mailing, app):
    provider(mailing, 1, "one@table.example")
    staff = signed_in_client(app)
    digest = re.search(r'name="digest" value="([^"]+)"', staff.get(MAILS).text)[1]
    provider(mailing, 2, "two@table.example")
    answer = post(staff, MAILS, digest=digest)
    assert answer.status_code == 409
    assert "What is due has changed" in answer.text


@pytest.mark.slow
def test_two_rounds_at_once_send_one_mail(mailing, app, host):
    """The second was planned before the first had begun."""
    from referral.verification import confirmation_mails

    provider(mailing, 1, "one@table.example")
    start(signed_in_client(app))
    with mailing.store.write() as session:
        session.add(
            confirmation_mails.ConfirmationRoundRow(id="second", started_at=mailing.now(), text="x")
        )
        first = session.query(confirmation_mails.ConfirmationMailRow).one()
        session.add(
            confirmation_mails.ConfirmationMailRow(
                id="other",
                round_id="second",
                organization_id=first.organization_id,
                email=first.email,
                status="waiting",
            )
        )
        confirmation_mails.add_job(session, confirmation_mails.CONFIRMATION_MAILS, "second")
    do_work(mailing, "a worker")
    assert len(host.letters) == 1
    assert statuses(mailing, "second") == {"Table 1": MailStatus.SKIPPED}


@pytest.mark.slow
def test_it_stops_and_goes_on(mailing, app, host):
    for number in (1, 2, 3):
        provider(mailing, number, f"{number}@table.example")
    staff = signed_in_client(app)
    round_id = start(staff)
    page = f"{MAILS}/{round_id}"
    post(staff, f"{page}/stop", page)
    do_work(mailing, "a worker")
    assert host.letters == []
    assert "Go on: 3 mails wait" in staff.get(page).text
    post(staff, f"{page}/resume", page)
    do_work(mailing, "a worker")
    assert len(host.letters) == 3
    answer = post(staff, f"{page}/resume", MAILS)
    assert answer.status_code == 409


@pytest.mark.slow
def test_a_mail_host_that_is_down_loses_nothing(mailing, app, host):
    provider(mailing, 1, "one@table.example")
    staff = signed_in_client(app)
    round_id = start(staff)
    down = replace(mailing.settings, smtp_url="smtp://127.0.0.1:1")
    do_work(replace(mailing, given=down), "a worker")
    assert statuses(mailing, round_id) == {"Table 1": MailStatus.WAITING}
    page = f"{MAILS}/{round_id}"
    assert "The mail host cannot be reached" in staff.get(page).text
    post(staff, f"{page}/resume", page)
    do_work(mailing, "a worker")
    assert len(host.letters) == 1


def _work(settings):
    with opened_instance(settings) as instance:
        do_work(instance, "the first worker")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no process can be killed at once here")
def test_a_worker_that_is_killed_sends_none_twice(mailing, app, host):
    for number in (1, 2, 3, 4):
        provider(mailing, number, f"{number}@table.example")
    staff = signed_in_client(app)
    round_id = start(staff)
    host.pauses_after = 2
    worker = multiprocessing.get_context("spawn").Process(target=_work, args=(mailing.settings,))
    worker.start()
    assert host.is_paused.wait(60)
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    host.pauses_after = None
    host.resume.set()
    assert sorted(statuses(mailing, round_id).values()) == ["sending", "sent", "sent", "waiting"]
    release_worker(mailing, "the first worker")  # whoever starts workers says so
    do_work(mailing, "another worker")  # goes on by itself
    sent = [letter["To"] for letter in host.letters]
    assert len(sent) == len(set(sent)) == 3
    assert sorted(statuses(mailing, round_id).values()) == ["sent", "sent", "sent", "unsure"]
    assert plan_confirmations(mailing).mailed == ()


def test_without_mail_there_is_a_preview_and_no_button(instance, app):
    add_account(instance, [Role.CURATION])
    provider(instance, 1, "one@table.example")
    staff = signed_in_client(app)
    page = staff.get(MAILS).text
    assert "No mail is set up here" in page
    assert "Mail 1 provider" not in page
    assert post(staff, MAILS).status_code == 409
    assert MAILS in staff.get("/curation/verification").text


def test_what_the_mail_host_says_is_told_apart(mailing, host):
    host.unknown = {"nobody@table.example"}
    with pytest.raises(MailAddressError) as refusal:
        send_mail(mailing.settings, Mail("nobody@table.example", "Hello", "text"))
    assert refusal.value.code == 550
    assert "nobody" not in str(refusal.value)
    with pytest.raises(MailAddressError):
        send_mail(mailing.settings, Mail("a@b.example\nBcc: c@d.example", "Hello", "text"))
    with pytest.raises(MailHostError):
        send_mail(replace(mailing.settings, smtp_url=""), Mail("a@b.example", "Hello", "text"))
