"""The audit log, as admins and auditors read it."""

import csv
from datetime import UTC, datetime, timedelta

import pytest

from referral.accounts import account_admin
from referral.accounts.audit import AuditFilters, list_audit_entries, record_audit
from referral.accounts.rows import AccountRow
from referral.records.accounts import Role
from referral.records.visibility import Visibility
from referral.verification.check_queue import log_contact
from referral.verification.records import ContactMethod, ContactResult
from tests.support.inspector import soup_of
from tests.support.pairs import pantry, store
from tests.support.staff import add_account, signed_in_client


def test_the_audit_log_is_read_and_filtered(signed_in, instance, pat):
    dee = add_account(instance, [Role.DESK], "dee@example.org", "Dee")
    account_admin.change_account(instance, pat.actor, dee.id, "Dee", [Role.DESK, Role.CURATION])
    page = signed_in.get("/admin/audit-log").text
    assert "changed roles" in page
    assert f'href="/admin/accounts/{dee.id}">Dee</a>' in page
    assert "roles: Listings, Desk" in page
    narrowed = signed_in.get(f"/admin/audit-log?who={pat.id}&did=roles-changed").text
    assert "1 entry" in narrowed
    assert "Nothing was noted" in signed_in.get("/admin/audit-log?record=nowhere").text
    for odd in ("since=soon", "until=2026-99-99", "page=-1", "page=zzz", "who=%00", "page=999999"):
        assert signed_in.get(f"/admin/audit-log?{odd}").status_code == 200
    today = datetime.now(UTC).date() + timedelta(days=2)
    assert "Nothing was noted" in signed_in.get(f"/admin/audit-log?since={today}").text


def test_what_staff_were_refused_is_in_the_audit_log(signed_in, app, instance, pat):
    dee = add_account(instance, [Role.DESK], "dee@example.org", "Dee")
    desk = signed_in_client(app, "dee@example.org")
    assert desk.get(f"/admin/accounts/{pat.id}").status_code == 403
    assert desk.post("/staff/sign-out").status_code == 400
    app.test_client().post("/staff/sign-out")
    desk.post("/my-list/mail")  # a page for everybody: whoever uses it is nobody's business
    entries = list_audit_entries(instance, AuditFilters(action="request-refused"))
    assert [(each.account_id, each.detail) for each in entries] == [
        (dee.id, {"page": "admin.account", "refused": "role"}),
        (dee.id, {"page": "staff.sign_out", "refused": "form"}),
    ]
    text = " ".join(soup_of(signed_in.get("/admin/audit-log")).main.get_text(" ").split())
    assert "Dee was refused page: admin.account; the role does not open it" in text
    assert "Dee was refused page: staff.sign_out; the form was not one of ours" in text


@pytest.mark.slow
def test_the_audit_log_names_listings_in_words(signed_in, app, instance, pat):
    store(instance, *pantry(1), *pantry(2, name="Hidden Pantry", visibility=Visibility.STAFF))
    shown, hidden = (f"{number:08d}-0000-4000-8000-000000000002" for number in (1, 2))
    log_contact(instance, pat, shown, ContactMethod.EMAIL, ContactResult.RIGHT)
    log_contact(instance, pat, hidden, ContactMethod.PHONE, ContactResult.NO_ANSWER)
    main = soup_of(signed_in.get("/admin/audit-log")).select_one("main")
    text = " ".join(main.get_text(" ").split())
    assert "checked a listing: Food Pantry By e-mail; Still right" in text
    assert "Pat asked whether a listing is right: service 00000002 By phone; No answer" in text
    assert main.find("a", string="Food Pantry")["href"] == f"/services/{shown}"
    add_account(instance, Role, "cora@example.org", "Cora")
    cora = signed_in_client(app, "cora@example.org")
    main = soup_of(cora.get("/admin/audit-log")).select_one("main")
    assert "Hidden Pantry" in main.text
    link = main.find("a", string="Hidden Pantry")["href"]
    assert link == f"/curation/records/service/{hidden}"


@pytest.mark.slow
def test_an_auditor_reads_the_log_and_the_reports_and_nothing_else(app, instance, pat):
    store(instance, *pantry(1))
    log_contact(
        instance,
        pat,
        "00000001-0000-4000-8000-000000000002",
        ContactMethod.EMAIL,
        ContactResult.RIGHT,
    )
    add_account(instance, [Role.AUDIT], "ada@example.org", "Ada")
    ada = signed_in_client(app, "ada@example.org")
    main = soup_of(ada.get("/admin/audit-log")).select_one("main")
    assert "checked a listing" in main.text
    assert not main.select("tbody a")  # nothing that this person cannot open
    assert ada.get("/desk/reports").status_code == 200
    for closed in ("/desk/", "/admin/accounts", "/curation/records/", "/imports/", "/exports/"):
        assert ada.get(closed).status_code in {403, 404}


def test_the_audit_log_is_saved_as_a_file_with_its_filters(signed_in, instance, pat):
    dee = add_account(instance, [Role.DESK], "dee@example.org", "Dee")
    account_admin.change_account(instance, pat.actor, dee.id, "Dee", [Role.DESK, Role.CURATION])
    link = soup_of(signed_in.get("/admin/audit-log?did=roles-changed")).find(
        "a", string="Save these as a file (CSV)"
    )
    answer = signed_in.get(link["href"])
    (row,) = csv.DictReader(answer.text.lstrip("\ufeff").splitlines())
    said = (row["actor_name"], row["action"], row["kind"], row["record_id"], row["detail"])
    assert said == ("Pat", "roles-changed", "account", dee.id, "roles=curation,desk")
    everything = signed_in.get("/admin/audit-log.csv").text
    assert everything.count("\n") > answer.text.count("\n")


def test_a_role_of_a_later_release_is_no_error(signed_in, instance, pat):
    dee = add_account(instance, [Role.DESK], "dee@example.org", "Dee")
    with instance.store.write() as session:
        session.get_one(AccountRow, dee.id).roles = ["desk", "astronaut"]
        record_audit(session, pat.actor, "roles-changed", "account", dee.id, roles="astronaut,desk")
    assert account_admin.read_account(instance, dee.id).roles == {Role.DESK}
    assert "roles: astronaut, Desk" in signed_in.get("/admin/audit-log").text
