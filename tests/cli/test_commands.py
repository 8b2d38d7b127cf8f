"""The ``referral`` command as a person or a script uses it."""

import json
import re
import shutil
import socket
import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner
from sqlalchemy.engine import make_url

from referral.cli import main
from referral.directory.instance import opened_instance
from referral.imports.seed_lists import load_base
from referral.settings import Settings
from referral.terminal.devices import TerminalLink, read_link
from tests.support.places import lend_places
from tests.support.provider_lists import pantry_list

COUNTS = {
    "new", "changed", "unchanged", "gone", "refused", "held_back", "shared", "told_differently",
}  # fmt: skip
PROBLEM = {"file", "line", "column", "code", "severity", "detail"}
RESULT = {
    "id", "name", "organization", "summary", "terms", "headings", "band", "area", "ahead", "fit",
    "distance_miles", "why", "reason", "suggested",
}  # fmt: skip


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the command in an instance of its own."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    instance_path = str(tmp_path / "instance")

    def run(*words, code=0, stdin=None):
        result = CliRunner().invoke(main, ["--instance", instance_path, *words], input=stdin)
        assert result.exit_code == code, result.output
        return result

    return run


@pytest.fixture
def base(sqlite_databases, tmp_path):
    """Have our taxonomy and the help lines in that instance: the first import brings them else."""
    lend_places(tmp_path / "instance")
    made = make_url(sqlite_databases.filled(load_base)).database
    shutil.copy(made, tmp_path / "instance" / "referral.sqlite3")


@pytest.fixture
def a_list(tmp_path):
    return str(pantry_list(tmp_path / "list"))


@pytest.mark.slow
def test_import_prints_a_table_and_applies(run, a_list):
    output = run("import", a_list, "--yes").output
    assert "Format: open-referral." in output
    assert "held back" in output
    assert "Imported as “list”" in output
    assert "1. Food pantry" in run("search", "groceries").output


@pytest.mark.slow
@pytest.mark.usefixtures("base")
def test_check_names_what_lists_added_to_listings_of_others(run, a_list, tmp_path):
    run("import", a_list, "--yes")
    with closing(sqlite3.connect(tmp_path / "instance" / "referral.sqlite3")) as database:
        database.execute("UPDATE service SET source = 'county'")  # as if another list led them
        database.commit()
    output = run("check").output
    assert "parts that lists added to listings of others" in output
    assert re.search(r"list: phone \S+, on county", output)


@pytest.mark.slow
@pytest.mark.usefixtures("base")
def test_import_json_has_the_documented_shape(run, a_list):
    report = json.loads(run("import", a_list, "--json", "--yes").stdout)
    assert report["format"] == "open-referral"
    assert report["applied"] is True
    assert set(report["counts"]) >= {"organization", "service", "location", "phone"}
    assert all(set(counts) == COUNTS for counts in report["counts"].values())
    assert report["counts"]["service"]["new"] == 2
    assert all(set(problem) == PROBLEM for problem in report["problems"])
    again = json.loads(run("import", a_list, "--json", "--yes").stdout)
    assert again["counts"]["service"]["unchanged"] == 2
    assert again["counts"]["service"]["new"] == again["counts"]["service"]["changed"] == 0


@pytest.mark.slow
@pytest.mark.usefixtures("base")
def test_a_dry_run_says_so_and_writes_nothing(run, a_list):
    assert "Nothing was written" in run("import", a_list, "--dry-run").output
    assert "Food pantry" not in run("search", "groceries").output


@pytest.mark.slow
@pytest.mark.usefixtures("base")
def test_a_mapping_is_shown_changed_and_followed(run, tmp_path):
    path, mapping = tmp_path / "list.csv", tmp_path / "mapping.json"
    path.write_text("Who,Phone\nHope House,988\n", encoding="utf-8")
    shown = run("import", str(path), "--show-mapping").stdout
    proposed = json.loads(shown)
    who, phone = proposed["sheets"][0]["columns"]
    assert (who.get("target"), phone["target"]) == (
        "service.eligibility_description",
        "phone.number",
    )
    who["target"] = "organization.name"
    mapping.write_text(json.dumps(proposed), encoding="utf-8")
    output = run("import", str(path), "--mapping", str(mapping), "--yes").output
    assert "with a mapping of its columns" in output
    assert "1 services found" in run("search", "hope house").output
    mapping.write_text("{}", encoding="utf-8")
    refused = run("import", str(path), "--mapping", str(mapping), code=1)
    assert "sheets" in refused.output
    assert "Traceback" not in refused.output


@pytest.mark.slow
@pytest.mark.usefixtures("base")
def test_an_answer_says_what_a_column_holds_and_is_remembered(run, tmp_path):
    path = tmp_path / "list.csv"
    said = "Groceries for anybody in the county, on the last Saturday of each month, no papers."
    rows = "".join(f"{name},814-555-010{at},“{said}”\n" for at, name in enumerate("ABCD"))
    path.write_text(f"Pantry Name,Phone,Comments\n{rows}".replace("“", '"').replace("”", '"'))
    asked = run("import", str(path), "--dry-run").output
    assert "Comments=description" in "".join(asked.split())
    run("import", str(path), "--yes", "--answer", "Comments=description")
    assert "on the last" in run("search", "groceries").output
    assert "as somebody here said" in run("import", str(path), "--yes").output
    for answer in ("Comments=what is this", "Remarks=description", "description"):
        refused = run("import", str(path), "--answer", answer, code=2 if "=" not in answer else 1)
        assert "Traceback" not in refused.output


