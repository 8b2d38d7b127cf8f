"""Pages about imports: the whole story, and what is refused."""

import io
import re
import shutil
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import update
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from referral.app.job_kinds import do_work
from referral.imports.batches import erase_settled_imports
from referral.imports.records import FORMAT_NAMES
from referral.imports.review import list_batches, read_batch
from referral.imports.web.labels import FORMAT_LABELS
from referral.jobs.job_queue import release_worker
from referral.jobs.rows import JobRow
from referral.records.accounts import Role
from referral.store.rows_log import ImportBatchRow
from tests.support.county_lists import hsds1_county
from tests.support.inspector import soup_of, text_of
from tests.support.provider_lists import pantry_list, write_csv, zipped
from tests.support.small_disk import fill, small_disk
from tests.support.staff import add_account, post, signed_in_client, token_of


def send(client, instance, path, source="pantries", work=True):
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
        do_work(instance, "w")
    return answer.location


def press_and_work(client, instance, page, what, **fields):
    """Press a button of a page and have done what it asks for."""
    answer = post(client, f"{page}/{what}", page, **fields)
    assert answer.status_code == 302
    do_work(instance, "w")
    return client.get(page).text


def test_work_that_stopped_says_where_and_that_it_can_go_on(admin, instance, tmp_path):
    page = send(admin, instance, zipped(pantry_list(tmp_path / "list")), work=False)
    running = {"state": "running", "owner": "unlucky", "was_resumed": True}
    with instance.store.write() as session:
        session.execute(update(JobRow).values(running))
        session.execute(update(ImportBatchRow).values(state="reading"))
    release_worker(instance, "unlucky")
    said = " ".join(soup_of(admin.get(page)).main.text.split())
    assert "The work stopped while the list was being read. Nothing is lost: go on with it." in said
    assert "Being read" not in said
    assert "2 listings are new." in press_and_work(admin, instance, page, "resume")


def test_an_applied_list_says_that_searches_wait_for_a_full_disk(admin, instance, tmp_path):
    with small_disk(tmp_path / "disk", 2) as disk:
        shutil.rmtree(instance.settings.index_path)
        instance.settings.index_path.symlink_to(disk)
        instance.index.sync()
        page = send(admin, instance, zipped(pantry_list(tmp_path / "list")))
        filler = fill(disk)
        assert "Searches follow within minutes, or once the disk has room." in press_and_work(
            admin, instance, page, "apply"
        )
        filler.unlink()
        instance.index.sync()
        assert "Searches and pages have these changes now." in admin.get(page).text


def test_the_whole_story(admin, instance, tmp_path):
    page = send(admin, instance, zipped(pantry_list(tmp_path / "list")))
    text = admin.get(page).text
    assert "2 listings are new." in text
    assert "Apply what is accepted" in text
    assert "It has " in text  # why it was taken for what it is
    applied = press_and_work(admin, instance, page, "apply")
    assert "Applied." in applied
    assert "Food pantry" in admin.get("/search?q=groceries").text
    asked = admin.get(f"{page}/undo").text
    assert "All of it goes back" in asked
    undone = press_and_work(admin, instance, page, "undo")
    assert "Undone." in undone
    assert "Shepherd" not in admin.get("/search?q=groceries").text
    assert "list.zip" in admin.get("/admin/imports").text


@pytest.mark.slow
def test_the_start_page_names_the_lists_that_are_worked_on(admin, instance, tmp_path):
    page = send(admin, instance, zipped(pantry_list(tmp_path / "list")), work=False)
    start = text_of(admin.get("/staff").text)
    assert "list.zip : Waits to be read" in start
    assert "Follow the list of a partner" in start
    do_work(instance, "w")
    assert "Waits to be read" not in admin.get("/staff").text
    press_and_work(admin, instance, page, "apply")
    assert "Only national help lines" not in admin.get("/staff").text


@pytest.mark.slow
def test_a_group_and_a_listing_of_it_can_be_left(admin, instance, tmp_path):
    page = send(admin, instance, zipped(pantry_list(tmp_path / "list")))
    new = f"{page}/changes/service-new"
    number = re.search(r'id="item-(\d+)-title">Food pantry', admin.get(new).text)[1]
    answer = post(admin, f"{new}?page=1&next=item-9", new, decision="leave", number=number)
    assert answer.location.endswith("/changes/service-new?page=1&words=#item-9")
    assert "Accepted, but 1 left" in admin.get(page).text
    answer = post(admin, f"{new}?next=group-back", page, decision="leave")
    assert answer.location == f"{page}#group-back"
    text = admin.get(page).text
    assert "Left as it is" in text
    log = " ".join(soup_of(text).select_one(".import-log").get_text().split())
    assert "left changes of a list: 2 new services" in log
    assert "(one of them)" in log
    post(admin, new, page, decision="some")
    post(admin, f"{page}/changes/no-such-group", page, decision="accept")
    assert "Left as it is" in admin.get(page).text
    assert admin.get(f"{page}/changes/back").location == page


