"""All erasures × all places: rows, files of SQLite and of the instance, index, logs, next backup.

Each case plants texts that stand nowhere else, gives them, and erases them when it goes on.
"""

import base64
import json
import logging
import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from sqlalchemy import event, select

from referral.accounts.account_admin import invite
from referral.accounts.rows import AccountSessionRow, LinkRow, SignInTryRow
from referral.app.job_kinds import do_work
from referral.app.tidy import tidy
from referral.backups.backup import write_backup
from referral.curation.staff_notes import NO_NOTE, StaffNote, save_staff_note
from referral.desk.codes import AttemptResult, ContactKind
from referral.desk.data_retention import erase_person
from referral.desk.follow_ups import agree_follow_up, find_follow_up, record_attempt
from referral.desk.inquiries import (
    close_inquiry,
    discard_inquiry,
    open_inquiry,
    read_inquiry,
    update_details,
)
from referral.desk.question_log import delete_entry
from referral.desk.records import InquiryDetails
from referral.desk.referrals import add_referral, slip_items
from referral.desk.rows import FollowUpRow
from referral.desk.saved_searches import delete_saved_search, list_saved_searches, save_search
from referral.desk.shift_notes import add_shift_note, remove_shift_note
from referral.imports.batches import drop_batch, upload_list
from referral.proposals.proposed_places import decide_proposal, list_proposals, propose_place
from referral.proposals.records import ProposalDecision, ProposedPlace
from referral.records.accounts import COMMAND_LINE, Role
from referral.slips.slips import make_slip
from referral.store.rows_log import (
    ImportBatchRow,
)
from referral.terminal.rows import EndedVisitRow
from referral.verification.check_queue import log_contact
from referral.verification.feedback import handle_report, record_report
from referral.verification.records import ContactMethod, ContactResult, ReportKind, ReportStatus
from referral.verification.rows import ProblemReportRow
from tests.support.desk import PANTRY, stock
from tests.support.inspector import inspecting
from tests.support.provider_lists import pantry_list
from tests.support.staff import PASSWORD, add_account, post
from tests.support.stored_bytes import bytes_on_disk, rows_of

MARK = "Zorblaxquin"
# Rows that only say how far work is, and that of the listing, which is not erased.
MACHINERY = {
    "change", "checkpoint", "daily_job", "import_batch", "job", "job_progress", "schema_state",
    "service", "source", "store_state", "work_mark", "worker_lease",
}  # fmt: skip


def person(instance):
    """An inquiry with all that can be kept of a person: its id, and texts of this person alone."""
    account = add_account(instance)
    inquiry_id = open_inquiry(instance, account.id)
    update_details(instance, inquiry_id, InquiryDetails(zip_code="16407"))
    add_referral(instance, inquiry_id, PANTRY)
    agree_follow_up(instance, inquiry_id, ContactKind.PHONE, "814-555-0142")
    inquiry = read_inquiry(instance, inquiry_id)
    slip = make_slip(instance, slip_items(inquiry))
    return account, inquiry_id, [inquiry.code, slip, contact_of(instance, inquiry_id)]


def contact_of(instance, inquiry_id):
    with instance.store.read() as session:
        found = select(FollowUpRow.contact).where(FollowUpRow.inquiry_id == inquiry_id)
        return session.scalars(found).one()


def person_forgotten(instance, _app, _clock):
    _, inquiry_id, marks = person(instance)
    yield marks
    erase_person(instance, inquiry_id)


def person_reached(instance, _app, _clock):
    _, inquiry_id, marks = person(instance)
    yield marks[-1:]
    record_attempt(instance, find_follow_up(instance, inquiry_id).id, AttemptResult.REACHED)


def inquiry_thrown_away(instance, _app, _clock):
    _, inquiry_id, marks = person(instance)
    yield marks
    discard_inquiry(instance, inquiry_id)


def entry_deleted(instance, _app, _clock):
    account, inquiry_id, marks = person(instance)
    close_inquiry(instance, inquiry_id)
    yield marks[1:]  # the audit log names the entry by its code
    delete_entry(instance, account, inquiry_id)


def time_is_over(instance, app, clock):
    """What the daily job erases: all that has an end."""
    account, _, marks = person(instance)
    add_shift_note(instance, account, PANTRY, f"{MARK} at noon")
    for email in ("no@example.org", "pat@example.org"):
        post(inspecting(app), "/staff/sign-in", email=email, password=PASSWORD)
    invite(instance, COMMAND_LINE, "new@example.org", "New", [Role.DESK])
    now = datetime.now(UTC)
    with instance.store.write() as session:
        session.add(EndedVisitRow(visit_hash=f"visit {MARK}", forget_at=now))
        session.add(LinkRow(token_hash=f"link {MARK}", purpose="mark", expires_at=now))
    with instance.store.read() as session:
        for column in (AccountSessionRow.token_hash, LinkRow.token_hash, SignInTryRow.key):
            found = session.scalars(select(column)).all()
            assert found
            marks += found
    yield [*marks, f"{MARK} at noon", f"visit {MARK}", f"link {MARK}"]
    clock.move_to(datetime.now(UTC) + timedelta(days=400))
    tidy(instance)


