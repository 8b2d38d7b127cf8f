"""Follow-ups at the desk, step by step, as its buttons send them."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from referral.curation.save import retire_record
from referral.desk.codes import ContactKind, WhyNot
from referral.desk.desk_list import save_desk
from referral.desk.follow_ups import agree_follow_up, find_follow_up
from referral.desk.inquiries import add_need, open_inquiry, read_inquiry
from referral.desk.rows import FollowUpRow
from referral.desk.web.follow_up_views import waiting_follow_ups
from referral.directory.instance import local_today
from referral.records.accounts import COMMAND_LINE
from referral.records.waiting import Waiting
from tests.support.desk import PANTRY
from tests.support.staff import post


def test_follow_up_asks_for_permission_first_and_shows_the_contact_on_demand(desk):
    desk.press("/desk/give", service=PANTRY)
    inquiry = desk.inquiry
    path = f"/desk/inquiries/{inquiry.id}/follow-up"
    assert 'name="contact"' not in desk.client.get(path).text
    page = f"{path}?agreed=1"
    assert post(desk.client, path, page, kind="phone", contact="").status_code == 400
    desk.press(path, page, kind="phone", contact="814-555-0142")
    queue = desk.client.get("/desk/follow-ups").text
    assert "814-555-0142" not in queue
    assert "Basic human needs" in queue
    assert "What we hold of this talk" in desk.client.get("/desk").text
    follow_up = find_follow_up(desk.instance, inquiry.id)
    own = f"/desk/follow-ups/{follow_up.id}"
    assert "814-555-0142" not in desk.client.get(own).text
    assert "814-555-0142" in post(desk.client, f"{own}/contact", own).text
    referral = inquiry.needs[0].referrals[0].id
    said = {f"step-{referral}": "no_help", f"why_not-{referral}": "full"}
    refused = post(desk.client, own, own, result="no_answer", again_on="2099-01-01", **said)
    assert refused.status_code == 400
    assert_kept_as_typed(refused.text, referral)
    assert "814-555-0142" in post(desk.client, f"{own}/contact", own, **said, again_on="").text
    unsaid = post(desk.client, own, own, again_on="", **said)
    assert "Choose how the try ended" in unsaid.text
    assert_kept_as_typed(unsaid.text, referral)
    assert read_inquiry(desk.instance, inquiry.id) == inquiry
    assert find_follow_up(desk.instance, inquiry.id) == follow_up
    assert desk.press(own, own, result="reached", again_on="", **said) == "/desk/follow-ups"
    followed = read_inquiry(desk.instance, inquiry.id)
    assert followed.closed_at is not None
    result = followed.needs[0].referrals[0].result
    assert (result.tried, result.got_help, result.why_not) == (True, False, WhyNot.FULL)
    assert "814-555-0142" not in post(desk.client, f"{own}/contact", own).text
    desk.press(own, own, again="yes", **said)
    assert desk.inquiry.repeat_of == inquiry.id


def assert_kept_as_typed(text, referral):
    for name, value in (("step", "no_help"), ("why_not", "full")):
        of_field = re.search(rf'<select[^>]*name="{name}-{referral}".*?</select>', text, re.DOTALL)
        assert re.search(rf'value="{value}"[^>]* selected|selected value="{value}"', of_field[0])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("said", "stored", "shown"),
    [
        ({"message": "yes"}, True, "A message is safe."),
        ({"message": "no"}, False, "The person did not say that it is safe."),
        ({}, False, "Leave no message."),
    ],
)
def test_whether_a_message_is_safe_is_asked_first_and_shown_first(desk, said, stored, shown):
    desk.press("/desk/give", service=PANTRY)
    path = f"/desk/inquiries/{desk.inquiry.id}/follow-up"
    page = f"{path}?agreed=1"
    text = desk.client.get(page).text
    assert text.index("Is it safe to leave a message?") < text.index("How may we reach them?")
    assert re.search(r'value="no" checked', text)
    desk.press(path, page, kind="phone", contact="814-555-0142", **said)
    follow_up = find_follow_up(desk.instance, desk.inquiry.id)
    assert follow_up.may_leave_message is stored
    own = f"/desk/follow-ups/{follow_up.id}"
    text = desk.client.get(own).text
    assert text.index(shown) < text.index("How to reach the person")
    assert ("Asked to call us back" in text) == stored
    answer = post(desk.client, own, own, result="left_word", again_on="")
    assert answer.status_code == (302 if stored else 400)


def test_what_was_agreed_is_kept_as_typed_on_an_error(desk):
    desk.press("/desk/give", service=PANTRY)
    path = f"/desk/inquiries/{desk.inquiry.id}/follow-up"
    said = {"kind": "email", "message": "yes", "contact": "x@example.org", "due_on": "2020-01-01"}
    text = post(desk.client, path, f"{path}?agreed=1", **said).text
    assert re.search(r'value="email" checked', text)
    assert re.search(r'value="yes" checked', text)
    assert 'value="x@example.org"' in text
    assert 'value="2020-01-01"' in text


def test_the_queue_is_by_desk_with_the_longest_overdue_on_top(desk):
    north = save_desk(desk.instance, desk.account.actor, "Front desk", "North")
    today = local_today(desk.instance)
    for at, days in ((north, 2), ("", 0), (north, -1)):
        inquiry_id = open_inquiry(desk.instance, desk.account.id, desk=at)
        add_need(desk.instance, inquiry_id, heading="health")
        agree_follow_up(desk.instance, inquiry_id, ContactKind.AT_DESK)
        with desk.instance.store.write() as session:
            row = session.scalars(select(FollowUpRow).filter_by(inquiry_id=inquiry_id)).one()
            row.due_on = today - timedelta(days)
    due = waiting_follow_ups(desk.instance, desk.account)
    assert due == Waiting(2, today - timedelta(2)), "due today counts, due tomorrow does not"
    desk.client.set_cookie("desk", f"{north}.")
    text = desk.client.get("/desk/follow-ups").text
    told = ["Front desk", "2 days overdue", "in 1 day", "No desk", "due today"]
    places = [text.index(words) for words in told]
    assert places == sorted(places)
    assert text.count("Inquiry ") >= 3
    assert "autofocus" in text


def test_forget_me_works_at_once(desk):
    desk.press("/desk/give", service=PANTRY)
    inquiry = desk.inquiry
    path = f"/desk/inquiries/{inquiry.id}"
    desk.press(f"{path}/follow-up", f"{path}/follow-up?agreed=1", kind="text", contact="8145550142")
    follow_up = find_follow_up(desk.instance, inquiry.id)
    own = f"/desk/follow-ups/{follow_up.id}"
    assert "Forget this person?" in post(desk.client, f"{own}/forget", own).text
    assert find_follow_up(desk.instance, inquiry.id).contact_kind is not None
    desk.press(f"{own}/forget", own, confirmed="yes")
    assert find_follow_up(desk.instance, inquiry.id).contact_kind is None
    assert read_inquiry(desk.instance, inquiry.id).members == ()


@pytest.mark.slow
def test_a_follow_up_says_that_a_service_is_off_the_list_now(desk):
    desk.press("/desk/give", service=PANTRY)
    agree_follow_up(desk.instance, desk.inquiry.id, ContactKind.PHONE, "814-555-0142")
    page = f"/desk/follow-ups/{find_follow_up(desk.instance, desk.inquiry.id).id}"
    assert "off the list" not in desk.client.get(page).text
    retire_record(desk.instance, "service", PANTRY, COMMAND_LINE, is_retired=True)
    assert "It is off the list now." in desk.client.get(page).text
    inquiry = f"/desk/inquiries/{desk.inquiry.id}"
    desk.press(f"{inquiry}/close")
    assert "It is off the list now." in desk.client.get(inquiry).text
