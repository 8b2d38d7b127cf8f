"""The queue on the start page of staff: what waits for this person, with count and age."""

from datetime import timedelta

import pytest
from sqlalchemy import text, update

from referral.app import create_app
from referral.demo.sample_work import add_sample_work
from referral.directory.instance import local_today
from referral.records.accounts import Role
from referral.store.rows import ServiceRow
from referral.verification.feedback import record_report
from referral.verification.records import ReportKind
from referral.verification.rows import ProblemReportRow
from tests.support.desk import stock
from tests.support.inspector import inspecting, soup_of
from tests.support.staff import add_account, signed_in_client

REPORTED = "Listings that somebody reported"


def queue_of(app, email):
    page = soup_of(signed_in_client(app, email).get("/staff"))
    return [" ".join(each.get_text().split()) for each in page.select(".work-queue li")], page


def test_each_line_says_how_much_and_since_when(demo, sample_service):
    service = sample_service(lambda each: each.sites).service.id
    record_report(demo, service, ReportKind.PHONE)
    with demo.store.write() as session:
        since = local_today(demo) - timedelta(12)
        session.execute(update(ProblemReportRow).values(reported_on=since))
    add_account(demo, [Role.CURATION])
    app = create_app(demo.settings, demo)
    lines, page = queue_of(app, "pat@example.org")
    assert lines[0] == f"{REPORTED} 1 oldest: 12 days"
    assert any(line.startswith("Listings to check again ") for line in lines[1:])
    assert page.select_one(".work-queue a")["href"] == "/curation/verification?only=reported"


@pytest.mark.slow
def test_it_has_only_what_the_account_may_do_and_what_the_public_sees(demo, sample_service):
    service = sample_service(lambda each: each.sites).service.id
    record_report(demo, service, ReportKind.PHONE)
    add_account(demo, [Role.DESK], "dee@example.org", "Dee")
    add_account(demo, [Role.CURATION])
    app = create_app(demo.settings, demo)
    assert not any(REPORTED in line for line in queue_of(app, "dee@example.org")[0])
    with demo.store.write() as session:
        session.get_one(ServiceRow, service).visibility = "staff"
    assert not any(REPORTED in line for line in queue_of(app, "pat@example.org")[0])


def test_nothing_waiting_says_so(instance):
    add_account(instance, [Role.DESK], "dee@example.org", "Dee")
    lines, page = queue_of(create_app(instance.settings, instance), "dee@example.org")
    assert not lines
    assert "Nothing waits for you." in page.get_text()
    assert page.select(".staff-start a")


@pytest.mark.slow
def test_every_line_of_the_demo_has_an_age(demo):
    add_sample_work(demo)
    add_account(demo, Role)
    lines, _ = queue_of(create_app(demo.settings, demo), "pat@example.org")
    without = [line for line in lines if "oldest: " not in line]
    assert len(lines) >= 3
    assert not without


def test_a_page_that_is_not_there_keeps_the_frame_of_staff(instance):
    add_account(instance, [Role.DESK], "dee@example.org", "Dee")
    app = create_app(instance.settings, instance)
    client = signed_in_client(app, "dee@example.org")
    for path in ("/nowhere", "/desk/nowhere", "/services/nowhere"):
        answer = client.get(path)
        page = soup_of(answer)
        assert answer.status_code == 404
        assert page.select_one(".staff-parts")
        assert not page.select_one(".crisis-strip, .site-footer")
    assert soup_of(inspecting(app).get("/nowhere")).select_one(".crisis-strip")


def test_with_the_database_down_it_is_a_page_of_everybody(instance):
    add_account(instance, [Role.DESK], "dee@example.org", "Dee")
    app = create_app(instance.settings, instance)
    client = signed_in_client(app, "dee@example.org")
    with instance.store.write() as session:
        session.execute(text("alter table account_session rename to gone"))
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert soup_of(answer).select_one(".crisis-strip")


@pytest.mark.slow
def test_an_empty_directory_leads_to_the_first_list(instance):
    add_account(instance, [Role.ADMIN])
    add_account(instance, [Role.DESK], "dee@example.org")
    app = create_app(instance.settings, instance)
    _, page = queue_of(app, "pat@example.org")
    assert page.find("a", string="Bring in a list")["href"] == "/admin/imports/new"
    assert not queue_of(app, "dee@example.org")[1].find("a", string="Bring in a list")
    stock(instance)
    assert not queue_of(app, "pat@example.org")[1].find("a", string="Bring in a list")