def proposal_decided(instance, _app, _clock):
    place = ProposedPlace(name=f"{MARK} Kitchen", helps_with="Soup", contact="zebedee@example.org")
    propose_place(instance, place)
    yield [MARK, "zebedee@example.org"]
    [proposal] = list_proposals(instance).items
    decide_proposal(instance, COMMAND_LINE, proposal.id, ProposalDecision.DROPPED)


def report_handled(instance, _app, _clock):
    record_report(instance, PANTRY, ReportKind.CLOSED, f"{MARK} told me")
    yield [MARK]
    with instance.store.read() as session:
        report_id = session.scalars(select(ProblemReportRow.id)).one()
    handle_report(instance, COMMAND_LINE, report_id, ReportStatus.DONE)


def listing_found_right(instance, _app, _clock):
    record_report(instance, PANTRY, ReportKind.CLOSED, f"{MARK} told me")
    yield [MARK]
    log_contact(instance, add_account(instance), PANTRY, ContactMethod.PHONE, ContactResult.RIGHT)


def saved_search_deleted(instance, _app, _clock):
    save_search(instance, "", f"{MARK} at noon", {"q": MARK})
    yield [MARK]
    delete_saved_search(instance, list_saved_searches(instance, "")[0].id)


def shift_note_removed(instance, _app, _clock):
    note_id = add_shift_note(instance, add_account(instance), PANTRY, f"{MARK} at noon")
    yield [MARK]
    remove_shift_note(instance, note_id)


def staff_note_emptied(instance, _app, _clock):
    note = StaffNote(note=f"{MARK} answers", do_not_refer=f"{MARK} is away")
    save_staff_note(instance, PANTRY, note, COMMAND_LINE)
    yield [MARK]
    save_staff_note(instance, PANTRY, NO_NOTE, COMMAND_LINE)


def staged_list(instance):
    """Upload a list with a service, and have it read; the id of the batch."""
    folder = instance.settings.instance_path.parent / "sent"
    service = {"id": "s1", "organization_id": "o1", "name": MARK, "status": "active"}
    odd = {"id": "s2", "organization_id": "none", "name": f"{MARK} too", "status": "active"}
    pantry_list(folder, services=[service, odd])
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:  # not compressed, so that words can be found
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)
    stream.seek(0)
    batch_id = upload_list(instance, stream, name="list.zip", source="pantries")
    do_work(instance, "w")
    return batch_id


def list_dropped(instance, _app, _clock):
    batch_id = staged_list(instance)
    yield [MARK]
    drop_batch(instance, batch_id)


def list_settled_long_ago(instance, _app, clock):
    """A list that failed waits for nobody; its upload has a month."""
    batch_id = staged_list(instance)
    yield [MARK]
    with instance.store.write() as session:
        session.get_one(ImportBatchRow, batch_id).state = "failed"
    clock.move_to(datetime.now(UTC) + timedelta(days=31))
    tidy(instance)


ERASURES = (
    person_forgotten, person_reached, inquiry_thrown_away, entry_deleted, time_is_over,
    proposal_decided, report_handled, listing_found_right,
    saved_search_deleted, shift_note_removed, staff_note_emptied, list_dropped, list_settled_long_ago,
)  # fmt: skip


def bytes_of_backup(instance, path):
    """All parts of a backup made now; the pieces of files as they are."""
    write_backup(instance.settings, instance.store, path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    path.unlink()
    _names, *pieces = parts["tables/stored_file_piece.jsonl"].splitlines()
    packed = [text for line in pieces for text in json.loads(line) if isinstance(text, str)]
    unpacked = [base64.b64decode(text, validate=False) for text in packed if len(text) % 4 == 0]
    return b"\n".join([*parts.values(), *unpacked])


def found(marks, *places):
    """The marks that stand in one of these texts or bytes."""
    return {
        mark
        for mark in marks
        for place in places
        if (mark.encode() if isinstance(place, bytes) else mark) in place
    }


@pytest.mark.slow
@pytest.mark.both_databases
@pytest.mark.parametrize("erasure", ERASURES, ids=lambda erasure: erasure.__name__)
def test_what_is_erased_is_nowhere(erasure, instance, app, time_machine, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    stock(instance)
    case = erasure(instance, app, time_machine)
    marks = set(next(case))
    before, backup = rows_of(instance), tmp_path.parent / f"{tmp_path.name}.zip"
    assert found(marks, str(before)) == marks
    assert found(marks, bytes_of_backup(instance, backup)) == marks
    if instance.store.has_one_writer:
        assert found(marks, bytes_on_disk(instance)) == marks
    vacuumed = []
    event.listen(
        instance.store.engine,
        "before_cursor_execute",
        lambda _c, _u, statement, *_: vacuumed.append(statement) if "VACUUM" in statement else None,
    )

    next(case, None)

    after = rows_of(instance)
    assert not found(marks, str(after), bytes_of_backup(instance, backup), caplog.text)
    assert not found(marks, bytes_on_disk(instance))
    assert not instance.store.traces_remain
    if not instance.store.has_one_writer:
        lost = {name for name, rows in before.items() if rows - after[name]} - MACHINERY
        assert lost, "a row went or was changed"
        assert not {
            name for name in lost if name not in " ".join(vacuumed).replace(",", " ").split()
        }
