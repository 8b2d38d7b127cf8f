"""Signing in: tries, sessions and their ends."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
import time_machine
from argon2 import PasswordHasher, extract_parameters
from sqlalchemy import event, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from referral.accounts import account_admin, own_account
from referral.accounts.account_admin import read_account
from referral.accounts.audit import AuditFilters, list_audit_entries
from referral.accounts.confirmation import check_current_password
from referral.accounts.links import (
    LinkPurpose,
    add_link,
    links_deleted,
    make_reset_link,
    read_link,
    take_link,
    token_hash,
    usable_link,
)
from referral.accounts.rate_limits import (
    account_key,
    client_keys,
    code_key,
    count_try,
    mailing_keys,
    proposing_keys,
    reporting_keys,
    reset_mail_key,
    stored_list_keys,
    uncount_try,
    wait_seconds,
)
from referral.accounts.rows import AccountRow, AccountSessionRow, LinkRow, SignInTryRow
from referral.accounts.second_factor import STEP_SECONDS, secret_of
from referral.accounts.sessions import (
    add_known_account,
    begin_proved_session,
    begin_session,
    end_own_session,
    end_session_with_visit,
    finish_sign_in,
    known_browser,
    list_own_sessions,
    read_session,
    sign_in,
    sign_out,
    write_sessions_seen,
)
from referral.directory.instance import open_instance
from referral.records.accounts import COMMAND_LINE, AccountRefusedError, Refusal, Role
from tests.support.staff import PASSWORD, add_account

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
EMAIL = "pat@example.org"


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def pat(instance, clock):
    return add_account(instance)


def refusal(call, *arguments):
    with pytest.raises(AccountRefusedError) as caught:
        call(*arguments)
    return caught.value


def fail(instance, email=EMAIL, client="192.0.2.1"):
    return refusal(sign_in, instance, email, "not this one at all", client)


def failures(instance):
    return [
        (entry.action, entry.record_id)
        for entry in list_audit_entries(instance, AuditFilters())
        if entry.action.endswith("-failed")
    ]


def test_failed_tries_are_in_the_audit_log_without_what_was_typed(instance, pat):
    fail(instance)
    fail(instance, "nobody@example.org")
    own_account.start_second_factor(instance, pat)
    own_account.confirm_second_factor(instance, pat, code_of(instance, pat.id))
    waiting = sign_in(instance, EMAIL, PASSWORD, "192.0.2.1")
    refusal(finish_sign_in, instance, waiting.token, "000000")
    refusal(finish_sign_in, instance, "no token", "000000")
    assert failures(instance) == [
        ("sign-in-failed", pat.id), ("sign-in-failed", ""), ("second-step-failed", pat.id),
    ]  # fmt: skip


def test_other_browsers_are_listed_and_signed_out(instance, pat, clock):
    first = sign_in(instance, EMAIL, PASSWORD, "192.0.2.1")
    clock.shift(timedelta(minutes=5))
    mine = sign_in(instance, EMAIL, PASSWORD, "192.0.2.1")
    dee = add_account(instance, [Role.DESK], "dee@example.org", "Dee")
    theirs = sign_in(instance, "dee@example.org", PASSWORD, "192.0.2.1")
    listed = list_own_sessions(instance, pat, mine.token)
    assert [each.is_this for each in listed] == [True, False]
    assert listed[1].started_at == NOON
    end_own_session(instance, dee, listed[1].id)  # of somebody else
    assert read_session(instance, first.token).id == pat.id
    end_own_session(instance, pat, listed[1].id)
    entries = list_audit_entries(instance, AuditFilters())
    assert [each.record_id for each in entries if each.action == "session-ended"] == [pat.id]
    assert read_session(instance, first.token) is None
    assert read_session(instance, mine.token).id == pat.id
    assert read_session(instance, theirs.token).id == dee.id
    assert len(list_own_sessions(instance, pat, mine.token)) == 1
    for _ in range(2):
        clock.shift(timedelta(minutes=1))
        newest = sign_in(instance, EMAIL, PASSWORD, "192.0.2.1")
    seen = [each.seen_at for each in list_own_sessions(instance, pat, mine.token)]
    assert seen[1:] == [instance.now(), instance.now() - timedelta(minutes=1)]
    clock.shift(timedelta(days=1))
    assert list_own_sessions(instance, pat, mine.token) == []
    assert list_own_sessions(instance, pat, newest.token) == []


def test_sessions_that_are_long_over_are_not_kept(instance, pat, clock):
    sign_in(instance, EMAIL, PASSWORD, "c")
    clock.shift(timedelta(hours=13))
    sign_in(instance, EMAIL, PASSWORD, "c")
    with instance.store.read() as session:
        assert len(session.scalars(select(AccountSessionRow)).all()) == 1


def test_an_account_that_is_disabled_while_somebody_signs_in_stays_shut(instance, pat, monkeypatch):
    add_account(instance, email="dee@example.org")  # the last one cannot be disabled

    def look(*_):
        account_admin.disable_account(instance, COMMAND_LINE, pat.id)
        return True

    monkeypatch.setattr("referral.accounts.sessions.is_right_password", look)
    assert refusal(sign_in, instance, EMAIL, PASSWORD, "c").refusal is Refusal.WRONG


def test_a_right_password_begins_a_session(instance, pat):
    signed_in = sign_in(instance, " PAT@Example.org ", PASSWORD, "192.0.2.1")
    assert read_session(instance, signed_in.token).id == pat.id
    actions = [entry.action for entry in list_audit_entries(instance, AuditFilters())]
    assert "signed-in" in actions
    sign_out(instance, signed_in.token)
    assert read_session(instance, signed_in.token) is None


def test_tokens_and_addresses_are_kept_as_hashes_only(instance, pat):
    signed_in = sign_in(instance, EMAIL, PASSWORD, "192.0.2.77")
    link = make_reset_link(instance, COMMAND_LINE, pat.id)
    fail(instance, "stranger@example.org", "192.0.2.77")
    with instance.store.read() as session:
        kept = [
            str(vars(row))
            for table in (AccountRow, AccountSessionRow, LinkRow, SignInTryRow)
            for row in session.scalars(select(table))
        ]
    secrets = (signed_in.token, link.token, PASSWORD, "192.0.2.77", "stranger")
    assert len(kept) >= 4
    assert not [each for each in secrets if each in "\n".join(kept)]


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.org"])
def test_a_wrong_one_is_slowed_down_and_not_shut_out(instance, pat, clock, email):
    for _ in range(5):
        assert fail(instance, email).refusal is Refusal.WRONG
    waiting = fail(instance, email)
    assert waiting.refusal is Refusal.WAIT
    assert 0 < waiting.wait_seconds <= 31
    clock.shift(timedelta(seconds=waiting.wait_seconds))
    assert fail(instance, email).refusal is Refusal.WRONG, "who waits as long as told may try"
    assert fail(instance, email).wait_seconds > 31


def test_the_right_password_after_the_wait_clears_the_tries(instance, pat, clock):
    for _ in range(5):
        fail(instance)
    assert refusal(sign_in, instance, EMAIL, PASSWORD, "192.0.2.1").refusal is Refusal.WAIT
    clock.shift(timedelta(seconds=31))
    assert sign_in(instance, EMAIL, PASSWORD, "192.0.2.1").token
    assert fail(instance).refusal is Refusal.WRONG


def test_a_sign_in_takes_back_only_its_own_try_from_its_address(instance, pat):
    tries, of_another = client_keys(instance, "192.0.2.1"), [account_key(instance, "lee")]
    for _ in range(19):
        count_try(instance, tries)
    for _ in range(5):
        count_try(instance, of_another)
    sign_in(instance, EMAIL, PASSWORD, "192.0.2.1")
    count_try(instance, tries)
    assert refusal(count_try, instance, tries).refusal is Refusal.WAIT
    assert refusal(count_try, instance, of_another).refusal is Refusal.WAIT


def test_tries_are_forgotten_after_an_hour_or_a_day(instance, clock):
    tries = [*client_keys(instance, "192.0.2.1"), account_key(instance, "lee")]
    for key, remembered in zip(tries, (timedelta(hours=1), timedelta(days=1)), strict=True):
        for _ in range(key.free_tries + 4):  # the next has to wait for five minutes at least
            clock.shift(timedelta(minutes=8))
            count_try(instance, [key])
        clock.shift(remembered + timedelta(seconds=1))
        for _ in range(key.free_tries):
            count_try(instance, [key])
        assert refusal(count_try, instance, [key]).wait_seconds <= 31


def test_tries_are_not_kept_for_longer_than_a_day(instance, clock):
    count_try(instance, client_keys(instance, "192.0.2.1"))
    clock.shift(timedelta(days=1, seconds=1))
    of_another = client_keys(instance, "192.0.2.2")
    count_try(instance, of_another)
    with instance.store.read() as session:
        assert session.scalars(select(SignInTryRow.key)).all() == [each.key for each in of_another]


def test_the_present_password_may_be_wrong_five_times(instance, pat):
    for _ in range(5):
        wrong = refusal(check_current_password, instance, pat, "not this one at all")
        assert wrong.refusal is Refusal.WRONG_PASSWORD
    assert refusal(check_current_password, instance, pat, PASSWORD).refusal is Refusal.WAIT


def test_four_mails_with_a_link_may_be_asked_for_until_none_was_for_an_hour(instance, pat, clock):
    tries = [reset_mail_key(instance, pat.id)]
    for _ in range(2):
        for _ in range(4):
            count_try(instance, tries)
        assert refusal(count_try, instance, tries).refusal is Refusal.WAIT
        clock.shift(timedelta(hours=1, seconds=1))


@pytest.mark.parametrize("key_of", [account_key, code_key])
def test_each_known_browser_has_tries_of_its_own(instance, key_of):
    keys = [key_of(instance, "pat", browser).key for browser in ("", "one", "two")]
    assert len(set(keys)) == 3


def test_signing_out_ends_no_other_session(instance, pat):
    tokens = [sign_in(instance, EMAIL, PASSWORD, "c").token for _ in range(2)]
    end_session_with_visit(instance, tokens[0])
    with instance.store.read() as session:
        (ending,) = session.scalars(select(AccountSessionRow).filter_by(at_terminal=True))
        assert ending.token_hash == token_hash(tokens[0])
    sign_out(instance, tokens[0])
    assert [bool(read_session(instance, each)) for each in tokens] == [False, True]


def test_the_last_sign_in_is_one_with_all_its_steps(instance, pat, clock):
    assert read_account(instance, pat.id).signed_in_at is None
    own_account.start_second_factor(instance, pat)
    own_account.confirm_second_factor(instance, pat, code_of(instance, pat.id))
    clock.shift(timedelta(minutes=2))
    waiting = sign_in(instance, EMAIL, PASSWORD, "c")
    assert read_account(instance, pat.id).signed_in_at is None
    clock.shift(timedelta(minutes=2))
    finish_sign_in(instance, waiting.token, code_of(instance, pat.id))
    assert read_account(instance, pat.id).signed_in_at == instance.now()


def test_a_trial_of_the_demo_asks_for_no_second_factor(instance, pat):
    strict = replace(instance, given=replace(instance.settings, second_factor_roles=pat.roles))
    tokens = [begin_session(strict, pat.id).token, sign_in(strict, EMAIL, PASSWORD, "c").token]
    asked = [read_session(strict, token).must_add_second_factor for token in tokens]
    assert asked == [False, True]


def test_what_another_process_saw_later_is_kept(instance, pat, clock):
    sign_in(instance, EMAIL, PASSWORD, "c")  # nobody comes back to it
    token = sign_in(instance, EMAIL, PASSWORD, "c").token
    clock.shift(timedelta(minutes=2))
    other = open_instance(instance.settings)
    try:
        assert read_session(instance, token)
        clock.shift(timedelta(minutes=2))
        assert read_session(other, token)
        write_sessions_seen(other)
        write_sessions_seen(instance)
        assert read_session(other, token)
        assert not other.sessions_seen, "it was written, and that is a moment ago"
    finally:
        other.close()
    with instance.store.read() as session:
        seen = session.scalars(select(AccountSessionRow.seen_at)).all()
    assert sorted(seen) == [NOON, instance.now()]


def test_waiting_is_never_longer_than_a_quarter_of_an_hour():
    assert [wait_seconds(count, 5) for count in (0, 4, 5, 6, 7)] == [0, 0, 30, 60, 120]
    assert max(wait_seconds(count, 5) for count in range(500)) == 15 * 60


def test_tries_hold_across_processes(instance, pat):
    """Another Store on the same database, as another process or node has it."""
    other = open_instance(instance.settings)
    try:
        for each in (instance, other, instance, other, instance):
            assert fail(each).refusal is Refusal.WRONG
        assert fail(other).refusal is Refusal.WAIT
        assert fail(instance).refusal is Refusal.WAIT
    finally:
        other.close()


def test_two_at_the_same_moment_use_neither_a_link_nor_a_try_twice(instance, pat):
    """The rows that are read to be changed are locked, which matters on PostgreSQL."""
    locked = []

    def note(state):
        if state.is_select and state.statement._for_update_arg is not None:
            locked.append(state.bind_mapper.class_)

    link, tries = make_reset_link(instance, COMMAND_LINE, pat.id), client_keys(instance, "c")
    event.listen(Session, "do_orm_execute", note)
    try:
        read_link(instance, link.token)
        with instance.store.read() as session:
            assert usable_link(session, link.token, {LinkPurpose.RESET}, instance.now())
        assert locked == [], "a mail program that opens it waits for nobody"
        take_link(instance, link.token, PASSWORD)
        count_try(instance, tries)
        with instance.store.write() as session:
            uncount_try(session, tries)
    finally:
        event.remove(Session, "do_orm_execute", note)
    assert locked == [LinkRow, AccountRow, SignInTryRow, SignInTryRow]


def test_a_try_that_another_process_made_at_the_same_moment_is_counted_again(instance, monkeypatch):
    outcomes = iter([IntegrityError("", {}, Exception()), None])

    def count(*_arguments):
        if error := next(outcomes):
            raise error

    monkeypatch.setattr("referral.accounts.rate_limits._count", count)
    count_try(instance, [])
    assert list(outcomes) == []


def test_a_try_that_cannot_be_counted_is_refused(instance, clock):
    with instance.store.write() as session:
        session.execute(text("CREATE UNIQUE INDEX one_at_a_time ON sign_in_try (last_at)"))
    count_try(instance, client_keys(instance, "192.0.2.1"))
    of_another = client_keys(instance, "192.0.2.2")
    assert refusal(count_try, instance, of_another).refusal is Refusal.WAIT


def test_tries_at_the_same_moment_all_count(instance, pat):
    others = [open_instance(instance.settings) for _ in range(4)]
    try:
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda at: fail(others[at % 4]).refusal, range(16)))
    finally:
        for other in others:
            other.close()
    assert found.count(Refusal.WRONG) == 5
    assert found.count(Refusal.WAIT) == 11


def test_one_address_may_not_try_many_accounts(instance, pat, clock):
    for at in range(20):
        assert fail(instance, f"somebody{at}@example.org").refusal is Refusal.WRONG
    assert refusal(sign_in, instance, EMAIL, PASSWORD, "192.0.2.1").refusal is Refusal.WAIT
    assert sign_in(instance, EMAIL, PASSWORD, "192.0.2.2").token
    clock.shift(timedelta(hours=2))
    assert sign_in(instance, EMAIL, PASSWORD, "192.0.2.1").token


def test_signing_in_right_does_not_use_up_the_address(instance, pat):
    for _ in range(30):
        assert sign_in(instance, EMAIL, PASSWORD, "192.0.2.1").token
    for at in range(20):
        assert fail(instance, f"somebody{at}@example.org").refusal is Refusal.WRONG


def test_a_failed_sign_in_costs_the_same_with_and_without_an_account(instance, pat, monkeypatch):
    """One verification of argon2 each, with the same parameters."""
    own_account.change_password(instance, pat, PASSWORD, "four odd teapots sing")
    off = add_account(instance, [Role.DESK], "off@example.org")
    account_admin.disable_account(instance, COMMAND_LINE, off.id)
    account_admin.invite(instance, COMMAND_LINE, "new@example.org", "", [Role.DESK])
    fail(instance, "first@example.org")  # makes nobody's hash
    verified = []
    verify = PasswordHasher.verify

    def noted(hasher, kept_hash, password):
        verified.append(extract_parameters(kept_hash))
        return verify(hasher, kept_hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", noted)
    for email in (EMAIL, "nobody@example.org", "off@example.org", "new@example.org"):
        assert fail(instance, email).refusal is Refusal.WRONG
    assert verified == [verified[0]] * 4


def test_a_session_ends_when_idle_and_after_a_day_of_work(instance, pat, clock):
    token = sign_in(instance, EMAIL, PASSWORD, "c").token
    clock.shift(timedelta(minutes=29))
    assert read_session(instance, token)
    clock.shift(timedelta(minutes=29))
    assert read_session(instance, token)
    clock.shift(timedelta(minutes=30))
    assert read_session(instance, token) is None
    token = sign_in(instance, EMAIL, PASSWORD, "c").token
    for _ in range(12 * 3 - 1):
        clock.shift(timedelta(minutes=20))
        assert read_session(instance, token)
    clock.shift(timedelta(minutes=20))
    assert read_session(instance, token) is None


def test_sessions_end_on_role_change_password_change_reset_and_disabling(instance, pat):
    add_account(instance, [Role.ADMIN], "boss@example.org")

    def change_roles():
        account_admin.change_account(instance, COMMAND_LINE, pat.id, "Pat", [Role.DESK])

    def change_password():
        own_account.change_password(instance, pat, PASSWORD, "four odd teapots sing")
        own_account.change_password(instance, pat, "four odd teapots sing", PASSWORD)

    def reset():
        take_link(instance, make_reset_link(instance, COMMAND_LINE, pat.id).token, PASSWORD)

    def disable():
        account_admin.disable_account(instance, COMMAND_LINE, pat.id)

    for end in (change_roles, change_password, reset, disable):
        tokens = [sign_in(instance, EMAIL, PASSWORD, "c").token for _ in range(2)]
        assert all(read_session(instance, token) for token in tokens)
        end()
        assert not any(read_session(instance, token) for token in tokens), end.__name__
    assert refusal(sign_in, instance, EMAIL, PASSWORD, "c").refusal is Refusal.WRONG


def test_another_name_ends_no_session(instance, pat):
    token = sign_in(instance, EMAIL, PASSWORD, "c").token
    account_admin.change_account(instance, COMMAND_LINE, pat.id, "Patricia", [Role.ADMIN])
    assert read_session(instance, token).name == "Patricia"


def test_the_browser_that_changed_the_password_stays(instance, pat):
    old = sign_in(instance, EMAIL, PASSWORD, "c").token
    new = own_account.change_password(instance, pat, PASSWORD, "four odd teapots sing").token
    assert read_session(instance, old) is None
    assert read_session(instance, new).id == pat.id
    assert [each.is_this for each in list_own_sessions(instance, pat, new)] == [True]
    entries = list_audit_entries(instance, AuditFilters())
    assert [entry.action for entry in entries].count("signed-in") == 1, "nobody signed in anew"


def test_changing_the_password_needs_the_present_one(instance, pat):
    found = refusal(own_account.change_password, instance, pat, "wrong", "four odd teapots sing")
    assert found.refusal is Refusal.WRONG_PASSWORD
    assert sign_in(instance, EMAIL, PASSWORD, "c").token


def test_a_link_works_once_and_for_its_time(instance, pat, clock):
    first = make_reset_link(instance, COMMAND_LINE, pat.id)
    lee = add_account(instance, [Role.DESK], "lee@example.org")
    of_another = make_reset_link(instance, COMMAND_LINE, lee.id)
    link = make_reset_link(instance, COMMAND_LINE, pat.id)
    asked_for = make_reset_link(instance, COMMAND_LINE, pat.id, keep_earlier=True)
    assert refusal(read_link, instance, first.token).refusal is Refusal.LINK_GONE
    assert read_link(instance, link.token).id == read_link(instance, asked_for.token).id == pat.id
    short = refusal(take_link, instance, link.token, "short")
    assert short.refusal is Refusal.PASSWORD_SHORT
    take_link(instance, link.token, "four odd teapots sing")
    again = refusal(take_link, instance, link.token, "five odd teapots sing")
    assert again.refusal is Refusal.LINK_GONE
    assert refusal(read_link, instance, asked_for.token).refusal is Refusal.LINK_GONE
    assert read_link(instance, of_another.token).id == lee.id
    assert sign_in(instance, EMAIL, "four odd teapots sing", "c").token
    late = make_reset_link(instance, COMMAND_LINE, pat.id)
    clock.shift(timedelta(days=1))
    assert refusal(read_link, instance, late.token).refusal is Refusal.LINK_GONE
    assert refusal(read_link, instance, "no such link").refusal is Refusal.LINK_GONE


def test_a_link_opens_nothing_but_its_purpose_and_for_its_days(instance, clock):
    days = dict(zip(LinkPurpose, (7, 1, 30, 365, 1, 1), strict=True))
    now, pairs = instance.now(), set(product(LinkPurpose, LinkPurpose))
    with instance.store.write() as session:
        tokens = {each: add_link(session, each, now, subject_id="x")[0] for each in LinkPurpose}
        session.flush()

        def opened(made, asked, **after):
            return usable_link(session, tokens[made], {asked}, now + timedelta(**after))

        assert {pair for pair in pairs if opened(*pair)} == {(each, each) for each in LinkPurpose}
        for each in LinkPurpose:
            assert opened(each, each, days=days[each], seconds=-1)
            assert not opened(each, each, days=days[each])
        for link in session.scalars(select(LinkRow)):
            link.used_at = now
        assert [each for each in LinkPurpose if opened(each, each)] == [LinkPurpose.CAPACITY]
        session.execute(links_deleted({LinkPurpose.CAPACITY}, "y"))
        session.execute(links_deleted({LinkPurpose.PROVIDER}, "x"))
        assert opened(LinkPurpose.CAPACITY, LinkPurpose.CAPACITY)


def test_tries_from_one_address_are_limited_and_from_unknown_ones_together(instance):
    def free(make, *more):
        return [[key.free_tries for key in make(instance, each, *more)] for each in ("c", "")]

    assert free(client_keys) == [[20], []]
    assert free(proposing_keys) == [[5], [40]]
    assert free(stored_list_keys) == [[100], [1000]]
    assert free(reporting_keys, "s") == [[5, 20], [20]]
    assert free(mailing_keys, "a@example.org") == [[30, 3], [100, 3]]
    assert mailing_keys(instance, "", " A@b.org")[-1] == mailing_keys(instance, "c", "a@B.org")[-1]


def test_a_link_opens_the_door_while_tries_have_to_wait(instance, pat):
    for _ in range(6):
        fail(instance)
    take_link(instance, make_reset_link(instance, COMMAND_LINE, pat.id).token, PASSWORD)
    assert sign_in(instance, EMAIL, PASSWORD, "192.0.2.1").token


def test_a_hash_of_another_cost_is_renewed_at_the_next_sign_in(instance, pat, monkeypatch):
    costlier = PasswordHasher(time_cost=2, memory_cost=64, parallelism=1)
    monkeypatch.setattr("referral.accounts.passwords.HASHER", costlier)
    sign_in(instance, EMAIL, PASSWORD, "c")
    with instance.store.read() as session:
        assert ",t=2," in session.get_one(AccountRow, pat.id).password_hash
    assert sign_in(instance, EMAIL, PASSWORD, "c").token


def code_of(instance, account_id, *, steps=0):
    import pyotp

    with instance.store.read() as session:
        seed = session.get_one(AccountRow, account_id).second_factor_seed
    at = instance.now() + timedelta(seconds=steps * STEP_SECONDS)
    return pyotp.TOTP(secret_of(instance, seed)).at(at)


@pytest.fixture
def recovery_codes(instance, pat, clock):
    """Turn Pat's second factor on; the code of now is used up by it."""
    own_account.start_second_factor(instance, pat)
    wrong = refusal(own_account.confirm_second_factor, instance, pat, "000000")
    assert wrong.refusal is Refusal.WRONG_CODE
    codes, _ = own_account.confirm_second_factor(instance, pat, code_of(instance, pat.id))
    clock.shift(timedelta(minutes=1))
    return codes