@pytest.mark.slow
def test_what_a_colleague_left_meanwhile_is_seen_before_it_is_applied(
    app, admin, instance, tmp_path
):
    add_account(instance, [Role.ADMIN], "lee@example.org", "Lee")
    colleague = signed_in_client(app, "lee@example.org")
    page = send(admin, instance, zipped(pantry_list(tmp_path / "list")))
    seen = soup_of(admin.get(page)).select_one("input[name=seen]")["value"]
    new = f"{page}/changes/service-new"
    post(admin, f"{new}?next=group-back", page, decision="accept")
    post(colleague, f"{new}?next=group-back", page, decision="leave")
    text = press_and_work(admin, instance, page, "apply", seen=seen)
    assert "Lee worked on this list meanwhile. Look again." in text
    assert "Left as it is" in text
    seen = soup_of(text).select_one("input[name=seen]")["value"]
    assert "Applied." in press_and_work(admin, instance, page, "apply", seen=seen)


@pytest.mark.slow
def test_refused_rows_come_back_as_a_spreadsheet_that_runs_nothing(admin, instance, tmp_path):
    phones = [
        {"id": "p1", "service_id": "s404", "number": "814-555-0101", "description": "=1+1"},
        {"id": "p2", "service_id": "s2", "number": "814-555-0102", "description": ""},
    ]
    page = send(admin, instance, zipped(pantry_list(tmp_path / "list", phones=phones)))
    problems = admin.get(f"{page}/problems").text
    assert "phones.csv" in problems
    answer = admin.get(f"{page}/refused.csv")
    lines = answer.data.decode("utf-8-sig").splitlines()
    assert lines[0] == "What to fix,File,Line,id,service_id,number,description"
    assert len(lines) == 2
    assert lines[1].endswith("p1,s404,814-555-0101,'=1+1")
    assert admin.get(f"{page}/refused.xlsx").data.startswith(b"PK")


def test_one_problem_of_many_rows_is_one_line_with_its_rows_as_a_file(admin, instance, tmp_path):
    phones = [
        {"id": f"p{n}", "service_id": "s2" if n % 4 else "s404", "number": f"814-555-01{n:02}"}
        for n in range(40)
    ]
    page = send(admin, instance, zipped(pantry_list(tmp_path / "list", phones=phones)))
    soup = soup_of(admin.get(f"{page}/problems").text)
    [line] = [each for each in soup.select(".import-causes > li") if "Refused:" in each.text]
    assert "Refused: 10 rows" in line.text
    assert "phones.csv, line 2 · phones.csv, line 6 · phones.csv, line 10" in line.text
    links = {link.get_text(): link["href"] for link in line.select("a")}
    rows = admin.get(links["These rows (CSV)"]).data.decode("utf-8-sig").splitlines()
    assert len(rows) == 11
    shown = next(href for words, href in links.items() if words.startswith("Show the rows"))
    assert len(soup_of(admin.get(shown).text).select("tbody tr")) == 10


def test_rows_counted_in_one_line_come_back_each(admin, instance, tmp_path):
    county = hsds1_county(tmp_path / "county", 2)
    write_csv(
        county / "eligibility.csv",
        {"id": "e1", "service_id": "s1", "eligibility": "adult"},
        *({"id": f"e{n}", "service_id": "", "eligibility": f"age {n}"} for n in (2, 3)),
    )
    page = send(admin, instance, zipped(county))
    problems = admin.get(f"{page}/problems").text
    assert "Rows that do not say which service they are about: 2." in problems
    lines = admin.get(f"{page}/refused.csv").data.decode("utf-8-sig").splitlines()
    assert [line.split(",")[-5:] for line in lines[1:]] == [
        ["eligibility.csv", "3", "e2", "", "age 2"],
        ["eligibility.csv", "4", "e3", "", "age 3"],
    ]


def test_rows_left_out_come_back_each(admin, instance, tmp_path):
    """Repeated rows and rows that hold nothing are no errors, and in the file all the same."""
    phones = [
        {"id": "p1", "service_id": "s2", "number": "814-555-0101"},
        {"id": "p1", "service_id": "s2", "number": "814-555-0101"},
        {"id": "p2", "service_id": "s2", "number": "814-555-0102"},
        {"id": "p2", "service_id": "s2", "number": "814-555-0102"},
    ]
    page = send(admin, instance, zipped(pantry_list(tmp_path / "list", phones=phones)))
    problems = admin.get(f"{page}/problems").text
    assert "See which rows were left out." in problems
    lines = admin.get(f"{page}/refused.csv").data.decode("utf-8-sig").splitlines()
    assert [line.split(",")[-5:-2] for line in lines[1:]] == [
        ["phones.csv", "3", "p1"],
        ["phones.csv", "5", "p2"],
    ]


