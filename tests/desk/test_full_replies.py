"""A slip's "full" on the listing: of three people at least, by the half day, and no trace of one."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from referral.capacity.records import SaidBy
from referral.capacity.statements import end_capacities, read_statements, say_at_desk
from referral.desk.data_retention import erase_person
from referral.desk.full_replies import FullServices
from referral.desk.inquiries import open_inquiry, read_inquiry
from referral.desk.referrals import add_referral
from referral.desk.slip_replies import reply_to_slip, slip_items
from referral.directory.listings import read_service
from referral.exports.hsds_records import HsdsRecords
from referral.records.accounts import COMMAND_LINE
from referral.records.directory import Address
from referral.records.record_ids import stated_capacity_id
from referral.records.visibility import Audience, Visibility
from referral.slips.records import SlipItem, SlipReply
from referral.slips.rows import SlipReplyRow
from referral.slips.slips import make_slip
from referral.store.conversion import row_from
from referral.store.rows import AddressRow, ServiceCapacityRow
from referral.store.rows_log import ChangeRow
from tests.support.desk import HALL, PANTRY, stock
from tests.support.stored_bytes import bytes_on_disk, rows_of

MIDNIGHT = datetime(2026, 11, 27, 5, tzinfo=UTC)  # in New York
NOON, EVENING = MIDNIGHT + timedelta(hours=12), MIDNIGHT + timedelta(hours=18)


@pytest.fixture(autouse=True)
def morning(time_machine):
    """Stop the clock at a minute of the morning."""
    time_machine.move_to(MIDNIGHT + timedelta(hours=9, minutes=17, seconds=43), tick=False)


@pytest.fixture
def pantry(directory):
    """Give a directory with a service."""
    stock(directory)
    return directory


def give(directory, repeat_of=""):
    """Somebody whom the desk gives the pantry: the inquiry and the code of the slip."""
    inquiry_id = open_inquiry(directory, "a1", repeat_of=repeat_of)
    add_referral(directory, inquiry_id, PANTRY)
    return inquiry_id, make_slip(directory, slip_items(read_inquiry(directory, inquiry_id)))


def say_full(directory, people, clock):
    """So many people of the desk say one after the other that it is full."""
    given = []
    for _ in range(people):
        given.append(give(directory))
        clock.move_to(datetime.now(UTC) + timedelta(seconds=61.7), tick=False)
        reply_to_slip(directory, given[-1][1], PANTRY, SlipReply.FULL)
    return given


def tell(directory, clock, when):
    clock.move_to(when, tick=False)
    return FullServices(directory).tell()


def shown(directory):
    page = read_service(directory, PANTRY, Audience.PUBLIC)
    return [(each.unit, each.available, each.said_at) for each in page.capacities]


FULL = [("Places", 0, MIDNIGHT)]


@pytest.mark.both_databases
def test_three_people_of_the_desk_say_it_by_noon(pantry, time_machine):
    say_full(pantry, 3, time_machine)
    assert tell(pantry, time_machine, NOON - timedelta(seconds=1)) == 0
    assert shown(pantry) == []
    assert tell(pantry, time_machine, NOON) == 1
    assert shown(pantry) == FULL
    assert tell(pantry, time_machine, EVENING) == 0  # another process, or the next half day
    assert read_statements(pantry, PANTRY) == ()
    time_machine.move_to(MIDNIGHT + timedelta(hours=24), tick=False)
    assert shown(pantry) == []
    assert end_capacities(pantry) == 1


def test_two_people_are_too_few_and_one_counts_once(pantry, time_machine):
    [(first, code), _] = say_full(pantry, 2, time_machine)
    _, again = give(pantry, repeat_of=first)
    _, once_more = give(pantry, repeat_of=first)
    for slip in (code, again, once_more):
        reply_to_slip(pantry, slip, PANTRY, SlipReply.FULL)
    assert tell(pantry, time_machine, NOON) == 0
    assert shown(pantry) == []
    say_full(pantry, 1, time_machine)  # after noon: it is told in the evening
    assert tell(pantry, time_machine, NOON + timedelta(minutes=3)) == 0
    assert tell(pantry, time_machine, EVENING) == 1


def test_slips_of_patrons_and_of_training_do_not_count(pantry, time_machine):
    say_full(pantry, 2, time_machine)
    for _ in range(5):
        code = make_slip(pantry, [SlipItem(service_id=PANTRY)])
        reply_to_slip(pantry, code, PANTRY, SlipReply.FULL)
        inquiry_id = open_inquiry(pantry, "a1", training=True)
        add_referral(pantry, inquiry_id, PANTRY)
        code = make_slip(pantry, slip_items(read_inquiry(pantry, inquiry_id)))
        reply_to_slip(pantry, code, PANTRY, SlipReply.FULL)
    assert tell(pantry, time_machine, NOON) == 0
    assert shown(pantry) == []


def test_what_was_said_yesterday_or_taken_back_does_not_count(pantry, time_machine):
    time_machine.move_to(MIDNIGHT - timedelta(hours=5), tick=False)
    say_full(pantry, 2, time_machine)
    time_machine.move_to(NOON - timedelta(hours=1), tick=False)
    given = say_full(pantry, 3, time_machine)
    reply_to_slip(pantry, given[0][1], PANTRY, SlipReply.GOT_HELP)
    assert tell(pantry, time_machine, NOON) == 0


def test_nothing_that_is_written_tells_of_a_reply(pantry, time_machine):
    say_full(pantry, 3, time_machine)
    time_machine.move_to(NOON, tick=False)
    before, last = rows_of(pantry), last_change(pantry)
    FullServices(pantry).tell()
    written = {name: rows - before[name] for name, rows in rows_of(pantry).items()}
    assert {name for name, rows in written.items() if rows} == {
        "change", "service_capacity", "store_state"
    }  # fmt: skip
    with pantry.store.read() as session:
        [row] = session.scalars(select(ServiceCapacityRow))
        assert (row.id, row.available) == (stated_capacity_id(PANTRY, "Places"), 0)
        assert (datetime.fromisoformat(row.updated), row.updated_at) == (MIDNIGHT, NOON)
        new = session.scalars(select(ChangeRow).where(ChangeRow.sequence > last))
        assert {(each.kind, each.record_id, each.noted_at) for each in new} == {
            ("service", PANTRY, NOON)
        }


def last_change(directory):
    with directory.store.read() as session:
        return session.scalar(select(func.max(ChangeRow.sequence)))


@pytest.mark.slow
@pytest.mark.both_databases
def test_after_people_were_forgotten_their_times_and_codes_are_in_no_byte(
    pantry, time_machine, caplog
):
    caplog.set_level(logging.DEBUG)
    given = say_full(pantry, 4, time_machine)
    with pantry.store.read() as session:
        times = session.scalars(select(SlipReplyRow.replied_at)).all()
    assert len(set(times)) == 4
    marks = [code for _, code in given]
    marks += [f"{each.astimezone(UTC):%H:%M:%S}" for each in times]
    before = str(rows_of(pantry)).encode() + bytes_on_disk(pantry)
    assert [mark for mark in marks[:4] if mark.encode() not in before] == []
    assert tell(pantry, time_machine, NOON) == 1
    pantry.index.sync()
    for inquiry_id, _ in given:
        erase_person(pantry, inquiry_id)
    assert tell(pantry, time_machine, EVENING) == 0
    assert shown(pantry) == FULL  # as it was: to forget somebody changes no page
    assert [mark for mark in marks if mark in str(rows_of(pantry)) + caplog.text] == []
    written = bytes_on_disk(pantry)
    assert [mark for mark in marks if mark.encode() in written] == []


@pytest.mark.both_databases
def test_who_was_forgotten_before_counts_no_more(pantry, time_machine):
    given = say_full(pantry, 3, time_machine)
    erase_person(pantry, given[1][0])
    assert tell(pantry, time_machine, NOON) == 0
    assert shown(pantry) == []


def test_what_staff_said_today_comes_first(pantry, time_machine):
    say_at_desk(pantry, COMMAND_LINE, PANTRY, "Beds", 4)
    said_at = datetime.now(UTC)
    say_full(pantry, 3, time_machine)
    assert tell(pantry, time_machine, NOON) == 0
    assert shown(pantry) == [("Beds", 4, said_at)]


@pytest.mark.slow
def test_what_was_said_yesterday_gives_way_and_what_is_said_later_ends_it(pantry, time_machine):
    time_machine.move_to(MIDNIGHT - timedelta(hours=3), tick=False)
    say_at_desk(pantry, COMMAND_LINE, PANTRY, "Beds", 4)
    time_machine.move_to(NOON - timedelta(hours=1), tick=False)
    say_full(pantry, 3, time_machine)
    assert tell(pantry, time_machine, NOON) == 1
    assert shown(pantry) == [("Beds", 0, MIDNIGHT)]
    later = NOON + timedelta(hours=1)
    time_machine.move_to(later, tick=False)
    say_at_desk(pantry, COMMAND_LINE, PANTRY, "Rooms", 2)
    assert shown(pantry) == [("Rooms", 2, later)]
    assert tell(pantry, time_machine, EVENING) == 0
    assert {each.said_by for each in read_statements(pantry, PANTRY)} == {SaidBy.DESK}


def test_nothing_is_told_of_a_private_place(pantry, time_machine):
    say_full(pantry, 3, time_machine)
    with pantry.store.write() as session:
        session.add(row_from(Address(id="street", location_id=HALL, address_1="9 Elm Street")))
        session.flush()
        session.get_one(AddressRow, "street").visibility = Visibility.WITHHELD
    assert tell(pantry, time_machine, NOON) == 0
    assert read_service(pantry, PANTRY, Audience.STAFF).capacities == ()


def test_where_numbers_hold_for_a_few_hours_slips_say_nothing(pantry, time_machine):
    object.__setattr__(pantry.settings, "capacity_hours", 12)
    say_full(pantry, 3, time_machine)
    assert tell(pantry, time_machine, NOON) == 0


@pytest.mark.slow
def test_the_page_says_the_day_and_files_an_instant(pantry, app, time_machine):
    say_full(pantry, 3, time_machine)
    tell(pantry, time_machine, NOON)
    client, listing = app.test_client(), f"/services/{PANTRY}"
    assert "<strong>Full</strong>, said today" in client.get(listing).text
    assert "<strong>Lleno</strong>, dicho hoy" in client.get(f"{listing}?lang=es").text
    with pantry.store.read() as session:
        [capacity] = HsdsRecords(session).of_kind("service_capacity")
    assert (capacity.available, datetime.fromisoformat(capacity.updated)) == (0, MIDNIGHT)
