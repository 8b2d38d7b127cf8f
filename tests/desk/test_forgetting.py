"""What was forgotten is gone: from rows, and on SQLite from every byte of the instance folder."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from referral.desk.codes import AttemptResult, ContactKind, FollowUpStatus
from referral.desk.data_retention import erase_expired, erase_person
from referral.desk.follow_ups import agree_follow_up, find_follow_up, record_attempt
from referral.desk.inquiries import (
    close_inquiry,
    discard_inquiry,
    open_inquiry,
    read_inquiry,
    update_details,
)
from referral.desk.records import InquiryDetails
from referral.desk.referrals import add_referral, reply_to_slip, slip_items
from referral.desk.rows import FollowUpRow, InquiryRow, ReferralRow
from referral.errors import NotFoundError, RefusedError
from referral.settings import Settings
from referral.slips.records import SlipReply
from referral.slips.rows import SlipReplyRow, SlipRow
from referral.slips.slips import make_slip, read_slip
from tests.support.desk import PANTRY, stock

NUMBER = "814-555-0142"


def whole_inquiry(instance, repeat_of=""):
    """An inquiry with all that can be stored of a person; its id and the code of its slip."""
    inquiry_id = open_inquiry(instance, "a1", repeat_of=repeat_of)
    update_details(instance, inquiry_id, InquiryDetails(zip_code="16407"))
    add_referral(instance, inquiry_id, PANTRY)
    agree_follow_up(instance, inquiry_id, ContactKind.PHONE, NUMBER)
    follow_up = find_follow_up(instance, inquiry_id)
    record_attempt(instance, follow_up.id, AttemptResult.NO_ANSWER)
    code = make_slip(instance, slip_items(read_inquiry(instance, inquiry_id)))
    reply_to_slip(instance, code, PANTRY, SlipReply.FULL)
    return inquiry_id, code


def traces_of(instance, inquiry_id, code):
    """Texts that stand in the database for this person alone."""
    with instance.store.read() as session:
        inquiry = session.get_one(InquiryRow, inquiry_id)
        contact = session.scalar(
            select(FollowUpRow.contact).where(FollowUpRow.inquiry_id == inquiry_id)
        )
        times = [f"{inquiry.started_at:%Y-%m-%d %H:%M:%S.%f}"]
        times += [
            f"{given:%Y-%m-%d %H:%M:%S.%f}"
            for need in inquiry.needs
            for given in [referral.given_at for referral in need.referrals]
        ]
        return [inquiry.code, contact, code, *times]


def bytes_of(folder, suffixes=("",)):
    """All bytes of all files below a folder."""
    files = [path for path in Path(folder).rglob("*") if path.is_file()]
    return b"\n".join(path.read_bytes() for path in files)


def database_folder(instance):
    with instance.store.read() as session:
        [(_, _, file)] = session.execute(text("PRAGMA database_list")).all()
    return Path(file).parent


@pytest.mark.both_databases
def test_the_slip_ends_and_times_are_told_to_the_day(instance, time_machine):
    time_machine.move_to(datetime(2026, 11, 25, 18, 31, 7, tzinfo=UTC))
    stock(instance)
    inquiry_id, code = whole_inquiry(instance)
    again, _ = whole_inquiry(instance, repeat_of=inquiry_id)
    other, other_code = whole_inquiry(instance)
    erase_person(instance, inquiry_id)
    with pytest.raises(NotFoundError):
        read_slip(instance, code)
    assert read_slip(instance, other_code)
    with instance.store.read() as session:
        row = session.get_one(InquiryRow, inquiry_id)
        follow_up = session.scalars(
            select(FollowUpRow).where(FollowUpRow.inquiry_id == inquiry_id)
        ).one()
        reply = session.scalars(select(SlipReplyRow).where(SlipReplyRow.slip_code.is_(None))).one()
        instants = [
            row.started_at, follow_up.permitted_at, follow_up.tries[0].tried_at, reply.replied_at,
            row.needs[0].referrals[0].given_at,
        ]  # fmt: skip
        assert {f"{each.astimezone(UTC):%m-%d %H:%M:%S.%f}" for each in instants} == {
            "11-25 05:00:00.000000"  # midnight in Pennsylvania
        }
        assert follow_up.status == FollowUpStatus.FORGOTTEN
        assert session.get_one(InquiryRow, again).repeat_of is None
        assert session.get_one(InquiryRow, other).started_at.minute == 31
        assert reply.kind == SlipReply.FULL


@pytest.mark.slow
def test_the_bytes_are_gone_from_every_file(demo, time_machine):
    """Sixty people, so that pages of the tables fill and split; every third is forgotten."""
    stock(demo)
    start = datetime(2026, 11, 25, 14, tzinfo=UTC)
    people = []
    for number in range(60):
        time_machine.move_to(start + timedelta(seconds=61.7 * number), tick=False)
        people.append(whole_inquiry(demo))
    traces = [traces_of(demo, *person) for person in people]
    folder = database_folder(demo)
    before = bytes_of(folder)
    assert all(trace.encode() in before for each in traces for trace in each)
    for inquiry_id, _ in people[::3]:
        erase_person(demo, inquiry_id)
    after = bytes_of(folder)
    gone = [trace for each in traces[::3] for trace in each]
    assert [trace for trace in gone if trace.encode() in after] == []
    kept = [trace for each in traces[1::3] for trace in each]
    assert all(trace.encode() in after for trace in kept)


@pytest.mark.slow
def test_a_reader_delays_the_end_of_the_log_and_the_background_makes_up_for_it(demo):
    from referral.app.background import write_counts

    stock(demo)
    inquiry_id, code = whole_inquiry(demo)
    traces = traces_of(demo, inquiry_id, code)
    folder = database_folder(demo)
    with demo.store.read() as session:
        session.scalar(select(InquiryRow.id))
        erase_person(demo, inquiry_id)
        assert demo.store.traces_remain
    write_counts(demo)
    assert not demo.store.traces_remain
    after = bytes_of(folder)
    assert [trace for trace in traces if trace.encode() in after] == []


@pytest.mark.slow
def test_an_inquiry_that_is_thrown_away_takes_its_slip_along(demo):
    stock(demo)
    inquiry_id, code = whole_inquiry(demo)
    traces = traces_of(demo, inquiry_id, code)
    discard_inquiry(demo, inquiry_id)
    with demo.store.read() as session:
        assert session.scalars(select(SlipRow)).all() == []
        assert session.scalars(select(ReferralRow)).all() == []
    after = bytes_of(database_folder(demo))
    assert [trace for trace in traces if trace.encode() in after] == []


@pytest.mark.both_databases
def test_no_form_keeps_a_contact_longer_than_the_setting(instance):
    inquiry_id = open_inquiry(instance, "a1")
    days, today = instance.settings.contact_days, datetime.now(UTC).date()
    far = today + timedelta(days=days + 2)
    with pytest.raises(RefusedError, match="earlier day"):
        agree_follow_up(instance, inquiry_id, ContactKind.PHONE, NUMBER, due_on=far)
    agree_follow_up(instance, inquiry_id, ContactKind.PHONE, NUMBER)
    follow_up = find_follow_up(instance, inquiry_id)
    latest = follow_up.erase_on
    assert abs((latest - today).days - days) <= 1
    with pytest.raises(RefusedError, match="earlier day"):
        record_attempt(instance, follow_up.id, AttemptResult.NO_ANSWER, again_on=far)
    record_attempt(instance, follow_up.id, AttemptResult.NO_ANSWER, again_on=latest)
    assert find_follow_up(instance, inquiry_id).erase_on == latest


def test_the_setting_of_today_counts_for_contacts_of_before(instance, time_machine):
    """Also for one that an older version kept for a year."""
    inquiry_id = open_inquiry(instance, "a1")
    follow_up_id = agree_follow_up(instance, inquiry_id, ContactKind.PHONE, NUMBER)
    with instance.store.write() as session:
        session.get_one(FollowUpRow, follow_up_id).erase_on = date(2099, 1, 1)
    object.__setattr__(instance.settings, "contact_days", 10)
    time_machine.move_to(datetime.now(UTC) + timedelta(days=9))
    assert erase_expired(instance)["contacts"] == 0
    time_machine.move_to(datetime.now(UTC) + timedelta(days=2))
    assert erase_expired(instance)["contacts"] == 1


@pytest.mark.both_databases
def test_vacuum_leaves_no_dead_row(instance):
    """On PostgreSQL; SQLite has none."""
    stock(instance)
    inquiry_id, _ = whole_inquiry(instance)
    close_inquiry(instance, inquiry_id)
    erase_person(instance, inquiry_id)
    if instance.store.engine.dialect.name == "postgresql":
        with instance.store.engine.connect() as connection:
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS pgstattuple"))
            for table in ("follow_up", "inquiry", "slip", "need", "referral"):
                dead = connection.scalar(
                    text(f"SELECT dead_tuple_count FROM pgstattuple('{table}')")
                )
                assert dead == 0, table


def test_settings_say_sixty_days():
    assert Settings.__dataclass_fields__["contact_days"].default == 60
