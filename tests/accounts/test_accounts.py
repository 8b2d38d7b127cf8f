"""Accounts as admins manage them, and what the audit log says about it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from referral.accounts import account_admin
from referral.accounts.audit import ENTRIES_PER_PAGE, AuditFilters, read_audit_log, record_audit
from referral.accounts.links import make_reset_link, take_link
from referral.accounts.own_account import confirm_second_factor, start_second_factor
from referral.accounts.passkeys import add_passkey
from referral.accounts.rows import AccountRow, AuditEntryRow
from referral.accounts.sample_accounts import (
    SAMPLE_EMAILS,
    make_sample_accounts,
    sign_in_as_sample,
)
from referral.accounts.sessions import sign_in
from referral.app import create_app
from referral.records.accounts import (
    COMMAND_LINE,
    AccountRefusedError,
    Actor,
    Permission,
    Refusal,
    Role,
)
from tests.support.inspector import inspecting
from tests.support.staff import PASSWORD, add_account, post


def refusal(call, *arguments):
    with pytest.raises(AccountRefusedError) as caught:
        call(*arguments)
    return caught.value.refusal


def test_roles_add_up():
    from referral.records.accounts import permissions_of

    both = permissions_of([Role.DESK, Role.CURATION])
    assert {Permission.USE_DESK, Permission.EDIT_RECORDS} <= both
    assert Permission.MANAGE_ACCOUNTS not in both


@pytest.mark.parametrize(
    "email", ["", "pat", "pat@", "@x.org", "a b@x.org", "a@b@c.org", "a@x,org"]
)
def test_an_address_that_is_none_is_refused(instance, email):
    assert refusal(account_admin.invite, instance, COMMAND_LINE, email, "", [Role.DESK]) is (
        Refusal.EMAIL_ODD
    )
    assert not account_admin.has_accounts(instance)


def test_one_address_is_one_account(instance):
    add_account(instance)
    again = refusal(
        account_admin.invite, instance, COMMAND_LINE, "PAT@example.ORG", "", [Role.DESK]
    )
    assert again is Refusal.EMAIL_TAKEN
    assert len(account_admin.list_accounts(instance)) == 1


def test_an_account_has_a_role(instance):
    assert (
        refusal(account_admin.invite, instance, COMMAND_LINE, "a@b.org", "", []) is Refusal.NO_ROLE
    )
    pat = add_account(instance)
    assert refusal(account_admin.change_account, instance, COMMAND_LINE, pat.id, "", []) is (
        Refusal.NO_ROLE
    )


def test_the_last_admin_stays(instance):
    pat = add_account(instance)
    lee = add_account(instance, [Role.ADMIN, Role.DESK], "lee@example.org")
    account_admin.change_account(instance, pat.actor, lee.id, "Lee", [Role.DESK])
    assert refusal(account_admin.disable_account, instance, lee.actor, pat.id) is Refusal.LAST_ADMIN
    assert (
        refusal(account_admin.change_account, instance, pat.actor, pat.id, "Pat", [Role.DESK])
        is Refusal.LAST_ADMIN
    )
    account_admin.change_account(instance, pat.actor, lee.id, "Lee", [Role.ADMIN])
    account_admin.disable_account(instance, lee.actor, pat.id)
    assert refusal(account_admin.disable_account, instance, lee.actor, lee.id) is Refusal.LAST_ADMIN


def test_a_disabled_account_comes_back_with_its_password(instance):
    add_account(instance)
    dee = add_account(instance, [Role.DESK], "dee@example.org")
    account_admin.disable_account(instance, COMMAND_LINE, dee.id)
    assert refusal(sign_in, instance, dee.email, PASSWORD, "c") is Refusal.WRONG
    assert refusal(make_reset_link, instance, COMMAND_LINE, dee.id) is Refusal.DISABLED
    account_admin.enable_account(instance, COMMAND_LINE, dee.id)
    assert sign_in(instance, dee.email, PASSWORD, "c").token


def test_an_open_link_of_a_disabled_account_is_gone(instance):
    add_account(instance)
    link = account_admin.invite(instance, COMMAND_LINE, "new@example.org", "", [Role.DESK])
    account_admin.disable_account(instance, COMMAND_LINE, link.account.id)
    assert refusal(take_link, instance, link.token, PASSWORD) is Refusal.LINK_GONE


def test_what_nobody_has_is_not_found(instance):
    assert refusal(account_admin.read_account, instance, "x") is Refusal.NOT_FOUND
    assert refusal(account_admin.find_account, instance, "x@y.org") is Refusal.NOT_FOUND
    assert refusal(account_admin.disable_account, instance, COMMAND_LINE, "x") is Refusal.NOT_FOUND
    assert refusal(make_reset_link, instance, COMMAND_LINE, "x") is Refusal.NOT_FOUND


def test_the_log_tells_who_did_what_to_whom(instance):
    pat = add_account(instance)
    dee = account_admin.invite(instance, pat.actor, "dee@example.org", "Dee", [Role.DESK]).account
    account_admin.change_account(instance, pat.actor, dee.id, "Dee", [Role.DESK, Role.CURATION])
    make_reset_link(instance, pat.actor, dee.id)
    account_admin.disable_account(instance, COMMAND_LINE, dee.id)
    told = [
        (each.actor_name, each.action, each.record_id) for each in read_audit_log(instance).entries
    ]
    assert told == [
        ("command line", "account-disabled", dee.id),
        ("Pat", "invite-link-made", dee.id),
        ("Pat", "roles-changed", dee.id),
        ("Pat", "account-invited", dee.id),
        ("Pat", "password-set", pat.id),
        ("command line", "account-invited", pat.id),
    ]
    roles = read_audit_log(instance, AuditFilters(action="roles-changed")).entries[0].detail
    assert roles == {"roles": "curation,desk"}


def test_what_was_refused_is_not_in_the_log(instance):
    pat = add_account(instance)
    before = read_audit_log(instance).entries.total
    refusal(account_admin.disable_account, instance, pat.actor, pat.id)
    refusal(account_admin.invite, instance, pat.actor, "pat@example.org", "", [Role.DESK])
    assert read_audit_log(instance).entries.total == before


def test_an_entry_goes_with_its_transaction(instance):
    with pytest.raises(ZeroDivisionError), instance.store.write() as session:
        record_audit(session, COMMAND_LINE, "service-changed", "service", "s1", fields=2)
        session.flush()
        raise ZeroDivisionError
    assert read_audit_log(instance).entries.total == 0


@pytest.mark.parametrize("words", ["she asked for food", "12 Hidden Lane", "a@b.org", "x" * 101])
def test_the_log_takes_no_words(instance, words):
    with instance.store.write() as session:
        for told in (
            {"action": words},
            {"action": "seen", "record_id": words},
            {"action": "seen", "note": words},
        ):
            with pytest.raises(ValueError, match="ids, codes and counts"):
                record_audit(session, COMMAND_LINE, **told)


def noted(instance, moment, action="service-changed", record_id="s1", actor=COMMAND_LINE):
    with time_machine.travel(moment, tick=False), instance.store.write() as session:
        record_audit(session, actor, action, "service", record_id)


def test_the_log_is_filtered_by_each_of_its_columns(instance):
    pat = add_account(instance)
    noon = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    noted(instance, noon)
    noted(instance, noon, action="service-verified")
    noted(instance, noon, record_id="s2", actor=pat.actor)

    def found(**filters):
        entries = read_audit_log(instance, AuditFilters(kind="service", **filters)).entries
        return [(each.action, each.record_id) for each in entries]

    assert len(found()) == 3
    assert found(action="service-verified") == [("service-verified", "s1")]
    assert found(record_id="s2") == found(account_id=pat.id) == [("service-changed", "s2")]
    assert found(account_id=pat.id, record_id="s1") == []
    page = read_audit_log(instance)
    assert {"service-changed", "service-verified", "account-invited"} <= set(page.actions)
    assert page.kinds == ("account", "service")


def test_days_are_the_library_s(instance):
    """11 pm in New York is the next day in UTC."""
    noted(instance, datetime(2026, 11, 21, 4, 0, tzinfo=UTC))
    noted(instance, datetime(2026, 11, 22, 5, 0, tzinfo=UTC))  # midnight there

    def found(first, last):
        return read_audit_log(instance, AuditFilters(from_on=first, to_on=last)).entries.total

    assert found(date(2026, 11, 20), date(2026, 11, 20)) == 1
    assert found(date(2026, 11, 21), None) == found(date(2026, 11, 22), None) == 1
    assert found(date(2026, 11, 21), date(2026, 11, 21)) == found(None, date(2026, 11, 19)) == 0
    assert found(date.min + timedelta(days=1), date.max) == 2


def test_the_log_comes_in_pages(instance):
    with instance.store.write() as session:
        for at in range(ENTRIES_PER_PAGE + 1):
            record_audit(session, Actor("", "a program"), "seen", "service", f"s{at}")
    first, second = read_audit_log(instance), read_audit_log(instance, page=2)
    assert (first.entries.pages, len(first.entries), len(second.entries)) == (
        2,
        ENTRIES_PER_PAGE,
        1,
    )
    assert first.entries[0].record_id == f"s{ENTRIES_PER_PAGE}"
    assert second.entries[0].record_id == "s0"
    assert read_audit_log(instance, page=99).entries.number == 2
    with instance.store.read() as session:
        assert session.get_one(AuditEntryRow, first.entries[0].id).account_id is None


def test_samples_are_for_the_demo_only(instance):
    assert make_sample_accounts(instance) == ""
    assert not account_admin.has_accounts(instance)
    demo = replace(instance, given=replace(instance.settings, sample_data=True))
    first = make_sample_accounts(demo)
    again = make_sample_accounts(demo)
    assert first != again
    for email in SAMPLE_EMAILS.values():
        assert sign_in(demo, email, again, "c").token
    add_account(demo, [Role.DESK], "real@example.org")
    assert sign_in(demo, SAMPLE_EMAILS["admin"], make_sample_accounts(demo), "c").token


@pytest.mark.slow
def test_nobody_can_lock_a_sample_account_for_others(demo):
    make_sample_accounts(demo)
    account = account_admin.find_account(demo, SAMPLE_EMAILS["desk"])
    for refused in (
        lambda: start_second_factor(demo, account),
        lambda: confirm_second_factor(demo, account, "123456"),
        lambda: add_passkey(demo, account, "token", "Mine", "{}"),
    ):
        with pytest.raises(AccountRefusedError) as error:
            refused()
        assert error.value.refusal is Refusal.SAMPLE
    client = inspecting(create_app(demo.settings, demo))
    post(client, "/staff/try/desk", "/staff/sign-in")
    setup = "/staff/account/second-factor"
    assert post(client, f"{setup}/start", "/staff/account").location == setup
    for page in (setup, "/staff/account/passkeys"):
        assert "a sample account that other people try too" in client.get(page).text
    assert sign_in_as_sample(demo, "desk").waits_for_code is False
    with demo.store.write() as session:  # as an earlier version let it be
        session.get_one(AccountRow, account.id).second_factor_at = demo.now()
    assert sign_in_as_sample(demo, "desk").waits_for_code is True
    make_sample_accounts(demo)
    assert sign_in_as_sample(demo, "desk").waits_for_code is False


def test_a_library_of_its_own_gets_no_samples(instance):
    add_account(instance)
    demo = replace(instance, given=replace(instance.settings, sample_data=True))
    assert make_sample_accounts(demo) == ""
    assert len(account_admin.list_accounts(demo)) == 1