@pytest.mark.slow
def test_a_list_that_is_none_is_refused_with_a_sentence(run, tmp_path):
    path = tmp_path / "poem.csv"
    path.write_text("roses,violets\nred,blue\n", encoding="utf-8")
    result = run("import", str(path), code=1)
    assert "Traceback" not in result.output
    assert "roses" in result.output
    refused = json.loads(run("import", str(path), "--json", code=1).stdout)
    assert refused["problems"][0]["code"] == "list-refused"


@pytest.mark.parametrize(
    "words",
    [
        ("import",),
        ("import", "no-such-file.csv"),
        ("import", ".", "--format", "poem"),
        ("search", "food", "--near", "nowhere"),
        ("search", "food", "--within", "5"),
        ("search", "food", "--language", "klingonish"),
        ("search", "food", "--age", "-1"),
        ("search", "food", "--cost", "dear"),
        ("search", "food", "--access", "stairs"),
        ("search", "food", "--delivery", "pigeon"),
        ("search", "food", "--open-at", "tomorrow"),
        ("nonsense",),
    ],
)
def test_wrong_use_ends_with_two(run, base, words):
    run(*words, code=2)


def test_a_bad_setting_is_one_sentence(run, monkeypatch):
    monkeypatch.setenv("REFERRAL_TIMEZONE", "Mars/Base")
    assert "REFERRAL_TIMEZONE" in run("migrate", code=1).output


def test_a_taken_port_is_one_sentence(run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        output = run("serve", "--port", port, code=1).output
    assert "choose another" in output
    assert "Traceback" not in output


@pytest.mark.slow
@pytest.mark.usefixtures("base")
def test_search_json_has_the_documented_shape(run, a_list):
    run("import", a_list, "--yes")
    answer = json.loads(run("search", "pantry", "--near", "16335", "--json").stdout)
    assert set(answer) == {
        "total", "suggested", "took_ms", "notices", "understood", "understood_words", "facets",
        "bands", "preferences", "results",
    }  # fmt: skip
    assert answer["total"] == 1
    (result,) = answer["results"]
    assert set(result) == RESULT
    assert result["name"] == "Food pantry"
    assert result["headings"] == ["basic-needs"]
    assert result["distance_miles"] == 0


@pytest.mark.slow
@pytest.mark.usefixtures("base")
def test_a_preference_is_told_and_can_be_taken_off(run, a_list):
    run("import", a_list, "--yes")
    answer = json.loads(run("search", "pantry for my mother who is 80", "--json").stdout)
    (preference,) = answer["preferences"]
    assert (preference["kind"], preference["values"]) == ("age", ["80"])
    assert set(preference) == {"kind", "values", "words", "fits", "unknown", "misfits"}
    assert [result["fit"] for result in answer["results"]] == ["fits"]
    without = run("search", "pantry for my mother who is 80", "--without", "age", "--json").stdout
    assert json.loads(without)["preferences"] == []
    assert json.loads(without)["total"] == answer["total"]


@pytest.mark.slow
@pytest.mark.usefixtures("base")
def test_search_answers_a_file_of_phrases_line_by_line(run, a_list, tmp_path):
    run("import", a_list, "--yes")  # and with it the national help lines
    phrases = tmp_path / "phrases.txt"
    phrases.write_text("pantry\n\nviolence\nnothing like it\n", encoding="utf-8")
    lines = run("search", "--from", str(phrases)).stdout.splitlines()
    assert [json.loads(line)["total"] for line in lines] == [1, 6, 0]


@pytest.mark.slow
@pytest.mark.usefixtures("base")
def test_unplaced_services_are_listed(run, tmp_path):
    services = [
        {"id": "s1", "organization_id": "o1", "name": "Second Saturday Circle", "status": "active"}
    ]
    run("import", str(pantry_list(tmp_path / "list", services=services)), "--yes")
    output = run("unplaced").output
    assert output.startswith("1 services")
    assert "Second Saturday Circle" in output


@pytest.mark.slow
def test_seed_and_index_commands(run):
    run("seed")
    assert "0 changes not yet searchable" in run("index", "status").output
    run("index", "rebuild")
    assert "up to date" in run("index", "sync").output
    assert "988" in run("search", "suicide").output


@pytest.mark.slow
@pytest.mark.usefixtures("base")
def test_exactly_takes_the_words_literally(run, a_list):
    run("import", a_list, "--yes")
    assert "1. Food pantry" in run("search", "grocreies").output
    assert "0 services found" in run("search", "--exactly", "grocreies").output


@pytest.mark.slow
def test_a_terminal_link_is_printed_and_is_ours(run, tmp_path):
    settings = Settings.from_environment({}, instance_path=tmp_path / "instance")
    site = ("--site", "https://help.example.org/", "--label", "Lobby")
    address = run("terminal", "link", *site).stdout.split()[0]
    assert address.startswith("https://help.example.org/terminal/")
    ended = run("terminal", "link", "--end").stdout.split()[0]
    with opened_instance(settings) as instance:
        found = [read_link(instance, each.rpartition("/")[2]) for each in (address, ended)]
    assert found == [TerminalLink("Lobby", ends_mark=False), TerminalLink("", ends_mark=True)]


def test_help_lines_are_listed_and_a_bad_row_is_told(run, tmp_path):
    assert "988" in run("help-lines").stdout
    (tmp_path / "instance" / "help_lines.csv").write_text("key,name,tel\nmine,My line,\n")
    assert "help_lines.csv:2: tel:" in run("help-lines", code=1).output
