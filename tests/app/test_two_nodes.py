"""Two nodes with one database, each with its own folder: what one keeps, the other has."""

import hashlib

import pytest

from referral.app import create_app
from referral.app.background import write_counts
from referral.app.job_kinds import do_work
from referral.directory.help_lines import help_lines, own_file_path
from referral.directory.instance import opened_instance
from referral.directory.shared_help_lines import follow_help_lines
from referral.help_lines.editing import LineRefusedError, change_line, read_entry
from referral.imports.upload_files import take_over_old_uploads, upload_path
from referral.jobs.progress import progress_writer, read_progress
from referral.records.accounts import COMMAND_LINE, Role
from tests.conftest import settings_for
from tests.imports.test_pages import send
from tests.support.column_lists import messy_list
from tests.support.inspector import soup_of
from tests.support.staff import add_account, form_of, post, signed_in_client

NO_MARK = hashlib.blake2b(b"", digest_size=8).hexdigest()  # of a line that nobody changed


@pytest.fixture
def nodes(postgresql_databases, tmp_path):
    """Give two opened directories on one PostgreSQL database."""
    url = postgresql_databases.filled()
    settings = [settings_for(tmp_path / name, url) for name in "ab"]
    with opened_instance(settings[0]) as one, opened_instance(settings[1]) as other:
        add_account(one, [Role.ADMIN])
        yield one, other


@pytest.fixture
def admins(nodes):
    """Give a client of each node in which the same admin is signed in."""
    return [signed_in_client(create_app(node.settings, node)) for node in nodes]


def files_of(node):
    copies = node.settings.copies_path
    return [path for path in copies.rglob("*") if path.is_file()] if copies.exists() else []


def test_a_list_sent_to_one_node_is_read_by_the_other_and_seen_on_both(nodes, admins, tmp_path):
    one, other = nodes
    page = send(admins[0], one, messy_list(tmp_path), work=False)
    do_work(other, "b")
    columns = [client.get(f"{page}/columns") for client in admins]
    assert [answer.status_code for answer in columns] == [200, 200]
    fields = {**form_of(columns[1].text, "#columns-form"), "do": "save"}
    assert post(admins[1], f"{page}/columns", **fields).status_code == 302
    do_work(one, "a")
    assert "are new" in admins[1].get(page).text
    assert files_of(one)
    assert files_of(other)
    assert post(admins[1], f"{page}/drop", page).status_code == 302
    assert not files_of(other)
    write_counts(one)
    assert not files_of(one), "what was dropped on the other node goes from this one's disk"


def test_a_file_made_by_one_node_is_handed_out_by_the_other(nodes, admins):
    page = "/admin/exports"
    assert post(admins[0], page, form="hsds-csv", source="").status_code == 302
    assert admins[1].get(f"{page}/progress").get_json()["working"] is True
    do_work(nodes[1], "b")
    (link,) = soup_of(admins[0].get(page)).select("main table a[href]")
    for client in admins:
        with client.get(link["href"]) as answer:
            assert answer.data[:2] == b"PK"


def test_how_far_work_is_on_one_node_is_told_by_the_other(nodes):
    one, other = nodes
    with one.store.write():  # as while a list is applied
        progress_writer(one, "x")("Storing", 3, 9)
        told = read_progress(other, "x")
    assert (told.what, told.done, told.total) == ("Storing", 3, 9)


def test_uploads_of_an_earlier_version_are_taken_over(nodes):
    one, other = nodes
    old = one.settings.instance_path / "imports" / "batch"
    (old / "list").mkdir(parents=True)
    (old / "list" / "list.csv").write_text("Name\n")
    take_over_old_uploads(one)
    assert upload_path(other, "batch").read_text() == "Name\n"
    assert not old.exists()


def lines_of(node):
    follow_help_lines(node)
    return {line.key: line.name for line in help_lines(node.settings)}


def test_a_help_line_changed_on_one_node_shows_on_the_other(nodes):
    one, other = nodes
    change_line(one, COMMAND_LINE, "211", NO_MARK, {"name": "United Way", "tel": "211"})
    assert lines_of(other)["211"] == "United Way"
    with pytest.raises(LineRefusedError):
        change_line(other, COMMAND_LINE, "211", NO_MARK, {"name": "Late", "tel": "211"})
    entry = read_entry(other, "211")
    change_line(other, COMMAND_LINE, "211", entry.mark, {"name": "Ours", "tel": "211"})
    assert lines_of(one)["211"] == lines_of(other)["211"] == "Ours"


def test_a_file_put_into_one_folder_reaches_the_other_and_a_broken_one_none(nodes):
    one, other = nodes
    path = own_file_path(one.settings)
    path.write_text("key,name,tel\nlocal,Local line,2110\n", encoding="utf-8")
    assert lines_of(one) == lines_of(other)
    assert lines_of(other)["local"] == "Local line"
    path.write_bytes(b"\xff\xfe\x00key,\xe9")
    follow_help_lines(one)
    assert lines_of(other)["local"] == "Local line"
    path.unlink()  # a lost copy takes nothing from the others
    assert lines_of(one)["local"] == lines_of(other)["local"] == "Local line"


def test_where_two_changed_them_that_of_the_database_stands_and_the_other_is_kept(nodes):
    one, other = nodes
    change_line(one, COMMAND_LINE, "211", NO_MARK, {"name": "United Way", "tel": "211"})
    path = own_file_path(other.settings)
    path.write_text("key,name,tel\nlocal,Local line,2110\n", encoding="utf-8")
    assert lines_of(other)["211"] == "United Way"
    assert "Local line" in path.with_name("help_lines.csv.before").read_text(encoding="utf-8")
