"""What the columns of an uploaded spreadsheet hold: asked, previewed, said, remembered."""

import io

import pytest
import xlsxwriter
from msgspec.structs import replace
from sqlalchemy import select

from referral.accounts.audit import read_audit_log
from referral.app.job_kinds import do_work
from referral.errors import RefusedError
from referral.formats.column_mapping import ColumnMapping, SheetMapping
from referral.imports.batches import apply_batch, drop_batch, undo_batch, upload_list
from referral.imports.column_preview import read_preview
from referral.imports.columns import read_columns, save_columns
from referral.imports.prepare import UnmappedColumnsError, prepare_import
from referral.imports.records import BatchState
from referral.imports.review import read_batch
from referral.imports.sources import forget_mapping, read_saved_mapping
from referral.records.accounts import COMMAND_LINE, Role
from referral.store.rows import PhoneRow, ServiceRow
from tests.support.staff import add_account

MESSY = (
    "County help list,,,\n"
    "as of May,,,\n"
    "Who,Ring them,Where,Secret?\n"
    '"Caf\xe9 Hope","814-555-0101; 814-555-0102 (nights)","12 Main St\nMeadville, PA 16335",no\n'
    '"Help Desk","814-555-0103","9 Oak Ave\nTitusville, PA 16354",yes\n'
).encode("cp1252")
TARGETS = {
    "Who": "organization.name", "Ring them": "phone.number", "Where": "address.address_1",
    "Secret?": "location.private",
}  # fmt: skip

THIRD_LINE = SheetMapping(row="service", sheet="", header_line=3)


@pytest.fixture
def upload(instance):
    """Upload a spreadsheet and have it read as far as it can be; the id of the batch."""

    def upload(content=MESSY, *, name="list.csv", actor=COMMAND_LINE):
        stream = io.BytesIO(content)
        batch_id = upload_list(instance, stream, name=name, source="county", actor=actor)
        do_work(instance, "w")
        return batch_id

    return upload


def headings(page):
    return [column for sample in page.samples for column in sample.columns]


def mapped(page, targets, **more):
    """The mapping of a page with these targets, the rest left out."""
    sheets = [
        replace(
            sheet,
            row="service" if sheet.row == "none" else sheet.row,
            columns=tuple(
                replace(rule, target=targets.get(rule.column, ""), **more) for rule in sheet.columns
            ),
        )
        for sheet in page.mapping.sheets
    ]
    return ColumnMapping(sheets=tuple(sheets))


def say(instance, batch_id, targets=None, actor=COMMAND_LINE):
    """Look past the titles, say what the columns hold, and have the list read."""
    page = read_columns(instance, batch_id, (THIRD_LINE,))
    save_columns(instance, batch_id, mapped(page, targets or TARGETS), actor)
    do_work(instance, "w")


def test_a_list_that_no_format_claims_waits_for_its_columns(instance, upload):
    batch_id = upload()
    assert read_batch(instance, batch_id).state is BatchState.MAPPING
    page = read_columns(instance, batch_id, (THIRD_LINE,))
    assert headings(page) == list(TARGETS)
    (sample,) = page.samples
    assert (sample.header_line, sample.row_count, sample.filled) == (3, 2, (2, 2, 2, 2))
    assert sample.examples[0] == ("Caf\xe9 Hope", "Help Desk")
    assert headings(read_columns(instance, batch_id)) == list(TARGETS)  # it stays looked at
    with pytest.raises(RefusedError, match="moved on"):
        apply_batch(instance, batch_id)


def test_the_preview_is_what_is_read(instance, upload):
    batch_id = upload()
    page = read_columns(instance, batch_id, (THIRD_LINE,))
    preview = read_preview(instance, batch_id, mapped(page, TARGETS))
    hope, desk = preview.services
    assert [each.name for each in hope.parts["organization"]] == ["Caf\xe9 Hope"]
    assert hope.service.name == "Caf\xe9 Hope"
    assert [phone.tel for phone in hope.parts["phone"]] == ["+18145550101", "+18145550102"]
    assert [each.city for each in hope.parts["address"]] == ["Meadville"]
    assert (desk.parts["location"], desk.parts["address"]) == ([None], [None]), "it is secret"
    less = read_preview(instance, batch_id, mapped(page, {"Who": "service.name"}))
    assert less.services[0].parts.keys() == {"organization"}
    assert read_batch(instance, batch_id).state is BatchState.MAPPING
    with pytest.raises(RefusedError, match="Say which one is"):
        read_preview(instance, batch_id, mapped(page, {"Where": "address.city"}))


def test_what_was_said_is_followed_and_what_is_left_out_is_kept(instance, upload):
    batch_id = upload()
    say(instance, batch_id, {**TARGETS, "Where": ""})
    assert read_batch(instance, batch_id).state is BatchState.READY
    apply_batch(instance, batch_id)
    do_work(instance, "w")
    with instance.store.read() as session:
        assert set(session.scalars(select(PhoneRow.tel))) == {
            "+18145550101", "+18145550102", "+18145550103",
        }  # fmt: skip
        kept = [row.unmapped for row in session.scalars(select(ServiceRow))]
    assert all("Main St" in one["Where"] or "Oak Ave" in one["Where"] for one in kept)


def test_the_same_columns_are_read_as_last_time_whatever_their_order(instance, upload):
    say(instance, upload())
    first = read_batch(instance, upload())  # the first still waits, and so does this
    assert first.state is BatchState.UPLOADED
    drop_batch(instance, first.waits_for.id)
    do_work(instance, "w")
    assert read_batch(instance, first.line.id).state is BatchState.READY
    drop_batch(instance, first.line.id)
    moved = b"Secret?,Where,Who,Ring them\nno,1 Elm St,Hope,814-555-0101\n"
    page = read_batch(instance, upload(moved))
    assert page.state is BatchState.READY
    assert "as somebody here said" in str(page.why)


