"""Pages about imports: the whole story, and what is refused."""

import io
import re

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from referral.app.job_kinds import do_work
from referral.imports.records import FORMAT_NAMES, PUT_ASIDE
from referral.imports.review import list_batches
from referral.imports.web.labels import FORMAT_LABELS
from referral.records.accounts import Role
from tests.support.county_lists import hsds1_county
from tests.support.provider_lists import pantry_list, write_csv, zipped
from tests.support.staff import add_account, post, signed_in_client, token_of


@pytest.fixture
def admin(app, directory):
    """Give a client in which an admin is signed in."""
    add_account(directory, [Role.ADMIN])
    directory.index.sync()
    return signed_in_client(app)


def send(client, directory, path, source="pantries", work=True):
    """Upload a list, have it read, and give the address of its page."""
    token = token_of(client, "/admin/imports/new")
    fields = {
        "csrf_token": token, "source": source, "format": "auto",
        "list": FileStorage(io.BytesIO(path.read_bytes()), f"../../{path.name}"),
    }  # fmt: skip
    # In one piece: what the test client spools to disk, it leaves open.
    boundary, body = encode_multipart(fields)
    answer = client.post(
        "/admin/imports/new",
        data=body,
        content_type=f'multipart/form-data; boundary="{boundary}"',
    )
    assert answer.status_code == 302, answer.text
    if work:
        do_work(directory, "w")
    return answer.location


def press(client, directory, page, what, **fields):
    """Press a button of a page and have done what it asks for."""
    answer = post(client, f"{page}/{what}", page, **fields)
    assert answer.status_code == 302
    do_work(directory, "w")
    return client.get(page).text


def test_the_whole_story(admin, directory, tmp_path):
    page = send(admin, directory, zipped(pantry_list(tmp_path / "list")))
    text = admin.get(page).text
    assert "add 5, change 0, leave 0 and retire 0" in text
    assert "Apply 5 changes" in text
    assert "It has " in text  # why it was taken for what it is
    applied = press(admin, directory, page, "apply")
    assert "Applied." in applied
    assert "Food pantry" in admin.get("/search?q=groceries").text
    asked = admin.get(f"{page}/undo").text
    assert "All of it goes back" in asked
    undone = press(admin, directory, page, "undo")
    assert "Undone." in undone
    assert "Shepherd" not in admin.get("/search?q=groceries").text
    assert "list.zip" in admin.get("/admin/imports").text


def test_a_listing_can_be_left_from_its_card(admin, directory, tmp_path):
    page = send(admin, directory, zipped(pantry_list(tmp_path / "list")))
    number = re.search(r'id="card-(\d+)-title">Food pantry', admin.get(page).text)[1]
    answer = post(admin, f"{page}/decide?tab=new&page=1", page, decision="leave", number=number)
    assert answer.location.endswith(f"tab=new&page=1#card-{number}")
    assert "Apply 4 changes" in admin.get(page).text
    post(admin, f"{page}/decide", page, decision="leave", tab="no such tab")
    assert "Apply 4 changes" in admin.get(page).text


def test_refused_rows_come_back_as_a_spreadsheet_that_runs_nothing(admin, directory, tmp_path):
    phones = [
        {"id": "p1", "service_id": "s404", "number": "814-555-0101", "description": "=1+1"},
        {"id": "p2", "service_id": "s2", "number": "814-555-0102", "description": ""},
    ]
    page = send(admin, directory, zipped(pantry_list(tmp_path / "list", phones=phones)))
    problems = admin.get(f"{page}/problems").text
    assert "phones.csv" in problems
    answer = admin.get(f"{page}/refused.csv")
    lines = answer.data.decode("utf-8-sig").splitlines()
    assert lines[0] == "What to mend,File,Line,id,service_id,number,description"
    assert len(lines) == 2
    assert lines[1].endswith("p1,s404,814-555-0101,'=1+1")
    assert admin.get(f"{page}/refused.xlsx").data.startswith(b"PK")


