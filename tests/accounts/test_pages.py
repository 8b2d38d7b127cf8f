"""Pages for staff, as a person goes through them."""

import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import time_machine
from sqlalchemy import select

from referral.accounts import account_admin, own_account
from referral.accounts.audit import read_audit_log
from referral.accounts.links import make_reset_link
from referral.accounts.mail import send_in_background
from referral.accounts.rows import AccountRow
from referral.accounts.second_factor import secret_of
from referral.accounts.sessions import sign_in
from referral.app import create_app
from referral.directory.instance import local_today, start_of_day
from referral.records.accounts import COMMAND_LINE, Permission, Role
from referral.records.waiting import Waiting
from referral.web.staff.access import COOKIE, requires
from referral.web.staff.navigation import (
    StaffPage,
    Urgency,
    WaitingWork,
    Work,
    register_staff_pages,
)
from tests.support.inspector import inspecting, soup_of
from tests.support.mail_host import mail_host
from tests.support.staff import PASSWORD, add_account, post, signed_in_client

EMAIL = "pat@example.org"
SITE = "https://help.example.org"


def code_now(instance, account_id):
    with instance.store.read() as session:
        seed = session.get_one(AccountRow, account_id).second_factor_seed
    return pyotp.TOTP(secret_of(instance, seed)).at(instance.now())


def test_an_empty_site_tells_how_to_make_the_first_account(client, instance):
    assert "referral account add --role admin" in client.get("/staff/sign-in").text
    add_account(instance)
    assert "referral account" not in client.get("/staff/sign-in").text


def test_a_person_signs_in_works_and_signs_out(client, pat):
    answer = client.get("/admin/accounts")
    assert answer.location == "/staff/sign-in?next=/admin/accounts"
    answer = post(client, "/staff/sign-in", email=EMAIL, password=PASSWORD, next="/admin/accounts")
    assert answer.location == "/admin/accounts"
    page = client.get("/admin/accounts").text
    assert EMAIL in page
    assert 'aria-current="page"' in page
    assert post(client, "/staff/sign-out", "/staff").location == "/staff/sign-in"
    assert client.get("/staff").location == "/staff/sign-in?next=/staff"


def test_a_wrong_password_is_said_in_words_and_never_sent_back(client, pat):
    answer = post(client, "/staff/sign-in", email=EMAIL, password="my-secret-typo")
    assert answer.status_code == 400
    assert "is not right" in answer.text
    assert "my-secret-typo" not in answer.text
    assert f'value="{EMAIL}"' in answer.text


def test_what_cannot_be_seen_does_no_harm(client, pat):
    for odd in ("\0", "pat@example.org\0", "x" * 5000):
        answer = post(client, "/staff/sign-in", email=odd, password="\0" * 20)
        assert answer.status_code == 400


def test_waiting_is_said_in_words(client, pat):
    for _ in range(5):
        post(client, "/staff/sign-in", email=EMAIL, password="x")
    answer = post(client, "/staff/sign-in", email=EMAIL, password=PASSWORD)
    assert answer.status_code == 429
    assert re.search(r"Please wait \d+ seconds?\.", answer.text)
    assert "one-time link" in answer.text


@pytest.mark.parametrize("secure", [False, True])
def test_the_cookie_is_locked_and_lasts_no_longer_than_the_browser(instance, pat, secure):
    settings = replace(instance.settings, secure_cookies=secure)
    app = create_app(settings, instance)
    app.config["WTF_CSRF_ENABLED"] = False  # its cookie would not come back over plain HTTP
    form = {"email": EMAIL, "password": PASSWORD}
    answer = inspecting(app).post("/staff/sign-in", data=form)
    cookies = answer.headers.getlist("Set-Cookie")
    (cookie,) = [each for each in cookies if COOKIE in each.partition("=")[0]]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert ("Secure" in cookie) is secure
    assert "Max-Age" not in cookie
    assert "Expires" not in cookie


@pytest.mark.slow
def test_each_sign_in_gives_another_session_and_ends_the_one_before(client, pat, instance):
    client.set_cookie(COOKIE, "chosen by a stranger")
    post(client, "/staff/sign-in", email=EMAIL, password=PASSWORD)
    first = client.get_cookie(COOKIE).value
    assert first != "chosen by a stranger"
    post(client, "/staff/sign-out", "/staff")
    post(client, "/staff/sign-in", email=EMAIL, password=PASSWORD)
    assert client.get_cookie(COOKIE).value != first
    client.set_cookie(COOKIE, first)
    assert client.get("/staff").status_code == 302