def test_other_columns_are_asked_about_and_the_rest_is_kept(instance, upload):
    batch_id = upload()
    say(instance, batch_id)
    drop_batch(instance, batch_id)
    changed = b"Who,Telephones,Where,Fax,Secret?\nHope,814-555-0101,1 Elm St,,no\n"
    batch_id = upload(changed)
    assert read_batch(instance, batch_id).state is BatchState.MAPPING
    page = read_columns(instance, batch_id)
    assert page.is_remembered
    assert page.changes.new == (("", "Telephones"), ("", "Fax"))
    assert page.changes.gone == (("", "Ring them"),)
    (sheet,) = page.mapping.sheets
    rules = {rule.column: rule for rule in sheet.columns}
    assert (rules["Who"].target, rules["Who"].because) == ("organization.name", "remembered")
    assert rules["Telephones"].because != "remembered"


def test_a_command_does_not_guess_when_the_columns_changed(instance, upload, tmp_path):
    batch_id = upload()
    say(instance, batch_id)
    drop_batch(instance, batch_id)
    path = tmp_path / "list.csv"
    path.write_bytes(MESSY)
    prepared = prepare_import(instance, path, source="county")
    assert prepared.mapping.sheets[0].columns[0].target == "organization.name"
    path.write_bytes(b"Agency,Phone,Private\nHope,988,yes\n")
    with pytest.raises(UnmappedColumnsError, match=r"New: Agency, Phone, Private\. Gone: Who"):
        prepare_import(instance, path, source="county")
    assert prepare_import(instance, path, source="others").report.format == "spreadsheet"
    given = read_saved_mapping(instance, "county")
    with pytest.raises(RefusedError, match="none of the columns"):
        prepare_import(instance, path, source="county", mapping=given)


def test_a_known_format_is_not_asked_about_though_its_source_was_mapped(instance, upload, tmp_path):
    say(instance, upload())
    (tmp_path / "organizations.csv").write_text("id,name,description,website\no1,Hope,We help,\n")
    read = prepare_import(instance, tmp_path / "organizations.csv", source="county")
    assert read.report.format != "spreadsheet"


def test_what_was_said_can_be_changed_and_forgotten(instance, upload):
    batch_id = upload()
    say(instance, batch_id)
    page = read_columns(instance, batch_id, inspect_again=True)
    assert {rule.because for rule in page.mapping.sheets[0].columns} == {"remembered"}
    save_columns(instance, batch_id, mapped(page, {"Who": "service.name"}))
    do_work(instance, "w")
    assert read_saved_mapping(instance, "county").sheets[0].columns[0].target == "service.name"
    forget_mapping(instance, "county", COMMAND_LINE)
    assert read_saved_mapping(instance, "county") is None
    drop_batch(instance, batch_id)
    assert read_batch(instance, upload()).state is BatchState.MAPPING


def test_sheets_that_are_left_out_do_not_ask_again(instance, upload):
    def workbook(notes):
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream) as book:
            for name, rows in {
                "Programs": [["Agency", "Program", "Phone"], ["Hope", "Meals", "988"]],
                "Notes": notes,
            }.items():
                sheet = book.add_worksheet(name)
                for line, cells in enumerate(rows):
                    sheet.write_row(line, 0, cells)
        return stream.getvalue()

    batch_id = upload(workbook([["By", "Text"], ["Ann", "call"]]), name="list.xlsx")
    page = read_columns(instance, batch_id)
    assert [sheet.row for sheet in page.mapping.sheets] == ["service", "none"]
    save_columns(instance, batch_id, page.mapping)
    do_work(instance, "w")
    assert read_batch(instance, batch_id).state is BatchState.READY
    drop_batch(instance, batch_id)
    batch_id = upload(workbook([["Who", "Said"], ["Bob", "no"]]), name="list.xlsx")
    assert read_batch(instance, batch_id).state is BatchState.READY


def test_what_has_no_columns_is_not_mapped(instance, upload):
    batch_id = upload(b'{"services": 3}', name="list.json")
    assert read_batch(instance, batch_id).state is BatchState.FAILED
    with pytest.raises(RefusedError):
        read_columns(instance, batch_id)
    batch_id = upload(b"\x89PNG", name="a.png")
    assert read_batch(instance, batch_id).state is BatchState.FAILED


@pytest.mark.slow
def test_the_audit_log_says_who_did_what_with_a_list(instance, upload):
    account = add_account(instance, [Role.ADMIN])
    before = read_audit_log(instance).entries.total
    batch_id = upload(actor=account.actor)
    say(instance, batch_id, actor=account.actor)
    apply_batch(instance, batch_id, account.actor)
    do_work(instance, "w")
    for _ in range(2):
        undo_batch(instance, batch_id, account.actor)
        do_work(instance, "w")
    dropped = upload(actor=account.actor)
    drop_batch(instance, dropped, account.actor)
    forget_mapping(instance, "county", account.actor)
    page = read_audit_log(instance)
    entries = page.entries[: page.entries.total - before][::-1]
    assert [(entry.action, entry.record_id) for entry in entries] == [
        ("list-uploaded", batch_id), ("columns-mapped", batch_id), ("list-applied", batch_id),
        ("import-undone", batch_id), ("import-redone", batch_id), ("list-uploaded", dropped),
        ("list-dropped", dropped), ("columns-forgotten", dropped),
    ]  # fmt: skip
    assert {entry.account_id for entry in entries} == {account.id}
    assert entries[1].detail == {"columns": 4, "left_out": 0}
