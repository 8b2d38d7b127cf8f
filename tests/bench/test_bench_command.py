"""``python -m tests.bench`` runs through, says what docs/bench-json.md says, and changes nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from referral.directory.context import opened_directory
from tests.bench.__main__ import bench_command
from tests.conftest import settings_for
from tests.search.small_directory import fill

DOCS = Path(__file__).resolve().parents[2] / "docs" / "bench-json.md"
TIMES = {"p50_ms", "p95_ms", "p99_ms", "max_ms", "questions"}
KINDS = {"words", "filters", "distance", "all", "common"}


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """Run the bench in an instance of its own and give what it prints."""
    monkeypatch.delenv("DATABASE_URL", raising=False)

    def run(*words, code=0):
        arguments = ["--instance", str(tmp_path), "--questions", "4", *words]
        result = CliRunner().invoke(bench_command, arguments)
        assert result.exit_code == code, result.output
        return result.stdout if code == 0 else result.output

    return run


@pytest.fixture
def small_instance(tmp_path):
    """Give the database file of an instance with a few services."""
    database = tmp_path / "referral.sqlite3"
    with opened_directory(settings_for(tmp_path, f"sqlite:///{database.as_posix()}")) as directory:
        fill(directory.store)
    return database


def documented(section):
    """Return the names in the first column of the table under a heading."""
    text = DOCS.read_text(encoding="utf-8").split(f"## {section}\n")[1].split("\n## ")[0]
    return set(re.findall(r"^\| `([\w ]+)`", text, re.MULTILINE))


@pytest.mark.long
@pytest.mark.slow
def test_the_report_is_as_documented(bench, tmp_path):
    report = json.loads(bench("--services", "100", "--rivals", "whoosh,fts5", "--json"))
    assert set(report) == documented("The report")
    assert report["services"] == 100
    assert set(report["left_out"]) == {"tantivy", "postgresql", "datasette"}
    assert set(report["build"]) == {"referral", "plain Whoosh", "SQLite FTS5", "same_sample"}
    assert set(report["engines"]) == {
        "referral", "plain Whoosh", "SQLite FTS5", "SQLite FTS5 counting choices",
        "SQLite FTS5 top 20", "referral, asked again",
    }  # fmt: skip
    for name, kinds in report["engines"].items():
        more = {"typos", "completion"} if name.startswith("referral") else set()
        assert set(kinds) == {"distance_by", *KINDS, *more}
        for kind in KINDS:
            assert set(kinds[kind]) == TIMES
            assert kinds[kind]["questions"] == 4
    assert set(report["found"]) == KINDS
    unknown = documented("A worker") - set(report["worker"])
    assert unknown in (set(), {"private_mb", "private_written_mb", "private_mb_before"})
    assert set(report["page"]) - TIMES == documented("A page")
    assert set(report["hostile"]) - TIMES == documented("Hostile input")
    assert documented("Times") == TIMES == set(report["edit"])
    assert report["suggestions"] == {}
    assert {"what", "measured", "aim", "at_most"} == set(report["aims"][0])
    assert {path.name for path in tmp_path.iterdir()} <= {"secret_key", "contact_key"}


@pytest.mark.long
def test_an_untagged_directory_is_measured_with_suggestions(bench):
    arguments = ["--services", "200", "--rivals", "none", "--untagged", "--json"]
    report = json.loads(bench(*arguments))
    suggestions = report["suggestions"]
    assert set(suggestions) == documented("Suggestions")
    assert suggestions["services"] == report["services"] == 200
    assert 4 < suggestions["topics_per_service"] < 10
    assert report["found"]["words"]["p50"] > 0


@pytest.mark.long
def test_an_instance_is_measured_by_a_copy_and_stays_as_it_is(bench, small_instance):
    before = small_instance.read_bytes()
    printed = bench("--rivals", "none")
    assert printed.startswith("8 services")
    assert "one edit to searchable" in printed
    assert "Left out: whoosh (not asked for)" in printed
    assert small_instance.read_bytes() == before
    assert not list(small_instance.parent.glob("bench-*"))


def test_an_empty_instance_is_told_what_to_do(bench):
    assert "--services" in bench(code=1)


def test_only_synthetic_services_can_be_left_untagged(bench):
    assert "--untagged needs --services" in bench("--untagged", code=2)


def test_an_engine_nobody_knows_is_refused(bench):
    assert "choose from whoosh, fts5" in bench("--rivals", "whoosh,lucene", code=2)