def test_a_form_token_from_before_signing_in_is_worth_nothing_after(client, pat):
    page = client.get("/staff/sign-in").text
    old = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
    post(client, "/staff/sign-in", email=EMAIL, password=PASSWORD)
    answer = client.post("/staff/sign-out", data={"csrf_token": old})
    assert answer.status_code == 400
    assert client.get("/staff").status_code == 200


def test_a_form_sent_after_the_session_ended_says_so(signed_in, instance, pat):
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1)):
        answer = signed_in.get("/staff/account")
        assert answer.location == "/staff/sign-in?next=/staff/account"
    signed_in.application.config["WTF_CSRF_ENABLED"] = False
    own_account.change_password(instance, pat, PASSWORD, "four odd teapots sing")
    answer = signed_in.post("/staff/account/password", data={})
    assert answer.location == "/staff/sign-in?ended=1"
    assert "was not saved" in signed_in.get(answer.location, unchecked={"forms"}).text


def test_an_invitation_shown_to_the_admin_is_taken_once(signed_in, app, instance):
    answer = post(
        signed_in, "/admin/accounts/new", email="dee@example.org", name="Dee", roles=["desk"]
    )
    link = re.search(r"http://localhost(/staff/link/[\w-]+)", answer.text)[1]
    client = inspecting(app)
    assert "dee@example.org" in client.get(link).text
    assert client.get(link).status_code == 200
    easy = post(client, link, password="library2026!")
    assert easy.status_code == 400
    assert "easy to guess" in easy.text
    assert post(client, link, password=PASSWORD).location == "/staff/sign-in?ready=1"
    assert client.get(link).status_code == 410
    app.config["WTF_CSRF_ENABLED"] = False
    assert client.post(link, data={"password": "another odd teapot"}).status_code == 410
    assert sign_in(instance, "dee@example.org", PASSWORD, "c").token


@pytest.mark.slow
def test_an_invitation_that_cannot_be_keeps_what_was_typed(signed_in):
    answer = post(
        signed_in, "/admin/accounts/new", email="dee at example", name="Dee", roles=["desk"]
    )
    assert answer.status_code == 400
    assert "like name@example.org" in answer.text
    assert 'value="Dee"' in answer.text
    none = post(signed_in, "/admin/accounts/new", email="dee@example.org", name="Dee")
    assert "at least one role" in none.text
    taken = post(signed_in, "/admin/accounts/new", email=EMAIL, name="", roles=["desk"])
    assert "already" in taken.text


@pytest.mark.slow
def test_an_admin_changes_roles_and_turns_accounts_off_and_on(signed_in, instance):
    dee = add_account(instance, [Role.DESK], "dee@example.org", "Dee")
    page = f"/admin/accounts/{dee.id}"
    assert "What this person did" in signed_in.get(page).text
    assert post(signed_in, page, name="Dee D.", roles=["desk", "curation"]).status_code == 302
    changed = account_admin.read_account(instance, dee.id)
    assert (changed.name, changed.roles) == ("Dee D.", {Role.DESK, Role.CURATION})
    done = post(signed_in, f"{page}/disable", page)
    assert "signed out" in signed_in.get(done.location).text
    assert account_admin.read_account(instance, dee.id).is_disabled
    post(signed_in, f"{page}/enable", page)
    assert not account_admin.read_account(instance, dee.id).is_disabled
    link = post(signed_in, f"{page}/link", page)
    assert "/staff/link/" in link.text
    assert signed_in.get("/admin/accounts/00000000-0000-4000-8000-000000000000").status_code == 404


def test_the_last_admin_is_told_why_not(signed_in, pat):
    page = f"/admin/accounts/{pat.id}"
    assert "last admin" in post(signed_in, page, name="Pat", roles=["desk"]).text
    off = post(signed_in, f"{page}/disable", page)
    assert off.status_code == 409
    assert "last admin" in off.text