def test_a_second_factor_is_asked_for_and_a_code_works_once(instance, pat, recovery_codes):
    half = sign_in(instance, EMAIL, PASSWORD, "c")
    assert half.waits_for_code
    assert read_session(instance, half.token) is None
    assert not any(each.is_this for each in list_own_sessions(instance, pat, half.token))
    code = code_of(instance, pat.id)
    whole = finish_sign_in(instance, half.token, code)
    assert read_session(instance, whole.token).has_second_factor
    assert read_session(instance, half.token) is None
    again = sign_in(instance, EMAIL, PASSWORD, "c")
    assert refusal(finish_sign_in, instance, again.token, code).refusal is Refusal.WRONG_CODE
    earlier = code_of(instance, pat.id, steps=-1)
    assert refusal(finish_sign_in, instance, again.token, earlier).refusal is Refusal.WRONG_CODE


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_second_factor_is_asked_for_unless_the_county_asked(
    instance, pat, recovery_codes, elsewhere
):
    with instance.store.write() as session:
        row = session.get_one(AccountRow, pat.id)
        signed_in = begin_proved_session(instance, session, row, second_factor=elsewhere)
    assert signed_in.waits_for_code is not elsewhere


def test_a_clock_half_a_minute_wrong_does_no_harm(instance, pat, recovery_codes):
    half = sign_in(instance, EMAIL, PASSWORD, "c")
    far = code_of(instance, pat.id, steps=2)
    assert refusal(finish_sign_in, instance, half.token, far).refusal is Refusal.WRONG_CODE
    assert finish_sign_in(instance, half.token, code_of(instance, pat.id, steps=1)).token