def test_rows_counted_in_one_line_come_back_each(admin, directory, tmp_path):
    county = hsds1_county(tmp_path / "county", 2)
    write_csv(
        county / "eligibility.csv",
        {"id": "e1", "service_id": "s1", "eligibility": "adult"},
        *({"id": f"e{n}", "service_id": "", "eligibility": f"age {n}"} for n in (2, 3)),
    )
    page = send(admin, directory, zipped(county))
    problems = admin.get(f"{page}/problems").text
    assert "Rows that do not say which service they are about: 2." in problems
    lines = admin.get(f"{page}/refused.csv").data.decode("utf-8-sig").splitlines()
    assert [line.split(",")[-5:] for line in lines[1:]] == [
        ["eligibility.csv", "3", "e2", "", "age 2"],
        ["eligibility.csv", "4", "e3", "", "age 3"],
    ]


def test_rows_left_out_come_back_each(admin, directory, tmp_path):
    """Repeated rows and rows that hold nothing are no errors, and in the file all the same."""
    phones = [
        {"id": "p1", "service_id": "s2", "number": "814-555-0101"},
        {"id": "p1", "service_id": "s2", "number": "814-555-0101"},
        {"id": "p2", "service_id": "s2", "number": "814-555-0102"},
        {"id": "p2", "service_id": "s2", "number": "814-555-0102"},
    ]
    page = send(admin, directory, zipped(pantry_list(tmp_path / "list", phones=phones)))
    problems = admin.get(f"{page}/problems").text
    assert "See which rows were left out." in problems
    lines = admin.get(f"{page}/refused.csv").data.decode("utf-8-sig").splitlines()
    assert [line.split(",")[-5:-2] for line in lines[1:]] == [
        ["phones.csv", "3", "p1"],
        ["phones.csv", "5", "p2"],
    ]


def test_an_empty_file_and_a_missing_name_are_said_in_words(admin, directory):
    token = token_of(admin, "/admin/imports/new")
    answer = admin.post("/admin/imports/new", data={"csrf_token": token, "format": "auto"})
    assert answer.status_code == 422
    assert "Choose a file, please." in answer.text
    empty = {"csrf_token": token, "format": "auto", "source": "x", "list": (io.BytesIO(), "a.csv")}
    answer = admin.post("/admin/imports/new", data=empty)
    assert answer.status_code == 422
    assert "The file is empty" in answer.text


def test_a_list_larger_than_a_form_is_taken_here_and_only_here(admin, directory, tmp_path):
    rows = [{"id": f"o{n}", "name": f"Org {n}", "website": "x" * 900} for n in range(3_000)]
    write_csv(tmp_path / "organizations.csv", *rows)
    page = send(admin, directory, tmp_path / "organizations.csv", work=False)
    assert len(list_batches(directory)) == 1
    big = {"csrf_token": token_of(admin, page), "more": "x" * 3_000_000}
    assert admin.post(f"{page}/drop", data=big).status_code == 413


def test_progress_is_told_while_somebody_works(admin, directory, tmp_path):
    page = send(admin, directory, zipped(pantry_list(tmp_path / "list")), work=False)
    assert admin.get(f"{page}/progress").json["working"] is True
    assert "progress" in admin.get(page).text
    do_work(directory, "w")
    assert admin.get(f"{page}/progress").json["working"] is False


def test_rules_of_a_source_are_kept(admin, directory, tmp_path):
    path = "/admin/imports/source?name=pantries"
    assert post(admin, path, is_authority="y", contact_note="Ask Ann.").status_code == 302
    text = admin.get(path).text
    assert "Ask Ann." in text
    assert "checked" in re.search(r'<input[^>]*id="is_authority"[^>]*>', text)[0]


def test_every_format_has_a_label():
    assert tuple(FORMAT_LABELS) == (*FORMAT_NAMES, PUT_ASIDE)