def test_an_admin_who_gives_up_the_role_is_out_at_once(signed_in, instance, pat):
    add_account(instance, [Role.ADMIN], "lee@example.org")
    answer = post(signed_in, f"/admin/accounts/{pat.id}", name="Pat", roles=["desk"])
    assert "Your roles have changed." in signed_in.get(answer.location).text
    assert signed_in.get("/admin/accounts").location == "/staff/sign-in?next=/admin/accounts"


@pytest.mark.slow
def test_another_password_keeps_this_browser_and_ends_the_others(app, signed_in):
    other = signed_in_client(app)
    fields = {"present": PASSWORD, "password": "four odd teapots sing"}
    wrong = post(signed_in, "/staff/account/password", **{**fields, "present": "x"})
    assert "not your present password" in wrong.text
    short = post(signed_in, "/staff/account/password", **{**fields, "password": "short"})
    assert "12 letters or more" in short.text
    done = post(signed_in, "/staff/account/password", **fields)
    assert "is changed" in signed_in.get(done.location).text
    assert other.get("/staff").status_code == 302


@pytest.mark.slow
def test_the_second_step_from_picture_to_paper(app, signed_in, instance, pat):
    page = "/staff/account/second-factor"
    post(signed_in, f"{page}/start", page)
    shown = signed_in.get(page).text
    assert "<svg" in shown
    secret = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', shown)[1]
    wrong = post(signed_in, page, code="000000")
    assert "is not right" in wrong.text
    code = pyotp.TOTP(secret.replace(" ", "")).at(instance.now())
    on = post(signed_in, page, code=code)
    recovery = re.findall(r"<code>([a-z2-9-]{19})</code>", on.text)
    assert len(recovery) == 10
    assert "10 recovery codes are left" in signed_in.get("/staff/account").text
    client = inspecting(app)
    half = post(client, "/staff/sign-in", email=EMAIL, password=PASSWORD, next="/admin/accounts")
    assert half.location == "/staff/code?next=/admin/accounts"
    assert client.get("/staff").status_code == 302
    assert "is not right" in post(client, "/staff/code", code=code).text
    whole = post(client, half.location, code=recovery[0], next="/admin/accounts")
    assert whole.location == "/admin/accounts"
    assert client.get("/admin/accounts").status_code == 200
    stop = post(client, f"{page}/stop", page, present=PASSWORD)
    assert "is off" in client.get(stop.location).text


def test_an_admin_turns_the_second_step_off_for_somebody(signed_in, instance):
    dee = add_account(instance, [Role.DESK], "dee@example.org", "Dee")
    own_account.start_second_factor(instance, dee)
    own_account.confirm_second_factor(instance, dee, code_now(instance, dee.id))
    page = f"/admin/accounts/{dee.id}"
    assert "second step" in signed_in.get(page).text
    post(signed_in, f"{page}/second-factor", page)
    assert not account_admin.read_account(instance, dee.id).has_second_factor


def test_code_without_a_password_leads_back(client, pat):
    assert post(client, "/staff/code", code="123456").location == "/staff/sign-in?ended=1"


def late_yesterday(instance):
    """The last second of yesterday where the library is; in UTC it is today."""
    return start_of_day(instance, instance.now()).astimezone(UTC) - timedelta(seconds=1)


def test_areas_add_what_waits_to_the_start_page(instance, pat):
    app = create_app(instance.settings, instance)
    app.add_url_rule("/trial", "trial.home", requires(Permission.USE_DESK)(lambda: ""))
    app.add_url_rule("/trial/work", "trial.work", requires(Permission.SEE_REPORTS)(lambda: ""))
    register_staff_pages(
        app,
        StaffPage(
            endpoint="trial.home", label="Trial", work=Work.DESK, permission=Permission.USE_DESK
        ),
        StaffPage(
            endpoint="trial.work", label="Work", work=Work.DESK, permission=Permission.SEE_REPORTS,
            waiting=(
                WaitingWork(label="Old", urgency=Urgency.UPKEEP,
                            find=lambda instance, _: Waiting(7, instance.now() - timedelta(9))),
                WaitingWork(label="New", urgency=Urgency.UPKEEP,
                            find=lambda instance, _: Waiting(2, local_today(instance))),
                WaitingWork(label="Late", urgency=Urgency.UPKEEP,
                            find=lambda instance, _: Waiting(3, late_yesterday(instance))),
                WaitingWork(label="Soon", urgency=Urgency.UPKEEP, find=lambda instance, _:
                            Waiting(4, local_today(instance) + timedelta(1))),
                WaitingWork(label="First", urgency=Urgency.PERSON, find=lambda *_: Waiting(1)),
                WaitingWork(label="None", urgency=Urgency.PERSON, find=lambda *_: Waiting(0)),
            ),
        ),
    )  # fmt: skip
    page = soup_of(signed_in_client(app).get("/staff"))
    assert "Trial" not in page.get_text()
    lines = [" ".join(each.get_text().split()) for each in page.select(".work-queue li")]
    labels = {"Old", "New", "Late", "Soon", "First", "None"}
    assert [line for line in lines if line.split()[0] in labels] == [
        "First 1", "Old 7 oldest: 9 days", "Late 3 oldest: 1 day", "New 2 oldest: today",
        "Soon 4 oldest: today",
    ]  # fmt: skip