def test_codes_are_not_to_be_guessed(instance, pat, recovery_codes):
    half = sign_in(instance, EMAIL, PASSWORD, "c")
    for _ in range(5):
        assert refusal(finish_sign_in, instance, half.token, "000000").refusal is Refusal.WRONG_CODE
    # A fresh password does not buy more tries.
    half = sign_in(instance, EMAIL, PASSWORD, "c")
    code = code_of(instance, pat.id)
    assert refusal(finish_sign_in, instance, half.token, code).refusal is Refusal.WAIT


def test_a_recovery_code_works_once(instance, pat, recovery_codes):
    assert len(set(recovery_codes)) == 10
    half = sign_in(instance, EMAIL, PASSWORD, "c")
    whole = finish_sign_in(instance, half.token, f" {recovery_codes[0].upper()} ")
    assert whole.account.recovery_codes_left == 9
    half = sign_in(instance, EMAIL, PASSWORD, "c")
    used = refusal(finish_sign_in, instance, half.token, recovery_codes[0])
    assert used.refusal is Refusal.WRONG_CODE
    assert finish_sign_in(instance, half.token, recovery_codes[1]).token


def test_a_right_code_forgets_the_wrong_ones(instance, pat, recovery_codes):
    for code in (*["000000"] * 4, *recovery_codes[:2]):
        half = sign_in(instance, EMAIL, PASSWORD, "c")
        with suppress(AccountRefusedError):
            finish_sign_in(instance, half.token, code)
    assert read_account(instance, pat.id).recovery_codes_left == 8


