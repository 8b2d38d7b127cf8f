"""The daily job: it erases what is due, once a day, on one node."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from referral.app.tidy import tidy, tidy_by_hand, tidy_once_a_day
from referral.cli.maintenance import _TIDY_LABELS
from referral.desk.codes import ContactKind
from referral.desk.data_retention import count_personal_data
from referral.desk.follow_ups import agree_follow_up, find_follow_up, reveal_contact
from referral.desk.inquiries import open_inquiry, read_inquiry
from referral.desk.shift_notes import add_shift_note
from referral.directory.health import read_last_tidy_date
from referral.directory.instance import local_today
from referral.errors import RefusedError
from referral.records.accounts import COMMAND_LINE
from referral.slips.records import SlipItem
from referral.slips.slips import make_slip
from referral.store.rows_log import DailyJobRow
from tests.support.staff import add_account


def test_what_is_due_goes_and_the_counts_say_so(instance, services, time_machine):
    account = add_account(instance)
    inquiry_id = open_inquiry(instance, account.id)
    agree_follow_up(instance, inquiry_id, ContactKind.PHONE, "814-555-0142")
    make_slip(instance, [SlipItem(service_id=services[0])])
    add_shift_note(instance, account, services[0], "Ask for Dana")
    assert count_personal_data(instance)["contacts"] == 1
    assert not any(tidy(instance).values())
    time_machine.move_to(datetime.now(UTC) + timedelta(days=400))
    gone = tidy(instance)
    assert {name: gone[name] for name in ("contacts", "inquiries", "slips", "notes")} == {
        "contacts": 1, "inquiries": 1, "slips": 1, "notes": 1,
    }  # fmt: skip
    assert gone["changes"] > 0
    assert find_follow_up(instance, inquiry_id).contact_kind is None
    assert read_inquiry(instance, inquiry_id).code == ""
    assert not any(tidy(instance).values())


def test_a_new_first_key_takes_over_so_that_the_old_can_go(instance, services):
    account, old, new = add_account(instance), "o" * 32, "n" * 32
    inquiry_id = open_inquiry(instance, account.id)

    def with_keys(*keys):
        return replace(instance, given=replace(instance.settings, contact_keys=keys))

    agree_follow_up(with_keys(old), inquiry_id, ContactKind.PHONE, "814-555-0142")
    follow_up_id = find_follow_up(instance, inquiry_id).id
    assert tidy(with_keys("x" * 32))["not decrypted"] == 1, "it is said, and nothing is lost"
    counts = tidy(with_keys(new, old))
    assert (counts["encrypted again"], counts["not decrypted"]) == (1, 0)
    assert reveal_contact(with_keys(new), COMMAND_LINE, follow_up_id) == "814-555-0142"
    with pytest.raises(RefusedError, match="REFERRAL_CONTACT_KEYS"):
        reveal_contact(with_keys(old), COMMAND_LINE, follow_up_id)
    assert tidy(with_keys(new))["encrypted again"] == 0


def test_the_command_has_a_label_for_each_count(instance):
    assert tidy(instance).keys() == _TIDY_LABELS.keys()


def test_one_node_does_it_once_a_day(instance, time_machine):
    assert read_last_tidy_date(instance) is None
    assert tidy_once_a_day(instance) is not None
    assert read_last_tidy_date(instance) is not None
    assert tidy_once_a_day(instance) is None
    time_machine.move_to(datetime.now(UTC) + timedelta(days=1))
    assert tidy_once_a_day(instance) is not None


def test_a_node_that_died_holds_the_others_up_for_an_hour(instance, time_machine):
    with instance.store.write() as session:
        session.get_one(DailyJobRow, "tidy").leased_until = datetime.now(UTC) + timedelta(hours=1)
    assert tidy_once_a_day(instance) is None
    time_machine.move_to(datetime.now(UTC) + timedelta(hours=2))
    assert tidy_once_a_day(instance) is not None


@pytest.mark.both_databases
def test_a_leap_of_the_clock_erases_on_the_third_day_and_not_before(instance, time_machine):
    start = datetime.now(UTC)

    def is_done(days):
        time_machine.move_to(start + timedelta(days=days))
        return tidy_once_a_day(instance) is not None

    assert is_done(0)
    inquiry_id = open_inquiry(instance, add_account(instance).id)
    agree_follow_up(instance, inquiry_id, ContactKind.PHONE, "814-555-0142")
    assert not is_done(400)
    assert is_done(1), "the clock is right again"
    assert not is_done(401), "what was waited before counts no more"
    assert is_done(8), "a week is no leap"
    assert not is_done(100)
    assert not is_done(402), "another leap"
    assert not is_done(403)
    assert find_follow_up(instance, inquiry_id).contact_kind is not None
    assert is_done(404)
    assert find_follow_up(instance, inquiry_id).contact_kind is None
    assert is_done(10), "a day to come counts as not done"
    assert read_last_tidy_date(instance) == local_today(instance)


def test_the_command_erases_after_a_leap_only_where_the_clock_is_said_to_be_right(
    instance, time_machine
):
    tidy_by_hand(instance, is_clock_right=False)
    assert tidy_once_a_day(instance) is None
    time_machine.move_to(datetime.now(UTC) + timedelta(days=30))
    with pytest.raises(RefusedError, match="30 days"):
        tidy_by_hand(instance, is_clock_right=False)
    tidy_by_hand(instance, is_clock_right=True)
    assert read_last_tidy_date(instance) == local_today(instance)


def test_a_lease_that_lies_far_ahead_holds_nobody_up(instance):
    with instance.store.write() as session:
        session.get_one(DailyJobRow, "tidy").leased_until = datetime.now(UTC) + timedelta(days=400)
    assert tidy_once_a_day(instance) is not None