def with_mail(instance, host):
    return replace(
        instance.settings, smtp_url=host.url, mail_from="library@example.org", public_url=SITE
    )


def test_an_invitation_goes_by_mail_and_is_not_shown(instance, pat):
    with mail_host() as host:
        client = signed_in_client(create_app(with_mail(instance, host), instance))
        fields = {"email": "dee@example.org", "name": "Dee", "roles": ["desk"]}
        page = post(client, "/admin/accounts/new", **fields).text
    assert "/staff/link/" not in page
    assert "on its way" in page
    (letter,) = [each for each in host.letters if each["To"] == "dee@example.org"]
    assert letter["From"] == "library@example.org"
    assert f"{SITE}/staff/link/" in letter.get_content()


@pytest.mark.parametrize("down", [True, False])
def test_a_mail_outage_is_said_and_the_link_is_shown(instance, pat, down):
    with mail_host(refusing=True) as host:
        settings = with_mail(instance, host)
        if down:
            settings = replace(settings, smtp_url="smtp://127.0.0.1:9")
        client = signed_in_client(create_app(settings, instance))
        fields = {"email": "dee@example.org", "name": "Dee", "roles": ["desk"]}
        page = post(client, "/admin/accounts/new", **fields).text
    assert "The mail did not go out" in page
    assert f"{SITE}/staff/link/" in page


def mail_is_sent():
    sent = threading.Event()
    send_in_background(sent.set)
    assert sent.wait(10)


def test_a_forgotten_password_by_mail_tells_nobody_who_has_an_account(instance, pat):
    with mail_host() as host:
        app = create_app(with_mail(instance, host), instance)
        client, answers = inspecting(app), set()
        for email in ("nobody@example.org", EMAIL):
            answer = post(client, "/staff/forgot", email=email)
            answers.add((answer.status_code, answer.location))
            mail_is_sent()
        (letter,) = host.letters
        assert answers == {(302, "/staff/forgot?sent=1")}
        assert letter["To"] == EMAIL
        link = re.search(rf"{SITE}(/staff/link/\S+)", letter.get_content())[1]
        assert post(client, link, password="four odd teapots sing").status_code == 302
    assert read_audit_log(instance).actions.count("reset-link-made") == 1


def test_a_changed_password_and_second_step_are_mailed(instance, pat):
    dee = add_account(instance, [Role.DESK], "dee@example.org", "Dee")
    with mail_host() as host:
        app = create_app(with_mail(instance, host), instance)
        client = signed_in_client(app, "dee@example.org")
        post(client, "/staff/account/password", present=PASSWORD, password="four odd teapots sing")
        mail_is_sent()
        admin = signed_in_client(app)
        post(admin, f"/admin/accounts/{dee.id}/second-factor", f"/admin/accounts/{dee.id}")
        mail_is_sent()
    assert {letter["To"] for letter in host.letters} == {"dee@example.org"}
    first, second = (letter.get_content() for letter in host.letters)
    assert "Your password was changed." in first
    assert "A second step was taken from your account." in second