def test_a_browser_knows_each_account_once_and_the_last_twelve(instance):
    settings, cookie = instance.settings, ""
    for number in [*range(12), 11, 12]:
        cookie = add_known_account(settings, cookie, f"{number}@example.org")
    known = [bool(known_browser(settings, cookie, f"{n}@example.org")) for n in range(13)]
    assert known == [False, *[True] * 12]
    assert not known_browser(settings, f"{cookie}x", "12@example.org")


def test_half_a_sign_in_ends_after_ten_minutes(instance, pat, recovery_codes, clock):
    half = sign_in(instance, EMAIL, PASSWORD, "c")
    clock.shift(timedelta(minutes=10))
    code = code_of(instance, pat.id)
    assert refusal(finish_sign_in, instance, half.token, code).refusal is Refusal.SIGNED_OUT


def test_the_second_factor_goes_by_the_password_or_by_an_admin(instance, pat, recovery_codes):
    wrong = refusal(own_account.stop_second_factor, instance, pat, "wrong")
    assert wrong.refusal is Refusal.WRONG_PASSWORD
    code = code_of(instance, pat.id)
    own_account.start_second_factor(instance, pat)  # what is on stays as it is
    again = refusal(own_account.confirm_second_factor, instance, pat, code)
    assert again.refusal is Refusal.NOTHING_STARTED
    half = sign_in(instance, EMAIL, PASSWORD, "c")
    assert finish_sign_in(instance, half.token, code).token
    own_account.stop_second_factor(instance, pat, PASSWORD)
    assert account_admin.read_account(instance, pat.id).recovery_codes_left == 0
    assert not sign_in(instance, EMAIL, PASSWORD, "c").waits_for_code
    own_account.start_second_factor(instance, pat)
    code = code_of(instance, pat.id, steps=1)
    _, signed_in = own_account.confirm_second_factor(instance, pat, code)
    account_admin.drop_second_factor(instance, COMMAND_LINE, pat.id)
    assert read_session(instance, signed_in.token) is None
    assert not sign_in(instance, EMAIL, PASSWORD, "c").waits_for_code


def test_the_database_alone_gives_no_code(instance, pat, recovery_codes):
    """The secret needs the key of the instance; the seed alone is worth nothing."""
    other = replace(instance, given=replace(instance.settings, secret_key="another"))
    with instance.store.read() as session:
        seed = session.get_one(AccountRow, pat.id).second_factor_seed
    assert secret_of(instance, seed) != secret_of(other, seed)
