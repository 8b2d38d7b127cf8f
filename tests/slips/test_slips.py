"""Slips: a code to a list, without whose it is; what is said back closes the loop."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from referral.desk.codes import WhyNot
from referral.desk.inquiries import open_inquiry, read_inquiry
from referral.desk.referrals import add_referral, reply_to_slip, slip_items
from referral.directory.instance import start_of_day
from referral.errors import NotFoundError, RefusedError
from referral.records.hsds import Location, ServiceAtLocation
from referral.records.visibility import Visibility
from referral.slips.records import SlipItem, SlipReply
from referral.slips.rows import SlipReplyRow, SlipRow
from referral.slips.slips import end_slips, make_slip, read_slip
from referral.store.conversion import row_from
from referral.store.rows import ServiceRow


def test_a_slip_shows_its_services_in_their_order(instance, services):
    code = make_slip(instance, [SlipItem(service_id=one) for one in reversed(services)], "es")
    page = read_slip(instance, f"{code[:4].lower()} {code[4:]}")
    assert [each.service.id for each in page.services] == list(reversed(services))
    assert page.language == "es"


def test_the_place_that_was_given_comes_first(instance, services):
    with instance.store.write() as session:
        for name in ("North", "South"):
            at = ServiceAtLocation(id=f"at-{name}", service_id=services[0], location_id=name)
            session.add_all([row_from(Location(id=name, name=f"{name} hall")), row_from(at)])
    for place in ("North", "South"):
        item = SlipItem(service_id=services[0], location_id=place)
        [page] = read_slip(instance, make_slip(instance, [item])).services
        assert page.sites[0].location.id == place


def test_what_was_withdrawn_since_is_not_shown(instance, services):
    code = make_slip(instance, [SlipItem(service_id=one) for one in services])
    with instance.store.write() as session:
        session.get_one(ServiceRow, services[0]).visibility = Visibility.WITHHELD
    assert [each.service.id for each in read_slip(instance, code).services] == services[1:]


def test_an_empty_list_and_an_endless_one_are_refused(instance, services):
    with pytest.raises(RefusedError):
        make_slip(instance, [])
    with pytest.raises(RefusedError):
        make_slip(instance, [SlipItem(service_id=str(number)) for number in range(26)])


def test_a_slip_ends_and_what_was_said_back_stays(instance, services, time_machine):
    made_at = datetime(2026, 11, 25, 18, 31, 7, tzinfo=UTC)
    codes = []
    for hours in (0, 1):
        time_machine.move_to(made_at + timedelta(hours=hours), tick=False)
        codes.append(make_slip(instance, [SlipItem(service_id=services[0])]))
        reply_to_slip(instance, codes[-1], services[0], SlipReply.FULL)
    time_machine.move_to(made_at + timedelta(days=instance.settings.slip_days), tick=False)
    with pytest.raises(NotFoundError):
        read_slip(instance, codes[0])
    assert end_slips(instance) == 1
    assert read_slip(instance, codes[1]).replies == {services[0]: SlipReply.FULL}
    with instance.store.read() as session:
        assert session.scalars(select(SlipRow.code)).all() == [codes[1]]
        replies = session.scalars(select(SlipReplyRow).order_by(SlipReplyRow.replied_at)).all()
        assert [(each.slip_code, each.kind) for each in replies] == [
            (None, "full"), (codes[1], "full"),
        ]  # fmt: skip
        assert replies[0].replied_at == start_of_day(instance, made_at)


def test_saying_so_again_replaces_it_and_reaches_the_referral(instance, services):
    inquiry_id = open_inquiry(instance, "a1")
    add_referral(instance, inquiry_id, services[0])
    code = make_slip(instance, slip_items(read_inquiry(instance, inquiry_id)))
    reply_to_slip(instance, code, services[0], SlipReply.GOT_HELP)
    reply_to_slip(instance, code, services[0], SlipReply.NOT_ELIGIBLE)
    assert read_slip(instance, code).replies == {services[0]: SlipReply.NOT_ELIGIBLE}
    result = read_inquiry(instance, inquiry_id).needs[0].referrals[0].result
    assert (result.got_help, result.why_not) == (False, WhyNot.NOT_ELIGIBLE)


def test_only_what_is_on_the_slip_can_be_spoken_of(instance, services):
    code = make_slip(instance, [SlipItem(service_id=services[0])])
    with pytest.raises(NotFoundError):
        reply_to_slip(instance, code, services[1], SlipReply.FULL)
    with pytest.raises(NotFoundError):
        read_slip(instance, "nothing")