def test_an_empty_file_and_a_missing_name_are_said_in_words(admin, instance):
    token = token_of(admin, "/admin/imports/new")
    answer = admin.post("/admin/imports/new", data={"csrf_token": token, "format": "auto"})
    assert answer.status_code == 422
    assert "Choose a file, please." in answer.text
    empty = {"csrf_token": token, "format": "auto", "source": "x", "list": (io.BytesIO(), "a.csv")}
    answer = admin.post("/admin/imports/new", data=empty)
    assert answer.status_code == 422
    assert "The file is empty" in answer.text


def test_a_list_larger_than_a_form_is_taken_here_and_only_here(admin, instance, tmp_path):
    rows = [{"id": f"o{n}", "name": f"Org {n}", "website": "x" * 900} for n in range(3_000)]
    write_csv(tmp_path / "organizations.csv", *rows)
    page = send(admin, instance, tmp_path / "organizations.csv", work=False)
    assert len(list_batches(instance)) == 1
    big = {"csrf_token": token_of(admin, page), "more": "x" * 3_000_000}
    assert admin.post(f"{page}/drop", data=big).status_code == 413


def test_progress_is_told_while_somebody_works(admin, instance, tmp_path):
    page = send(admin, instance, zipped(pantry_list(tmp_path / "list")), work=False)
    assert admin.get(f"{page}/progress").json["working"] is True
    assert "progress" in admin.get(page).text
    do_work(instance, "w")
    assert admin.get(f"{page}/progress").json["working"] is False


def test_rules_of_a_source_are_kept(admin, instance, tmp_path):
    path = "/admin/imports/source?name=pantries"
    assert post(admin, path, is_authority="y", contact_note="Ask Ann.").status_code == 302
    text = admin.get(path).text
    assert "Ask Ann." in text
    assert "checked" in re.search(r'<input[^>]*id="is_authority"[^>]*>', text)[0]


@pytest.mark.slow
def test_the_last_lists_of_a_source_stand_side_by_side(admin, instance, tmp_path):
    source = "/admin/imports/source?name=pantries"
    first = send(admin, instance, zipped(pantry_list(tmp_path / "list")))
    assert "What its last lists changed" not in admin.get(source).text
    press_and_work(admin, instance, first, "apply")
    renamed = {"id": "o1", "name": "Shepherd's Table", "description": "We help.", "website": ""}
    send(admin, instance, zipped(pantry_list(tmp_path / "later", organizations=[renamed])))
    rows = soup_of(admin.get(source).text).select("#compared ~ div tbody tr")
    cells = [[cell.get_text() for cell in row.select("td")] for row in rows]
    assert ["1 listing has another name", "–"] in cells
    assert ["–", "2 new services"] in cells


def test_every_format_has_a_label():
    assert tuple(FORMAT_LABELS) == (*FORMAT_NAMES, "put-aside")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("is_minor", True, "<del>yes</del>"),
        ("byday", "SA,SU", "<del>Saturday and Sunday</del>"),
        ("name", "Pantry", "<del>Pan</del>try"),
        ("name", None, '<span class="nothing">nothing</span>'),
    ],
)
def test_a_changed_code_is_in_words(app, name, value, said):
    pieces = {"Pantry": (("Pan", True), ("try", False)), None: ()}.get(value, ((str(value), True),))
    source = (
        "{% from 'imports/parts.html' import compared with context %}"
        "{{ compared(name, value, pieces, 'del') }}"
    )
    with app.test_request_context("/"):
        page = app.jinja_env.from_string(source)
        assert page.render(name=name, value=value, pieces=pieces) == said


@pytest.mark.slow
def test_an_applied_list_says_what_it_changed_and_not_what_was_left(admin, instance, tmp_path):
    page = send(admin, instance, zipped(pantry_list(tmp_path / "list")))
    new = f"{page}/changes/service-new"
    items = dict(re.findall(r'id="item-(\d+)-title">([^<]+)', admin.get(new).text))
    left, *taken = items
    post(admin, f"{new}?page=1", new, decision="leave", number=left)
    applied = press_and_work(admin, instance, page, "apply")
    count = len(taken)
    label = f"{count} new service" + ("s" if count > 1 else "")
    assert f'href="{new}">{label}</a>' in applied
    told = soup_of(admin.get(new).text)
    titles = [each.get_text() for each in told.select("article h2")]
    assert sorted(titles) == sorted(items[each] for each in taken)
    assert not told.select('button[name="decision"], main form[method="post"]')
    press_and_work(admin, instance, page, "undo")
    assert admin.get(new).location == page


@pytest.mark.slow
def test_what_a_list_changed_is_told_for_a_month(admin, instance, tmp_path):
    page = send(admin, instance, zipped(pantry_list(tmp_path / "list")))
    press_and_work(admin, instance, page, "apply")
    batch_id = page.rpartition("/")[2]
    with time_machine.travel(instance.now() + timedelta(days=29)):
        assert erase_settled_imports(instance) == 0
    assert read_batch(instance, batch_id).taken
    with time_machine.travel(instance.now() + timedelta(days=31)):
        assert erase_settled_imports(instance) == 1
    assert read_batch(instance, batch_id).groups
    assert read_batch(instance, batch_id).taken == ()