def test_a_sign_in_in_a_new_browser_is_mailed_once(instance, pat):
    with mail_host() as host:
        app = create_app(with_mail(instance, host), instance)
        known = signed_in_client(app)
        mail_is_sent()
        post(known, "/staff/sign-out", "/staff/account")
        post(known, "/staff/sign-in", email=EMAIL, password=PASSWORD)
        mail_is_sent()
        assert len(host.sign_ins) == 1, "the browser is known now"
        post(inspecting(app), "/staff/sign-in", email=EMAIL, password="not this one")
        signed_in_client(app)
        mail_is_sent()
    assert [letter["To"] for letter in host.sign_ins] == [EMAIL, EMAIL]
    assert "signed in to your account in a new browser" in host.sign_ins[1].get_content()


def test_another_browser_is_signed_out_from_the_own_account(app, pat):
    first, second = signed_in_client(app), signed_in_client(app)
    page = soup_of(second.get("/staff/account"))
    (other,) = page.select("input[name=session]")
    post(second, "/staff/account/sessions/end", "/staff/account", session=other["value"])
    assert first.get("/staff").status_code == 302
    assert second.get("/staff").status_code == 200


def test_somebody_signs_out_everywhere(app, instance, pat):
    here, there = signed_in_client(app), signed_in_client(app)
    add_account(instance, [Role.DESK], "dee@example.org", "Dee")
    dee = signed_in_client(app, "dee@example.org")
    answer = post(here, "/staff/account/sessions/end-all", "/staff/account")
    assert answer.location == "/staff/sign-in?everywhere=1"
    assert "You are signed out everywhere" in here.get(answer.location).text
    assert here.get("/staff").status_code == there.get("/staff").status_code == 302
    assert dee.get("/staff").status_code == 200
    newest = next(iter(read_audit_log(instance).entries))
    assert (newest.action, newest.account_id) == ("signed-out-everywhere", pat.id)


def test_a_stranger_who_asks_for_links_takes_none_away(instance, pat):
    """Neither the one an admin made, nor those in the mailbox; and the mailbox is not filled."""
    with mail_host() as host:
        app = create_app(with_mail(instance, host), instance)
        owner, stranger = inspecting(app), inspecting(app)
        link = make_reset_link(instance, COMMAND_LINE, pat.id)
        for _ in range(12):
            assert post(stranger, "/staff/forgot", email=EMAIL).location == "/staff/forgot?sent=1"
            mail_is_sent()
        assert len(host.letters) == 4
        assert owner.get(f"/staff/link/{link.token}").status_code == 200
        first = re.search(rf"{SITE}(/staff/link/\S+)", host.letters[0].get_content())[1]
        assert post(owner, first, password="four odd teapots sing").status_code == 302
        assert owner.get(f"/staff/link/{link.token}").status_code == 410, "used up with the other"


def test_a_stranger_s_host_name_never_comes_into_a_mail(instance, pat):
    with mail_host() as host:
        app = create_app(with_mail(instance, host), instance)
        app.config["WTF_CSRF_ENABLED"] = False
        inspecting(app).post("/staff/forgot", data={"email": EMAIL}, headers={"Host": "127.0.0.66"})
        mail_is_sent()
        (letter,) = host.letters
    assert "127.0.0.66" not in letter.as_string()


def test_without_mail_a_forgotten_password_leads_to_an_admin(client, pat):
    assert "Ask an admin" in client.get("/staff/forgot").text
    client.application.config["WTF_CSRF_ENABLED"] = False
    assert client.post("/staff/forgot", data={"email": EMAIL}).status_code == 400


def test_the_log_of_requests_has_no_token(app, instance, pat, caplog):
    link = make_reset_link(instance, COMMAND_LINE, pat.id)
    with caplog.at_level("DEBUG"):
        inspecting(app).get(f"/staff/link/{link.token}")
    assert "/staff/link/<string:token>" in caplog.text
    assert link.token not in caplog.text


ACCOUNT_TABLE = r"(?<![.\w])account"  # a history names who edited by a column of its own


def test_pages_for_patrons_ask_nothing_about_staff(instance, app, pat):
    """A home page without a cookie must not cost a look at the tables of accounts."""
    from sqlalchemy import event

    asked = []
    event.listen(
        instance.store.engine, "before_cursor_execute",
        lambda _c, _cur, statement, *_: asked.append(statement),
    )  # fmt: skip
    inspecting(app).get("/about")
    assert not [each for each in asked if re.search(ACCOUNT_TABLE, each)]
    with instance.store.read() as session:
        session.scalars(select(AccountRow)).all()
    assert [each for each in asked if re.search(ACCOUNT_TABLE, each)]
