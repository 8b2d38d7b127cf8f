"""Staff notes: seen by staff, asked about before a service is given, and in nothing public."""

import pytest

from referral.accounts.audit import read_audit_log
from referral.curation.staff_notes import (
    LONGEST_REASON,
    NO_NOTE,
    StaffNote,
    read_staff_notes,
    save_staff_note,
)
from referral.desk.inquiries import list_open_inquiries
from referral.duplicates.merge import merge_records, undo_merge
from referral.open_data.records import ExportFormat
from referral.records.accounts import COMMAND_LINE, Role
from referral.records.hsds import Service
from referral.store.conversion import row_from
from tests.open_data.files.random_lists import exported
from tests.support.desk import HOUSE, PANTRY, Desk, stock
from tests.support.inspector import inspecting
from tests.support.staff import add_account, post, signed_in_client

NOTE = StaffNote(note="Ask for Quillon", do_not_refer="Their cellar was flooded")
RECORD = f"/curation/records/service/{PANTRY}"


@pytest.fixture
def desk(instance, app):
    stock(instance)
    return Desk(app, instance)


@pytest.fixture
def curator(desk, instance, app):
    add_account(instance, [Role.CURATION], "cora@example.org", "Cora")
    return signed_in_client(app, "cora@example.org")


def write_note(curator, note=NOTE):
    """Send the form on the page of the record."""
    return post(curator, f"{RECORD}/note", RECORD, note=note.note, do_not_refer=note.do_not_refer)


def test_a_note_is_kept_shown_changed_and_deleted(curator, instance):
    assert write_note(curator).status_code == 302
    page = curator.get(RECORD).text
    assert NOTE.note in page
    assert NOTE.do_not_refer in page
    entry = read_audit_log(instance).entries.items[0]
    assert (entry.action, entry.record_id, entry.detail) == ("staff-note-changed", PANTRY, {})
    write_note(curator, NO_NOTE)
    assert read_staff_notes(instance, [PANTRY]) == {}


@pytest.mark.slow
def test_a_note_that_is_too_long_stays_typed(curator, instance):
    answer = write_note(curator, StaffNote(do_not_refer="x" * (LONGEST_REASON + 1)))
    assert answer.status_code == 422
    assert "x" * (LONGEST_REASON + 1) in answer.text
    assert read_staff_notes(instance, [PANTRY]) == {}


def test_only_who_edits_records_writes_notes(desk):
    assert post(desk.client, f"{RECORD}/note", "/desk", note="Hello").status_code == 403


@pytest.mark.slow
def test_the_desk_is_asked_before_it_gives_what_is_not_to_be_referred(desk, instance):
    save_staff_note(instance, PANTRY, NOTE, COMMAND_LINE)
    for page in ("/search?q=pantry", f"/services/{PANTRY}"):
        text = desk.client.get(page).text
        assert NOTE.do_not_refer in text
        assert NOTE.note in text
    fields = {"service": PANTRY, "next": "/search?q=pantry", "here": "yes"}
    asked = post(desk.client, "/desk/give", "/desk", **fields)
    assert "Give it all the same?" in asked.text
    assert NOTE.do_not_refer in asked.text
    assert list_open_inquiries(instance, desk.account.id) == ()
    led = desk.press("/desk/give", "/search?q=pantry", **fields, confirmed="yes")
    assert led == f"/search?q=pantry#give-{PANTRY}"
    [need] = desk.inquiry.needs
    assert [each.service_id for each in need.referrals] == [PANTRY]
    desk.press("/desk/give", service=PANTRY, need=need.id, method="warm_transfer")  # not asked anew


@pytest.mark.slow
def test_nothing_public_has_a_note(desk, instance, app):
    save_staff_note(instance, PANTRY, NOTE, COMMAND_LINE)
    instance.index.sync()
    visitor = inspecting(app)
    seen = [visitor.get(path).text for path in ("/search?q=pantry", f"/services/{PANTRY}")]
    seen += [visitor.get(f"/search?q={word}").text for word in ("quillon", "flooded")]
    assert "River Pantry" not in seen[2] + seen[3]
    seen += [exported(instance, form).decode("latin-1") for form in ExportFormat]
    files = [path for path in instance.settings.index_path.rglob("*") if path.is_file()]
    seen += [path.read_bytes().decode("latin-1").lower() for path in files]
    assert files
    for text in seen[:2] + seen[4:]:
        assert "quillon" not in text.lower()
        assert "flooded" not in text.lower()


def test_a_merged_service_brings_its_note(desk, instance):
    other = "44444444-4444-4444-8444-444444444444"
    twin = Service(id=other, name="River Pantry", organization_id=HOUSE, status="active")
    with instance.store.write() as session:
        session.add(row_from(twin))
    save_staff_note(instance, other, NOTE, COMMAND_LINE)
    save_staff_note(instance, PANTRY, StaffNote(note="Bring a bag"), COMMAND_LINE)
    group = merge_records(instance, COMMAND_LINE, "service", PANTRY, other, [])
    both = read_staff_notes(instance, [PANTRY])[PANTRY]
    assert both.do_not_refer == NOTE.do_not_refer
    assert set(both.note.splitlines()) == {NOTE.note, "Bring a bag"}
    undo_merge(instance, COMMAND_LINE, group)
    assert read_staff_notes(instance, [PANTRY, other])[other] == NOTE
